/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules. A row reads: these roles may do these verbs with this kind of object where this relation holds.
 * An actor that is bound to a lesson (a token) has that lesson and nothing else; one that must change the
 * password has itself and nothing else.
 */
#include "people/authorize.h"

#define EDITS      (CR_VERB_CREATE | CR_VERB_EDIT | CR_VERB_DELETE)
#define EVERYTHING (CR_VERB_VIEW | EDITS)
#define ATTENDS    (CR_VERB_VIEW | CR_VERB_JOIN | CR_VERB_WATCH)
#define READS      (CR_VERB_VIEW | CR_VERB_ACKNOWLEDGE)

/* Every account, and every account or device. */
#define PEOPLE                                                                                               \
  (CR_ROLE_COORDINATOR | CR_ROLE_SCHOOL | CR_ROLE_TEACHER | CR_ROLE_ASSISTANT | CR_ROLE_SUPERVISOR |         \
   CR_ROLE_AUDITOR)
#define EVERYBODY (PEOPLE | CR_ROLE_CLASSROOM)

typedef enum {
  REL_ANY,
  REL_SELF,       /* the actor itself */
  REL_REACH,      /* within the districts of the actor */
  REL_EVERYWHERE, /* the actor's districts have no limit */
  REL_SCHOOL,     /* of the actor's school, or its school takes part */
  REL_OFFICE,     /* an account of the actor's school that its office looks after: an assistant's */
  REL_TEACHER,    /* the actor is its teacher */
  REL_CLASSROOM,  /* of the actor's classroom, or its classroom takes part */
  REL_MASTER,     /* a master lesson: teachers watch a demonstration */
  REL_OPEN,       /* an open lesson: anyone signed in may watch */
  REL_TOKEN       /* the lesson that the actor's token is bound to */
} Relation;

typedef struct {
  guint roles;
  CrObjectKind kind;
  guint verbs;
  Relation relation;
} Rule;

