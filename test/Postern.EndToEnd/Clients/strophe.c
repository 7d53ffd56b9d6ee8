/* A client of XMPP on libstrophe, the library of profanity and xmppc: logs in, and sends a message or waits for one.
 *
 *     strophe plain|starttls|implicit HOST PORT AUTHORITY USER@DOMAIN PASSWORD listen|TO [TEXT [await]]
 *
 * Says "ready" when it is logged in, and "message TEXT" of what comes, or "refused CONDITION TEXT" of what comes back. Exit
 * status 0: sent, or heard; who awaits does both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>

static const char *to, *text;
static int awaits;
static int done;

static void say_error(xmpp_stanza_t *stanza, void *ctx)
{
    xmpp_stanza_t *error = xmpp_stanza_get_child_by_name(stanza, "error");
    xmpp_stanza_t *condition = error != NULL ? xmpp_stanza_get_children(error) : NULL;
    char *reason = error != NULL ? xmpp_stanza_get_text(xmpp_stanza_get_child_by_name(error, "text")) : NULL;
    printf("refused %s %s\n", condition != NULL ? xmpp_stanza_get_name(condition) : "", reason != NULL ? reason : "");
    fflush(stdout);
    if (reason != NULL)
        xmpp_free(ctx, reason);
}

static int on_message(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *ctx)
{
    const char *type = xmpp_stanza_get_type(stanza);
    if (type != NULL && strcmp(type, "error") == 0) {
        say_error(stanza, ctx);
        done = 1;
        xmpp_disconnect(conn);
        return 0;
    }
    char *body = xmpp_stanza_get_text(xmpp_stanza_get_child_by_name(stanza, "body"));
    if (body == NULL)
        return 1;
    printf("message %s\n", body);
    fflush(stdout);
    xmpp_free(ctx, body);
    done = 1;
    xmpp_disconnect(conn);
    return 0;
}

static void on_connection(xmpp_conn_t *conn, xmpp_conn_event_t event, int error, xmpp_stream_error_t *stream, void *ctx)
{
    if (event == XMPP_CONN_CONNECT) {
        printf("ready %s\n", xmpp_conn_is_secured(conn) ? "secured" : "in the clear");
        fflush(stdout);
        xmpp_stanza_t *presence = xmpp_presence_new(ctx);
        xmpp_send(conn, presence);
        xmpp_stanza_release(presence);
        if (to == NULL || awaits)
            xmpp_handler_add(conn, on_message, NULL, "message", NULL, ctx);
        if (to == NULL)
            return;
        xmpp_stanza_t *message = xmpp_message_new(ctx, "chat", to, "m1");
        xmpp_message_set_body(message, text);
        xmpp_send(conn, message);
        xmpp_stanza_release(message);
        if (awaits)
            return;
        done = 1;
        xmpp_disconnect(conn);
    } else {
        if (!done)
            printf("disconnected, error %d, stream error %d\n", error, stream != NULL ? (int)stream->type : -1);
        xmpp_stop(ctx);
    }
}

int main(int count, char **words)
{
    if (count < 8)
        return 2;
    long flags = strcmp(words[1], "plain") == 0 ? XMPP_CONN_FLAG_DISABLE_TLS
        : strcmp(words[1], "implicit") == 0 ? XMPP_CONN_FLAG_LEGACY_SSL
                                            : XMPP_CONN_FLAG_MANDATORY_TLS;
    to = strcmp(words[7], "listen") == 0 ? NULL : words[7];
    text = count > 8 ? words[8] : "";
    awaits = count > 9;
    xmpp_initialize();
    xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_DEBUG));
    xmpp_conn_t *conn = xmpp_conn_new(ctx);
    xmpp_conn_set_flags(conn, flags);
    if (flags != XMPP_CONN_FLAG_DISABLE_TLS)
        xmpp_conn_set_cafile(conn, words[4]);
    xmpp_conn_set_jid(conn, words[5]);
    xmpp_conn_set_pass(conn, words[6]);
    if (xmpp_connect_client(conn, words[2], (unsigned short)atoi(words[3]), on_connection, ctx) == XMPP_EOK)
        xmpp_run(ctx);
    xmpp_conn_release(conn);
    xmpp_ctx_free(ctx);
    xmpp_shutdown();
    return done ? 0 : 1;
}
