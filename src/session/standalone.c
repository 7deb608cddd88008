/* The public session: numbers, checks and acks of one session without an engine around it. */
#include "session/standalone.h"

#include "base/memory.h"
#include "crypto/random.h"
#include "session/bad_msg.h"
#include "session/checks.h"
#include "session/state.h"

#include <string.h>

void mtproto_session_config_init(struct mtproto_session_config *config)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
	config->ack_count_max = 16;
	config->ack_delay_ns = 5 * UINT64_C(1000000000);
	config->sent_bytes_max = 4 << 20;
}

static int draw_session_id(struct mtproto_session *session)
{
	int error;

	do
		error = mtp_random_fill(session->random, &session->session_id, sizeof(session->session_id));
	while (!error && session->session_id == 0);
	return error;
}

static int check_config(const struct mtproto_session_config *config)
{
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	return config->ack_count_max > 0 ? 0 : MTPROTO_ERR_ARGUMENT;
}

/* A session with its settings, and neither key nor identity. */
static int make(struct mtproto_session **out, const struct mtproto_session_config *config)
{
	struct mtproto_allocator allocator;
	struct mtproto_session *session;
	int error = check_config(config);

	if (error)
		return error;
	allocator = mtp_allocator_or_default(config->allocator);
	session = mtp_alloc_zero(&allocator, sizeof(*session));
	if (!session)
		return MTPROTO_ERR_MEMORY;
	session->allocator = allocator;
	if (config->random) {
		session->random_hooks = *config->random;
		session->random = &session->random_hooks;
	}
	session->kernels = config->kernels ? config->kernels : mtproto_kernels_get(MTPROTO_KERNELS_AUTO);
	session->server = config->server;
	session->padding = config->padding;
	session->ack_count_max = config->ack_count_max;
	session->ack_delay_ns = config->ack_delay_ns;
	mtp_window_init(&session->window, &session->allocator);
	mtp_acks_init(&session->acks, &session->allocator);
	mtp_sent_init(&session->sent, &session->allocator, config->sent_messages_max, config->sent_bytes_max);
	*out = session;
	return 0;
}

int mtproto_session_new(struct mtproto_session **out, const struct mtproto_now *now,
			const struct mtproto_session_config *config)
{
	struct mtproto_session *session;
	int error = make(&session, config);

	if (error)
		return error;
	session->session_id = config->session_id;
	if (!config->auth_key)
		error = MTPROTO_ERR_ARGUMENT;
	else if (!session->session_id)
		error = draw_session_id(session);
	if (error) {
		mtproto_session_free(session);
		return error;
	}
	mtproto_auth_key_init(&session->key.auth, config->auth_key);
	session->key.salt = config->server_salt;
	mtp_clock_seed(&session->key.clock, now, config->time_offset_ns);
	*out = session;
	return 0;
}

static struct mtp_state state_of(struct mtproto_session *session)
{
	struct mtp_state state = {.key = &session->key,
				  .server = session->server,
				  .session_id = &session->session_id,
				  .content_count = &session->content_count,
				  .msg_ids = &session->msg_ids,
				  .window = &session->window,
				  .acks = &session->acks};

	return state;
}

int mtproto_session_export(struct mtproto_session *session, const struct mtproto_now *now, uint8_t *out, size_t cap,
			   size_t *len)
{
	struct mtp_state state = state_of(session);

	return mtp_state_write(&state, now, out, cap, len);
}

int mtproto_session_import(struct mtproto_session **out, const struct mtproto_now *now,
			   const struct mtproto_session_config *config, const uint8_t *data, size_t len)
{
	struct mtproto_session *session;
	struct mtp_state state;
	int error = make(&session, config);

	if (error)
		return error;
	state = state_of(session);
	error = mtp_state_read(&state, now, data, len);
	if (error) {
		mtproto_session_free(session);
		return error;
	}
	*out = session;
	return 0;
}

void mtproto_session_free(struct mtproto_session *session)
{
	struct mtproto_allocator allocator;

	if (!session)
		return;
	mtp_window_fini(&session->window);
	mtp_acks_fini(&session->acks);
	mtp_sent_fini(&session->sent);
	allocator = session->allocator;
	mtp_release_secret(&allocator, session, sizeof(*session));
}

/* ---- Out ---- */

