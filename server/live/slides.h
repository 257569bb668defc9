/* SPDX-License-Identifier: Apache-2.0
 *
 * One picture per slide, for classrooms whose line carries only stills: the teacher's page sends them up as
 * it shows them. Kept in memory alone, the last few of each lesson; a restart loses them and the next slide
 * brings the next one.
 *
 * Thread: [main].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A lesson's slides, so that a classroom can page back through what was shown. */
#define CR_SLIDES_MAX 40

/* An exported slide of 1920×1080 is 100 KB to 1 MB. */
#define CR_SLIDE_MAX_BYTES         (2 * 1024 * 1024)
#define CR_SLIDES_MAX_LESSON_BYTES (48 * 1024 * 1024)
#define CR_SLIDES_MAX_BYTES        (200 * 1024 * 1024)

/* In pixels, each way: more is no slide, and takes a classroom's PC too long to unpack. */
#define CR_SLIDE_MAX_PX 4096

typedef struct CrSlides CrSlides;

CrSlides *cr_slides_new (void);
void cr_slides_free (CrSlides *slides);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSlides, cr_slides_free)

/* Whether it is a PNG (its signature, its IHDR: ISO/IEC 15948 clauses 5.2 and 11.2.1, its end) of an allowed
 * size. The pictures are for browsers, which read the rest with care. */
gboolean cr_slide_is_png (GBytes *picture);

/* The number of the new slide, from 1 on in each lesson. Takes a reference. The oldest go when there are too
 * many, of this lesson or of the lesson that has most. */
guint cr_slides_add (CrSlides *slides, const gchar *lesson_id, GBytes *picture);

/* Borrowed; NULL: not there (any more). */
GBytes *cr_slides_get (CrSlides *slides, const gchar *lesson_id, guint number);

/* The last one's number, 0: none. */
guint cr_slides_get_last (CrSlides *slides, const gchar *lesson_id);

void cr_slides_forget (CrSlides *slides, const gchar *lesson_id);

gsize cr_slides_get_bytes (CrSlides *slides);

G_END_DECLS
