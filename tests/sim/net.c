/* Byte streams as TCP gives them: in order, in pieces of any size, late, and sometimes never. */
#include "sim.h"

#include <stdlib.h>

static enum sim_side other(enum sim_side side)
{
	return side == SIM_CLIENT ? SIM_SERVER : SIM_CLIENT;
}

static struct sim_world *world_of(const struct sim_stream *stream)
{
	return stream->machine[SIM_CLIENT]->world;
}

static void clear_way(struct sim_way *way)
{
	struct sim_segment *segment;

	while ((segment = way->first)) {
		way->first = segment->next;
		free(segment);
	}
	way->last = NULL;
}

void sim_stream_drop(struct sim_stream *stream)
{
	clear_way(&stream->way[SIM_CLIENT]);
	clear_way(&stream->way[SIM_SERVER]);
	sim_sniffer_free(stream->sniffer);
	memset(stream, 0, sizeof(*stream));
}

/* Nobody holds an end any more. */
static void drop_if_unused(struct sim_stream *stream)
{
	if (stream->used && !stream->link[SIM_CLIENT] && !stream->link[SIM_SERVER])
		sim_stream_drop(stream);
}

static struct sim_stream *free_stream(struct sim_world *world)
{
	for (size_t i = 0; i < SIM_STREAMS_MAX; i++)
		if (!world->streams[i].used)
			return &world->streams[i];
	sim_broken(world, "simulator", "no free stream");
	return NULL;
}

struct sim_stream *sim_stream_open(struct sim_client *client)
{
	struct sim_world *world = client->machine.world;
	struct sim_server *server = &world->server;
	struct mtproto_now client_now = sim_now(&client->machine);
	struct mtproto_now server_now = sim_now(&server->machine);
	struct sim_stream *stream = free_stream(world);
	struct mtproto_link_config config;

	if (!stream || !server->server)
		return NULL;
	mtproto_link_config_init(&config);
	config.framing = client->plan->framing;
	config.obfuscated = client->plan->obfuscated;
	if (mtproto_server_attach(server->server, &server_now, &stream->link[SIM_SERVER])) {
		sim_broken(world, "simulator", "the server refuses a link");
		return NULL;
	}
	stream->used = true;
	stream->number = ++world->streams_made;
	stream->machine[SIM_CLIENT] = &client->machine;
	stream->machine[SIM_SERVER] = &server->machine;
	mtproto_link_set_user(stream->link[SIM_SERVER], stream);
	if (mtproto_connection_attach(client->connection, &client_now, &config, &stream->link[SIM_CLIENT])) {
		sim_broken(world, "simulator", "%s: attach failed", client->machine.name);
		return NULL;
	}
	mtproto_link_set_user(stream->link[SIM_CLIENT], stream);
	client->machine.touched = true;
	server->machine.touched = true;
	return stream;
}

static uint64_t arrival(struct sim_world *world, struct sim_way *way)
{
	uint64_t at = world->now_ns + sim_between(&world->rng, world->plan.latency_min_ns, world->plan.latency_max_ns);

	if (at < way->stalled_until_ns)
		at = way->stalled_until_ns;
	if (at < way->last_ns)
		at = way->last_ns;
	way->last_ns = at;
	return at;
}

static void send_segment(struct sim_world *world, struct sim_way *way, const uint8_t *data, size_t len, int end)
{
	struct sim_segment *segment;

	if (way->swallows)
		return;
	segment = malloc(sizeof(*segment) + len);
	if (!segment)
		abort();
	segment->next = NULL;
	segment->at_ns = arrival(world, way);
	segment->end = end;
	segment->len = len;
	if (len)
		memcpy(segment->data, data, len);
	if (way->last)
		way->last->next = segment;
	else
		way->first = segment;
	way->last = segment;
}

