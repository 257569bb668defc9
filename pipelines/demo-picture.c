/* SPDX-License-Identifier: Apache-2.0
 *
 * Flat colours filled plane by plane: cheap to paint and cheap to encode, so that the demo costs the machine
 * little beside the relay it shows.
 */
#include "demo-picture.h"

#include <math.h>
#include <string.h>

typedef struct {
  guint8 y, u, v;
} Colour;

/* BT.601 of: board green, chalk, wood, white, black. */
static const Colour board = {62, 118, 108};
static const Colour chalk = {200, 124, 130};
static const Colour wood = {96, 104, 148};
static const Colour white = {235, 128, 128};
static const Colour black = {16, 128, 128};

/* A heading colour per slide, dark enough for white text. */
static const Colour headings[] = {
    {67, 166, 91}, {76, 116, 102}, {84, 100, 160}, {60, 140, 140}, {70, 120, 150}, {58, 150, 120},
};

static const gchar *const slides[] = {
    "<span size='150%'><b>远程同步课堂</b></span>\nRemote synchronous classroom\n\n"
    "一位老师，十八间教室\nOne teacher, eighteen classrooms",
    "<span size='150%'><b>第一课　山村的早晨</b></span>\nLesson 1: Morning in the village\n\n"
    "太阳升起来了。\nThe sun is rising.",
    "<span size='150%'><b>数一数</b></span>\nLet us count\n\n"
    "一 二 三 四 五 六 七 八 九\n1 2 3 4 5 6 7 8 9",
    "<span size='150%'><b>唱一唱</b></span>\nLet us sing\n\n"
    "do re mi fa sol la ti\n1 2 3 4 5 6 7",
    "<span size='150%'><b>想一想</b></span>\nThink about it\n\n"
    "7 × 8 = ?　　9 × 6 = ?\n举手回答 · Raise your hand",
    "<span size='150%'><b>下课</b></span>\nEnd of the lesson\n\n"
    "同学们再见！\nGoodbye, everyone!",
};

G_STATIC_ASSERT (G_N_ELEMENTS (headings) == G_N_ELEMENTS (slides));

/* Fills a rectangle given in thousandths of the frame, so that every size shows the same picture. */
static void
fill (GstVideoFrame *frame, gint left, gint top, gint right, gint bottom, Colour colour)
{
  const guint8 values[3] = {colour.y, colour.u, colour.v};

  for (guint plane = 0; plane < 3; plane++) {
    gint width = GST_VIDEO_FRAME_COMP_WIDTH (frame, plane);
    gint height = GST_VIDEO_FRAME_COMP_HEIGHT (frame, plane);
    gint stride = GST_VIDEO_FRAME_COMP_STRIDE (frame, plane);
    guint8 *data = GST_VIDEO_FRAME_COMP_DATA (frame, plane);
    gint x0 = width * CLAMP (left, 0, 1000) / 1000, x1 = width * CLAMP (right, 0, 1000) / 1000;
    gint y0 = height * CLAMP (top, 0, 1000) / 1000, y1 = height * CLAMP (bottom, 0, 1000) / 1000;

    for (gint y = y0; y < y1; y++)
      memset (data + (gsize)y * stride + x0, values[plane], x1 - x0);
  }
}

/* A filled circle; centre in thousandths of the frame, radius in thousandths of its height. */
static void
fill_disc (GstVideoFrame *frame, gdouble x, gdouble y, gdouble radius, Colour colour)
{
  const guint8 values[3] = {colour.y, colour.u, colour.v};

  for (guint plane = 0; plane < 3; plane++) {
    gint width = GST_VIDEO_FRAME_COMP_WIDTH (frame, plane);
    gint height = GST_VIDEO_FRAME_COMP_HEIGHT (frame, plane);
    gint stride = GST_VIDEO_FRAME_COMP_STRIDE (frame, plane);
    guint8 *data = GST_VIDEO_FRAME_COMP_DATA (frame, plane);
    gdouble centre_x = x * width / 1000, centre_y = y * height / 1000, r = radius * height / 1000;

    for (gint row = MAX (0, (gint)(centre_y - r)); row < MIN (height, (gint)(centre_y + r) + 1); row++) {
      gdouble half = r * r - (row - centre_y) * (row - centre_y);
      gint x0, x1;

      if (half <= 0)
        continue;
      x0 = MAX (0, (gint)(centre_x - sqrt (half)));
      x1 = MIN (width, (gint)(centre_x + sqrt (half)));
      if (x1 > x0)
        memset (data + (gsize)row * stride + x0, values[plane], x1 - x0);
    }
  }
}

void
cr_demo_picture_camera (GstVideoFrame *frame, GstClockTime running_time)
{
  gdouble seconds = (gdouble)running_time / GST_SECOND;
  gdouble sway = 30 * sin (seconds * 1.3);

  fill (frame, 0, 0, 1000, 1000, board);
  fill (frame, 0, 860, 1000, 1000, wood);

  /* a ball crosses the board, one of chalk dots follows the voice's rhythm */
  fill_disc (frame, 500 + 420 * sin (seconds * 0.9), 330 + 200 * sin (seconds * 2.3), 60, chalk);
  for (gint i = 0; i < 8; i++)
    fill (frame, 80 + i * 30, (gint)(830 - 90 * fabs (sin (seconds * 3 + i * 0.7))), 100 + i * 30, 840,
          chalk);

  /* the teacher: a head and shoulders that sway a little */
  fill_disc (frame, 780 + sway, 560, 110, (Colour){170, 110, 152});
  fill_disc (frame, 780 + sway / 2, 960, 270, (Colour){90, 150, 110});
}

void
cr_demo_picture_slide (GstVideoFrame *frame, GstClockTime running_time)
{
  guint index = running_time / CR_DEMO_SLIDE_TIME % G_N_ELEMENTS (slides);
  gint progress = (gint)(running_time % CR_DEMO_SLIDE_TIME * 1000 / CR_DEMO_SLIDE_TIME);

  fill (frame, 0, 0, 1000, 1000, white);
  fill (frame, 0, 0, 1000, 60, headings[index]);
  fill (frame, 0, 970, progress, 1000, headings[index]);
}

void
cr_demo_picture_flash (GstVideoFrame *frame, GstClockTime running_time)
{
  fill (frame, 0, 0, 1000, 1000, cr_demo_is_flash (running_time) ? white : black);
}

const gchar *
cr_demo_picture_slide_text (GstClockTime running_time)
{
  return slides[running_time / CR_DEMO_SLIDE_TIME % G_N_ELEMENTS (slides)];
}
