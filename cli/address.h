/* Addresses on the command line. */
#ifndef CLI_ADDRESS_H
#define CLI_ADDRESS_H

#include <mtproto/uv.h>
#include <uv.h>

/* Reads "HOST:PORT" or "[IPv6]:PORT". Complains for the command and returns an exit code. */
int address_parse(struct mtproto_uv_address *out, const char *command, const char *text);

/* The first IP address of the host, which may be one. Complains for the command and returns an exit code. */
int address_resolve(char ip[INET6_ADDRSTRLEN], const char *command, uv_loop_t *loop,
		    const struct mtproto_uv_address *address);

#endif
