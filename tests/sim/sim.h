/* The simulator: real clients and a real server in virtual time, a network and a fate that come from one seed.
 *
 *   plan.c    what this seed's world is like, and what goes wrong in it
 *   world.c   the loop: virtual time, the agenda, the machines
 *   net.c     byte streams between machines
 *   client.c  what a program with a connection does: calls, reconnects
 *   server.c  what a program with a server does: echoes, late answers, updates; its restarts
 *   feed.c    numbered updates, from the logs of the server to the box of updates of a client
 *   chaos.c   what happens to machines and streams: resets, suspends, clocks
 *   sniff.c   what is on the wire, for the trace and for scenarios
 *   rules.c   what must never happen, and what must happen in the end
 *
 * Time is counted in nanoseconds of the world; each machine sees it through its own clocks. */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <mtproto/fault.h>
#include <mtproto/mtproto.h>

#include <stdarg.h>
#include <stdio.h>

#include "rng.h"

enum {
	SIM_CLIENTS_MAX = 3,
	SIM_CALLS_MAX = 96, /* of one client */
	SIM_AFTER_MAX = 3,
	SIM_PUSHES_MAX = 256,
	SIM_SESSIONS_MAX = 4096,
	SIM_KEYS_MAX = 512,
	SIM_LATE_MAX = 1024,
	SIM_STREAMS_MAX = 128,
	SIM_FEED_MAX = 128, /* numbered updates of one log */
	SIM_FEED_CALLS_MAX = 16,
	SIM_STATE_MAX = 1 << 20,
	SIM_STEPS_MAX = 2000000
};

#define SIM_MS     UINT64_C(1000000)
#define SIM_SECOND UINT64_C(1000000000)
#define SIM_MINUTE (60 * SIM_SECOND)
#define SIM_HOUR   (60 * SIM_MINUTE)

struct sim_world;

/* ---- Plan ---- */

struct sim_client_plan {
	bool pfs;
	enum mtproto_framing framing;
	bool obfuscated;
	int64_t wall_error_ns;
	uint64_t mono_start_ns;
	uint64_t ack_delay_ns;
	uint32_t ack_count_max;
	uint64_t ping_idle_ns, pong_timeout_ns;
	uint32_t gzip_size_min;
	uint64_t coalesce_ns;
	int32_t temp_life_s; /* of temporary keys */
	uint32_t calls;
};

/* What a seed makes of a world. Probabilities are per cent unless a name says otherwise. */
struct sim_plan {
	uint64_t seed;
	bool exchange; /* clients make their keys; else they are given */
	uint32_t clients;
	struct sim_client_plan client[SIM_CLIENTS_MAX];
	uint64_t chaos_ns; /* calls are made and things go wrong for so long */

	/* Calls. */
	uint32_t at_most_once, pings, service, cancels, short_timeouts, rpc_errors, late_answers, big_bodies;
	uint64_t answer_delay_ns; /* of every answer */
	uint64_t coalesce_ns;     /* of the server */
	uint32_t packed;          /* answers and updates that come as gzip_packed */
	uint32_t follows;         /* calls that must be run after others */
	uint32_t bursts;
	uint32_t pushes;        /* of the server, in all */
	uint32_t numbered;      /* updates of each client's logs */
	uint32_t numbered_lost; /* those that are lost, come twice or come late */

	/* Streams. */
	uint64_t latency_min_ns, latency_max_ns;
	uint32_t split_max;                            /* bytes that travel together; 0: all */
	uint32_t resets, half_opens, stalls, refusals; /* events in all, and dials refused in per cent */

	/* Machines. */
	uint32_t suspends, sleeps; /* a sleep is a suspend that the monotonic clock does not count */
	uint32_t wall_steps, restarts, server_suspends;
	uint32_t client_restarts; /* a client's process ends and another goes on with what it exported */
	bool restarts_forget_keys;
	bool restarts_keep_state;
	bool restarts_change_clock;

	struct mtproto_faults faults; /* of the server */
};

void sim_plan_draw(struct sim_plan *plan, uint64_t seed);

/* Everything calm: for scenarios, which then say what they want. */
void sim_plan_calm(struct sim_plan *plan, uint64_t seed);
void sim_plan_print(const struct sim_plan *plan);

/* ---- Bodies of requests, answers and updates ---- */

enum { SIM_ID_REQUEST = 0x51a00001, SIM_ID_ANSWER = 0x51a00002, SIM_ID_UPDATE = 0x51a00003, SIM_BODY_MIN = 32 };

struct sim_body {
	uint32_t id;
	uint32_t client;
	uint32_t serial;     /* of the call or the push */
	uint32_t answer_len; /* of a request: how long the answer is to be */
	uint32_t flags;
	uint32_t session; /* of an update: the number of the session that it was pushed to */
};

