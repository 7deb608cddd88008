#include "cli/data_centre.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/event_log.h"
#include "cli/state_file.h"

/* The file has a key before its client hears that it was made or bound: nothing is sent until all events are handled.
 */
static void keep_keys(const struct data_centre *centre, const struct mtproto_event *event)
{
	if (!centre->state_path)
		return;
	if (event->type == MTPROTO_EVENT_KEY_CREATED || event->type == MTPROTO_EVENT_KEY_BOUND ||
	    event->type == MTPROTO_EVENT_KEY_DESTROYED)
		state_file_save(centre->dc.server, centre->state_path, false);
}

static void on_event(struct mtproto_uv *uv, const struct mtproto_event *event, void *user)
{
	struct data_centre *centre = user;
	struct mtproto_now now = mtproto_uv_now();
	int error;

	(void)uv;
	if (centre->verbose)
		event_log(event);
	keep_keys(centre, event);
	error = testdc_handle(&centre->dc, &now, event);
	if (error)
		complain("serve: a request stays without an answer: %s", mtproto_strerror(error));
}

/* The first address of a host name, as "IP:port". Numeric ones go through it unchanged. */
static int resolve(uv_loop_t *loop, const struct mtproto_uv_address *address, char *out, size_t cap,
		   char ip[INET6_ADDRSTRLEN])
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	uv_getaddrinfo_t request;
	int error = uv_getaddrinfo(loop, &request, NULL, address->host, NULL, &hints);

	if (error)
		return error;
	if (request.addrinfo->ai_family == AF_INET6) {
		error = uv_ip6_name((const struct sockaddr_in6 *)(const void *)request.addrinfo->ai_addr, ip,
				    INET6_ADDRSTRLEN);
		snprintf(out, cap, "[%s]:%u", ip, (unsigned)address->port);
	} else {
		error = uv_ip4_name((const struct sockaddr_in *)(const void *)request.addrinfo->ai_addr, ip,
				    INET6_ADDRSTRLEN);
		snprintf(out, cap, "%s:%u", ip, (unsigned)address->port);
	}
	uv_freeaddrinfo(request.addrinfo);
	return error;
}

/* Clients can't connect to "any address": they are told this machine's loopback address. */
static const char *reachable(const char *ip)
{
	if (strcmp(ip, "0.0.0.0") == 0)
		return "127.0.0.1";
	return strcmp(ip, "::") == 0 ? "::1" : ip;
}

static int listen_at(struct data_centre *centre, const char *command, const struct mtproto_uv_address *address)
{
	char numeric[MTPROTO_UV_ADDRESS_TEXT_SIZE];
	char ip[INET6_ADDRSTRLEN];
	int error = resolve(centre->loop, address, numeric, sizeof(numeric), ip);

	if (error) {
		complain("%s: %s: %s", command, address->host, uv_strerror(error));
		return EXIT_BAD_INPUT;
	}
	error = mtproto_uv_listen(&centre->listener, centre->uv, centre->dc.server, numeric, 0);
	if (!error)
		error = testdc_set_address(&centre->dc, reachable(ip), mtproto_uv_listener_port(centre->listener));
	if (error)
		complain("%s: %s: %s", command, numeric,
			 error == MTPROTO_ERR_IO ? "it is in use, or no address of this machine"
						 : mtproto_strerror(error));
	return exit_code_of(error);
}

int data_centre_open(struct data_centre *centre, uv_loop_t *loop, const char *command,
		     const struct mtproto_uv_address *address, int32_t dc, const struct pem *private_half)
{
	struct mtproto_now now = mtproto_uv_now();
	int exit_code, error;

	centre->loop = loop;
	error = mtproto_uv_new(&centre->uv, loop, NULL, on_event, centre);
	if (error) {
		centre->uv = NULL;
	} else {
		error = testdc_init(&centre->dc, mtproto_uv_context(centre->uv), &now, dc, private_half->text,
				    private_half->len);
	}
	if (!error && centre->faults)
		error = mtproto_server_set_faults(centre->dc.server, centre->faults);
	if (error) {
		complain("%s: %s", command, mtproto_strerror(error));
		return exit_code_of(error);
	}
	exit_code = centre->state_path ? state_file_load(centre->dc.server, centre->state_path) : EXIT_OK;
	return exit_code == EXIT_OK ? listen_at(centre, command, address) : exit_code;
}

int data_centre_save(const struct data_centre *centre)
{
	return centre->state_path ? state_file_save(centre->dc.server, centre->state_path, true) : EXIT_OK;
}

const char *data_centre_address(const struct data_centre *centre)
{
	return mtproto_uv_listener_address(centre->listener);
}

uint64_t data_centre_fingerprint(const struct data_centre *centre)
{
	struct mtproto_server_info info;

	mtproto_server_get_info(centre->dc.server, &info);
	return info.rsa_fingerprint;
}

static void on_closed(void *user)
{
	struct data_centre *centre = user;

	centre->closed = true;
}

void data_centre_close(struct data_centre *centre)
{
	if (!centre->uv)
		return;
	mtproto_uv_close(centre->uv, on_closed, centre);
	while (!centre->closed && uv_run(centre->loop, UV_RUN_ONCE) != 0)
		;
	centre->uv = NULL;
}
