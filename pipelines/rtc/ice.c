/* SPDX-License-Identifier: Apache-2.0
 *
 * Connectivity checks answered by libnice's STUN functions. Those trust the shape of what they are given, so
 * the shape is checked here first, attribute by attribute; and its own reply function may abort when a reply
 * does not fit, so the reply is always given room for the longest username that can be valid.
 *
 * Off the path (a few checks a second and peer); from: peer; to: the caller's CrIceResult; thread: media;
 * allocates: nothing; on failure: CR_ICE_SILENT.
 */
#include "rtc/ice.h"

#include <string.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>
#include <openssl/rand.h>

#define STUN_HEADER_BYTES      20
#define STUN_ATTRIBUTE_BYTES   4 /* type and length */
#define STUN_COOKIE            0x2112A442u
#define STUN_BINDING_REQUEST   0x0001
#define INTEGRITY_BYTES        20
#define FINGERPRINT_BYTES      4
#define MAX_REMOTE_UFRAG_BYTES 256 /* RFC 8839 section 5.4 */
#define MAX_USERNAME_BYTES     (CR_ICE_UFRAG_BYTES + 1 + MAX_REMOTE_UFRAG_BYTES)

/* RFC 8489 section 14.6: libnice has no name for it. It may follow MESSAGE-INTEGRITY and is then ignored. */
#define ATTRIBUTE_MESSAGE_INTEGRITY_SHA256 0x001C

/* The longest success reply: header, XOR-MAPPED-ADDRESS of IPv6, USERNAME, MESSAGE-INTEGRITY, FINGERPRINT. */
G_STATIC_ASSERT (sizeof (((CrIceResult *)0)->reply) >=
                 STUN_HEADER_BYTES + 4 + 20 + 4 + ((MAX_USERNAME_BYTES + 3) & ~3) + 4 + 20 + 4 + 4);

struct CrIceAgent {
  StunAgent stun;
};

/* Comprehension-required attributes (below 0x8000) that a check may carry; any other gets a 420. */
static const uint16_t known_attributes[] = {
    STUN_ATTRIBUTE_USERNAME,      STUN_ATTRIBUTE_MESSAGE_INTEGRITY,   STUN_ATTRIBUTE_PRIORITY,
    STUN_ATTRIBUTE_USE_CANDIDATE, ATTRIBUTE_MESSAGE_INTEGRITY_SHA256, 0,
};

/* ice-char of RFC 8839 section 5.4: 64 of them, so that six random bits choose one without bias. */
static void
fill_ice_chars (gchar *text, gsize n)
{
  static const gchar alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  guint8 random[CR_ICE_PASSWORD_BYTES];

  g_assert (n <= sizeof random);
  if (RAND_bytes (random, (int)n) != 1)
    g_error ("no random numbers to be had");
  for (gsize i = 0; i < n; i++)
    text[i] = alphabet[random[i] & 63];
  text[n] = '\0';
}

void
cr_ice_credentials_generate (CrIceCredentials *credentials)
{
  fill_ice_chars (credentials->ufrag, CR_ICE_UFRAG_BYTES);
  fill_ice_chars (credentials->password, CR_ICE_PASSWORD_BYTES);
}