enum { SIM_BODY_ERROR = 1, SIM_BODY_LATE = 2 };

/* len bytes: the fields, then a pattern that depends on them. */
void sim_body_write(uint8_t *out, size_t len, const struct sim_body *body);
/* False unless all of it is as it was written. */
bool sim_body_read(struct sim_body *body, struct mtproto_span bytes);
/* Turns a gzip_packed with gzip inside into one with zlib inside, which is shorter. Returns its length. */
size_t sim_body_as_zlib(uint8_t *packed, size_t packed_len, const uint8_t *plain, size_t plain_len);

/* ---- Machines ---- */

/* Counts what a context takes, and checks what it gives back. */
struct sim_memory {
	struct sim_world *world;
	struct mtproto_allocator hooks;
	size_t bytes, peak, pieces;
};

struct sim_machine {
	struct sim_world *world;
	const char *name;
	uint32_t client;                 /* its number, for a client's machine */
	struct mtproto_context *context; /* NULL: it is off */
	struct sim_memory memory;
	struct sim_rng rng; /* what its engine draws */
	struct mtproto_random random;
	uint64_t mono_offset_ns; /* mono = world's time + this, modulo 2^64 */
	uint64_t wall_offset_ns;
	uint64_t asleep_until_ns; /* it is suspended: nothing runs */
	bool touched;             /* bytes came: to be pumped */
	void (*on_event)(struct sim_world *world, struct sim_machine *machine, const struct mtproto_event *event);
};

struct mtproto_now sim_now(const struct sim_machine *machine);
int sim_machine_start(struct sim_machine *machine, size_t inflated_size_max);
void sim_machine_stop(struct sim_machine *machine); /* frees the context; nothing may be left */

/* ---- Streams: net.c ---- */

enum sim_side { SIM_CLIENT = 0, SIM_SERVER = 1 };

struct sim_segment {
	struct sim_segment *next;
	uint64_t at_ns;
	int end; /* not bytes: the stream ends with this error */
	size_t len;
	uint8_t data[];
};

/* Bytes towards one side. */
struct sim_way {
	struct sim_segment *first, *last;
	uint64_t last_ns; /* nothing overtakes */
	uint64_t stalled_until_ns;
	bool swallows;
};

struct sim_stream {
	bool used;
	uint32_t number;
	struct sim_machine *machine[2];
	struct mtproto_link *link[2]; /* NULL: that side is closed */
	struct sim_way way[2];        /* by the side that they lead to */
	struct sim_sniffer *sniffer;  /* for the trace, or NULL */
};

/* ---- Clients: client.c ---- */

enum sim_call_kind { SIM_CALL_PLAIN = 0, SIM_CALL_AT_MOST_ONCE, SIM_CALL_PING, SIM_CALL_SERVICE };

struct sim_call {
	enum sim_call_kind kind;
	uint64_t id; /* the engine's */
	uint64_t made_ns;
	uint32_t answer_len;
	uint32_t executions; /* of its request on the server, but for copies as below */
	uint64_t ran_as;     /* the msg_id under which it ran last */
	uint32_t ran_in;     /* the number of the server's session for which it did */
	uint32_t copies;     /* runs of what a link that was given up still carried to a server that forgot */
	bool answered;       /* there, by whatever */
	uint32_t after[SIM_AFTER_MAX];
	uint32_t after_count; /* calls that must be over first */
	bool wants_error;     /* the server is to answer an rpc_error */
	bool short_timeout;
	bool cancelled;
	bool settled;
	bool maybe_twice;
	enum mtproto_event_type how;
	int error;
};

struct sim_client {
	struct sim_machine machine;
	uint32_t number;
	const struct sim_client_plan *plan;
	struct sim_rng rng;       /* what the program does */
	struct sim_rng later_rng; /* the same, for later additions */
	struct mtproto_connection *connection;
	struct sim_stream *stream;
	bool dialing;
	uint64_t new_session_ns; /* the server told of a session that it made */
	struct mtproto_reconnect reconnect;
	struct mtproto_auth_key key; /* once there is one: for ever */
	struct sim_call calls[SIM_CALLS_MAX];
	uint32_t call_count;
	uint32_t open_calls;
	uint8_t pushes_seen[SIM_PUSHES_MAX];
	struct mtproto_session_stats stats;          /* when its engine was stopped */
	uint8_t state[MTPROTO_CONNECTION_STATE_MAX]; /* exported at its last end */
	size_t state_len;
	uint64_t updates, links, clock_events, new_sessions, suspects, refused;
};

