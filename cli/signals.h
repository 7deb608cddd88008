/* SIGTERM and SIGINT on a loop. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>
#include <uv.h>

struct signals {
	uv_signal_t handles[2];
	bool stop; /* one of them has come */
};

void signals_open(struct signals *signals, uv_loop_t *loop);

/* The loop needs one more turn, and signals to stay until then. */
void signals_close(struct signals *signals);

#endif
