/* SPDX-License-Identifier: Apache-2.0
 *
 * Rectangles filled plane by plane; digits of seven bars, so that no font is needed.
 */
#include "talk-picture.h"

#include <math.h>
#include <string.h>

typedef struct {
  guint8 y, u, v;
} Colour;

#define SQUARE_PIXELS 16

static const Colour chalk = {225, 128, 128};

/* Bars of each digit, from the lowest bit on: top, upper left, upper right, middle, lower left, lower right,
 * bottom. */
static const guint8 digit_bars[10] = {0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f};

/* x, y, width, height in thousandths of a digit's box. */
static const guint16 bars[7][4] = {
    {0, 0, 1000, 160},  {0, 0, 260, 560},     {740, 0, 260, 560},  {0, 420, 1000, 160},
    {0, 440, 260, 560}, {740, 440, 260, 560}, {0, 840, 1000, 160},
};

/* In thousandths of the frame. */
static void
fill (GstVideoFrame *frame, gint x, gint y, gint width, gint height, Colour colour)
{
  const guint8 values[3] = {colour.y, colour.u, colour.v};

  for (guint plane = 0; plane < 3; plane++) {
    gint plane_width = GST_VIDEO_FRAME_COMP_WIDTH (frame, plane);
    gint plane_height = GST_VIDEO_FRAME_COMP_HEIGHT (frame, plane);
    gint stride = GST_VIDEO_FRAME_COMP_STRIDE (frame, plane);
    guint8 *data = GST_VIDEO_FRAME_COMP_DATA (frame, plane);
    gint left = plane_width * CLAMP (x, 0, 1000) / 1000;
    gint right = plane_width * CLAMP (x + width, 0, 1000) / 1000;

    for (gint row = plane_height * y / 1000; row < plane_height * MIN (y + height, 1000) / 1000; row++)
      memset (data + (gsize)row * stride + left, values[plane], right - left);
  }
}

static void
draw_digit (GstVideoFrame *frame, guint digit, gint x, gint y, gint width, gint height)
{
  for (guint bar = 0; bar < G_N_ELEMENTS (bars); bar++) {
    if (digit_bars[digit] & 1u << bar)
      fill (frame, x + bars[bar][0] * width / 1000, y + bars[bar][1] * height / 1000,
            bars[bar][2] * width / 1000, bars[bar][3] * height / 1000, chalk);
  }
}

static void
draw_number (GstVideoFrame *frame, guint number)
{
  g_autofree gchar *text = g_strdup_printf ("%u", number);
  gint n = (gint)strlen (text), left = 500 - n * 100;

  for (gint i = 0; i < n; i++)
    draw_digit (frame, (guint)(text[i] - '0'), left + i * 200, 200, 160, 450);
}

/* Squares of 16 pixels and chance brightness along the bottom, as much of a picture as moves when children
 * do. */
static void
draw_strip (GstVideoFrame *frame, GRand *chance)
{
  gint width = GST_VIDEO_FRAME_WIDTH (frame), height = GST_VIDEO_FRAME_HEIGHT (frame);
  gint stride = GST_VIDEO_FRAME_COMP_STRIDE (frame, 0);
  guint8 *luma = GST_VIDEO_FRAME_COMP_DATA (frame, 0);

  for (gint y = height - height / 6; y + SQUARE_PIXELS <= height; y += SQUARE_PIXELS) {
    for (gint x = 0; x + SQUARE_PIXELS <= width; x += SQUARE_PIXELS) {
      gint value = g_rand_int_range (chance, 60, 180);

      for (gint row = 0; row < SQUARE_PIXELS; row++)
        memset (luma + (gsize)(y + row) * stride + x, value, SQUARE_PIXELS);
    }
  }
}

void
cr_talk_picture_paint (GstVideoFrame *frame, guint number, gdouble phase, GRand *chance)
{
  gdouble hue = number * 2.4, angle = 2 * G_PI * phase; /* 2.4 rad: neighbours differ most */
  Colour wall = {90, (guint8)(128 + 45 * cos (hue)), (guint8)(128 + 45 * sin (hue))};

  fill (frame, 0, 0, 1000, 1000, wall);
  if (number > 0)
    draw_number (frame, number);
  fill (frame, (gint)(470 + 380 * cos (angle)), (gint)(400 + 360 * sin (angle)), 60, 106, chalk);
  draw_strip (frame, chance);
}
