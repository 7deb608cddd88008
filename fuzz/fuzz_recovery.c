/* A session on its own that is told whatever it is given about what it sent. The first byte chooses role and bounds;
 * then come steps of one byte and what they need. */
#include "../tests/failing.h"

#include <mtproto/session.h>

#include <stdlib.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)

enum { BODY_MAX = 256, IDS_MAX = 16, MESSAGES_MAX = 8, MEMORY_MAX = 1 << 20 };

struct world {
	struct mtproto_session *session;
	struct mtproto_now now;
	uint64_t ids[IDS_MAX]; /* msg_ids that were given out last */
	uint32_t count;
};

/* The input that is left. */
struct input {
	const uint8_t *data;
	size_t len;
};

static uint8_t take(struct input *in)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->data++;
}

static int random_fill(void *user, uint8_t *out, size_t len)
{
	uint64_t *state = user;

	while (len--) {
		*state = *state * 6364136223846793005u + 1;
		*out++ = (uint8_t)(*state >> 56);
	}
	return 0;
}

static void note(struct world *world, uint64_t msg_id)
{
	world->ids[world->count++ % IDS_MAX] = msg_id;
}

static void pack(struct world *world, const void *body, size_t len, bool content_related)
{
	uint8_t packet[2048];
	size_t packet_len;
	uint64_t msg_id;

	if (mtproto_session_pack(world->session, &world->now, body, len, content_related, packet, sizeof(packet),
				 &packet_len, &msg_id))
		abort();
	note(world, msg_id);
}

static void pack_message(struct world *world, uint8_t number)
{
	uint8_t body[BODY_MAX] = {number, 0, 0xde, 0xc0};

	pack(world, body, 4 + 4 * (size_t)(number % 63), number & 1);
}

/* Two messages in a container, and what acks there are. */
static void pack_container(struct world *world, uint8_t number)
{
	uint8_t acks[512], body[1024];
	struct mtproto_tl_writer a, w;
	struct mtproto_outgoing messages[3] = {
		{.body = {(const uint8_t *)"\1\2\3\4", 4}, .content_related = true},
		{.body = {(const uint8_t *)"\5\6\7\10", 4}, .content_related = number & 1},
	};

	mtproto_tl_writer_init(&a, acks, sizeof(acks));
	if (mtproto_session_flush_acks(world->session, &a))
		return;
	messages[2].body = (struct mtproto_span){acks, a.len};
	mtproto_tl_writer_init(&w, body, sizeof(body));
	if (mtproto_session_write_container(world->session, &world->now, messages, a.len ? 3 : 2, &w))
		abort();
	note(world, messages[0].msg_id);
	note(world, messages[1].msg_id);
	pack(world, body, w.len, false);
}

static void pack_again(struct world *world)
{
	struct mtproto_sent_again again;
	uint8_t packet[2048];
	size_t packet_len;
	size_t len = mtproto_session_again_len(world->session);
	int result =
		mtproto_session_pack_again(world->session, &world->now, packet, sizeof(packet), &packet_len, &again);

	if (result != (len > 0) || (packet_len > 0) != (len > 0))
		abort();
	if (result == 1)
		note(world, again.msg_id);
}

/* An object of the input's; about ours: with a msg_id of ours where most objects name one. */
static void follow(struct world *world, struct input *in, bool about_ours)
{
	uint8_t body[BODY_MAX] = {0};
	size_t len = 4 + 4 * (size_t)(take(in) % 16);
	size_t at = take(in) % 2 ? 12 : 4;
	uint64_t ours = world->ids[take(in) % IDS_MAX];

	for (size_t i = 0; i < len; i++)
		body[i] = take(in);
	for (size_t i = 0; about_ours && at + 8 <= len && i < 8; i++)
		body[at + i] = (uint8_t)(ours >> 8 * i);
	/* Any error is fine, as long as nothing is lost by it. */
	(void)!mtproto_session_follow(world->session, &world->now, (UINT64_C(1700000000) << 32) + 1,
				      (struct mtproto_span){body, len});
}

/* A content-related message of the peer's comes and wants an ack. */
static void receive(struct world *world, uint8_t number, bool server)
{
	struct mtproto_container_message message = {
		(UINT64_C(1700000000) << 32) + 4 * (uint64_t)number + (server ? 0 : 1), 1, {NULL, 0}};

	(void)!mtproto_session_accept_inner(world->session, &world->now, &message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t auth_key[256] = {1};
	struct input in = {data, size};
	uint8_t choice = take(&in);
	uint64_t random_state = 1;
	struct mtproto_random random = {random_fill, &random_state};
	struct world world = {.now = {1000 * SECOND, 1700000000 * SECOND}};
	struct mtproto_session_config config;
	struct failing memory;

	failing_init(&memory);
	mtproto_session_config_init(&config);
	config.allocator = &memory.hooks;
	config.random = &random;
	config.auth_key = auth_key;
	config.server = choice & 1;
	config.sent_messages_max = choice & 2 ? MESSAGES_MAX : 1;
	config.sent_bytes_max = choice & 4 ? 200 : 1 << 16;
	if (mtproto_session_new(&world.session, &world.now, &config))
		abort();
	while (in.len > 0) {
		uint8_t step = take(&in);

		world.now.mono_ns += SECOND / 100;
		switch (step % 8) {
		case 0:
			pack_message(&world, take(&in));
			break;
		case 1:
			pack_container(&world, take(&in));
			break;
		case 2:
			pack_again(&world);
			break;
		case 3:
			receive(&world, take(&in), config.server);
			break;
		case 4:
			mtproto_session_forget(world.session, world.ids[take(&in) % IDS_MAX]);
			break;
		default:
			follow(&world, &in, step % 8 > 5);
			break;
		}
		if (memory.bytes > MEMORY_MAX)
			abort();
	}
	mtproto_session_free(world.session);
	if (memory.pieces)
		abort();
	return 0;
}
