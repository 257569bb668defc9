/* SPDX-License-Identifier: Apache-2.0
 *
 * The schools, classrooms, classes and teachers that a timetable speaks of, and the times when a school is
 * not free.
 *
 * Thread: [any], once they are in a timetable.
 */
#pragma once

#include "schedule/bells.h"
#include "schedule/term.h"

G_BEGIN_DECLS

typedef struct {
  gchar *id;
  gchar *code;
  gchar *name;
  gchar *district;
  guint uplink_kbps; /* 0: not known, so not checked */
} CrPlaceSchool;

typedef struct {
  gchar *id;
  gchar *school_id;
  gchar *code;
  gchar *name;
} CrPlaceRoom;

typedef struct {
  gchar *id;
  gchar *school_id;
  guint grade;
  guint number;
  guint pupils;
} CrPlaceClass;

typedef struct {
  gchar *id;
  gchar *code;
  gchar *name;
  gchar *school_id; /* may be NULL */
} CrPlaceTeacher;

typedef enum { CR_BUSY_BUSY, CR_BUSY_EXAM, CR_BUSY_CLOSURE } CrBusyKind;

/* "busy", "exam", "closure". */
const gchar *cr_busy_kind_name (CrBusyKind kind);
gboolean cr_busy_kind_parse (const gchar *text, CrBusyKind *kind);

/* Of a whole school, of a grade, or of a class. A whole school's entry also keeps its classrooms from
 * hosting. */
typedef struct {
  gchar *id;
  gchar *school_id;
  CrBusyKind kind;
  guint grade;     /* 0: all */
  gchar *class_id; /* NULL: all */
  guint weekday;   /* 1 … 7; 0: every day of the range. A weekday is a timetable's: a make-up day has its
                    * followed   date's, a holiday none. */
  CrDate from_date;
  CrDate to_date; /* inclusive */
  gint start_minute;
  gint end_minute; /* both -1: all day */
  gchar *reason;   /* may be NULL */
  guint version;
} CrBusy;

CrPlaceSchool *cr_place_school_new (const gchar *id, const gchar *code, const gchar *name,
                                    const gchar *district, guint uplink_kbps);
CrPlaceRoom *cr_place_room_new (const gchar *id, const gchar *school_id, const gchar *code,
                                const gchar *name);
CrPlaceClass *cr_place_class_new (const gchar *id, const gchar *school_id, guint grade, guint number,
                                  guint pupils);
CrPlaceTeacher *cr_place_teacher_new (const gchar *id, const gchar *code, const gchar *name,
                                      const gchar *school_id);
CrBusy *cr_busy_new (const gchar *id, const gchar *school_id, CrBusyKind kind, CrDate from_date,
                     CrDate to_date);
CrBusy *cr_busy_copy (const CrBusy *busy);
void cr_place_school_free (CrPlaceSchool *school);
void cr_place_room_free (CrPlaceRoom *room);
void cr_place_class_free (CrPlaceClass *klass);
void cr_place_teacher_free (CrPlaceTeacher *teacher);
void cr_busy_free (CrBusy *busy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPlaceSchool, cr_place_school_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPlaceRoom, cr_place_room_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPlaceClass, cr_place_class_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPlaceTeacher, cr_place_teacher_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrBusy, cr_busy_free)

/* Whether it takes the class (of the busy entry's school). */
gboolean cr_busy_takes_class (const CrBusy *busy, const CrPlaceClass *klass);

/* Whether the school's classrooms cannot host meanwhile. */
gboolean cr_busy_takes_school (const CrBusy *busy);

/* The part of a date that it takes, as unix seconds; FALSE when it takes none of it. */
gboolean cr_busy_on (const CrBusy *busy, const CrTerm *term, CrDate date, gint64 *start_s, gint64 *end_s);

G_END_DECLS
