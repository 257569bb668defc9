/* SPDX-License-Identifier: Apache-2.0
 *
 * The one place that decides who may do what. A table of rules, each of which allows something to somebody;
 * what no rule allows is denied.
 *
 * Thread: [any]; actors and objects are only read.
 */
#pragma once

#include "people/actor.h"

G_BEGIN_DECLS

typedef enum {
  CR_VERB_NONE = 0,
  CR_VERB_VIEW = 1 << 0,
  CR_VERB_CREATE = 1 << 1,
  CR_VERB_EDIT = 1 << 2,
  CR_VERB_DELETE = 1 << 3,
  CR_VERB_ACKNOWLEDGE = 1 << 4, /* 已知晓 */
  CR_VERB_JOIN = 1 << 5,        /* be given a token for a lesson */
  CR_VERB_PUBLISH = 1 << 6,
  CR_VERB_WATCH = 1 << 7,
  CR_VERB_SPEAK = 1 << 8 /* raise one's hand, write a note to the teacher, call the coordinator */
} CrVerb;

typedef enum {
  CR_OBJECT_NONE,
  CR_OBJECT_SELF, /* the actor's own account or device, its password and session */
  CR_OBJECT_ACCOUNT,
  CR_OBJECT_SCHOOL,
  CR_OBJECT_CLASSROOM,
  CR_OBJECT_CLASS,
  CR_OBJECT_TEACHER,
  CR_OBJECT_TERM, /* with its holidays and make-up days */
  CR_OBJECT_BELLS,
  CR_OBJECT_BUSY,
  CR_OBJECT_COURSE,
  CR_OBJECT_LESSON,
  CR_OBJECT_NOTICE,
  CR_OBJECT_DEVICE,
  CR_OBJECT_PAIRING,
  CR_OBJECT_FEED,
  CR_OBJECT_IMPORT,
  CR_OBJECT_REPORT,
  CR_OBJECT_AUDIT,
  CR_N_OBJECTS
} CrObjectKind;

typedef enum { CR_LESSON_KIND_DELIVERED, CR_LESSON_KIND_MASTER, CR_LESSON_KIND_OPEN } CrLessonKind;

/* What something is in relation to people. Members that do not apply stay NULL: nothing is related through
 * them. Strings are borrowed. */
typedef struct {
  CrObjectKind kind;
  const gchar *district;                /* where it lies, the host school's of a course */
  const gchar *school_id;               /* whose it is, the host school of a course */
  const gchar *classroom_id;            /* that it is or stands in */
  const gchar *teacher_id;              /* who it is or who gives it */
  const gchar *account_id;              /* of an account: its id */
  const gchar *device_id;               /* of a device: its id */
  CrRole role;                          /* of an account: what it is */
  const gchar *lesson_id;               /* of a lesson */
  CrLessonKind lesson_kind;             /* of a lesson and course */
  const gchar *const *school_ids;       /* of a course, lesson or notice: every school concerned */
  const gchar *const *classroom_ids;    /* the same of classrooms that listen */
  const gchar *const *member_districts; /* the same of districts */
} CrObject;

gboolean cr_authorize (const CrActor *actor, CrVerb verb, const CrObject *object);

/* Whether there is any object of the kind that the actor may do this with: what is known of a request before
 * its object has been found. NULL is nobody. */
gboolean cr_authorize_kind (const CrActor *actor, CrVerb verb, CrObjectKind kind);

G_END_DECLS
