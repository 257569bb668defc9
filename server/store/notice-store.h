/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices with their recipients and acknowledgements, the webhook's deliveries, and the secret addresses of
 * calendar feeds.
 *
 * Thread: that of the job.
 */
#pragma once

#include "base/token.h"
#include "schedule/notices.h"
#include "store/page.h"

G_BEGIN_DECLS

typedef struct {
  gchar *kind; /* "teacher", "school", "classroom" */
  gchar *id;
  gint64 acknowledged_at; /* 0: unread */
  gchar *acknowledged_by; /* an account's id or a device's; NULL */
} CrNoticeRecipientRow;

typedef struct {
  gchar *id;
  gchar *course_id;
  gchar *lesson_id; /* NULL: the whole course */
  gint64 due_at;    /* 0: none */
  gchar *kind;
  gchar *text_zh;
  gchar *text_en;
  gint64 created_at;
  gchar *created_by;
  GPtrArray *recipients; /* CrNoticeRecipientRow */
} CrNoticeRow;

void cr_notice_row_free (CrNoticeRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrNoticeRow, cr_notice_row_free)

/* The new notice's id into `*id` (may be NULL); with `webhook` a delivery due at once. */
gboolean cr_notice_store_insert (CrStoreTx *tx, const CrNotice *notice, const gchar *created_by, gint64 now_s,
                                 gboolean webhook, gchar **id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  const gchar *recipient_kind; /* both or neither */
  const gchar *recipient_id;
  gboolean unread;     /* only those that somebody (of the recipient asked for) has not acknowledged */
  gint64 due_before_s; /* only those whose bell comes before; 0: all */
  gint64 due_after_s;  /* and after; 0: all */
} CrNoticeFilter;

/* Newest first. `*out` gets CrNoticeRow, with all recipients. */
gboolean cr_notice_store_list (CrStoreTx *tx, const CrNoticeFilter *filter, const CrPage *page,
                               GPtrArray **out, gchar **next_cursor,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* 已知晓: the first one stays. NOT_FOUND when it did not go to this recipient. */
gboolean cr_notice_store_acknowledge (CrStoreTx *tx, const gchar *notice_id, const gchar *recipient_kind,
                                      const gchar *recipient_id, const gchar *by, gint64 now_s,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What is neither delivered nor given up: CrWebhookRow. */
typedef struct {
  gchar *id;
  guint attempts;
  gint64 next_at;
  CrNoticeRow *notice;
} CrWebhookRow;

void cr_webhook_row_free (CrWebhookRow *row);
gboolean cr_webhook_store_pending (CrStoreTx *tx, GPtrArray **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_webhook_store_delivered (CrStoreTx *tx, const gchar *id, guint attempts, gint64 at,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `next_at` G_MAXINT64: given up. */
gboolean cr_webhook_store_failed (CrStoreTx *tx, const gchar *id, guint attempts, gint64 next_at,
                                  const gchar *why, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A feed's address is known by its token's hash. `owner_kind`: "teacher", "school", "classroom". */
gboolean cr_feed_store_insert (CrStoreTx *tx, const CrTokenHash *hash, const gchar *owner_kind,
                               const gchar *owner_id, gint64 now_s, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* NOT_FOUND when there is none or it was revoked. */
gboolean cr_feed_store_find (CrStoreTx *tx, const CrTokenHash *hash, gchar **owner_kind, gchar **owner_id,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All that an owner has; how many into `*n_revoked`. */
gboolean cr_feed_store_revoke (CrStoreTx *tx, const gchar *owner_kind, const gchar *owner_id, gint64 now_s,
                               guint *n_revoked, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
