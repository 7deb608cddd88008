/* mtproto demo --updates: a stream of updates over a bad line, checked one by one. */
#ifndef CLI_DEMO_UPDATES_H
#define CLI_DEMO_UPDATES_H

#include <stdint.h>
#include <uv.h>

#include "cli/key_file.h"

/* Prints what was sent, lost and delivered. Complains and returns an exit code when one update did not come once and in
 * order. */
int demo_updates(uv_loop_t *loop, const struct pem *private_half, const struct pem *public_half, int64_t count);

#endif