void sim_client_start(struct sim_client *client);
/* Its process ends, another begins with what it exported; calls that were open are nobody's any more. */
void sim_client_restart(struct sim_client *client);
void sim_client_stop(struct sim_client *client);
void sim_client_dial(struct sim_client *client);
void sim_client_call(struct sim_client *client);
/* Makes a call of that kind and returns its number. */
uint32_t sim_client_invoke(struct sim_client *client, enum sim_call_kind kind, uint32_t body_len, uint32_t answer_len);

/* The same, of a plain one that must be run after another. */
uint32_t sim_client_follow(struct sim_client *client, uint32_t body_len, uint32_t answer_len, uint32_t other);

/* ---- The server: server.c ---- */

struct sim_push {
	uint32_t session; /* number */
	uint32_t client;
	bool delivered;
};

/* A session that the server once had. */
struct sim_session {
	struct mtproto_server_session *handle; /* NULL: it is over */
	uint64_t auth_key_id;
	uint64_t session_id;
};

/* An answer that takes its time. */
struct sim_late {
	uint32_t session;
	uint64_t msg_id;
	struct sim_body request;
};

struct sim_server {
	struct sim_machine machine;
	struct mtproto_server *server;              /* NULL: down */
	struct mtproto_key_info keys[SIM_KEYS_MAX]; /* all that were ever known: what a store would keep */
	uint32_t key_count;
	struct sim_session sessions[SIM_SESSIONS_MAX];
	uint32_t session_count;
	struct sim_push pushes[SIM_PUSHES_MAX];
	uint32_t push_count;
	struct sim_late lates[SIM_LATE_MAX];
	uint32_t late_count;
	uint64_t fault_counts[MTPROTO_FAULT_COUNT]; /* of all starts */
	uint64_t fault_seen[MTPROTO_FAULT_COUNT];   /* of this one */
	uint32_t starts;
	uint64_t requests, packed;
	struct mtproto_gzip *gzip;
	uint8_t state[SIM_STATE_MAX]; /* exported when it was stopped */
	size_t state_len;
};

/* What a server that starts knows of its earlier life. */
enum sim_recall {
	SIM_RECALLS_NOTHING = 0,
	SIM_RECALLS_KEYS,
	SIM_RECALLS_STATE /* keys, salts and quiet sessions, as exported when it was stopped */
};

void sim_server_start(struct sim_server *server, enum sim_recall recall);
void sim_server_stop(struct sim_server *server);
void sim_server_add_key(struct sim_server *server, const struct mtproto_key_info *info);
void sim_server_restore_keys(struct sim_server *server);
void sim_server_push(struct sim_server *server);
/* Notes which faults struck since it was called last. */
void sim_server_note_faults(struct sim_server *server);
void sim_server_set_faults(struct sim_server *server, const struct mtproto_faults *faults);

/* Pushes bytes to the session of a client that updates are for, if it has one. */
void sim_server_push_bytes(struct sim_server *server, uint32_t client, const uint8_t *bytes, size_t len);

/* ---- Numbered updates: feed.c ---- */

/* What happened, as the server remembers it, and how much of it the client was told. */
struct sim_feed_log {
	int32_t ends[SIM_FEED_MAX]; /* the pts after each */
	uint32_t count;
	uint32_t delivered;
};

struct sim_feed_call {
	uint64_t id;    /* of the connection */
	uint64_t token; /* of the box */
};

struct sim_feed {
	struct sim_world *world;
	uint32_t client;
	struct sim_rng rng;
	struct sim_feed_log logs[2]; /* of the account and of a channel */
	struct mtproto_updates *updates;
	struct sim_feed_call calls[SIM_FEED_CALLS_MAX];
	uint32_t call_count;
	uint8_t state[4096]; /* of the box, when its client's process ended */
	size_t state_len;
};

/* Its client's process is about to end: the next one goes on with what is kept here. */
void sim_feed_save(struct sim_feed *feed);
void sim_feed_start(struct sim_feed *feed, struct sim_world *world, uint32_t client);
void sim_feed_stop(struct sim_feed *feed);
/* Something happens in one of its logs, and is pushed. */
void sim_feed_happen(struct sim_feed *feed, int which);
/* Answers a difference; returns the length. */
size_t sim_feed_answer(const struct sim_feed *feed, struct mtproto_span request, uint8_t *out, size_t cap);
/* Takes an event of the client's connection; false when it is none of its own. */
bool sim_feed_event(struct sim_feed *feed, const struct mtproto_event *event);
/* Runs what is due, after events. */
void sim_feed_turn(struct sim_feed *feed);
uint64_t sim_feed_deadline(const struct sim_feed *feed);
bool sim_feed_is_numbered(struct mtproto_span body);
/* Everything was delivered and nothing is being asked. */
bool sim_feed_complete(const struct sim_feed *feed);

