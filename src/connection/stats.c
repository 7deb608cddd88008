/* What a connection knows and counts. */
#include "connection/connection.h"

#include <string.h>

void mtproto_connection_get_info(const struct mtproto_connection *connection, struct mtproto_connection_info *info)
{
	const struct mtproto_now *now = &connection->endpoint.context->now;
	const struct mtp_session *session = &connection->line->session;
	const struct mtp_key *key = session->key;

	memset(info, 0, sizeof(*info));
	info->ready = connection->stage == MTP_STAGE_READY;
	info->auth_key = connection->perm.auth;
	if (connection->pfs && info->ready) {
		info->temp_auth_key_id = key->auth.id;
		info->temp_expires_at = key->expires_at;
	}
	info->session_id = session->session_id;
	info->server_salt = key->salt;
	if (key->auth.id)
		info->time_offset_ns = mtp_clock_server_ns(&key->clock, now) - (int64_t)now->wall_ns;
	info->times = connection->times;
	if (connection->pfs)
		info->temp_times = connection->pfs->temp_times;
	info->pending_calls = connection->calls.by_id.count;
	info->pending_bytes = connection->calls.bytes;
}

void mtproto_connection_get_stats(const struct mtproto_connection *connection, struct mtproto_connection_stats *stats)
{
	const struct mtproto_now *now = &connection->endpoint.context->now;

	*stats = (struct mtproto_connection_stats){.session = connection->line->session.stats,
						   .rtt_ns = connection->rtt_ns,
						   .links = connection->links,
						   .link_error = connection->link_error,
						   .link_transport_error = connection->link_transport_error};
	if (connection->line->session.key->auth.id)
		stats->salt_age_ns = now->mono_ns - connection->salt_since_ns;
}
