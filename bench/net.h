/* "mtproto bench net": calls over loopback by 1, 10 and 1,000 connections, and what an idle one takes. */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum net_program {
	NET_MTPROTO, /* our engine, on our driver, obfuscated */
	NET_NULL,    /* the same without cryptography: see null_crypto.h */
	NET_BARE,    /* the same bytes through libuv alone */
	NET_PROGRAMS
};

/* Of one run, or medians of several. 0 in a number: there is none. */
struct net_result {
	double calls_a_second; /* by the clock, beside whatever else the machine did meanwhile */
	double capacity;       /* calls a second of the side that needs more CPU time, with one core for it alone */
	double client_ns, client_system_ns; /* CPU time a call, and what of it the system took */
	double server_ns, server_system_ns;
	double sent, received; /* bytes a call, as packets have them, without frames */
	double resident;       /* bytes a connection in the server's process */
};

#define NET_ROWS_MAX 8

struct net_row {
	size_t connections;
	size_t depth;            /* calls of each in flight; 0: idle */
	const char *unavailable; /* why there are no figures; NULL when there are */
	struct net_result programs[NET_PROGRAMS];
	double ratio;        /* of the capacities, ours to that without cryptography: the median of the rounds */
	double ratio_min;    /* the goal; 0: none */
	double client_max;   /* ns of the client's CPU a call; shown, decides nothing */
	double resident_max; /* the goal for idle connections */
};

struct net_report {
	struct net_row rows[NET_ROWS_MAX];
	size_t count;
};

/* Fills report; quick: fewer and shorter rounds, fewer idle connections. 0, or the MTPROTO_ERR_ of what went wrong. */
int bench_net(struct net_report *report, bool quick);

/* False when its ratio or its size is missed. */
bool bench_net_met(const struct net_row *row);

/* True when every row's is met. */
bool bench_net_passed(const struct net_report *report);

void bench_net_print_table(const struct net_report *report);
void bench_net_print_json(const struct net_report *report);
void bench_net_print_svg(const struct net_report *report, FILE *file);

#endif