/* clang-format off */
static const Rule rules[] = {
  {EVERYBODY,                              CR_OBJECT_SELF,      CR_VERB_VIEW,                 REL_SELF},
  {PEOPLE,                                 CR_OBJECT_SELF,      CR_VERB_EDIT | CR_VERB_DELETE, REL_SELF},

  {CR_ROLE_COORDINATOR,                    CR_OBJECT_ACCOUNT,   EVERYTHING,                   REL_REACH},
  {CR_ROLE_SCHOOL,                         CR_OBJECT_ACCOUNT,   EVERYTHING,                   REL_OFFICE},
  {CR_ROLE_AUDITOR,                        CR_OBJECT_ACCOUNT,   CR_VERB_VIEW,                 REL_REACH},

  {CR_ROLE_COORDINATOR,                    CR_OBJECT_SCHOOL,    EVERYTHING,                   REL_REACH},
  {CR_ROLE_SUPERVISOR,                     CR_OBJECT_SCHOOL,    CR_VERB_VIEW,                 REL_REACH},
  {CR_ROLE_SCHOOL | CR_ROLE_TEACHER | CR_ROLE_ASSISTANT | CR_ROLE_CLASSROOM,
                                           CR_OBJECT_SCHOOL,    CR_VERB_VIEW,                 REL_SCHOOL},
  {CR_ROLE_COORDINATOR,                    CR_OBJECT_CLASSROOM, EVERYTHING,                   REL_REACH},
  {CR_ROLE_SUPERVISOR,                     CR_OBJECT_CLASSROOM, CR_VERB_VIEW,                 REL_REACH},
  {CR_ROLE_SCHOOL | CR_ROLE_TEACHER | CR_ROLE_ASSISTANT,
                                           CR_OBJECT_CLASSROOM, CR_VERB_VIEW,                 REL_SCHOOL},
  {CR_ROLE_CLASSROOM,                      CR_OBJECT_CLASSROOM, CR_VERB_VIEW,                 REL_CLASSROOM},
  {CR_ROLE_COORDINATOR,                    CR_OBJECT_CLASS,     EVERYTHING,                   REL_REACH},
  {CR_ROLE_SCHOOL,                         CR_OBJECT_CLASS,     EVERYTHING,                   REL_SCHOOL},
  {CR_ROLE_SUPERVISOR,                     CR_OBJECT_CLASS,     CR_VERB_VIEW,                 REL_REACH},
  {CR_ROLE_TEACHER | CR_ROLE_ASSISTANT,    CR_OBJECT_CLASS,     CR_VERB_VIEW,                 REL_SCHOOL},
  {CR_ROLE_COORDINATOR,                    CR_OBJECT_TEACHER,   EVERYTHING,                   REL_REACH},
  {CR_ROLE_SUPERVISOR,                     CR_OBJECT_TEACHER,   CR_VERB_VIEW,                 REL_REACH},
  {CR_ROLE_SCHOOL,                         CR_OBJECT_TEACHER,   CR_VERB_VIEW,                 REL_SCHOOL},
  {CR_ROLE_TEACHER,                        CR_OBJECT_TEACHER,   CR_VERB_VIEW,                 REL_TEACHER},

  {EVERYBODY,                              CR_OBJECT_TERM,      CR_VERB_VIEW,                 REL_ANY},
  {CR_ROLE_COORDINATOR,                    CR_OBJECT_TERM,      EDITS,                        REL_EVERYWHERE},
  {CR_ROLE_COORDINATOR,                    CR_OBJECT_BELLS,     EVERYTHING,                   REL_REACH},
  {CR_ROLE_SCHOOL,                         CR_OBJECT_BELLS,     EVERYTHING,                   REL_SCHOOL},
  {CR_ROLE_SUPERVISOR,                     CR_OBJECT_BELLS,     CR_VERB_VIEW,                 REL_REACH},
  {CR_ROLE_TEACHER | CR_ROLE_ASSISTANT | CR_ROLE_CLASSROOM,
                                           CR_OBJECT_BELLS,     CR_VERB_VIEW,                 REL_SCHOOL},
  {CR_ROLE_COORDINATOR,                    CR_OBJECT_BUSY,      EVERYTHING,                   REL_REACH},
  {CR_ROLE_SCHOOL,                         CR_OBJECT_BUSY,      EVERYTHING,                   REL_SCHOOL},
  {CR_ROLE_SUPERVISOR,                     CR_OBJECT_BUSY,      CR_VERB_VIEW,                 REL_REACH},
  {CR_ROLE_ASSISTANT,                      CR_OBJECT_BUSY,      CR_VERB_VIEW,                 REL_SCHOOL},
  {CR_ROLE_COORDINATOR,                    CR_OBJECT_COURSE,    EVERYTHING,                   REL_REACH},
  {CR_ROLE_SUPERVISOR,                     CR_OBJECT_COURSE,    CR_VERB_VIEW,                 REL_REACH},
  {CR_ROLE_SCHOOL | CR_ROLE_ASSISTANT,     CR_OBJECT_COURSE,    CR_VERB_VIEW,                 REL_SCHOOL},
  {CR_ROLE_TEACHER,                        CR_OBJECT_COURSE,    CR_VERB_VIEW,                 REL_TEACHER},
  {CR_ROLE_CLASSROOM,                      CR_OBJECT_COURSE,    CR_VERB_VIEW,                 REL_CLASSROOM},

  {CR_ROLE_COORDINATOR,                    CR_OBJECT_LESSON,    EDITS | ATTENDS | CR_VERB_SPEAK, REL_REACH},
  {CR_ROLE_TEACHER,                        CR_OBJECT_LESSON,    ATTENDS | CR_VERB_EDIT | CR_VERB_PUBLISH | CR_VERB_SPEAK, REL_TEACHER},
  {CR_ROLE_CLASSROOM,                      CR_OBJECT_LESSON,    ATTENDS | CR_VERB_SPEAK,      REL_CLASSROOM},
  {CR_ROLE_ASSISTANT,                      CR_OBJECT_LESSON,    ATTENDS | CR_VERB_SPEAK,      REL_SCHOOL},
  {CR_ROLE_SCHOOL,                         CR_OBJECT_LESSON,    CR_VERB_VIEW,                 REL_SCHOOL},
  {CR_ROLE_SUPERVISOR,                     CR_OBJECT_LESSON,    CR_VERB_VIEW,                 REL_REACH},
  {CR_ROLE_TEACHER,                        CR_OBJECT_LESSON,    ATTENDS,                      REL_MASTER},
  {EVERYBODY,                              CR_OBJECT_LESSON,    ATTENDS,                      REL_OPEN},
  {CR_ROLE_TEACHER,                        CR_OBJECT_LESSON,    CR_VERB_VIEW | CR_VERB_WATCH | CR_VERB_PUBLISH | CR_VERB_EDIT | CR_VERB_SPEAK, REL_TOKEN},
  {CR_ROLE_CLASSROOM,                      CR_OBJECT_LESSON,    CR_VERB_VIEW | CR_VERB_WATCH | CR_VERB_PUBLISH | CR_VERB_SPEAK, REL_TOKEN},
  {CR_ROLE_VIEWER,                         CR_OBJECT_LESSON,    CR_VERB_VIEW | CR_VERB_WATCH, REL_TOKEN},

  {CR_ROLE_COORDINATOR,                    CR_OBJECT_NOTICE,    CR_VERB_VIEW | CR_VERB_CREATE, REL_REACH},
  {CR_ROLE_SCHOOL | CR_ROLE_ASSISTANT,     CR_OBJECT_NOTICE,    READS,                        REL_SCHOOL},
  {CR_ROLE_TEACHER,                        CR_OBJECT_NOTICE,    READS,                        REL_TEACHER},
  {CR_ROLE_CLASSROOM,                      CR_OBJECT_NOTICE,    READS,                        REL_CLASSROOM},
  {CR_ROLE_COORDINATOR,                    CR_OBJECT_FEED,      EVERYTHING,                   REL_REACH},
  {CR_ROLE_SCHOOL,                         CR_OBJECT_FEED,      EVERYTHING,                   REL_SCHOOL},
  {CR_ROLE_TEACHER,                        CR_OBJECT_FEED,      EVERYTHING,                   REL_TEACHER},

  {CR_ROLE_COORDINATOR,                    CR_OBJECT_DEVICE,    EVERYTHING,                   REL_REACH},
  {CR_ROLE_SCHOOL,                         CR_OBJECT_DEVICE,    CR_VERB_VIEW,                 REL_SCHOOL},
  {CR_ROLE_AUDITOR,                        CR_OBJECT_DEVICE,    CR_VERB_VIEW,                 REL_REACH},
  {CR_ROLE_COORDINATOR,                    CR_OBJECT_PAIRING,   CR_VERB_VIEW,                 REL_ANY},
  {CR_ROLE_COORDINATOR,                    CR_OBJECT_IMPORT,    CR_VERB_CREATE,               REL_ANY},

  {CR_ROLE_COORDINATOR | CR_ROLE_SUPERVISOR, CR_OBJECT_REPORT,  CR_VERB_VIEW,                 REL_REACH},
  {CR_ROLE_SCHOOL,                         CR_OBJECT_REPORT,    CR_VERB_VIEW,                 REL_SCHOOL},
  {CR_ROLE_AUDITOR,                        CR_OBJECT_AUDIT,     CR_VERB_VIEW,                 REL_ANY},
  {CR_ROLE_COORDINATOR,                    CR_OBJECT_AUDIT,     CR_VERB_VIEW,                 REL_EVERYWHERE},
};
/* clang-format on */

