/* The faults themselves. What can be asked for, and how, is in fault_spec.c. */
#include "server/faults.h"

#include "base/bytes.h"
#include "crypto/random.h"
#include "server/server.h"

#include <mtproto/service.h>

#include <string.h>

/* ---- Chance ---- */

/* splitmix64: a few lines, the same everywhere; nothing here is a secret. */
static uint64_t draw(struct mtp_faults *faults)
{
	uint64_t z = faults->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* At most one of the faults from first to last. MTPROTO_FAULT_COUNT: none. */
static enum mtproto_fault strike(struct mtp_faults *faults, enum mtproto_fault first, enum mtproto_fault last)
{
	uint64_t ticket = draw(faults) % 1000000;

	for (int fault = (int)first; fault <= (int)last; fault++) {
		if (ticket < faults->config.per_million[fault]) {
			faults->counts[fault]++;
			return (enum mtproto_fault)fault;
		}
		ticket -= faults->config.per_million[fault];
	}
	return MTPROTO_FAULT_COUNT;
}

/* ---- At a packet ---- */

static int32_t code_of(enum mtproto_fault fault)
{
	static const int32_t codes[] = {16, 17, 18, 19, 20, 32, 33, 34, 35, 64};

	return codes[fault - MTPROTO_FAULT_BAD_MSG_16];
}

/* Refuses the packet's message or container. True unless it is processed nevertheless. */
static bool refuse(struct mtproto_server *server, struct mtproto_link *link, struct mtp_server_key *key,
		   const struct mtproto_message *message, enum mtproto_fault fault)
{
	struct mtproto_server_session *handle = mtp_server_session_for(key, message->session_id);

	if (!handle)
		return true;
	mtp_server_session_heard(handle, link);
	mtp_session_refuse(&handle->session, message->msg_id, message->seq_no, code_of(fault));
	return fault != MTPROTO_FAULT_BAD_MSG_20 || draw(&server->faults) % 2;
}

static void change_salts(struct mtproto_server *server)
{
	struct mtp_server_key *key;
	size_t cursor = 0;

	/* Without randomness the seed is zeros: another one as well. */
	if (mtp_random_fill(server->endpoint.context->random, server->salt_seed, sizeof(server->salt_seed)))
		memset(server->salt_seed, 0, sizeof(server->salt_seed));
	while ((key = mtp_map_next(&server->keys, &cursor))) {
		key->first_salt = 0;
		key->salt_period = 0;
	}
}

/* msg_ids of one session never fall, so none outlives a step back. */
static void step_key(struct mtp_server_key *key, int64_t step_ns)
{
	struct mtproto_server_session *handle;

	key->key.clock.delta_ns += step_ns;
	if (!key->doomed)
		mtp_server_set_key_timer(key);
	while (step_ns < 0 && (handle = mtp_map_any(&key->sessions)))
		mtp_server_session_end(handle, false);
}

static void step_clock(struct mtproto_server *server)
{
	uint64_t most_ns = server->faults.config.clock_step_max_s * UINT64_C(1000000000);
	int64_t step_ns = (int64_t)(draw(&server->faults) % (2 * most_ns + 1)) - (int64_t)most_ns;
	struct mtp_server_key *key;
	size_t cursor = 0;

	server->clock.delta_ns += step_ns;
	server->plain_msg_ids.last = 0;
	while ((key = mtp_map_next(&server->keys, &cursor)))
		step_key(key, step_ns);
}

static void forget_session(struct mtp_server_key *key, uint64_t session_id)
{
	struct mtproto_server_session *handle = mtp_map_get(&key->sessions, session_id);

	if (handle)
		mtp_server_session_end(handle, false);
}

/* The last message that was sent and not acknowledged leaves once more, under its own msg_id. */
static void duplicate(struct mtp_server_key *key, uint64_t session_id)
{
	struct mtproto_server_session *handle = mtp_map_get(&key->sessions, session_id);

	if (handle && !mtp_list_empty(&handle->session.sent))
		mtp_session_resend(&handle->session, MTP_OF(handle->session.sent.head.prev, struct mtp_out, node),
				   true);
}

/* gzip of nothing but zeros: after these bytes each byte of zero stands for 1,032 of them. */
static void send_bomb(struct mtproto_server *server, struct mtp_server_key *key, uint64_t session_id)
{
	static const uint8_t head[26] = {0x1f, 0x8b, 0x08, 0, 0,    0,    0,    0,    0,    0x03, 0xed, 0xc1, 0x31,
					 0x01, 0,    0,    0, 0xc2, 0xa0, 0xf5, 0x4f, 0x6d, 0x08, 0x5f, 0xa0, 0};
	struct mtproto_server_session *handle = mtp_map_get(&key->sessions, session_id);
	size_t packed_len = sizeof(head) + server->faults.config.bomb_size / 1032;
	size_t len = 4 + mtproto_tl_bytes_size(packed_len);
	struct mtp_out *out = handle ? mtp_out_new(&handle->session, len) : NULL;
	size_t head_at = packed_len < 254 ? 5 : 8;
	struct mtproto_tl_writer w;

	if (!out)
		return;
	memset(out->body, 0, len);
	mtproto_tl_writer_init(&w, out->body, len);
	mtproto_tl_write_u32(&w, MTPROTO_ID_GZIP_PACKED);
	mtproto_tl_write_u32(&w, head_at == 5 ? (uint32_t)packed_len : (uint32_t)packed_len << 8 | 254);
	memcpy(out->body + head_at, head, sizeof(head));
	out->content_related = true;
	out->keep = true;
	mtp_session_send(&handle->session, out);
	mtp_server_set_reminder(handle, false);
}

bool mtp_fault_packet(struct mtproto_server *server, struct mtproto_link *link, struct mtp_server_key *key,
		      const struct mtp_packet *packet)
{
	const struct mtproto_message *message = &packet->job.message;
	enum mtproto_fault fault;

	if (!server->faults.active)
		return false;
	fault = strike(&server->faults, MTPROTO_FAULT_LOST, MTPROTO_FAULT_BOMB);
	if (fault >= MTPROTO_FAULT_BAD_MSG_16 && fault <= MTPROTO_FAULT_BAD_MSG_64)
		return refuse(server, link, key, message, fault);
	switch (fault) {
	case MTPROTO_FAULT_SALT:
		change_salts(server);
		return false;
	case MTPROTO_FAULT_CLOCK:
		step_clock(server);
		return false;
	case MTPROTO_FAULT_FORGET_SESSION:
		forget_session(key, message->session_id);
		return false;
	case MTPROTO_FAULT_DUPLICATE:
		duplicate(key, message->session_id);
		return false;
	case MTPROTO_FAULT_BOMB:
		send_bomb(server, key, message->session_id);
		return false;
	case MTPROTO_FAULT_FORGET_KEY:
		mtp_server_forget_key(key, false);
		mtp_link_send_transport_error(link, -404);
		return true;
	case MTPROTO_FAULT_ERROR_404:
		mtp_link_send_transport_error(link, -404);
		return true;
	case MTPROTO_FAULT_ERROR_429:
		mtp_link_send_transport_error(link, -429);
		return true;
	case MTPROTO_FAULT_RESET:
		mtp_link_fail(link, MTPROTO_ERR_EOF, "a fault that was asked for");
		return true;
	case MTPROTO_FAULT_MUTE:
		link->mute = true;
		return true;
	case MTPROTO_FAULT_LOST:
		return true;
	default:
		return false;
	}
}

/* ---- At an answer or update ---- */

/* It counts as sent, but only a few words about it are. */
static void withhold(struct mtp_session *session, struct mtp_out *out, const struct mtproto_now *now)
{
	if (mtp_session_number(session, now, out))
		return;
	mtp_list_remove(&out->node);
	mtp_list_append(&session->sent, &out->node);
	out->waiting = false;
	out->was_sent = true;
	out->sent_ns = now->mono_ns;
	mtp_server_send_info(session, out);
}

/* All that waits gets its numbers in order and then leaves in the reverse order. */
static void swap(struct mtp_session *session, const struct mtproto_now *now)
{
	struct mtp_list forwards;
	struct mtp_node *node;

	mtp_list_init(&forwards);
	while ((node = mtp_list_pop(&session->waiting)))
		mtp_list_append(&forwards, node);
	while ((node = mtp_list_pop(&forwards))) {
		/* Without memory it goes without a swap. */
		if (mtp_session_number(session, now, MTP_OF(node, struct mtp_out, node)))
			mtp_list_append(&session->waiting, node);
		else
			mtp_list_prepend(&session->waiting, node);
	}
}

void mtp_fault_content(struct mtproto_server_session *handle, struct mtp_out *out)
{
	struct mtproto_server *server = handle->server;
	const struct mtproto_now *now = &server->endpoint.context->now;
	enum mtproto_fault fault;

	if (!server->faults.active)
		return;
	fault = strike(&server->faults, MTPROTO_FAULT_DETAILED_INFO, MTPROTO_FAULT_SWAP);
	if (fault == MTPROTO_FAULT_DETAILED_INFO)
		withhold(&handle->session, out, now);
	else if (fault == MTPROTO_FAULT_SWAP)
		swap(&handle->session, now);
}

/* ---- Public ---- */

int mtproto_server_set_faults(struct mtproto_server *server, const struct mtproto_faults *faults)
{
	if (!faults) {
		server->faults.active = false;
		return 0;
	}
	if (faults->size != sizeof(*faults))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (!mtp_faults_fit(faults))
		return MTPROTO_ERR_ARGUMENT;
	server->faults.config = *faults;
	server->faults.state = faults->seed;
	server->faults.active = true;
	return 0;
}

uint64_t mtproto_server_fault_count(const struct mtproto_server *server, enum mtproto_fault fault)
{
	return fault < MTPROTO_FAULT_COUNT ? server->faults.counts[fault] : 0;
}
