/* One run of one program over loopback: a server in one process, its clients in another. Both come from a process that
 * has done nothing before, so that what they use is what the run needs. */
#ifndef BENCH_NET_RUN_H
#define BENCH_NET_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "bench/net.h"

/* What is called, and what answers it: help.getNearestDc and nearestDc. */
#define NET_REQUEST_SIZE 4
#define NET_ANSWER_SIZE  20

/* So many are connected at once, below the backlog of a server. */
#define NET_CONNECTING_MAX 100

struct net_run {
	enum net_program program;
	size_t connections;
	size_t depth; /* calls of each connection in flight; 0: each calls once, and then is idle */
	uint64_t settle_ms;
	uint64_t measure_ms;
	size_t request_bytes; /* the bare program: what a client writes for depth calls, */
	size_t answer_bytes;  /* and what comes back for them */
	const char *rsa_pem;
};

/* What a server tells of itself. */
struct net_usage {
	double cpu_ns, system_ns;
	double grown; /* resident bytes more than when it began to serve; 0 where nobody tells */
	size_t links;
};

/* A whole run, in processes of its own. Errors: what went wrong in either. */
int net_measure(const struct net_run *run, struct net_result *result);

/* ---- The server's process ---- */

struct net_server {
	pid_t pid;
	int control;
	uint16_t port;
};

/* Errors: MTPROTO_ERR_IO. */
int net_server_start(struct net_server *server, const struct net_run *run);

/* Errors: MTPROTO_ERR_IO. */
int net_server_ask(const struct net_server *server, struct net_usage *usage);

void net_server_stop(struct net_server *server);

/* In that process: what every program needs there. */
struct net_service {
	uv_loop_t loop;
	uv_poll_t control;
	int descriptor;
	double resident; /* bytes when it began to serve */
	size_t (*count_links)(const void *user);
	const void *user;
};

/* The server is made: what it takes from here on is for its connections. */
void net_service_begin(struct net_service *service);

/* Tells the port and runs until the first process closes its end. Errors: MTPROTO_ERR_IO. */
int net_service_run(struct net_service *service, uint16_t port);

/* Each makes a server and runs it. They return only with an error. */
int net_serve_engine(const struct net_run *run, struct net_service *service);
int net_serve_bare(const struct net_run *run, struct net_service *service);

/* ---- The clients' process ---- */

/* A run seen from the clients: connects, settles, measures, is over. */
struct net_load {
	const struct net_run *run;
	const struct net_server *server;
	uv_loop_t loop;
	uv_timer_t timer;
	size_t connected;
	uint64_t calls; /* answered */
	uint64_t seed;  /* of what takes the place of random numbers without cryptography */
	bool over;
	int error;

	/* At the beginning of the measured time. */
	struct net_usage server_begin;
	double wall_ns, cpu_ns, system_ns;
	uint64_t calls_begin;

	struct net_result *result;
};

/* All connections are there, and at work unless they are idle: the clocks begin. */
void net_load_start(struct net_load *load);

/* Ends the run now. */
void net_load_fail(struct net_load *load, int error);

/* CPU time of this process: all, and the part in the system. */
void net_cpu(double *all_ns, double *system_ns);

int net_load_engine(struct net_load *load);
int net_load_bare(struct net_load *load);

/* With a server of its own. Errors: what went wrong in either process. */
int net_load_run(const struct net_run *run, struct net_result *result);

#endif
