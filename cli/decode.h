/* What mtproto decode does: lines of docs/trace.md become lines for people or for programs. decode.c: lines and
 * records; decode_stream.c: bytes of streams to packets; decode_message.c: what is in a message; decode_out.c: how it
 * is said. */
#ifndef CLI_DECODE_H
#define CLI_DECODE_H

#include <mtproto/arena.h>
#include <mtproto/gzip.h>
#include <mtproto/message.h>
#include <mtproto/schema.h>
#include <mtproto/trace.h>
#include <stdio.h>

#include "cli/id_map.h"
#include "cli/json.h"

#define DECODE_KEYS_MAX     65536u       /* of all files together */
#define DECODE_STREAMS_MAX  65536u       /* open at once */
#define DECODE_WAITING_MAX  (64u << 20)  /* bytes of frames that are not complete, of all streams */
#define DECODE_TREE_MAX     (256u << 20) /* bytes of one object's tree */
#define DECODE_UNPACKED_MAX (16u << 20)
#define DECODE_CALLS        4096u /* requests whose answers are recognized by their type */
#define DECODE_LINE_MAX     (2u * MTPROTO_FRAME_SIZE_MAX_DEFAULT + 4096u)

/* What a request is answered by. A later one may take its place. */
struct decode_call {
	uint64_t msg_id;
	const struct mtproto_type *answer;
};

struct decoder {
	bool json;
	const struct mtproto_schema *schema;
	struct mtproto_arena *arena;
	struct mtproto_gzip *gzip;
	uint8_t *unpacked; /* DECODE_UNPACKED_MAX bytes once they are needed */
	bool unpacking;    /* they are in use */

	struct id_map keys;    /* struct mtproto_auth_key, by auth_key_id */
	struct id_map streams; /* struct decode_stream, by link */
	size_t waiting;
	struct decode_call calls[DECODE_CALLS];

	const char *source; /* for complaints */
	uint64_t line;
	bool failed; /* something could not be read */
};

/* schema must outlive the decoder. Errors: MTPROTO_ERR_MEMORY. The decoder is to be ended in either case. */
MTPROTO_MUST_USE int decoder_init(struct decoder *d, const struct mtproto_schema *schema, bool json);
void decoder_fini(struct decoder *d);

/* Reads a file to its end: takes the keys that are in it and, unless only they are wanted, prints what is in it.
 * Complains about each line that can't be read, by source and number, and goes on with the next. */
void decode_file(struct decoder *d, FILE *file, const char *source, bool keys_only);

/* Complains about the present line; the exit code will tell. */
#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
void decode_complain(struct decoder *d, const char *format, ...);

/* ---- decode_stream.c ---- */

/* Bytes of a stream came: each frame that they complete is printed. data is overwritten. */
void decode_bytes(struct decoder *d, const struct mtproto_trace *record, uint8_t *data);

/* How a link speaks was recorded: it is printed unless its bytes have told it before. */
void decode_open(struct decoder *d, const struct mtproto_trace *record);

/* The link ended, or (0) all links. */
void decode_close(struct decoder *d, uint64_t link);

/* ---- decode.c ---- */

/* A packet with the time, link and direction of at; opened in place if its key is known, which is expected or else only
 * hoped for. */
void decode_packet(struct decoder *d, const struct mtproto_trace *at, uint8_t *packet, size_t len, bool expected);

/* A record that is one line and no more. */
void decode_print(struct decoder *d, const struct mtproto_trace *record, const char *note);

/* ---- decode_message.c ---- */

/* A MESSAGE or PLAIN record: one line for it and one for each object in it. */
void decode_message(struct decoder *d, const struct mtproto_trace *record);

/* ---- decode_out.c: one line, member by member; in JSON an object. ---- */

struct decode_out {
	bool json;
	struct json object;
};

/* Begins the line; one of depth is in the one before. directed: say who sent it. */
void out_begin(struct decode_out *out, const struct decoder *d, const struct mtproto_trace *record, const char *kind,
	       unsigned depth, bool directed);
void out_hex(struct decode_out *out, const char *name, uint64_t value);
void out_hex32(struct decode_out *out, const char *name, uint32_t value);
void out_number(struct decode_out *out, const char *name, int64_t value);
void out_flag(struct decode_out *out, const char *name, bool value);
void out_text(struct decode_out *out, const char *name, const char *text);

/* What hindered the decoding, behind everything else; NULL or "": nothing. */
void out_end(struct decode_out *out, const char *note);

#endif
