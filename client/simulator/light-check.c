/* SPDX-License-Identifier: Apache-2.0
 *
 * Connectivity checks of a controlling agent: requests made by libnice; responses read here, in bounds, since
 * libnice would trust their shape.
 */
#include "light-internal.h"

#include <stun/usages/ice.h>
#include <string.h>

#define HEADER_BYTES        20
#define BINDING_REQUEST     0x0001
#define SUCCESS_RESPONSE    0x0101
#define ATTRIBUTE_INTEGRITY 0x0008
#define INTEGRITY_BYTES     20
#define TRANSACTION_AT      8

/* Of a host candidate, RFC 8445 section 5.1.2.1: type preference 126, local preference 65535, component 1. */
#define PRIORITY ((126u << 24) | (65535u << 8) | 255u)

gsize
cr_light_check_write (StunAgent *stun, const CrLightCheck *check, guint8 *out, guint8 *transaction)
{
  g_autofree gchar *username = g_strconcat (check->remote_ufrag, ":", check->local->ufrag, NULL);
  StunTransactionId id;
  StunMessage message;
  gsize n;

  n = stun_usage_ice_conncheck_create (
      stun, &message, out, CR_LIGHT_CHECK_MAX_BYTES, (const uint8_t *)username, strlen (username),
      (const uint8_t *)check->remote_password, strlen (check->remote_password), check->use_candidate, true,
      PRIORITY, check->tie_breaker, NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
  stun_message_id (&message, id);
  stun_agent_forget_transaction (stun, id); /* the peer remembers it; the agent has room for 200 */
  memcpy (transaction, out + TRANSACTION_AT, CR_LIGHT_TRANSACTION_BYTES);
  return n;
}

static guint
read16 (const guint8 *data)
{
  return (guint)data[0] << 8 | data[1];
}

/* HMAC-SHA1 of the message up to `integrity_at`, its length field counting MESSAGE-INTEGRITY and nothing
 * after it (RFC 8489 section 14.5). */
static gboolean
integrity_holds (const guint8 *data, gsize integrity_at, const gchar *password)
{
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA1, (const guchar *)password, strlen (password));
  gsize counted = integrity_at + 4 + INTEGRITY_BYTES - HEADER_BYTES;
  guint8 start[4] = {data[0], data[1], (guint8)(counted >> 8), (guint8)counted};
  guint8 digest[INTEGRITY_BYTES];
  gsize digest_bytes = sizeof digest;

  g_hmac_update (hmac, start, sizeof start);
  g_hmac_update (hmac, data + sizeof start, (gssize)(integrity_at - sizeof start));
  g_hmac_get_digest (hmac, digest, &digest_bytes);
  return memcmp (digest, data + integrity_at + 4, INTEGRITY_BYTES) == 0;
}

gboolean
cr_light_check_read_response (const guint8 *data, gsize length_bytes, const gchar *remote_password,
                              guint8 *transaction)
{
  gsize at = HEADER_BYTES;

  if (length_bytes < HEADER_BYTES || read16 (data) != SUCCESS_RESPONSE ||
      read16 (data + 2) != length_bytes - HEADER_BYTES)
    return FALSE;
  while (at + 4 <= length_bytes) {
    guint type = read16 (data + at), n = read16 (data + at + 2);

    if (n > length_bytes - at - 4)
      return FALSE;
    if (type == ATTRIBUTE_INTEGRITY) {
      memcpy (transaction, data + TRANSACTION_AT, CR_LIGHT_TRANSACTION_BYTES);
      return n == INTEGRITY_BYTES && integrity_holds (data, at, remote_password);
    }
    at += 4 + ((n + 3) & ~3u);
  }
  return FALSE;
}

/* StunMessageIntegrityValidate */
static bool
give_password (StunAgent *agent, StunMessage *message, uint8_t *username, uint16_t username_bytes,
               uint8_t **password, size_t *password_bytes, void *data)
{
  const CrIceCredentials *local = data;

  *password = (uint8_t *)local->password;
  *password_bytes = strlen (local->password);
  return true;
}

gsize
cr_light_check_answer (StunAgent *stun, const CrIceCredentials *local, const CrAddress *remote, guint8 *data,
                       gsize length_bytes, guint8 *out)
{
  StunMessage request, reply;
  struct sockaddr_storage source = {0};
  struct sockaddr_in *in = (struct sockaddr_in *)&source;
  size_t reply_bytes = CR_LIGHT_CHECK_MAX_BYTES;
  bool control = true;

  if (length_bytes < HEADER_BYTES || read16 (data) != BINDING_REQUEST ||
      stun_agent_validate (stun, &request, data, length_bytes, give_password, (gpointer)local) !=
          STUN_VALIDATION_SUCCESS)
    return 0;
  if (cr_address_is_ipv4 (remote)) {
    in->sin_family = AF_INET;
    in->sin_port = g_htons (remote->port);
    memcpy (&in->sin_addr, remote->ip + 12, 4);
  } else {
    cr_address_to_sockaddr_in6 (remote, (struct sockaddr_in6 *)&source);
  }
  if (stun_usage_ice_conncheck_create_reply (
          stun, &request, &reply, out, &reply_bytes, &source, sizeof source, &control, 0,
          STUN_USAGE_ICE_COMPATIBILITY_RFC5245) != STUN_USAGE_ICE_RETURN_SUCCESS)
    return 0;
  return reply_bytes;
}
