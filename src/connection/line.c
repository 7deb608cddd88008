/* The lines of a connection: one with the permanent key, or one after the other with temporary ones. The next one is
 * made and bound beside the one in use, which then stays for the answers to what was sent on it: replacing a key costs
 * no call anything. Source: core.telegram.org/api/pfs. */
#include "connection/connection.h"

#include "base/memory.h"

static const int64_t SECOND_NS = INT64_C(1000000000);

/* The server forgets a key at its end: a little before, nothing may be sent under it any more. */
static const int64_t MARGIN_MAX_S = 10;

static bool owns_key(const struct mtp_line *line)
{
	return line->session.key != &line->connection->perm;
}

static void free_key(const struct mtp_line *line)
{
	if (owns_key(line))
		mtp_release_secret(line->session.env->allocator, line->session.key, sizeof(*line->session.key));
}

void mtp_line_free(struct mtp_line *line)
{
	if (!line)
		return;
	mtp_sender_fini(&line->sender);
	mtp_session_fini(&line->session);
	free_key(line);
	mtp_release_secret(&line->connection->endpoint.context->allocator, line, sizeof(*line));
}

int mtp_line_new(struct mtp_line **out, struct mtproto_connection *connection, struct mtp_key *key)
{
	struct mtproto_context *context = connection->endpoint.context;
	struct mtp_line *line = mtp_alloc_zero(&context->allocator, sizeof(*line));
	int error;

	if (!line)
		return MTPROTO_ERR_MEMORY;
	line->connection = connection;
	error = mtp_session_init(&line->session, &context->env, &mtp_connection_session_ops, key, false, 0);
	if (!error)
		error = mtp_sender_init(&line->sender, context, &line->session, connection->config.coalesce_ns);
	if (error) {
		line->session.key = &connection->perm; /* the caller keeps the key */
		mtp_line_free(line);
		return error;
	}
	line->session.ack_delay_ns = connection->config.ack_delay_ns;
	line->session.ack_count_max = connection->config.ack_count_max;
	*out = line;
	return 0;
}

/* ---- All of them ---- */

/* The lines that packets may belong to, at most three; returns how many. */
static size_t lines_in_use(const struct mtproto_connection *connection, struct mtp_line *lines[3])
{
	const struct mtp_pfs *pfs = connection->pfs;
	size_t count = 0;

	if (connection->stage == MTP_STAGE_READY)
		lines[count++] = connection->line;
	if (pfs && pfs->next)
		lines[count++] = pfs->next;
	if (pfs && pfs->old)
		lines[count++] = pfs->old;
	return count;
}

const struct mtp_key *mtp_connection_find_key(const struct mtproto_connection *connection, uint64_t auth_key_id)
{
	struct mtp_line *lines[3];
	size_t count = lines_in_use(connection, lines);

	for (size_t i = 0; i < count; i++)
		if (lines[i]->session.key->auth.id == auth_key_id)
			return lines[i]->session.key;
	return NULL;
}

struct mtp_line *mtp_connection_line_of(const struct mtproto_connection *connection, const struct mtp_key *key)
{
	struct mtp_line *lines[3];
	size_t count = lines_in_use(connection, lines);

	for (size_t i = 0; i < count; i++)
		if (lines[i]->session.key == key)
			return lines[i];
	return NULL;
}

void mtp_connection_move_lines(struct mtproto_connection *connection, struct mtproto_link *link)
{
	struct mtproto_context *context = connection->endpoint.context;
	struct mtp_pfs *pfs = connection->pfs;

	mtp_sender_move(context, &connection->line->sender, link);
	if (pfs && pfs->next)
		mtp_sender_move(context, &pfs->next->sender, link);
	if (pfs && pfs->old)
		mtp_sender_move(context, &pfs->old->sender, link);
}

/* ---- From one to the next ---- */

/* All members are counters of 64 bits, but for the last step of the clock. */
static void add_stats(struct mtproto_session_stats *to, const struct mtproto_session_stats *from)
{
	int64_t step_ns = from->clock_last_step_ns ? from->clock_last_step_ns : to->clock_last_step_ns;
	const uint64_t *counter = (const uint64_t *)(const void *)from;
	uint64_t *sum = (uint64_t *)(void *)to;

	for (size_t i = 0; i < sizeof(*to) / sizeof(*sum); i++)
		sum[i] += counter[i];
	to->clock_last_step_ns = step_ns;
}

/* A line whose key is at its end, or gone: what was not answered there is a first message elsewhere. */
static void end_line(struct mtp_line *line)
{
	struct mtproto_connection *connection = line->connection;

	mtp_calls_move(&connection->calls, &line->session, true, &connection->endpoint.context->now);
	add_stats(&connection->line->session.stats, &line->session.stats);
	if (owns_key(line))
		connection->pfs->given_up_key_id = line->session.key->auth.id;
	mtp_line_free(line);
}

void mtp_connection_end_old_line(struct mtproto_connection *connection)
{
	struct mtp_line *old = connection->pfs->old;

	mtp_timer_stop(&connection->pfs->old_timer);
	connection->pfs->old = NULL;
	if (old)
		end_line(old);
}

void mtp_connection_old_line_timer(struct mtp_timer *timer, const struct mtproto_now *now)
{
	(void)now;
	mtp_connection_end_old_line(MTP_OF(timer, struct mtp_pfs, old_timer)->connection);
}

/* mono_ns at which nothing may be sent under the key any more. */
static uint64_t end_of(const struct mtproto_connection *connection, const struct mtp_key *key)
{
	int64_t margin_s = connection->config.temp_expires_in / 16;
	int64_t end_ns;

	margin_s = margin_s < MARGIN_MAX_S ? margin_s : MARGIN_MAX_S;
	end_ns = (key->expires_at - margin_s) * SECOND_NS - key->clock.delta_ns;
	return end_ns > 0 ? (uint64_t)end_ns : 0;
}

void mtp_connection_use_next_line(struct mtproto_connection *connection)
{
	const struct mtproto_now *now = &connection->endpoint.context->now;
	struct mtp_pfs *pfs = connection->pfs;
	struct mtp_line *last = connection->line;
	bool good = connection->stage == MTP_STAGE_READY;

	mtp_connection_forget_salts(connection);
	mtp_connection_end_liveness(connection);
	connection->line = pfs->next;
	connection->calls.session = &pfs->next->session;
	pfs->next = NULL;
	connection->salt_since_ns = 0;
	if (!good) {
		end_line(last);
		return;
	}
	mtp_calls_move(&connection->calls, &last->session, false, now);
	mtp_connection_end_old_line(connection);
	pfs->old = last;
	mtp_timer_set(&pfs->old_timer, end_of(connection, last->session.key));
}

void mtp_connection_close_line(struct mtproto_connection *connection)
{
	struct mtp_line *line = connection->line;

	mtp_connection_forget_salts(connection);
	mtp_connection_end_liveness(connection);
	connection->pfs->given_up_key_id = line->session.key->auth.id;
	free_key(line);
	line->session.key = &connection->perm;
	line->session.open = false;
}

void mtp_connection_drop_next_line(struct mtproto_connection *connection)
{
	struct mtp_pfs *pfs = connection->pfs;

	if (!pfs || !pfs->next)
		return;
	pfs->bind = NULL; /* goes with it */
	pfs->given_up_key_id = pfs->next->session.key->auth.id;
	add_stats(&connection->line->session.stats, &pfs->next->session.stats);
	mtp_line_free(pfs->next);
	pfs->next = NULL;
}