CrIceAgent *
cr_ice_agent_new (void)
{
  CrIceAgent *agent = g_new0 (CrIceAgent, 1);

  stun_agent_init (&agent->stun, known_attributes, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
  return agent;
}

void
cr_ice_agent_free (CrIceAgent *agent)
{
  g_free (agent);
}

CrIceAgent *
cr_ice_agent_of_thread (void)
{
  static GPrivate of_thread = G_PRIVATE_INIT ((GDestroyNotify)cr_ice_agent_free);
  CrIceAgent *agent = g_private_get (&of_thread);

  if (agent == NULL) {
    agent = cr_ice_agent_new ();
    g_private_set (&of_thread, agent);
  }
  return agent;
}

static guint16
read16 (const guint8 *data)
{
  return (guint16)(data[0] << 8 | data[1]);
}

static guint32
read32 (const guint8 *data)
{
  return (guint32)read16 (data) << 16 | read16 (data + 2);
}

static gboolean
is_binding_request (const guint8 *data, gsize length_bytes)
{
  return length_bytes >= STUN_HEADER_BYTES && read16 (data) == STUN_BINDING_REQUEST &&
         read16 (data + 2) == length_bytes - STUN_HEADER_BYTES && length_bytes % 4 == 0 &&
         read32 (data + 4) == STUN_COOKIE;
}

/* What the walk over a message found; `username` points into it. */
typedef struct {
  const guint8 *username;
  gsize username_bytes;
  gboolean has_integrity;
  gboolean has_fingerprint;
  gboolean has_controlled;
} Shape;

static gboolean
note_attribute (Shape *shape, guint16 type, const guint8 *value, gsize value_bytes)
{
  if (shape->has_fingerprint) /* nothing may follow it (RFC 8489 section 14.7) */
    return FALSE;
  switch (type) {
  case STUN_ATTRIBUTE_FINGERPRINT:
    shape->has_fingerprint = TRUE;
    return value_bytes == FINGERPRINT_BYTES;
  case STUN_ATTRIBUTE_MESSAGE_INTEGRITY:
    shape->has_integrity = TRUE;
    return value_bytes == INTEGRITY_BYTES;
  case STUN_ATTRIBUTE_USERNAME:
    if (shape->username == NULL && !shape->has_integrity) {
      shape->username = value;
      shape->username_bytes = value_bytes;
    }
    return TRUE;
  case STUN_ATTRIBUTE_ICE_CONTROLLED:
    shape->has_controlled |= !shape->has_integrity;
    return TRUE;
  default:
    return TRUE;
  }
}

/* Walks every attribute in bounds. FALSE when one overruns the message or has a length that libnice would
 * trust. */
static gboolean
read_shape (const guint8 *data, gsize length_bytes, Shape *shape)
{
  gsize offset = STUN_HEADER_BYTES;

  memset (shape, 0, sizeof *shape);
  while (offset < length_bytes) {
    gsize value_bytes, padded_bytes;

    if (length_bytes - offset < STUN_ATTRIBUTE_BYTES)
      return FALSE;
    value_bytes = read16 (data + offset + 2);
    padded_bytes = (value_bytes + 3) & ~(gsize)3;
    if (length_bytes - offset - STUN_ATTRIBUTE_BYTES < padded_bytes)
      return FALSE;
    if (!note_attribute (shape, read16 (data + offset), data + offset + STUN_ATTRIBUTE_BYTES, value_bytes))
      return FALSE;
    offset += STUN_ATTRIBUTE_BYTES + padded_bytes;
  }
  return TRUE;
}

gboolean
cr_ice_peek_ufrag (const guint8 *data, gsize length_bytes, gchar *ufrag, gsize size)
{
  const guint8 *colon;
  gsize n;
  Shape shape;

  if (!is_binding_request (data, length_bytes) || !read_shape (data, length_bytes, &shape) ||
      shape.username == NULL)
    return FALSE;
  colon = memchr (shape.username, ':', shape.username_bytes);
  if (colon == NULL)
    return FALSE;
  n = (gsize)(colon - shape.username);
  if (n == 0 || n >= size || memchr (shape.username, '\0', n) != NULL)
    return FALSE;
  memcpy (ufrag, shape.username, n);
  ufrag[n] = '\0';
  return TRUE;
}

/* USERNAME must be exactly `ours:theirs` (RFC 8445 section 7.2.2). */
static gboolean
username_matches (const Shape *shape, const CrIceCredentials *local, const gchar *remote_ufrag)
{
  gsize ours = strlen (local->ufrag);
  gsize theirs = strlen (remote_ufrag);

  return shape->username != NULL && theirs <= MAX_REMOTE_UFRAG_BYTES &&
         shape->username_bytes == ours + 1 + theirs && memcmp (shape->username, local->ufrag, ours) == 0 &&
         shape->username[ours] == ':' && memcmp (shape->username + ours + 1, remote_ufrag, theirs) == 0;
}

/* StunMessageIntegrityValidate: the username has been compared already. */
static bool
give_password (StunAgent *agent, StunMessage *message, uint8_t *username, uint16_t username_bytes,
               uint8_t **password, size_t *password_bytes, void *data)
{
  const CrIceCredentials *local = data;

  *password = (uint8_t *)local->password;
  *password_bytes = strlen (local->password);
  return true;
}

/* The source of a check as libnice wants it: plain IPv4, never v4-mapped, or XOR-MAPPED-ADDRESS would have
 * the wrong family. */
static socklen_t
fill_source (const CrAddress *remote, struct sockaddr_storage *source)
{
  memset (source, 0, sizeof *source);
  if (cr_address_is_ipv4 (remote)) {
    struct sockaddr_in *in = (struct sockaddr_in *)source;

    in->sin_family = AF_INET;
    in->sin_port = g_htons (remote->port);
    memcpy (&in->sin_addr, remote->ip + 12, 4);
    return sizeof *in;
  }
  cr_address_to_sockaddr_in6 (remote, (struct sockaddr_in6 *)source);
  return sizeof (struct sockaddr_in6);
}

static void
reply_role_conflict (CrIceAgent *agent, const StunMessage *request, CrIceResult *result)
{
  StunMessage reply;

  if (!stun_agent_init_error (&agent->stun, &reply, result->reply, sizeof result->reply, request,
                              STUN_ERROR_ROLE_CONFLICT))
    return;
  result->reply_bytes = stun_agent_finish_message (&agent->stun, &reply, NULL, 0);
}

static void
reply_success (CrIceAgent *agent, StunMessage *request, const CrPath *path, CrIceResult *result)
{
  struct sockaddr_storage source;
  socklen_t source_bytes = fill_source (&path->remote, &source);
  StunMessage reply;
  bool control = false; /* afresh each time: libnice would turn a lite agent controlling */
  size_t reply_bytes = sizeof result->reply;

  if (stun_usage_ice_conncheck_create_reply (
          &agent->stun, request, &reply, result->reply, &reply_bytes, &source, source_bytes, &control, 0,
          STUN_USAGE_ICE_COMPATIBILITY_RFC5245) != STUN_USAGE_ICE_RETURN_SUCCESS)
    return;
  result->reply_bytes = reply_bytes;
}

void
cr_ice_agent_handle (CrIceAgent *agent, const CrIceCredentials *local, const gchar *remote_ufrag,
                     const CrPath *path, guint8 *data, gsize length_bytes, CrIceResult *result)
{
  StunMessage request, reply;
  StunValidationStatus status;
  Shape shape;

  result->verdict = CR_ICE_SILENT;
  result->use_candidate = FALSE;
  result->reply_bytes = 0;
  if (!is_binding_request (data, length_bytes) || !read_shape (data, length_bytes, &shape) ||
      !shape.has_integrity || !shape.has_fingerprint || !username_matches (&shape, local, remote_ufrag))
    return;

  status = stun_agent_validate (&agent->stun, &request, data, length_bytes, give_password, (gpointer)local);
  if (status == STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE) {
    result->reply_bytes = stun_agent_build_unknown_attributes_error (&agent->stun, &reply, result->reply,
                                                                     sizeof result->reply, &request);
    result->verdict = result->reply_bytes > 0 ? CR_ICE_REPLY_ERROR : CR_ICE_SILENT;
    return;
  }
  if (status != STUN_VALIDATION_SUCCESS)
    return;

  if (shape.has_controlled) { /* a lite agent is always the controlled one (RFC 8445 section 6.1.1) */
    reply_role_conflict (agent, &request, result);
    result->verdict = result->reply_bytes > 0 ? CR_ICE_REPLY_ERROR : CR_ICE_SILENT;
    return;
  }
  reply_success (agent, &request, path, result);
  if (result->reply_bytes == 0)
    return;
  result->verdict = CR_ICE_REPLY;
  result->use_candidate = stun_usage_ice_conncheck_use_candidate (&request);
}
