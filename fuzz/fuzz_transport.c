/* Frame decoders of both roles on any bytes, whole and in pieces. What must hold: a call stays inside its bytes, keeps
 * its word about *wanted, an error stays, the pieces change nothing, and an encoder writes what a decoder took. */
#include <mtproto/transport.h>

#include <stdlib.h>
#include <string.h>

#define FRAME_SIZE_MAX 4096

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* The events of a stream, folded into one number, and where the stream stopped. */
struct trace {
	uint64_t digest;
	size_t position;
	int error;
};

static void fold(struct trace *trace, uint64_t value)
{
	trace->digest = (trace->digest ^ value) * 1099511628211u;
}

/* The header of a packet's frame must be the one that an encoder writes. */
static void check_encoder(const struct mtproto_frame_decoder *decoder, const struct mtproto_frame *frame,
			  const uint8_t *data, size_t consumed)
{
	uint8_t head[MTPROTO_FRAME_HEAD_MAX], tail[MTPROTO_FRAME_TAIL_MAX];
	struct mtproto_frame_encoder encoder;
	size_t head_len, tail_len, padding = 0;

	mtproto_frame_encoder_init(&encoder, decoder->framing);
	encoder.sequence = decoder->sequence - 1;
	if (decoder->framing == MTPROTO_FRAMING_PADDED)
		padding = frame->packet_len % 4;
	CHECK(mtproto_frame_encode(&encoder, data + frame->packet_offset, frame->packet_len - padding, padding,
				   frame->quick_ack_wanted, NULL, head, &head_len, tail, &tail_len) == 0);
	CHECK(head_len <= frame->packet_offset);
	CHECK(memcmp(data + frame->packet_offset - head_len, head, head_len) == 0);
	CHECK(frame->packet_offset + frame->packet_len - padding + tail_len == consumed);
	if (decoder->framing == MTPROTO_FRAMING_FULL)
		CHECK(memcmp(data + consumed - tail_len, tail, tail_len) == 0);
}

static void check_frame(const struct mtproto_frame_decoder *decoder, const struct mtproto_frame *frame,
			const uint8_t *data, size_t len, size_t consumed, size_t wanted)
{
	CHECK(consumed <= len);
	CHECK((frame->kind == MTPROTO_FRAME_NONE) == (wanted > 0));
	switch (frame->kind) {
	case MTPROTO_FRAME_NONE:
		CHECK(wanted > len - consumed);
		CHECK(wanted <= FRAME_SIZE_MAX + MTPROTO_FRAME_HEAD_MAX + MTPROTO_FRAME_TAIL_MAX);
		break;
	case MTPROTO_FRAME_PACKET:
		CHECK(frame->packet_len >= 16 && frame->packet_len <= FRAME_SIZE_MAX + MTPROTO_FRAME_TAIL_MAX);
		CHECK(frame->packet_offset <= consumed && frame->packet_len <= consumed - frame->packet_offset);
		CHECK(decoder->server || !frame->quick_ack_wanted);
		check_encoder(decoder, frame, data, consumed);
		break;
	case MTPROTO_FRAME_TRANSPORT_ERROR:
		CHECK(frame->transport_error < 0);
		break;
	case MTPROTO_FRAME_QUICK_ACK:
		CHECK(!decoder->server);
		break;
	case MTPROTO_FRAME_FILLER:
		break;
	default:
		abort();
	}
}

/* Places are counted from the end of the frame: its beginning may be that of the tag before it. */
static void fold_frame(struct trace *trace, const struct mtproto_frame *frame, size_t consumed)
{
	fold(trace, (uint64_t)frame->kind);
	fold(trace, trace->position + consumed);
	fold(trace, frame->kind == MTPROTO_FRAME_PACKET ? consumed - frame->packet_offset : 0);
	fold(trace, frame->packet_len);
	fold(trace, frame->quick_ack_wanted);
	fold(trace, (uint32_t)frame->transport_error);
	fold(trace, frame->quick_ack_token);
}

/* Decodes until the bytes that are there give nothing more. */
static void drain(struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len, struct trace *trace)
{
	struct mtproto_frame frame;
	size_t consumed, wanted;

	do {
		/* A copy of exactly these bytes: a look behind them is then a finding. */
		size_t rest = len - trace->position;
		uint8_t *copy = malloc(rest ? rest : 1);

		CHECK(copy);
		memcpy(copy, data + trace->position, rest);
		trace->error = mtproto_frame_decode(decoder, copy, rest, &frame, &consumed, &wanted);
		if (trace->error) {
			CHECK(frame.kind == MTPROTO_FRAME_NONE && consumed == 0 && wanted == 0);
			CHECK(mtproto_frame_decode(decoder, copy, 0, &frame, &consumed, &wanted) == trace->error);
		} else {
			check_frame(decoder, &frame, copy, rest, consumed, wanted);
			if (frame.kind != MTPROTO_FRAME_NONE)
				fold_frame(trace, &frame, consumed);
			trace->position += consumed;
		}
		free(copy);
	} while (!trace->error && frame.kind != MTPROTO_FRAME_NONE);
}

static struct trace run(enum mtproto_framing framing, bool server, const uint8_t *data, size_t len, size_t piece)
{
	struct mtproto_frame_decoder decoder;
	struct trace trace = {.digest = 14695981039346656037u};

	mtproto_frame_decoder_init(&decoder, framing, server, FRAME_SIZE_MAX);
	for (size_t end = 0; end < len && !trace.error;) {
		end = piece < len - end ? end + piece : len;
		drain(&decoder, data, end, &trace);
	}
	return trace;
}

/* Once it is known what a stream is, more bytes don't change that. */
static void check_detect(const uint8_t *data, size_t len)
{
	enum mtproto_stream_kind kind = MTPROTO_STREAM_MORE;

	for (size_t n = 0; n <= len && n <= MTPROTO_OBFUSCATION_HEADER_SIZE; n++) {
		enum mtproto_stream_kind now = mtproto_stream_detect(data, n);

		CHECK(kind == MTPROTO_STREAM_MORE || now == kind);
		kind = now;
	}
	CHECK(len < MTPROTO_OBFUSCATION_HEADER_SIZE || kind != MTPROTO_STREAM_MORE);
}

/* The first byte chooses framing (bits 0..2) and role (bit 3), the second the size of the pieces. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum mtproto_framing framing;
	struct trace whole, pieces;
	bool server;

	if (size < 2 || size > 2 * FRAME_SIZE_MAX)
		return 0;
	framing = (enum mtproto_framing)((data[0] & 7) % 5);
	server = data[0] & 8 || framing == MTPROTO_FRAMING_DETECT;
	whole = run(framing, server, data + 2, size - 2, size);
	pieces = run(framing, server, data + 2, size - 2, 1u + data[1]);
	CHECK(whole.digest == pieces.digest);
	CHECK(whole.error == pieces.error);
	/* A broken stream has no position: its tag may have been taken in an earlier call or not at all. */
	CHECK(whole.error || whole.position == pieces.position);
	check_detect(data + 2, size - 2);
	return 0;
}
