/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks that need no more than the rows.
 */
#include "people/account.h"

#define LOGIN_MIN_CHARACTERS 2
#define LOGIN_MAX_CHARACTERS 64
#define NAME_MAX_CHARACTERS  100

#define OF_A_SCHOOL (CR_ROLE_SCHOOL | CR_ROLE_TEACHER | CR_ROLE_ASSISTANT)

static gboolean
refuse (GError **error, const gchar *why)
{
  g_set_error_literal (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_INVALID, why);
  return FALSE;
}

static gboolean
is_login_character (gunichar character)
{
  return g_unichar_isalnum (character) || character == '.' || character == '-' || character == '_' ||
         character == '@';
}

gchar *
cr_account_fold_login (const gchar *login, GError **error)
{
  g_autofree gchar *normal = g_utf8_normalize (login, -1, G_NORMALIZE_NFKC); /* NULL: not UTF-8 */
  g_autofree gchar *folded = normal != NULL ? g_utf8_casefold (normal, -1) : NULL;
  glong length = folded != NULL ? g_utf8_strlen (folded, -1) : 0;

  if (length < LOGIN_MIN_CHARACTERS || length > LOGIN_MAX_CHARACTERS) {
    refuse (error, "a login has 2 to 64 characters");
    return NULL;
  }
  for (const gchar *p = folded; *p != '\0'; p = g_utf8_next_char (p)) {
    if (!is_login_character (g_utf8_get_char (p))) {
      refuse (error, "a login is made of letters, digits and . - _ @");
      return NULL;
    }
  }
  return g_steal_pointer (&folded);
}

static gboolean
check_name (const gchar *name, GError **error)
{
  glong length = g_utf8_validate (name, -1, NULL) ? g_utf8_strlen (name, -1) : 0;

  if (length < 1 || length > NAME_MAX_CHARACTERS)
    return refuse (error, "a name has 1 to 100 characters");
  return TRUE;
}

gboolean
cr_account_check (const CrAccountRow *row, GError **error)
{
  g_auto (GStrv) districts = NULL;
  gboolean valid, of_a_school;
  CrRole role;

  if (!check_name (row->name, error))
    return FALSE;
  /* the classroom's and the viewer's are roles of devices and tokens */
  if (!cr_role_from_name (row->role, &role) || (role & (CR_ROLE_CLASSROOM | CR_ROLE_VIEWER)) != 0)
    return refuse (error, "role is coordinator, school, teacher, assistant, supervisor or auditor");
  of_a_school = (role & OF_A_SCHOOL) != 0;
  if (of_a_school != (row->school_id != NULL))
    return refuse (error, of_a_school ? "an account of this role belongs to a school"
                                      : "an account of this role belongs to no school");
  districts = cr_districts_parse (row->districts, &valid);
  if (!valid || (districts != NULL && of_a_school))
    return refuse (error, "districts is a list of names, for roles that belong to no school");
  return TRUE;
}

void
cr_account_to_object (const CrAccountRow *row, const gchar *district, CrObject *object)
{
  *object = (CrObject){
      .kind = CR_OBJECT_ACCOUNT, .account_id = row->id, .school_id = row->school_id, .district = district};
  if (!cr_role_from_name (row->role, &object->role))
    object->role = CR_ROLE_NONE;
}

gboolean
cr_account_find_object (CrStoreTx *tx, const CrAccountRow *row, CrSchoolRow **school, CrObject *object,
                        GError **error)
{
  *school = NULL;
  if (row->school_id != NULL) {
    *school = cr_school_store_get (tx, row->school_id, error);
    if (*school == NULL)
      return FALSE;
  }
  cr_account_to_object (row, *school != NULL ? (*school)->district : NULL, object);
  return TRUE;
}

static gboolean
reaches_everything (const CrAccountRow *row)
{
  return g_str_equal (row->role, cr_role_name (CR_ROLE_COORDINATOR)) && row->districts == NULL &&
         !row->disabled;
}

gboolean
cr_account_check_last (CrStoreTx *tx, const gchar *id, const CrAccountRow *row, GError **error)
{
  CrPage all = {0};
  g_autoptr (GPtrArray) coordinators = NULL;

  if (row != NULL && reaches_everything (row))
    return TRUE;
  if (!cr_account_store_list (tx, NULL, cr_role_name (CR_ROLE_COORDINATOR), &all, &coordinators, NULL, error))
    return FALSE;
  for (guint i = 0; i < coordinators->len; i++) {
    const CrAccountRow *other = coordinators->pdata[i];

    if (!g_str_equal (other->id, id) && reaches_everything (other))
      return TRUE;
  }
  g_set_error_literal (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_LAST,
                       "this is the last coordinator who can do everything");
  return FALSE;
}