static gboolean
is_same_id (const gchar *a, const gchar *b)
{
  return a != NULL && b != NULL && g_str_equal (a, b);
}

static gboolean
has_id (const gchar *const *ids, const gchar *id)
{
  return ids != NULL && id != NULL && g_strv_contains (ids, id);
}

/* To see something, one district that takes part is enough; to change it, it must lie in one's own. */
static gboolean
reaches (const CrActor *actor, CrVerb verb, const CrObject *object)
{
  const gchar *const *districts = (const gchar *const *)actor->districts;

  if (districts == NULL || has_id (districts, object->district))
    return TRUE;
  if (verb != CR_VERB_VIEW || object->member_districts == NULL)
    return FALSE;
  for (guint i = 0; object->member_districts[i] != NULL; i++) {
    if (has_id (districts, object->member_districts[i]))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_self (const CrActor *actor, const CrObject *object)
{
  return is_same_id (actor->id, actor->kind == CR_ACTOR_DEVICE ? object->device_id : object->account_id);
}

static gboolean
relates (const CrActor *actor, CrVerb verb, const CrObject *object, Relation relation)
{
  switch (relation) {
  case REL_ANY:
    return TRUE;
  case REL_SELF:
    return is_self (actor, object);
  case REL_REACH:
    return reaches (actor, verb, object);
  case REL_EVERYWHERE:
    return actor->districts == NULL;
  case REL_SCHOOL:
    return is_same_id (actor->school_id, object->school_id) || has_id (object->school_ids, actor->school_id);
  case REL_OFFICE:
    return object->role == CR_ROLE_ASSISTANT && is_same_id (actor->school_id, object->school_id);
  case REL_TEACHER:
    return is_same_id (actor->teacher_id, object->teacher_id);
  case REL_CLASSROOM:
    return is_same_id (actor->classroom_id, object->classroom_id) ||
           has_id (object->classroom_ids, actor->classroom_id);
  case REL_MASTER:
    return object->lesson_kind == CR_LESSON_KIND_MASTER;
  case REL_OPEN:
    return object->lesson_kind == CR_LESSON_KIND_OPEN;
  case REL_TOKEN:
    return is_same_id (actor->lesson_id, object->lesson_id);
  }
  return FALSE;
}

static gboolean
applies (const Rule *rule, const CrActor *actor, CrVerb verb, CrObjectKind kind)
{
  if (rule->kind != kind || (rule->roles & actor->role) == 0 || (rule->verbs & verb) == 0)
    return FALSE;
  if (actor->must_change && kind != CR_OBJECT_SELF)
    return FALSE;
  return (actor->lesson_id != NULL) == (rule->relation == REL_TOKEN);
}

gboolean
cr_authorize (const CrActor *actor, CrVerb verb, const CrObject *object)
{
  if (actor == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++) {
    if (applies (&rules[i], actor, verb, object->kind) && relates (actor, verb, object, rules[i].relation))
      return TRUE;
  }
  return FALSE;
}

gboolean
cr_authorize_kind (const CrActor *actor, CrVerb verb, CrObjectKind kind)
{
  if (actor == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++) {
    if (applies (&rules[i], actor, verb, kind) &&
        (rules[i].relation != REL_EVERYWHERE || actor->districts == NULL))
      return TRUE;
  }
  return FALSE;
}
