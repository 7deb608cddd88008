/* For the trace and for scenarios: reads along on a stream, as somebody who knows all keys can. */
#include "sim.h"

#include <stdlib.h>

struct direction {
	struct mtproto_frame_decoder decoder;
	uint8_t *bytes; /* deobfuscated, not decoded yet */
	size_t len, cap;
};

struct sim_sniffer {
	bool begun, obfuscated;
	struct mtproto_obfuscation obfuscation;
	struct direction way[2]; /* by the side that it leads to */
};

static void append(struct direction *d, const uint8_t *data, size_t len)
{
	if (d->cap - d->len < len) {
		d->cap = 2 * (d->len + len);
		d->bytes = realloc(d->bytes, d->cap);
		if (!d->bytes)
			abort();
	}
	memcpy(d->bytes + d->len, data, len);
	d->len += len;
}

static void drop(struct direction *d, size_t len)
{
	d->len -= len;
	memmove(d->bytes, d->bytes + len, d->len);
}

/* ---- Messages ---- */

static void add(char *text, size_t cap, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void add(char *text, size_t cap, const char *format, ...)
{
	size_t len = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + len, cap - len, format, arguments);
	va_end(arguments);
}

static void add_ids(char *text, size_t cap, struct mtproto_tl_reader *r)
{
	struct mtproto_longs ids;

	mtproto_longs_read(&ids, r);
	for (uint32_t i = 0; !r->error && i < ids.count; i++)
		add(text, cap, " %llx", (unsigned long long)mtproto_longs_at(&ids, i));
}

static void describe_own(char *text, size_t cap, struct mtproto_span bytes)
{
	struct sim_body body;

	if (!sim_body_read(&body, bytes)) {
		add(text, cap, " an object of %zu bytes", bytes.len);
		return;
	}
	if (body.id == SIM_ID_REQUEST)
		add(text, cap, " request of call %u", body.serial);
	else if (body.id == SIM_ID_ANSWER)
		add(text, cap, " answer to call %u", body.serial);
	else
		add(text, cap, " update %u", body.serial);
}

/* The fields of the service objects that matter when one looks for a mistake. */
static void describe(char *text, size_t cap, struct mtproto_span body)
{
	struct mtproto_tl_reader r;
	uint32_t id;

	mtproto_tl_reader_init(&r, body.data, body.len);
	id = mtproto_tl_read_u32(&r);
	if (!mtproto_service_name(id)) {
		describe_own(text, cap, body);
		return;
	}
	add(text, cap, " %s", mtproto_service_name(id));
	switch (id) {
	case MTPROTO_ID_MSGS_ACK:
	case MTPROTO_ID_MSGS_STATE_REQ:
	case MTPROTO_ID_MSG_RESEND_REQ:
		add_ids(text, cap, &r);
		break;
	case MTPROTO_ID_BAD_MSG_NOTIFICATION:
	case MTPROTO_ID_BAD_SERVER_SALT:
		add(text, cap, " %llx", (unsigned long long)mtproto_tl_read_long(&r));
		mtproto_tl_read_u32(&r);
		add(text, cap, " code %u", mtproto_tl_read_u32(&r));
		break;
	case MTPROTO_ID_MSG_DETAILED_INFO:
		add(text, cap, " %llx", (unsigned long long)mtproto_tl_read_long(&r));
		add(text, cap, " %llx", (unsigned long long)mtproto_tl_read_long(&r));
		break;
	case MTPROTO_ID_RPC_RESULT:
		add(text, cap, " %llx", (unsigned long long)mtproto_tl_read_long(&r));
		describe(text, cap, mtproto_tl_read_span(&r, mtproto_tl_left(&r)));
		break;
	case MTPROTO_ID_MSGS_STATE_INFO:
		add(text, cap, " %llx", (unsigned long long)mtproto_tl_read_long(&r));
		body = mtproto_tl_read_bytes(&r);
		for (size_t i = 0; i < body.len; i++)
			add(text, cap, " %u", body.data[i]);
		break;
	case MTPROTO_ID_MSG_NEW_DETAILED_INFO:
	case MTPROTO_ID_NEW_SESSION_CREATED:
	case MTPROTO_ID_PONG:
	case MTPROTO_ID_FUTURE_SALTS:
	case MTPROTO_ID_RPC_DROP_ANSWER:
		add(text, cap, " %llx", (unsigned long long)mtproto_tl_read_long(&r));
		break;
	default:
		break;
	}
}

static void tell_message(struct sim_stream *stream, enum sim_side to, uint64_t msg_id, uint32_t seq_no,
			 const char *indent, struct mtproto_span body)
{
	struct sim_world *world = stream->machine[to]->world;
	char text[1024] = "";

	if (world->overhear)
		world->overhear(world, to, msg_id, seq_no, body, world->spy_user);
	if (!world->trace)
		return;
	describe(text, sizeof(text), body);
	sim_trace(world, stream->machine[1 - to]->name, "%u %c%s %llx %u%s", stream->number,
		  to == SIM_SERVER ? '>' : '<', indent, (unsigned long long)msg_id, seq_no, text);
}

static void tell_opened(struct sim_stream *stream, enum sim_side to, const struct mtproto_message *m)
{
	struct mtproto_container_message inner;
	struct mtproto_tl_reader r;
	uint32_t count;

	tell_message(stream, to, m->msg_id, m->seq_no, "", m->body);
	if (!mtproto_container_test(m->body) || mtproto_container_open(m->body, m->msg_id, &r, &count))
		return;
	while (count-- > 0 && !mtproto_container_message_read(&inner, &r))
		tell_message(stream, to, inner.msg_id, inner.seq_no, "   ", inner.body);
}

