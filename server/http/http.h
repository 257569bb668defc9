/* SPDX-License-Identifier: Apache-2.0
 *
 * What every handler is given: the request, decoded as far as HTTP goes, and the response to fill. Handlers
 * decode, call the domain, encode; they never see the HTTP library's message, so that all of them run in
 * tests without a socket.
 *
 *   server.c ──> dispatch.c ──> routes.c (match) ──> auth.c ──> handler ──> live/
 *                    │                                              └──> job.h ──> store/, people/
 *                    └── GError ──> problem.c ──> status, application/problem+json
 *
 * Thread: [main].
 */
#pragma once

#include "base/config.h"
#include "live/lesson-clock.h"
#include "live/lessons.h"
#include "http/rate-limit.h"
#include "live/slides.h"
#include "live/timetables.h"
#include "people/attempts.h"
#include "people/password.h"
#include "people/signin-limit.h"
#include "store/store.h"
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* A body of a route that says nothing else: SDP and JSON. */
#define CR_HTTP_MAX_BODY_BYTES (64 * 1024)

/* The same of a file that is imported. */
#define CR_HTTP_MAX_FILE_BYTES (1024 * 1024)

/* The same of a picture. */
#define CR_HTTP_MAX_PICTURE_BYTES CR_SLIDE_MAX_BYTES

#define CR_HTTP_MAX_PARAMS 3

#define CR_HTTP_ERROR (cr_http_error_quark ())
GQuark cr_http_error_quark (void);
typedef enum {
  CR_HTTP_ERROR_BAD_REQUEST,
  CR_HTTP_ERROR_NO_TOKEN,
  CR_HTTP_ERROR_INVALID_TOKEN,
  CR_HTTP_ERROR_FORBIDDEN,
  CR_HTTP_ERROR_NOT_FOUND,
  CR_HTTP_ERROR_METHOD_NOT_ALLOWED,
  CR_HTTP_ERROR_TOO_LARGE,
  CR_HTTP_ERROR_UNSUPPORTED_TYPE,
  CR_HTTP_ERROR_PRECONDITION_FAILED,
  CR_HTTP_ERROR_PRECONDITION_REQUIRED,
  CR_HTTP_ERROR_FOREIGN_ORIGIN, /* another site's page uses a cookie */
  CR_HTTP_ERROR_NOT_SECURE,     /* a password over a line without TLS */
  CR_HTTP_ERROR_UNAVAILABLE,    /* no database */
  CR_HTTP_ERROR_UNDECIDED       /* a fault of ours: nobody asked whether this is allowed */
} CrHttpError;

typedef struct CrEventHub CrEventHub;
typedef struct CrRightsWatch CrRightsWatch;

/* What handlers work on; lives as long as the server. */
typedef struct {
  const CrConfig *config;
  CrLessons *lessons;
  gchar *demo_json;       /* NULL unless in demo mode */
  GHashTable *file_etags; /* resource path -> entity tag, filled as files are asked for */
  CrEventHub *events;     /* who follows which lesson */
  CrRightsWatch *rights;  /* ends what another process revoked */
  CrSlides *slides;
  CrRateLimit *action_limit; /* hands, notes and calls, by lesson and actor */

  /* People; NULL while there is no database. */
  CrStore *store;
  CrTimetables *timetables;
  CrLessonClock *clock; /* NULL also when the database is damaged; whoever made it frees it */
  CrPasswords *passwords;
  CrSigninLimit *signin_limit;
  CrAttempts *confirm_limit; /* wrong pairing codes, by account */
  gboolean closing;          /* nothing new is begun */
} CrHttp;

CrHttp *cr_http_new (const CrConfig *config, CrLessons *lessons);

/* Answers what is under way, then frees. */
void cr_http_free (CrHttp *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrHttp, cr_http_free)

/* From now on people may sign in. Takes `store`. */
void cr_http_take_store (CrHttp *http, CrStore *store, const CrPasswordCost *cost);

/* The date in the schools' zone, and the term that it is in (see cr_timetables_on()); NULL when there is
 * none. */
CrDate cr_http_today (const CrHttp *http);
const gchar *cr_http_current_term_id (const CrHttp *http);

typedef struct CrRequest CrRequest;