void sim_stream_take(struct sim_stream *stream, enum sim_side from)
{
	struct sim_world *world = world_of(stream);
	struct mtproto_link *link = stream->link[from];
	const uint8_t *data;
	size_t len;

	while (link && (data = mtproto_link_send_buf(link, &len)) && len) {
		if (world->plan.split_max && !world->calm && len > world->plan.split_max)
			len = sim_between(&world->rng, 1, world->plan.split_max);
		if (world->trace || world->overhear)
			sim_sniff(stream, other(from), data, len);
		send_segment(world, &stream->way[other(from)], data, len, 0);
		world->packets_quiet++;
		if (mtproto_link_send_ack(link, len))
			sim_broken(world, "simulator", "send_ack refused");
	}
}

void sim_stream_closed(struct sim_stream *stream, enum sim_side side)
{
	struct sim_world *world = world_of(stream);

	if (!stream->link[side])
		return;
	sim_trace(world, stream->machine[side]->name, "stream %u: closed here", stream->number);
	stream->link[side] = NULL;
	clear_way(&stream->way[side]);
	if (stream->link[other(side)])
		send_segment(world, &stream->way[other(side)], NULL, 0, MTPROTO_ERR_EOF);
	drop_if_unused(stream);
}

void sim_stream_reset(struct sim_stream *stream)
{
	struct sim_world *world = world_of(stream);

	sim_trace(world, "network", "stream %u: reset", stream->number);
	for (int side = 0; side < 2; side++) {
		struct sim_way *way = &stream->way[side];

		clear_way(way);
		way->stalled_until_ns = way->last_ns = 0;
		if (stream->link[side])
			send_segment(world, way, NULL, 0, MTPROTO_ERR_IO);
	}
}

uint64_t sim_streams_next(const struct sim_world *world)
{
	uint64_t next = MTPROTO_NEVER;

	for (size_t i = 0; i < SIM_STREAMS_MAX; i++) {
		const struct sim_stream *stream = &world->streams[i];

		for (int side = 0; stream->used && side < 2; side++)
			if (stream->way[side].first && stream->way[side].first->at_ns < next)
				next = stream->way[side].first->at_ns;
	}
	return next;
}

/* Hands a segment to its link. False when there is no room: it comes again. */
static bool hand_over(struct sim_stream *stream, enum sim_side side, struct sim_segment *segment)
{
	struct sim_world *world = world_of(stream);
	struct mtproto_link *link = stream->link[side];
	int error;

	if (!link)
		return true;
	/* What came before the end is looked at before it. */
	if (segment->end && stream->machine[side]->touched) {
		segment->at_ns = world->now_ns + 1;
		return false;
	}
	stream->machine[side]->touched = true;
	if (segment->end) {
		sim_trace(world, stream->machine[side]->name, "stream %u: %s", stream->number,
			  mtproto_error_name(segment->end));
		mtproto_link_close(link, segment->end);
		return true;
	}
	error = mtproto_link_recv(link, segment->data, segment->len);
	if (error == MTPROTO_ERR_LIMIT) {
		segment->at_ns = world->now_ns + 10 * SIM_MS;
		return false;
	}
	if (error && error != MTPROTO_ERR_CLOSED)
		sim_broken(world, "simulator", "recv: %s", mtproto_error_name(error));
	return true;
}

static void deliver_way(struct sim_stream *stream, enum sim_side side)
{
	struct sim_world *world = world_of(stream);
	struct sim_way *way = &stream->way[side];
	struct sim_segment *segment;

	while ((segment = way->first) && segment->at_ns <= world->now_ns) {
		/* A suspended machine's kernel keeps what comes. */
		if (stream->machine[side]->asleep_until_ns > world->now_ns) {
			segment->at_ns = stream->machine[side]->asleep_until_ns;
			continue;
		}
		if (!hand_over(stream, side, segment))
			continue;
		way->first = segment->next;
		if (!way->first)
			way->last = NULL;
		free(segment);
	}
}

void sim_streams_deliver(struct sim_world *world)
{
	for (size_t i = 0; i < SIM_STREAMS_MAX; i++) {
		struct sim_stream *stream = &world->streams[i];

		for (int side = 0; stream->used && side < 2; side++)
			deliver_way(stream, (enum sim_side)side);
	}
}