uint64_t mtproto_session_next_msg_id(struct mtproto_session *session, const struct mtproto_now *now, bool answer)
{
	unsigned low_bits = !session->server ? MTPROTO_MSG_ID_CLIENT
			    : answer         ? MTPROTO_MSG_ID_REPLY
					     : MTPROTO_MSG_ID_NOTICE;

	return mtproto_msg_id_next(&session->msg_ids, mtp_clock_server_ns(&session->key.clock, now), low_bits);
}

uint32_t mtproto_session_next_seq_no(struct mtproto_session *session, bool content_related)
{
	return content_related ? 2 * session->content_count++ + 1 : 2 * session->content_count;
}

void mtproto_session_number(struct mtproto_session *session, const struct mtproto_now *now, bool content_related,
			    bool answer, uint64_t *msg_id, uint32_t *seq_no)
{
	*msg_id = mtproto_session_next_msg_id(session, now, answer);
	*seq_no = mtproto_session_next_seq_no(session, content_related);
}

int mtproto_session_undo_seq_no(struct mtproto_session *session)
{
	if (session->content_count == 0)
		return MTPROTO_ERR_STATE;
	session->content_count--;
	return 0;
}

int mtp_standalone_seal(struct mtproto_session *session, uint64_t msg_id, uint32_t seq_no, struct mtproto_span body,
			uint8_t *packet, size_t packet_cap, size_t *packet_len)
{
	struct mtproto_seal_job job = {.key = &session->key.auth,
				       .direction = session->server ? MTPROTO_TO_CLIENT : MTPROTO_TO_SERVER,
				       .message = {.salt = session->key.salt,
						   .session_id = session->session_id,
						   .msg_id = msg_id,
						   .seq_no = seq_no,
						   .body = body},
				       .packet = packet,
				       .packet_cap = packet_cap};
	int error = mtproto_message_padding(session->padding, session->random, body.len, &job.padding);

	if (!error)
		error = mtproto_message_seal(session->kernels, session->random, &job);
	*packet_len = job.packet_len;
	return error;
}

int mtproto_session_pack_at(struct mtproto_session *session, uint64_t msg_id, uint32_t seq_no, const void *body,
			    size_t len, uint8_t *packet, size_t packet_cap, size_t *packet_len)
{
	struct mtproto_span span = {body, len};
	int error = mtp_standalone_seal(session, msg_id, seq_no, span, packet, packet_cap, packet_len);

	if (!error)
		mtp_standalone_keep(session, msg_id, seq_no, span);
	return error;
}

int mtproto_session_pack(struct mtproto_session *session, const struct mtproto_now *now, const void *body, size_t len,
			 bool content_related, uint8_t *packet, size_t packet_cap, size_t *packet_len, uint64_t *msg_id)
{
	uint64_t id;
	uint32_t seq_no;

	mtproto_session_number(session, now, content_related, false, &id, &seq_no);
	if (msg_id)
		*msg_id = id;
	return mtproto_session_pack_at(session, id, seq_no, body, len, packet, packet_cap, packet_len);
}

int mtproto_session_write_container(struct mtproto_session *session, const struct mtproto_now *now,
				    struct mtproto_outgoing *messages, uint32_t count, struct mtproto_tl_writer *w)
{
	if (count == 0 || count > MTPROTO_CONTAINER_SENT_MAX)
		return MTPROTO_ERR_ARGUMENT;
	mtproto_tl_write_u32(w, MTPROTO_ID_MSG_CONTAINER);
	mtproto_tl_write_u32(w, count);
	for (uint32_t i = 0; i < count; i++) {
		struct mtproto_container_message inner = {.body = messages[i].body};

		if (inner.body.len < 4 || inner.body.len % 4 != 0)
			return MTPROTO_ERR_ARGUMENT;
		mtproto_session_number(session, now, messages[i].content_related, messages[i].answer,
				       &messages[i].msg_id, &messages[i].seq_no);
		inner.msg_id = messages[i].msg_id;
		inner.seq_no = messages[i].seq_no;
		mtproto_container_message_write(w, &inner);
	}
	return mtproto_tl_writer_end(w);
}

/* ---- In ---- */

/* An ack that finds no room is no loss: the peer sends the message again. */
static void note_ack(struct mtproto_session *session, const struct mtproto_now *now, uint64_t msg_id, uint32_t seq_no)
{
	if ((seq_no & 1) && mtp_acks_add(&session->acks, msg_id, now->mono_ns))
		return;
}

int mtproto_session_unpack(struct mtproto_session *session, const struct mtproto_now *now, uint8_t *packet, size_t len,
			   struct mtproto_message *message)
{
	struct mtproto_open_job job = {.key = &session->key.auth,
				       .direction = session->server ? MTPROTO_TO_SERVER : MTPROTO_TO_CLIENT,
				       .packet = packet,
				       .packet_len = len};
	int error = mtproto_message_open(session->kernels, &job);

