/* SPDX-License-Identifier: Apache-2.0
 *
 * The demo's flash and beep, painted and filled as the demo teacher does, and found again with a known
 * offset.
 */
#include "flash-beep.h"

#include "demo-picture.h"
#include "demo-voice.h"
#include <string.h>

#define FRAMES_PER_S 15
#define N_SAMPLES    960

/* Ten seconds; the sound is labelled `late` later than it was made. */
static void
play (CrFlashBeep *state, GstClockTimeDiff late)
{
  gint16 samples[N_SAMPLES];

  for (guint i = 0; i < 10 * FRAMES_PER_S; i++) {
    GstClockTime time = gst_util_uint64_scale (i, GST_SECOND, FRAMES_PER_S);

    cr_flash_beep_take_picture (state, cr_demo_is_flash (time) ? 230 : 20, time + GST_SECOND);
    for (GstClockTime sound = time / (20 * GST_MSECOND) * (20 * GST_MSECOND);
         sound < gst_util_uint64_scale (i + 1, GST_SECOND, FRAMES_PER_S); sound += 20 * GST_MSECOND) {
      if (sound < time)
        continue;
      cr_demo_voice_fill (samples, N_SAMPLES, sound, NULL);
      cr_flash_beep_take_sound (state, samples, N_SAMPLES, CR_DEMO_RATE_HZ, sound + GST_SECOND + late);
    }
  }
}

static void
test_offset (gconstpointer late_ms)
{
  CrFlashBeep state;

  cr_flash_beep_init (&state);
  g_assert_cmpfloat (cr_flash_beep_get_offset_ms (&state), ==, 0);
  play (&state, GPOINTER_TO_INT (late_ms) * (gint64)GST_MSECOND);
  g_assert_cmpuint (state.n_pairs, >=, 8);
  /* the sine takes a few samples to become loud */
  g_assert_cmpfloat_with_epsilon (cr_flash_beep_get_offset_ms (&state), GPOINTER_TO_INT (late_ms), 0.5);
  g_assert_cmpfloat_with_epsilon (state.worst_ms, GPOINTER_TO_INT (late_ms), 0.5);
}

static void
test_constant_picture_is_no_flash (void)
{
  CrFlashBeep state;
  gint16 silence[N_SAMPLES] = {0};

  cr_flash_beep_init (&state);
  for (guint i = 0; i < 100; i++) {
    cr_flash_beep_take_picture (&state, 230, i * GST_SECOND / FRAMES_PER_S);
    cr_flash_beep_take_sound (&state, silence, N_SAMPLES, CR_DEMO_RATE_HZ, i * 20 * GST_MSECOND);
  }
  g_assert_cmpuint (state.n_pairs, ==, 0);
  g_assert_false (GST_CLOCK_TIME_IS_VALID (state.flash));
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_data_func ("/flash-beep/together", GINT_TO_POINTER (0), test_offset);
  g_test_add_data_func ("/flash-beep/sound-late", GINT_TO_POINTER (37), test_offset);
  g_test_add_data_func ("/flash-beep/sound-early", GINT_TO_POINTER (-37), test_offset);
  g_test_add_func ("/flash-beep/none", test_constant_picture_is_no_flash);
  return g_test_run ();
}
