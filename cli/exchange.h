/* Shows what a key exchange took. */
#ifndef CLI_EXCHANGE_H
#define CLI_EXCHANGE_H

#include <mtproto/connection.h>

#include "cli/json.h"

/* A line for each step, each led by indent. */
void exchange_print(const char *indent, const struct mtproto_handshake_times *times);

/* A member "steps_ms". */
void exchange_json(struct json *json, const struct mtproto_handshake_times *times);

#endif