struct CrRequest {
  gchar *method;
  gchar *path;  /* as sent, percent-encoded */
  gchar *query; /* NULL when there is none */
  SoupMessageHeaders *headers;
  gboolean peer_is_loopback; /* the TCP connection's other end */
  gchar *peer_address;       /* the same as text; NULL: not known */
  GBytes *body;              /* NULL until it has been read */
  gsize max_body_bytes;      /* of this route */

  /* Filled by the dispatcher. */
  gchar *params[CR_HTTP_MAX_PARAMS]; /* decoded, in the order of the route's pattern */
  CrLesson *lesson;                  /* of a route with {lesson}, once authorized */
  CrActor *actor;                    /* who asks; NULL: not known, or the route does not ask */
  CrVerb verb;                       /* what the route does, and with what */
  CrObjectKind object;

  /* Answered later (job.h): whoever dispatches keeps request and response until this is called. */
  guint n_pending;
  void (*on_answered) (CrRequest *request, gpointer data);
  gpointer on_answered_data;
};

/* A connection for an answer without end, taken from the HTTP library when the answer begins. */
typedef struct {
  GIOStream *stream;
  GSocket *socket;  /* the stream's */
  gboolean chunked; /* the body goes in chunks: the client speaks HTTP/1.1 */
  GBytes *head;     /* status and headers, to be sent first; borrowed */
} CrConnection;

/* `connection`'s stream and socket become the function's. */
typedef void (*CrStreamFunc) (CrHttp *http, const CrConnection *connection, gpointer data);

typedef struct {
  guint status;
  gboolean chinese; /* the reader's language, else English */
  SoupMessageHeaders *headers;
  GBytes *body;        /* NULL: none */
  CrStreamFunc stream; /* NULL: the body is all */
  gpointer stream_data;
  GDestroyNotify stream_destroy;
} CrResponse;

/* `headers` is referenced. */
CrRequest *cr_request_new (const gchar *method, const gchar *path, const gchar *query,
                           SoupMessageHeaders *headers, gboolean peer_is_loopback);
void cr_request_free (CrRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrRequest, cr_request_free)

/* The value of a header, several joined by ", "; NULL when absent. */
const gchar *cr_request_get_header (const CrRequest *request, const gchar *name);

/* The value of a query parameter, decoded, or NULL; free with g_free(). */
gchar *cr_request_get_query (const CrRequest *request, const gchar *name);

/* TRUE unless Accept-Language prefers English to Chinese: the schools are Chinese. */
gboolean cr_request_is_chinese (const CrRequest *request);

/* Where the client is, as far as can be known: what our own proxy says (the end of X-Forwarded-For, believed
 * from loopback only), else the connection's other end. Free with g_free(). */
gchar *cr_request_get_address (const CrRequest *request);

/* TRUE when TLS is on between the client and our proxy. */
gboolean cr_request_is_secure (const CrHttp *http, const CrRequest *request);

/* TRUE when the client itself is on this machine: the connection comes from loopback, and if a proxy says who
 * stands behind it, so does that. */
gboolean cr_request_is_from_loopback (const CrRequest *request);

/* TRUE when a proxy stands between (RFC 7239, or the X-Forwarded family). */
gboolean cr_request_is_forwarded (const CrRequest *request);

CrResponse *cr_response_new (void);
void cr_response_free (CrResponse *response);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrResponse, cr_response_free)

/* The only way to give a response its body. Takes `body`. */
void cr_response_set_body (CrResponse *response, guint status, const gchar *content_type, GBytes *body);
/* The same for a text, which is taken. */
void cr_response_take_text (CrResponse *response, guint status, const gchar *content_type, gchar *text);
void cr_response_set_empty (CrResponse *response, guint status);

/* 200, and a body without end that `stream` sends; it is not called for HEAD. Takes `data`. */
void cr_response_set_stream (CrResponse *response, const gchar *content_type, CrStreamFunc stream,
                             gpointer data, GDestroyNotify destroy);

/* Answers the request, begins a job that will, or returns FALSE with an error that problem.c turns into the
 * answer. */
typedef gboolean (*CrHandler) (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);

/* One function from GError to status and body (RFC 9457). */
void cr_problem_respond (CrHttp *http, const GError *error, CrResponse *response);
guint cr_problem_status (const GError *error);

G_END_DECLS
