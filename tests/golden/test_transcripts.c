/* Golden transcripts: the bytes that other people's clients and servers sent go into our engine, and what it makes of
 * them, told as text, must be what it was when a person had looked at it. Whole, byte by byte, or split anywhere: the
 * same. GOLDEN_WRITE=1 in the environment writes the texts anew, to be looked at again. */
#include "golden/transcript.h"

#include "server/server.h"

enum { LOG_MAX = 32768, LINE_MAX_LEN = 160, SECOND = 1000000000 };

struct log {
	char text[LOG_MAX];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void say(struct log *log, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log->len += (size_t)vsnprintf(log->text + log->len, LOG_MAX - log->len, format, args);
	va_end(args);
	assert_true(log->len < LOG_MAX);
}

static const char *name_of(struct mtproto_span body, char *out, size_t cap)
{
	struct mtproto_tl_reader r;
	const char *name;

	mtproto_tl_reader_init(&r, body.data, body.len);
	name = mtproto_service_name(mtproto_tl_peek(&r));
	if (name)
		(void)snprintf(out, cap, "%s", name);
	else
		(void)snprintf(out, cap, "%08x", (unsigned)mtproto_tl_peek(&r));
	return out;
}

/* A message as one line: its name and what of its contents is the same in every run. */
static void describe(struct mtproto_span body, char *out, size_t cap)
{
	struct mtproto_tl_reader r;
	char name[64], inner[64];
	unsigned long long id;
	int code;

	mtproto_tl_reader_init(&r, body.data, body.len);
	name_of(body, name, sizeof(name));
	switch (mtproto_tl_read_u32(&r)) {
	case MTPROTO_ID_RPC_RESULT:
		id = mtproto_tl_read_long(&r);
		name_of((struct mtproto_span){body.data + 12, body.len - 12}, inner, sizeof(inner));
		(void)snprintf(out, cap, "%s %016llx %s", name, id, inner);
		break;
	case MTPROTO_ID_BAD_SERVER_SALT:
	case MTPROTO_ID_BAD_MSG_NOTIFICATION:
		id = mtproto_tl_read_long(&r);
		mtproto_tl_read_u32(&r);
		code = (int)mtproto_tl_read_u32(&r);
		(void)snprintf(out, cap, "%s %016llx %d", name, id, code);
		break;
	case MTPROTO_ID_PONG:
	case MTPROTO_ID_NEW_SESSION_CREATED:
	case MTPROTO_ID_FUTURE_SALTS:
		id = mtproto_tl_read_long(&r);
		(void)snprintf(out, cap, "%s %016llx", name, id);
		break;
	default:
		(void)snprintf(out, cap, "%s", name);
	}
}

/* ---- What our side sends ---- */

/* What is sent, one line a message or acknowledged msg_id. In which order and company they leave depends on how the
 * bytes came in, so they are told sorted. */
struct sent {
	char lines[128][LINE_MAX_LEN];
	size_t count;
};

static char *new_line(struct sent *sent)
{
	assert_true(sent->count < 128);
	return sent->lines[sent->count++];
}

static void note_sent(struct sent *sent, struct mtproto_span body)
{
	struct mtproto_msgs_ack ack;
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	if (mtproto_tl_peek(&r) != MTPROTO_ID_MSGS_ACK) {
		describe(body, new_line(sent), LINE_MAX_LEN);
		return;
	}
	assert_int_equal(mtproto_msgs_ack_read(&ack, &r), 0);
	for (uint32_t i = 0; i < ack.msg_ids.count; i++)
		(void)snprintf(new_line(sent), LINE_MAX_LEN, "ack %016llx",
			       (unsigned long long)mtproto_longs_at(&ack.msg_ids, i));
}

static void note_packet(struct sent *sent, const struct mtproto_auth_key *key, enum mtproto_direction direction,
			uint8_t *packet, size_t len)
{
	struct mtproto_open_job job = {.key = key, .direction = direction, .packet = packet, .packet_len = len};
	struct mtproto_msg_container container;
	struct mtproto_container_message inner;
	struct mtproto_tl_reader r;

	assert_int_equal(mtproto_message_open(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), &job), 0);
	mtproto_tl_reader_init(&r, job.message.body.data, job.message.body.len);
	if (mtproto_tl_peek(&r) != MTPROTO_ID_MSG_CONTAINER) {
		note_sent(sent, job.message.body);
		return;
	}
	assert_int_equal(mtproto_msg_container_read(&container, &r), 0);
	mtproto_tl_reader_init(&r, container.messages.items.data, container.messages.items.len);
	for (uint32_t i = 0; i < container.messages.count; i++) {
		assert_int_equal(mtproto_container_message_read(&inner, &r), 0);
		note_sent(sent, inner.body);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void say_sent(struct log *log, struct sent *sent)
{
	qsort(sent->lines, sent->count, sizeof(sent->lines[0]), by_text);
	for (size_t i = 0; i < sent->count; i++)
		say(log, "sent: %s\n", sent->lines[i]);
}

/* ---- Splits ---- */

struct split {
	size_t most; /* 0: all at once */
	uint32_t seed;
};

static size_t next_piece(struct split *split, size_t left)
{
	size_t piece = left;

	if (split->most) {
		split->seed = split->seed * 1664525u + 1013904223u;
		piece = 1 + (split->seed >> 8) % split->most;
	}
	return piece < left ? piece : left;
}

/* ---- A server hears a captured client ---- */

struct server_run {
	const struct transcript *transcript;
	struct mtproto_context *context;
	struct mtproto_server *server;
	struct mtproto_now now;
	struct log *log;
	struct sent sent;
	struct mtproto_frame_decoder decoder;
	struct mtproto_ctr from_server; /* of an obfuscated stream */
	struct transcript_stream out;
};

static void say_request(struct log *log, const struct mtproto_event *event)
{
	struct mtproto_server_session_info info;
	char name[64];

	mtproto_server_session_get_info(event->session, &info);
	say(log, "REQUEST %016llx %s, %zu bytes, layer %d, api_id %d%s\n", (unsigned long long)event->msg_id,
	    name_of(event->body, name, sizeof(name)), event->body.len, (int)event->layer, (int)info.api_id,
	    info.wants_updates ? "" : ", without updates");
}

static void on_server_event(struct server_run *run, const struct mtproto_event *event)
{
	static const uint8_t bool_true[4] = {0xb5, 0x75, 0x72, 0x99};
	struct mtproto_server_session_info info;

	switch (event->type) {
	case MTPROTO_EVENT_SESSION:
		mtproto_server_session_get_info(event->session, &info);
		say(run->log, "SESSION %016llx of key %016llx\n", (unsigned long long)info.session_id,
		    (unsigned long long)info.auth_key_id);
		break;
	case MTPROTO_EVENT_REQUEST:
		say_request(run->log, event);
		assert_int_equal(mtproto_server_reply(event->session, event->msg_id, bool_true, 4), 0);
		break;
	case MTPROTO_EVENT_KEY_BOUND:
		say(run->log, "KEY_BOUND %016llx\n", (unsigned long long)event->auth_key_id);
		break;
	case MTPROTO_EVENT_LINK_CLOSED:
		say(run->log, "LINK_CLOSED %s\n", mtproto_error_name(event->error));
		break;
	default:
		say(run->log, "event %d\n", (int)event->type);
	}
}

static void read_server(struct server_run *run, struct mtproto_link *link)
{
	const struct transcript *t = run->transcript;
	struct mtproto_frame frame;
	size_t len, consumed, wanted;
	const uint8_t *data;

	while ((data = mtproto_link_send_buf(link, &len)) && len) {
		transcript_put(&run->out, data, len);
		if (t->obfuscated)
			assert_int_equal(mtproto_ctr_xor(&run->from_server, run->out.data + run->out.len - len,
							 run->out.data + run->out.len - len, len),
					 0);
		assert_int_equal(mtproto_link_send_ack(link, len), 0);
	}
	for (;;) {
		assert_int_equal(
			mtproto_frame_decode(&run->decoder, run->out.data, run->out.len, &frame, &consumed, &wanted),
			0);
		if (frame.kind == MTPROTO_FRAME_NONE)
			return;
		if (frame.kind == MTPROTO_FRAME_TRANSPORT_ERROR)
			(void)snprintf(new_line(&run->sent), LINE_MAX_LEN, "transport error %d",
				       (int)frame.transport_error);
		if (frame.kind == MTPROTO_FRAME_PACKET) {
			struct transcript_packet packet = {.data = run->out.data + frame.packet_offset,
							   .len = frame.packet_len};

			note_packet(&run->sent, transcript_key(t, &packet), MTPROTO_TO_CLIENT, packet.data, packet.len);
		}
		memmove(run->out.data, run->out.data + consumed, run->out.len - consumed);
		run->out.len -= consumed;
	}
}

static void turn_server(struct server_run *run, struct mtproto_link *link)
{
	struct mtproto_event event;
	bool open = true;

	assert_int_equal(mtproto_context_process(run->context, &run->now), 0);
	while (mtproto_context_next_event(run->context, &event) == 1) {
		open &= event.type != MTPROTO_EVENT_LINK_CLOSED;
		on_server_event(run, &event);
	}
	while (mtproto_context_next_writable(run->context)) {
	}
	if (open)
		read_server(run, link);
}

/* The client's stream decrypts what the server sends with the header in reverse. */
static void begin_from_server(struct server_run *run, long conn)
{
	const struct transcript *t = run->transcript;
	uint8_t reversed[48];

	mtproto_frame_decoder_init(&run->decoder, t->framing, false, 0);
	for (size_t i = 0; i < t->header_count; i++) {
		if (t->headers[i].conn != conn)
			continue;
		for (size_t j = 0; j < 48; j++)
			reversed[j] = t->headers[i].header[55 - j];
		assert_int_equal(mtproto_ctr_init(&run->from_server, mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO),
						  reversed, reversed + 32),
				 0);
	}
}

static void feed_server(struct server_run *run, long conn, struct split *split)
{
	struct transcript_stream in;
	struct mtproto_link *link;

	transcript_stream(run->transcript, conn, true, &in);
	assert_int_equal(mtproto_server_attach(run->server, &run->now, &link), 0);
	begin_from_server(run, conn);
	for (size_t at = 0, piece; at < in.len; at += piece) {
		piece = next_piece(split, in.len - at);
		assert_int_equal(mtproto_link_recv(link, in.data + at, piece), 0);
		turn_server(run, link);
	}
	assert_int_equal(mtproto_link_framing(link), run->transcript->framing);
	assert_int_equal(mtproto_link_obfuscated(link), run->transcript->obfuscated);
	/* Time for what was not answered to be acknowledged. */
	run->now.mono_ns += 2 * (uint64_t)SECOND;
	turn_server(run, link);
	free(in.data);
	free(run->out.data);
	memset(&run->out, 0, sizeof(run->out));
	if (run->transcript->obfuscated)
		mtproto_ctr_fini(&run->from_server);
}

static void add_keys(struct server_run *run, uint32_t now_s)
{
	const struct transcript *t = run->transcript;

	for (size_t i = 0; i < t->key_count; i++) {
		struct mtproto_key_info info = {.auth_key = t->keys[i],
						.temporary = t->temporary[i],
						.expires_at = t->temporary[i] ? now_s + 86400 : 0};

		assert_int_equal(mtproto_server_add_key(run->server, &info), 0);
		/* The captured server had its own salt: as if the key were made here. */
		mtp_server_get_key(run->server, t->keys[i].id)->first_salt = t->salt;
	}
}

static void run_server(const struct transcript *t, struct log *log, struct split *split, const char *pem,
		       size_t pem_len)
{
	struct server_run *run = calloc(1, sizeof(*run));
	struct mtproto_server_config config;
	uint32_t now_s = (uint32_t)(t->first_msg_id >> 32) + 3;
	long last = -1;

	assert_non_null(run);
	run->transcript = t;
	run->log = log;
	log->len = 0;
	run->now.mono_ns = 1000 * (uint64_t)SECOND;
	run->now.wall_ns = now_s * (uint64_t)SECOND;
	assert_int_equal(mtproto_context_new(&run->context, NULL), 0);
	mtproto_server_config_init(&config);
	config.rsa_pem = pem;
	config.rsa_pem_len = pem_len;
	assert_int_equal(mtproto_server_new(&run->server, run->context, &run->now, &config), 0);
	add_keys(run, now_s);
	for (size_t i = 0; i < t->packet_count; i++) {
		if (t->packets[i].conn == last)
			continue;
		last = t->packets[i].conn;
		feed_server(run, last, split);
	}
	say_sent(log, &run->sent);
	mtproto_context_free(run->context);
	free(run);
}

/* ---- A client hears a captured server ---- */

/* The connection must take the captured session for its own: the first draw of 8 bytes after it was asked to. */
struct session_draw {
	uint64_t session_id;
	bool armed;
};

static int draw(void *user, uint8_t *out, size_t len)
{
	struct session_draw *d = user;

	memset(out, 0x5a, len);
	for (size_t i = 0; d->armed && len == 8 && i < 8; i++)
		out[i] = (uint8_t)(d->session_id >> 8 * i);
	d->armed = false;
	return 0;
}

static void on_client_event(struct log *log, const struct mtproto_event *event)
{
	char name[64];

	switch (event->type) {
	case MTPROTO_EVENT_READY:
		say(log, "READY\n");
		break;
	case MTPROTO_EVENT_NEW_SESSION:
		say(log, "NEW_SESSION from %016llx\n", (unsigned long long)event->msg_id);
		break;
	case MTPROTO_EVENT_UPDATE:
		say(log, "UPDATE %s, %zu bytes\n", name_of(event->body, name, sizeof(name)), event->body.len);
		break;
	case MTPROTO_EVENT_REFUSED:
		say(log, "REFUSED %016llx %s\n", (unsigned long long)event->msg_id, mtproto_error_name(event->error));
		break;
	case MTPROTO_EVENT_LINK_CLOSED:
		say(log, "LINK_CLOSED %s\n", mtproto_error_name(event->error));
		break;
	default:
		say(log, "event %d\n", (int)event->type);
	}
}

static void turn_client(struct mtproto_context *context, const struct mtproto_now *now, struct log *log)
{
	struct mtproto_event event;

	assert_int_equal(mtproto_context_process(context, now), 0);
	while (mtproto_context_next_event(context, &event) == 1)
		on_client_event(log, &event);
	while (mtproto_context_next_writable(context)) {
	}
}

/* What leaves: a plain intermediate stream, whatever the captured one was. */
static void say_client_sends(const struct transcript *t, struct mtproto_link *link, struct log *log)
{
	struct mtproto_frame_decoder decoder;
	struct sent sent = {.count = 0};
	struct transcript_stream out = {NULL, 0};
	struct mtproto_frame frame;
	size_t len, consumed, wanted, at = 0;
	const uint8_t *data;

	while ((data = mtproto_link_send_buf(link, &len)) && len) {
		transcript_put(&out, data, len);
		assert_int_equal(mtproto_link_send_ack(link, len), 0);
	}
	mtproto_frame_decoder_init(&decoder, t->framing == MTPROTO_FRAMING_FULL ? t->framing : MTPROTO_FRAMING_DETECT,
				   true, 0);
	do {
		assert_int_equal(
			mtproto_frame_decode(&decoder, out.data + at, out.len - at, &frame, &consumed, &wanted), 0);
		if (frame.kind == MTPROTO_FRAME_PACKET) {
			struct transcript_packet packet = {.data = out.data + at + frame.packet_offset,
							   .len = frame.packet_len};

			note_packet(&sent, transcript_key(t, &packet), MTPROTO_TO_SERVER, packet.data, packet.len);
		}
		at += consumed;
	} while (frame.kind != MTPROTO_FRAME_NONE);
	say_sent(log, &sent);
	free(out.data);
}

/* The last connection of the transcript, with the key that it was encrypted with. */
static void run_client(const struct transcript *t, struct log *log, struct split *split)
{
	const struct transcript_packet *last = &t->packets[t->packet_count - 1];
	struct session_draw session = {t->session_id, false};
	struct mtproto_random random = {draw, &session};
	struct mtproto_context_config context_config;
	struct mtproto_connection_config config;
	struct mtproto_link_config link_config;
	struct mtproto_connection *connection;
	struct mtproto_context *context;
	struct mtproto_link *link;
	struct transcript_stream in;
	struct mtproto_now now = {1000 * (uint64_t)SECOND, ((t->first_msg_id >> 32) + 3) * SECOND};

	log->len = 0;
	mtproto_context_config_init(&context_config);
	context_config.random = &random;
	assert_int_equal(mtproto_context_new(&context, &context_config), 0);
	mtproto_connection_config_init(&config);
	config.auth_key = transcript_key(t, last);
	session.armed = true;
	assert_int_equal(mtproto_connection_new(&connection, context, &config), 0);
	mtproto_link_config_init(&link_config);
	link_config.framing = t->framing;
	link_config.obfuscated = false;
	assert_int_equal(mtproto_connection_attach(connection, &now, &link_config, &link), 0);
	transcript_stream(t, last->conn, false, &in);
	for (size_t at = 0, piece; at < in.len; at += piece) {
		piece = next_piece(split, in.len - at);
		assert_int_equal(mtproto_link_recv(link, in.data + at, piece), 0);
		turn_client(context, &now, log);
	}
	now.mono_ns += 31 * (uint64_t)SECOND;
	turn_client(context, &now, log);
	say_client_sends(t, link, log);
	free(in.data);
	mtproto_context_free(context);
}

/* ---- Comparison ---- */

static void compare(const struct log *log, const char *name, const char *role, const char *how)
{
	char path[512], wanted[LOG_MAX];
	size_t len;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/../golden/%s.%s.txt", VECTORS_DIR, name, role);
	if (getenv("GOLDEN_WRITE") && strcmp(how, "whole") == 0) {
		file = fopen(path, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(log->text, 1, log->len, file), log->len);
		(void)fclose(file);
	}
	file = fopen(path, "r");
	assert_non_null(file);
	len = fread(wanted, 1, sizeof(wanted) - 1, file);
	wanted[len] = 0;
	(void)fclose(file);
	if (strcmp(wanted, log->text) != 0)
		fail_msg("%s, %s:\n%s\nshould be:\n%s", path, how, log->text, wanted);
}

static void check(const char *name)
{
	static const struct {
		const char *how;
		size_t most;
		uint32_t seeds;
	} splits[] = {{"whole", 0, 1}, {"byte by byte", 1, 1}, {"small pieces", 40, 10}, {"pieces", 500, 10}};
	struct transcript *t = malloc(sizeof(*t));
	struct log *log = malloc(sizeof(*log));
	struct mtproto_rsa *rsa;
	char pem[4096];
	size_t pem_len;

	assert_non_null(t);
	assert_non_null(log);
	assert_int_equal(mtproto_rsa_generate(&rsa), 0);
	assert_int_equal(mtproto_rsa_private_pem(rsa, pem, sizeof(pem), &pem_len), 0);
	mtproto_rsa_free(rsa);
	transcript_read(t, name);
	for (size_t i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
		for (uint32_t seed = 1; seed <= splits[i].seeds; seed++) {
			struct split split = {splits[i].most, seed};

			run_server(t, log, &split, pem, pem_len);
			compare(log, name, "server", splits[i].how);
			run_client(t, log, &split);
			compare(log, name, "client", splits[i].how);
		}
	}
	transcript_free(t);
	free(t);
	free(log);
}

static void pyrogram_over_obfuscated_abridged(void **state)
{
	(void)state;
	check("pyrogram-abridged_o");
}

static void telethon_over_full(void **state)
{
	(void)state;
	check("telethon-full");
}

static void mtcute_over_intermediate_with_a_temporary_key(void **state)
{
	(void)state;
	check("mtcute-intermediate-pfs");
}

static void gramjs_over_obfuscated_abridged(void **state)
{
	(void)state;
	check("gramjs-ws");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pyrogram_over_obfuscated_abridged),
		cmocka_unit_test(telethon_over_full),
		cmocka_unit_test(mtcute_over_intermediate_with_a_temporary_key),
		cmocka_unit_test(gramjs_over_obfuscated_abridged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
