/* SPDX-License-Identifier: Apache-2.0
 *
 * Names are shortened from their end, by what schools and townships are called in common, and never to less
 * than two characters.
 */
#include "live/listener-name.h"

#include <string.h>

#define MIN_CHARS 2

/* Cuts off the first ending that fits and leaves enough. */
static void
cut_ending (gchar *name, const gchar *const *endings)
{
  for (guint i = 0; endings[i] != NULL; i++) {
    gsize cut_bytes = strlen (endings[i]), bytes = strlen (name);

    if (!g_str_has_suffix (name, endings[i]) || g_utf8_strlen (name, (gssize)(bytes - cut_bytes)) < MIN_CHARS)
      continue;
    name[bytes - cut_bytes] = '\0';
    return;
  }
}

/* A remark at the end: （示例）. */
static void
cut_remark (gchar *name)
{
  static const gchar *const brackets[] = {"（", "("};

  for (guint i = 0; i < G_N_ELEMENTS (brackets); i++) {
    gchar *at = strstr (name, brackets[i]);

    if (at != NULL && at != name)
      *at = '\0';
  }
  g_strchomp (name);
}

gchar *
cr_short_school_name (const gchar *name)
{
  static const gchar *const kinds[] = {"中心小学校", "中心小学", "中心学校", "中心校", "完全小学", "初级中学",
                                       "小学校",     "小学",     "中学",     "学校",   NULL};
  static const gchar *const places[] = {"街道", "镇", "乡", NULL};
  gchar *text = g_strdup (name);

  cut_remark (text);
  cut_ending (text, kinds);
  cut_ending (text, places);
  return text;
}

gchar *
cr_listener_name (const CrPlaceSchool *school, const CrPlaceClass *klass, const CrPlaceRoom *room)
{
  static const gchar *const grades[] = {"",   "一", "二", "三", "四",   "五",  "六",
                                        "七", "八", "九", "十", "十一", "十二"};
  g_autofree gchar *where = school != NULL ? cr_short_school_name (school->name) : NULL;
  g_autofree gchar *who = NULL;

  if (klass != NULL && klass->grade < G_N_ELEMENTS (grades))
    who = g_strdup_printf ("%s(%u)", grades[klass->grade], klass->number);
  else if (room != NULL)
    who = g_strdup (room->name);
  if (where == NULL || who == NULL)
    return g_strdup (where != NULL ? where : who != NULL ? who : "");
  return g_strdup_printf ("%s %s", where, who);
}