/* ---- The world: world.c ---- */

struct sim_action {
	uint64_t at_ns;
	uint64_t order; /* equal times: first come, first done */
	void (*run)(struct sim_world *world, void *object, uint64_t argument);
	void *object;
	uint64_t argument;
};

struct sim_world {
	struct sim_plan plan;
	uint64_t now_ns;
	bool calm; /* nothing goes wrong any more */
	bool trace;
	struct sim_rng rng; /* of network and chaos */

	struct sim_server server;
	struct sim_client clients[SIM_CLIENTS_MAX];
	struct sim_feed feeds[SIM_CLIENTS_MAX]; /* by client */
	struct sim_stream streams[SIM_STREAMS_MAX];
	uint32_t streams_made;

	struct sim_action *agenda;
	size_t agenda_count, agenda_cap;
	uint64_t agenda_order;

	uint64_t steps;
	uint64_t packets_quiet; /* segments sent since the world is to be quiet */
	char broken[512];       /* the rule that was broken first */

	/* For scenarios: sees every event before the program does. May be NULL. */
	void (*spy)(struct sim_world *world, struct sim_machine *machine, const struct mtproto_event *event,
		    void *user);
	void *spy_user;
	/* Likewise: hears every message on the wire, those in containers too. May be NULL. */
	void (*overhear)(struct sim_world *world, enum sim_side to, uint64_t msg_id, uint32_t seq_no,
			 struct mtproto_span body, void *user);
	bool calls_of_others; /* a scenario makes calls of its own */
};

struct sim_world *sim_world_new(const struct sim_plan *plan, bool trace);
void sim_world_free(struct sim_world *world);

/* The whole life of a world as its plan has it. False when a rule was broken. */
bool sim_world_live(struct sim_world *world);

/* Goes on until this time, or a rule is broken. */
void sim_world_run_until(struct sim_world *world, uint64_t at_ns);

void sim_world_at(struct sim_world *world, uint64_t at_ns,
		  void (*run)(struct sim_world *world, void *object, uint64_t argument), void *object,
		  uint64_t argument);

/* Processes, pulls and sends until the machine has nothing left to do. */
void sim_pump(struct sim_machine *machine);

/* ---- Streams ---- */

/* A stream from a client to the server, open on both sides. NULL when the server is down. */
struct sim_stream *sim_stream_open(struct sim_client *client);
/* Takes what the link has to send onto the stream. */
void sim_stream_take(struct sim_stream *stream, enum sim_side from);
/* That side closed its link: the other hears of it, if anything comes through. */
void sim_stream_closed(struct sim_stream *stream, enum sim_side side);
/* Both sides hear of a reset; what is under way is lost. */
void sim_stream_reset(struct sim_stream *stream);
uint64_t sim_streams_next(const struct sim_world *world);
void sim_streams_deliver(struct sim_world *world);
void sim_stream_drop(struct sim_stream *stream);

/* sniff.c: tells what these bytes mean, if somebody wants to hear it. */
void sim_sniff(struct sim_stream *stream, enum sim_side to, const uint8_t *data, size_t len);
void sim_sniffer_free(struct sim_sniffer *sniffer);

/* ---- Chaos ---- */

void sim_chaos_schedule(struct sim_world *world);
/* Ends all that goes wrong, and undoes what does not end by itself. */
void sim_chaos_end(struct sim_world *world);

/* ---- Rules: rules.c ---- */

__attribute__((format(printf, 3, 4))) void sim_broken(struct sim_world *world, const char *rule, const char *format,
						      ...);
void sim_rule_event(struct sim_world *world, struct sim_machine *machine, const struct mtproto_event *event);
/* A request that the server runs, for the session with this number. */
void sim_rule_request(struct sim_world *world, const struct mtproto_event *event, uint32_t session,
		      const struct sim_body *request);
void sim_rule_settled(struct sim_client *client, struct sim_call *call, const struct mtproto_event *event);
void sim_rule_key(struct sim_client *client);
bool sim_all_settled(const struct sim_world *world);
void sim_rules_at_end(struct sim_world *world);

/* ---- Keys: keys.c ---- */

extern const char sim_private_pem[];
extern const char sim_public_pem[];
/* One of the keys made beforehand. */
void sim_key(struct mtproto_auth_key *key, uint32_t number);

/* ---- Trace ---- */

__attribute__((format(printf, 3, 4))) void sim_trace(struct sim_world *world, const char *who, const char *format, ...);
const char *sim_event_name(enum mtproto_event_type type);

#endif
