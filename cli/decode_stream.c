#include <mtproto/error.h>
#include <stdlib.h>
#include <string.h>

#include "cli/decode.h"

/* What one side sends. */
struct side {
	uint8_t *data; /* deobfuscated as soon as that is possible; from malloc */
	size_t begin;
	size_t end;
	size_t cap;
	bool ready; /* decoder is made */
	struct mtproto_frame_decoder decoder;
};

struct decode_stream {
	struct side to_server;
	struct side to_client;
	bool known; /* how the client speaks */
	bool told;  /* that was printed */
	bool obfuscated;
	bool dead; /* it can't be read any further, and that was said */
	struct mtproto_obfuscation obfuscation;
};

static size_t waiting(const struct side *side)
{
	return side->end - side->begin;
}

/* ---- Streams ---- */

static void drop_bytes(struct decoder *d, struct side *side)
{
	d->waiting -= waiting(side);
	free(side->data);
	memset(side, 0, sizeof(*side));
}

static void free_stream(struct decoder *d, struct decode_stream *stream)
{
	if (!stream)
		return;
	drop_bytes(d, &stream->to_server);
	drop_bytes(d, &stream->to_client);
	mtproto_obfuscation_fini(&stream->obfuscation);
	free(stream);
}

void decode_close(struct decoder *d, uint64_t link)
{
	struct decode_stream *stream;

	if (link) {
		free_stream(d, id_map_take(&d->streams, link));
		return;
	}
	while ((stream = id_map_take_any(&d->streams)))
		free_stream(d, stream);
}

static struct decode_stream *find_stream(struct decoder *d, uint64_t link)
{
	struct decode_stream *stream = id_map_find(&d->streams, link);

	if (stream)
		return stream;
	stream = d->streams.count < DECODE_STREAMS_MAX ? calloc(1, sizeof(*stream)) : NULL;
	if (stream && id_map_add(&d->streams, link, stream))
		return stream;
	free(stream);
	decode_complain(d, "no room for another link");
	return NULL;
}

/* The rest of the stream means nothing any more. */
static void give_up(struct decoder *d, struct decode_stream *stream, const char *reason)
{
	decode_complain(d, "the stream can't be read any further: %s", reason);
	drop_bytes(d, &stream->to_server);
	drop_bytes(d, &stream->to_client);
	stream->dead = true;
}

/* ---- Bytes ---- */

/* Returns the bytes in their new place, or NULL. */
static uint8_t *append(struct decoder *d, struct side *side, const uint8_t *data, size_t len)
{
	uint8_t *larger;

	if (len > DECODE_WAITING_MAX - d->waiting)
		return NULL;
	if (side->begin) {
		memmove(side->data, side->data + side->begin, waiting(side));
		side->end -= side->begin;
		side->begin = 0;
	}
	if (len > side->cap - side->end) {
		larger = realloc(side->data, 2 * (side->end + len));
		if (!larger)
			return NULL;
		side->data = larger;
		side->cap = 2 * (side->end + len);
	}
	if (len)
		memcpy(side->data + side->end, data, len);
	side->end += len;
	d->waiting += len;
	return side->data + side->end - len;
}

static void consume(struct decoder *d, struct side *side, size_t len)
{
	side->begin += len;
	d->waiting -= len;
}

/* What the server's key stream encrypts, it decrypts as well. */
static int deobfuscate(struct decode_stream *stream, const struct side *side, uint8_t *data, size_t len)
{
	if (!stream->obfuscated)
		return 0;
	if (side == &stream->to_server)
		return mtproto_obfuscation_decrypt(&stream->obfuscation, data, data, len);
	return mtproto_obfuscation_encrypt(&stream->obfuscation, data, data, len);
}

static int begin_obfuscated(struct decoder *d, struct decode_stream *stream, enum mtproto_framing *framing)
{
	struct side *client = &stream->to_client, *server = &stream->to_server;
	int16_t dc;
	int error = mtproto_obfuscation_init_server(&stream->obfuscation, mtproto_kernels_get(MTPROTO_KERNELS_AUTO),
						    server->data + server->begin, NULL, framing, &dc);

	if (error)
		return error;
	stream->obfuscated = true;
	consume(d, server, MTPROTO_OBFUSCATION_HEADER_SIZE);
	error = deobfuscate(stream, server, server->data + server->begin, waiting(server));
	return error || !client->data ? error
				      : deobfuscate(stream, client, client->data + client->begin, waiting(client));
}

