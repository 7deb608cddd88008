/* What a connection counts. */
#include "connection/connection.h"

void mtproto_connection_get_stats(const struct mtproto_connection *connection, struct mtproto_connection_stats *stats)
{
	const struct mtproto_now *now = &connection->endpoint.context->now;

	*stats = (struct mtproto_connection_stats){.session = connection->session.stats,
						   .rtt_ns = connection->rtt_ns,
						   .links = connection->links,
						   .link_error = connection->link_error,
						   .link_transport_error = connection->link_transport_error};
	if (connection->session.key->auth.id)
		stats->salt_age_ns = now->mono_ns - connection->salt_since_ns;
}