	memset(message, 0, sizeof(*message));
	if (error)
		return error;
	if (job.message.session_id != session->session_id)
		return MTPROTO_ERR_SESSION_ID;
	*message = job.message;
	error = mtp_check_parity(session->server, message->msg_id);
	if (!error)
		error = mtp_check_time(&session->key.clock, now, message->msg_id);
	if (error)
		return error;
	error = mtp_window_add(&session->window, message->msg_id);
	if ((!error || error == MTPROTO_ERR_DUPLICATE) && !mtproto_container_test(message->body))
		note_ack(session, now, message->msg_id, message->seq_no);
	return error;
}

int mtproto_session_accept_inner(struct mtproto_session *session, const struct mtproto_now *now,
				 const struct mtproto_container_message *message)
{
	int error = mtp_check_parity(session->server, message->msg_id);

	if (error)
		return error;
	error = mtp_window_add(&session->window, message->msg_id);
	/* Inner messages may be old ones that come again: too old to be judged is no fault. But a server that takes it
	 * may run a request twice. */
	if (error == MTPROTO_ERR_REPLAY && !session->server)
		error = 0;
	if (!error || error == MTPROTO_ERR_DUPLICATE)
		note_ack(session, now, message->msg_id, message->seq_no);
	return error;
}

/* ---- Acknowledgements ---- */

const uint64_t *mtproto_session_pending_acks(const struct mtproto_session *session, uint32_t *count)
{
	*count = session->acks.count;
	return mtp_acks_waiting(&session->acks);
}

uint64_t mtproto_session_ack_deadline(const struct mtproto_session *session)
{
	if (session->acks.count == 0)
		return MTPROTO_NEVER;
	return session->acks.count >= session->ack_count_max ? 0 : session->acks.oldest_ns + session->ack_delay_ns;
}

int mtproto_session_flush_acks(struct mtproto_session *session, struct mtproto_tl_writer *w)
{
	int error;

	if (session->acks.count == 0)
		return mtproto_tl_writer_end(w);
	mtp_acks_write(&session->acks, w);
	error = mtproto_tl_writer_end(w);
	if (!error && mtp_standalone_recovers(session))
		mtp_acks_sent(&session->acks, 0, session->msg_ids.last);
	else if (!error)
		mtp_acks_clear(&session->acks);
	return error;
}

/* ---- Corrections ---- */

int mtproto_session_correct(struct mtproto_session *session, const struct mtproto_now *now, uint64_t msg_id,
			    int32_t error_code)
{
	int error;

	switch (error_code) {
	case MTP_BAD_MSG_ID_LOW:
	case MTP_BAD_MSG_ID_HIGH:
		mtp_clock_correct(&session->key.clock, now, msg_id, &session->msg_ids);
		return 0;
	case MTP_BAD_MSG_TOO_OLD:
		return 0;
	case MTP_BAD_SEQ_NO_LOW:
	case MTP_BAD_SEQ_NO_HIGH:
		error = mtproto_session_reset(session, true);
		return error ? error : 1;
	default:
		return MTPROTO_ERR_ARGUMENT;
	}
}

int mtproto_session_reset(struct mtproto_session *session, bool new_session_id)
{
	int error = new_session_id ? draw_session_id(session) : 0;

	if (error)
		return error;
	session->content_count = 0;
	mtp_window_fini(&session->window);
	mtp_acks_clear(&session->acks);
	mtp_sent_all_again(&session->sent);
	return 0;
}

void mtproto_session_set_salt(struct mtproto_session *session, uint64_t server_salt)
{
	session->key.salt = server_salt;
}

void mtproto_session_set_time_offset(struct mtproto_session *session, const struct mtproto_now *now,
				     int64_t time_offset_ns)
{
	mtp_clock_seed(&session->key.clock, now, time_offset_ns);
}

uint64_t mtproto_session_salt(const struct mtproto_session *session)
{
	return session->key.salt;
}

uint64_t mtproto_session_id(const struct mtproto_session *session)
{
	return session->session_id;
}

uint64_t mtproto_session_auth_key_id(const struct mtproto_session *session)
{
	return session->key.auth.id;
}

int64_t mtproto_session_server_time_ns(const struct mtproto_session *session, const struct mtproto_now *now)
{
	return mtp_clock_server_ns(&session->key.clock, now);
}