static const struct mtproto_auth_key *find_key(const struct sim_world *world, uint64_t id)
{
	for (uint32_t i = 0; i < world->server.key_count; i++)
		if (world->server.keys[i].auth_key.id == id)
			return &world->server.keys[i].auth_key;
	return NULL;
}

static void tell_packet(struct sim_stream *stream, enum sim_side to, uint8_t *packet, size_t len)
{
	struct sim_world *world = stream->machine[to]->world;
	const char *who = stream->machine[1 - to]->name;
	struct mtproto_plain_message plain;
	struct mtproto_open_job job = {.direction = to == SIM_SERVER ? MTPROTO_TO_SERVER : MTPROTO_TO_CLIENT,
				       .packet = packet,
				       .packet_len = len};
	struct mtproto_tl_reader r;
	char text[256] = "";

	if (mtproto_plain_is(packet, len)) {
		if (mtproto_plain_parse(&plain, job.direction, packet, len) == 0)
			describe(text, sizeof(text), plain.body);
		sim_trace(world, who, "%u %c plain%s", stream->number, to == SIM_SERVER ? '>' : '<', text);
		return;
	}
	mtproto_tl_reader_init(&r, packet, len);
	job.key = find_key(world, mtproto_tl_read_long(&r));
	if (!job.key || mtproto_message_open(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), &job))
		sim_trace(world, who, "%u %c a packet of %zu bytes", stream->number, to == SIM_SERVER ? '>' : '<', len);
	else
		tell_opened(stream, to, &job.message);
}

/* ---- Bytes ---- */

/* The first bytes of a client say how both sides speak. */
static bool begin(struct sim_sniffer *sniffer)
{
	struct direction *up = &sniffer->way[SIM_SERVER];
	enum mtproto_framing framing = MTPROTO_FRAMING_DETECT;
	enum mtproto_stream_kind kind = mtproto_stream_detect(up->bytes, up->len);
	int16_t dc;

	if (kind == MTPROTO_STREAM_MORE)
		return false;
	if (kind == MTPROTO_STREAM_OBFUSCATED) {
		if (mtproto_obfuscation_init_server(&sniffer->obfuscation, mtproto_kernels_get(MTPROTO_KERNELS_AUTO),
						    up->bytes, NULL, &framing, &dc))
			return false;
		drop(up, MTPROTO_OBFUSCATION_HEADER_SIZE);
		if (mtproto_obfuscation_decrypt(&sniffer->obfuscation, up->bytes, up->bytes, up->len))
			return false;
		sniffer->obfuscated = true;
	}
	mtproto_frame_decoder_init(&up->decoder, framing, true, 0);
	sniffer->begun = true;
	return true;
}

static void decode(struct sim_stream *stream, struct sim_sniffer *sniffer, enum sim_side to)
{
	struct direction *d = &sniffer->way[to];
	struct mtproto_frame frame = {.kind = MTPROTO_FRAME_FILLER};
	size_t consumed = 1, wanted;

	while (d->len && consumed && frame.kind != MTPROTO_FRAME_NONE) {
		if (mtproto_frame_decode(&d->decoder, d->bytes, d->len, &frame, &consumed, &wanted))
			return;
		if (frame.kind == MTPROTO_FRAME_PACKET)
			tell_packet(stream, to, d->bytes + frame.packet_offset, frame.packet_len);
		else if (frame.kind == MTPROTO_FRAME_TRANSPORT_ERROR)
			sim_trace(stream->machine[to]->world, stream->machine[1 - to]->name, "%u < transport error %d",
				  stream->number, frame.transport_error);
		drop(d, consumed);
	}
}

void sim_sniff(struct sim_stream *stream, enum sim_side to, const uint8_t *data, size_t len)
{
	struct sim_sniffer *sniffer = stream->sniffer;
	struct direction *d;
	size_t at;

	if (!sniffer)
		sniffer = stream->sniffer = calloc(1, sizeof(*sniffer));
	if (!sniffer)
		abort();
	d = &sniffer->way[to];
	at = d->len;
	append(d, data, len);
	if (!sniffer->begun) {
		if (to == SIM_SERVER && begin(sniffer))
			decode(stream, sniffer, to);
		return;
	}
	/* A key stream works in either direction. */
	if (sniffer->obfuscated &&
	    (to == SIM_SERVER ? mtproto_obfuscation_decrypt(&sniffer->obfuscation, d->bytes + at, d->bytes + at, len)
			      : mtproto_obfuscation_encrypt(&sniffer->obfuscation, d->bytes + at, d->bytes + at, len)))
		return;
	if (to == SIM_CLIENT && !d->decoder.framing)
		mtproto_frame_decoder_init(&d->decoder, sniffer->way[SIM_SERVER].decoder.framing, false, 0);
	decode(stream, sniffer, to);
}

void sim_sniffer_free(struct sim_sniffer *sniffer)
{
	if (!sniffer)
		return;
	mtproto_obfuscation_fini(&sniffer->obfuscation);
	free(sniffer->way[SIM_CLIENT].bytes);
	free(sniffer->way[SIM_SERVER].bytes);
	free(sniffer);
}