static int detect(struct decoder *d, struct decode_stream *stream)
{
	struct side *side = &stream->to_server;
	enum mtproto_framing framing = MTPROTO_FRAMING_DETECT;
	enum mtproto_stream_kind kind = mtproto_stream_detect(side->data + side->begin, waiting(side));
	int error = 0;

	if (kind == MTPROTO_STREAM_MORE)
		return 0;
	if (kind == MTPROTO_STREAM_OBFUSCATED)
		error = begin_obfuscated(d, stream, &framing);
	if (error)
		return error;
	mtproto_frame_decoder_init(&side->decoder, framing, true, MTPROTO_FRAME_SIZE_MAX_DEFAULT);
	side->ready = true;
	return 0;
}

/* ---- Frames ---- */

static void tell_frame(struct decoder *d, const struct mtproto_trace *at, uint8_t *data,
		       const struct mtproto_frame *frame)
{
	struct mtproto_trace record = {.time_ns = at->time_ns,
				       .link = at->link,
				       .direction = at->direction,
				       .transport_error = frame->transport_error,
				       .quick_ack_token = frame->quick_ack_token};

	if (frame->kind == MTPROTO_FRAME_PACKET) {
		decode_packet(d, at, data + frame->packet_offset, frame->packet_len, true);
	} else if (frame->kind == MTPROTO_FRAME_TRANSPORT_ERROR || frame->kind == MTPROTO_FRAME_QUICK_ACK) {
		record.kind = frame->kind == MTPROTO_FRAME_QUICK_ACK ? MTPROTO_TRACE_QUICK_ACK : MTPROTO_TRACE_ERROR;
		decode_print(d, &record, NULL);
	}
}

static void tell_open(struct decoder *d, struct decode_stream *stream, const struct mtproto_trace *record)
{
	if (stream->told)
		return;
	stream->told = true;
	decode_print(d, record, NULL);
}

void decode_open(struct decoder *d, const struct mtproto_trace *record)
{
	struct decode_stream *stream = find_stream(d, record->link);

	if (stream)
		tell_open(d, stream, record);
}

/* A server answers in the framing that its client speaks. */
static void meet_client(struct decoder *d, struct decode_stream *stream, const struct mtproto_trace *at)
{
	struct mtproto_trace open = {.kind = MTPROTO_TRACE_OPEN,
				     .time_ns = at->time_ns,
				     .link = at->link,
				     .framing = stream->to_server.decoder.framing,
				     .obfuscated = stream->obfuscated};

	if (stream->known || open.framing == MTPROTO_FRAMING_DETECT)
		return;
	stream->known = true;
	mtproto_frame_decoder_init(&stream->to_client.decoder, open.framing, false, MTPROTO_FRAME_SIZE_MAX_DEFAULT);
	stream->to_client.ready = true;
	tell_open(d, stream, &open);
}

static int decode_frames(struct decoder *d, struct decode_stream *stream, struct side *side,
			 const struct mtproto_trace *at)
{
	struct mtproto_frame frame = {.kind = MTPROTO_FRAME_FILLER};
	size_t consumed, wanted;

	while (side->ready && waiting(side) && frame.kind != MTPROTO_FRAME_NONE) {
		uint8_t *data = side->data + side->begin;
		int error = mtproto_frame_decode(&side->decoder, data, waiting(side), &frame, &consumed, &wanted);

		if (error)
			return error;
		meet_client(d, stream, at);
		tell_frame(d, at, data, &frame);
		consume(d, side, consumed);
	}
	return 0;
}

static int read_sides(struct decoder *d, struct decode_stream *stream, const struct mtproto_trace *at)
{
	struct mtproto_trace to_client = *at, to_server = *at;
	int error = 0;

	to_client.direction = MTPROTO_TO_CLIENT;
	to_server.direction = MTPROTO_TO_SERVER;
	if (!stream->to_server.ready && waiting(&stream->to_server))
		error = detect(d, stream);
	if (!error)
		error = decode_frames(d, stream, &stream->to_server, &to_server);
	return error ? error : decode_frames(d, stream, &stream->to_client, &to_client);
}

void decode_bytes(struct decoder *d, const struct mtproto_trace *record, uint8_t *data)
{
	struct decode_stream *stream = find_stream(d, record->link);
	struct side *side;
	uint8_t *bytes;
	int error;

	if (!stream || stream->dead || record->data.len == 0)
		return;
	side = record->direction == MTPROTO_TO_SERVER ? &stream->to_server : &stream->to_client;
	bytes = append(d, side, data, record->data.len);
	if (!bytes) {
		give_up(d, stream, "too many bytes wait for the end of their frames");
		return;
	}
	error = deobfuscate(stream, side, bytes, record->data.len);
	if (!error)
		error = read_sides(d, stream, record);
	if (error)
		give_up(d, stream, mtproto_strerror(error));
}
