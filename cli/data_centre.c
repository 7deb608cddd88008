#include "cli/data_centre.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/address.h"
#include "cli/command.h"
#include "cli/event_log.h"
#include "cli/state_file.h"

#define NS_PER_MS 1000000u

/* The file has a key before its client hears that it was made or bound: nothing is sent until all events are handled.
 */
static void keep_keys(const struct data_centre *centre, const struct mtproto_event *event)
{
	if (event->type != MTPROTO_EVENT_KEY_CREATED && event->type != MTPROTO_EVENT_KEY_BOUND &&
	    event->type != MTPROTO_EVENT_KEY_DESTROYED)
		return;
	for (size_t i = 0; i < centre->count; i++)
		if (centre->servers[i].server == event->server && *centre->servers[i].state_path)
			state_file_save(event->server, centre->servers[i].state_path, false);
}

static void on_timer(uv_timer_t *timer);

/* Updates happen by themselves once somebody has asked for them. */
static void wait_for_updates(struct data_centre *centre, uint64_t now_ns)
{
	uint64_t deadline = testdc_deadline(centre->testdc);
	uint64_t wait_ns = deadline > now_ns ? deadline - now_ns : 0;

	if (deadline != MTPROTO_NEVER)
		uv_timer_start(&centre->timer, on_timer, (wait_ns + NS_PER_MS - 1) / NS_PER_MS, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct data_centre *centre = timer->data;
	struct mtproto_now now = mtproto_uv_now();
	int error = testdc_run(centre->testdc, &now);

	if (error)
		complain("serve: no more updates: %s", mtproto_strerror(error));
	else
		wait_for_updates(centre, now.mono_ns);
	mtproto_uv_wake(centre->uv);
}

static void on_event(struct mtproto_uv *uv, const struct mtproto_event *event, void *user)
{
	struct data_centre *centre = user;
	struct mtproto_now now = mtproto_uv_now();
	int error;

	(void)uv;
	if (centre->on_event)
		centre->on_event(event, centre->user);
	if (centre->log)
		trace_log_event(centre->log, event);
	if (centre->verbose)
		event_log(event);
	keep_keys(centre, event);
	error = testdc_handle(centre->testdc, &now, event);
	if (error)
		complain("serve: a request stays without an answer: %s", mtproto_strerror(error));
	if (event->type == MTPROTO_EVENT_REQUEST && !uv_is_active((uv_handle_t *)&centre->timer))
		wait_for_updates(centre, now.mono_ns);
}

/* Clients can't connect to "any address": they are told this machine's loopback address. */
static const char *reachable(const char *ip)
{
	if (strcmp(ip, "0.0.0.0") == 0)
		return "127.0.0.1";
	return strcmp(ip, "::") == 0 ? "::1" : ip;
}

static int listen_at(struct data_centre *centre, struct data_centre_server *server, const char *command,
		     const struct mtproto_uv_address *address)
{
	char numeric[MTPROTO_UV_ADDRESS_TEXT_SIZE];
	char ip[INET6_ADDRSTRLEN];
	int exit_code = address_resolve(ip, command, centre->loop, address);
	int error;

	if (exit_code != EXIT_OK)
		return exit_code;
	snprintf(numeric, sizeof(numeric), strchr(ip, ':') ? "[%s]:%u" : "%s:%u", ip, (unsigned)address->port);
	error = mtproto_uv_listen(&server->listener, centre->uv, server->server, numeric, 0);
	if (!error)
		error = testdc_set_address(centre->testdc, server->server, reachable(ip),
					   mtproto_uv_listener_port(server->listener));
	if (error)
		complain("%s: %s: %s", command, numeric,
			 error == MTPROTO_ERR_IO ? "it is in use, or no address of this machine"
						 : mtproto_strerror(error));
	return exit_code_of(error);
}

int data_centre_open(struct data_centre *centre, uv_loop_t *loop, const char *command)
{
	int error = testdc_new(&centre->testdc);

	centre->loop = loop;
	if (!error) {
		error = mtproto_uv_new(&centre->uv, loop, centre->log ? &centre->log->context : NULL, on_event, centre);
		if (error)
			centre->uv = NULL;
	}
	if (!error) {
		uv_timer_init(loop, &centre->timer); /* it never fails */
		centre->timer.data = centre;
	}
	if (error)
		complain("%s: %s", command, mtproto_strerror(error));
	return exit_code_of(error);
}

/* The first has the file of that name. */
static int name_state(struct data_centre *centre, struct data_centre_server *server)
{
	size_t len = sizeof(server->state_path);
	int used = 0;

	server->state_path[0] = '\0';
	if (centre->state_path)
		used = snprintf(server->state_path, len, server == centre->servers ? "%s" : "%s.dc%" PRId32,
				centre->state_path, server->dc);
	return used >= 0 && (size_t)used < len ? 0 : MTPROTO_ERR_TOO_LARGE;
}

int data_centre_add(struct data_centre *centre, const char *command, const struct data_centre_place *place,
		    const struct pem *private_half)
{
	struct data_centre_server *server = &centre->servers[centre->count];
	struct mtproto_now now = mtproto_uv_now();
	int exit_code = EXIT_OK, error;

	if (centre->count == TESTDC_CENTRES_MAX) {
		complain("%s: more than %d data centres", command, TESTDC_CENTRES_MAX);
		return EXIT_BAD_INPUT;
	}
	server->dc = place->dc;
	error = testdc_open(centre->testdc, mtproto_uv_context(centre->uv), &now, place->dc, private_half->text,
			    private_half->len, &server->server);
	if (error) {
		complain("%s: dc %" PRId32 ": %s", command, place->dc,
			 error == MTPROTO_ERR_STATE ? "given twice" : mtproto_strerror(error));
		return error == MTPROTO_ERR_STATE ? EXIT_BAD_INPUT : exit_code_of(error);
	}
	centre->count++;
	error = name_state(centre, server);
	if (!error && centre->faults)
		error = mtproto_server_set_faults(server->server, centre->faults);
	if (error) {
		complain("%s: %s", command, mtproto_strerror(error));
		return exit_code_of(error);
	}
	if (*server->state_path)
		exit_code = state_file_load(server->server, server->state_path);
	return exit_code == EXIT_OK ? listen_at(centre, server, command, &place->address) : exit_code;
}

int data_centre_save(const struct data_centre *centre)
{
	int exit_code = EXIT_OK;

	for (size_t i = 0; i < centre->count; i++) {
		const struct data_centre_server *server = &centre->servers[i];
		int result = *server->state_path ? state_file_save(server->server, server->state_path, true) : EXIT_OK;

		if (exit_code == EXIT_OK)
			exit_code = result;
	}
	return exit_code;
}

const char *data_centre_address(const struct data_centre *centre, size_t index)
{
	return mtproto_uv_listener_address(centre->servers[index].listener);
}

uint64_t data_centre_fingerprint(const struct data_centre *centre)
{
	struct mtproto_server_info info;

	mtproto_server_get_info(centre->servers[0].server, &info);
	return info.rsa_fingerprint;
}

static void on_closed(void *user)
{
	struct data_centre *centre = user;

	centre->closed = true;
}

void data_centre_close(struct data_centre *centre)
{
	if (centre->uv) {
		uv_close((uv_handle_t *)&centre->timer, NULL);
		mtproto_uv_close(centre->uv, on_closed, centre);
		while (!centre->closed && uv_run(centre->loop, UV_RUN_ONCE) != 0)
			;
		centre->uv = NULL;
	}
	testdc_free(centre->testdc);
	centre->testdc = NULL;
}
