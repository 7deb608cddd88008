/* The engine's root object: settings, memory, and the loop of file, process, pull.
 *
 * The library does no I/O. One turn of a program's loop is:
 *
 *     file     mtproto_link_recv or _recv_buf/_recv_ack: hand in bytes as they come
 *     process  mtproto_context_process: opens every complete frame, runs timers
 *     pull     mtproto_context_next_event until it returns 0: what happened, in order; call, reply, close as you like
 *     send     mtproto_context_next_writable until it returns NULL; mtproto_link_send_buf/_send_ack: write bytes
 *     wait     until a stream is ready or mtproto_context_deadline
 *
 * The engine never calls the application back. A context and everything made in it belong to one thread at a time;
 * contexts share nothing. After fork the child may only free. */
#ifndef MTPROTO_CONTEXT_H
#define MTPROTO_CONTEXT_H

#include <mtproto/crypto.h>
#include <mtproto/message.h>
#include <mtproto/rsa.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mtproto_context;
struct mtproto_link;
struct mtproto_event;

/* The most that coalesce_ns of a connection or server may be: a second. */
#define MTPROTO_COALESCE_MAX_NS UINT64_C(1000000000)

struct mtproto_context_config {
	size_t size;
	const struct mtproto_allocator *allocator; /* NULL: malloc. Copied. libcrypto's own memory is not included. */
	const struct mtproto_random *random;       /* NULL: libcrypto's. Copied. */
	enum mtproto_kernels_id kernels;           /* MTPROTO_KERNELS_AUTO */
	enum mtproto_padding padding;              /* of encrypted messages; MTPROTO_PADDING_SMALLEST */
	size_t frame_size_max;                     /* incoming frames above it close the link; 72..2^31-1; 16 MiB */
	size_t inflated_size_max;                  /* all gzip_packed of one frame together; 16 MiB */
	size_t link_send_max;                      /* bytes that may wait in one link before sealing pauses; 1 MiB */
	bool known_dh_prime_only;                  /* client: refuse every dh_prime but Telegram's own; false */
	uint32_t trace; /* MTPROTO_TRACE_FLAG_ of <mtproto/trace.h>: what is told by TRACE and KEY_LOG events; 0 */
};

MTPROTO_API void mtproto_context_config_init(struct mtproto_context_config *config);

/* config may be NULL. Errors: MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_ARGUMENT (kernels that this CPU lacks, a limit out
 * of its range), MTPROTO_ERR_MEMORY, MTPROTO_ERR_RANDOM. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_context_new(struct mtproto_context **out,
						     const struct mtproto_context_config *config);

/* Frees the context and every connection, server and link in it. NULL is legal. */
MTPROTO_API void mtproto_context_free(struct mtproto_context *context);

/* Adds a public RSA key that this context's clients accept; the key is copied. Where a client was given no key of
 * its own and none was added, Telegram's production and test keys are used.
 * Errors: MTPROTO_ERR_MEMORY, MTPROTO_ERR_LIMIT (16 keys). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_context_add_rsa(struct mtproto_context *context, const char *pem, size_t len);

/* Opens what was filed, feeds it to connections and servers in the order of arrival, runs what is due. Peer errors
 * become events. What finds no memory is lost as it could be on the wire: it comes again, or its call ends by its
 * deadline; a REFUSED event with MTPROTO_ERR_MEMORY stands for events that were lost. The result is 0; other values are
 * reserved. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_context_process(struct mtproto_context *context,
							 const struct mtproto_now *now);

/* The next event into *event. Returns 1, or 0 when there is none. Spans in an event live until the next call of this
 * function or the next mtproto_context_process, whichever comes first. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_context_next_event(struct mtproto_context *context,
							    struct mtproto_event *event);

/* Encrypts what is due, in batches, then returns a link that got bytes to send since it was returned last, or NULL.
 * What a stream does not take stays in the link, so a driver that could not write all keeps the link aside until its
 * stream is writable; when it has written some then, it calls this again: there may be room for more. */
MTPROTO_API struct mtproto_link *mtproto_context_next_writable(struct mtproto_context *context);

/* mono_ns at which mtproto_context_process wants to be called even if no bytes come; MTPROTO_NEVER if it does not.
 * 0 when it has something to do at once. */
MTPROTO_API uint64_t mtproto_context_deadline(const struct mtproto_context *context);

/* The kernels in use. */
MTPROTO_API const struct mtproto_kernels *mtproto_context_kernels(const struct mtproto_context *context);

#ifdef __cplusplus
}
#endif

#endif
