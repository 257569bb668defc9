/* SPDX-License-Identifier: Apache-2.0
 *
 * Every school, classroom, class and teacher of the database at one moment, found by id and by the codes that
 * people use: what an edit or an import looks others up in. A district has hundreds of them, so they are read
 * at once.
 *
 * Thread: that of the job.
 */
#pragma once

#include "people/authorize.h"
#include "schedule/course.h"
#include "store/class-store.h"
#include "store/classroom-store.h"
#include "store/teacher-store.h"

G_BEGIN_DECLS

typedef struct CrDirectory CrDirectory;

CrDirectory *cr_directory_load (CrStoreTx *tx, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_directory_free (CrDirectory *directory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrDirectory, cr_directory_free)

/* NULL when there is none, or `id` is NULL. Borrowed. */
const CrSchoolRow *cr_directory_school (CrDirectory *directory, const gchar *id);
const CrClassroomRow *cr_directory_classroom (CrDirectory *directory, const gchar *id);
const CrClassRow *cr_directory_class (CrDirectory *directory, const gchar *id);
const CrTeacherRow *cr_directory_teacher (CrDirectory *directory, const gchar *id);

/* The same by codes. */
const CrSchoolRow *cr_directory_find_school (CrDirectory *directory, const gchar *code);
const CrClassroomRow *cr_directory_find_classroom (CrDirectory *directory, const gchar *school_code,
                                                   const gchar *code);
const CrClassRow *cr_directory_find_class (CrDirectory *directory, const gchar *school_code, gint64 grade,
                                           gint64 number);
const CrTeacherRow *cr_directory_find_teacher (CrDirectory *directory, const gchar *code);

/* An object for authorize() with the lists that it points to. Strings are borrowed from the directory and
 * from what it was made of. */
typedef struct {
  CrObject object;
  GPtrArray *school_ids, *classroom_ids, *districts;
} CrConcern;

void cr_concern_clear (CrConcern *concern);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrConcern, cr_concern_clear)

/* Something that belongs to one school; to none known: nobody is related to it but who reaches everything. */
void cr_concern_of_school (CrDirectory *directory, CrObjectKind kind, const gchar *school_id,
                           CrConcern *concern);

/* A course: its host school, and everybody who listens. */
void cr_concern_of_course (CrDirectory *directory, const CrCourse *course, CrConcern *concern);

G_END_DECLS
