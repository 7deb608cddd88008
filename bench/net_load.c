/* What the clients of every program have in common: when the clocks begin and end. */
#include "bench/net_run.h"

#include <mtproto/error.h>

#include <string.h>

static void note_begin(struct net_load *load)
{
	load->error = net_server_ask(load->server, &load->server_begin);
	load->calls_begin = load->calls;
	net_cpu(&load->cpu_ns, &load->system_ns);
	load->wall_ns = (double)uv_hrtime();
}

static void note_end(struct net_load *load)
{
	double wall_ns = (double)uv_hrtime() - load->wall_ns;
	double calls = (double)(load->calls - load->calls_begin);
	struct net_result *result = load->result;
	struct net_usage end;
	double cpu_ns, system_ns;

	net_cpu(&cpu_ns, &system_ns);
	load->error = net_server_ask(load->server, &end);
	if (load->error)
		return;
	if (end.links != load->run->connections) {
		load->error = MTPROTO_ERR_INTERNAL;
		return;
	}
	result->resident = end.grown / (double)load->run->connections;
	if (calls <= 0)
		return;
	result->calls_a_second = calls / wall_ns * 1e9;
	result->client_ns = (cpu_ns - load->cpu_ns) / calls;
	result->client_system_ns = (system_ns - load->system_ns) / calls;
	result->server_ns = (end.cpu_ns - load->server_begin.cpu_ns) / calls;
	result->server_system_ns = (end.system_ns - load->server_begin.system_ns) / calls;
	result->capacity = 1e9 / (result->client_ns > result->server_ns ? result->client_ns : result->server_ns);
}

static void finish(struct net_load *load)
{
	load->over = true;
	uv_close((uv_handle_t *)&load->timer, NULL);
	uv_stop(&load->loop);
}

static void on_end(uv_timer_t *timer)
{
	struct net_load *load = timer->data;

	note_end(load);
	finish(load);
}

static void on_begin(uv_timer_t *timer)
{
	struct net_load *load = timer->data;

	note_begin(load);
	if (load->error)
		finish(load);
	else
		uv_timer_start(timer, on_end, load->run->measure_ms, 0);
}

void net_load_start(struct net_load *load)
{
	uv_timer_start(&load->timer, on_begin, load->run->settle_ms, 0);
}

void net_load_fail(struct net_load *load, int error)
{
	if (load->over)
		return;
	load->error = error;
	finish(load);
}

static int run_load(struct net_load *load)
{
	int error;

	if (uv_loop_init(&load->loop))
		return MTPROTO_ERR_MEMORY;
	uv_timer_init(&load->loop, &load->timer);
	load->timer.data = load;
	error = load->run->program == NET_BARE ? net_load_bare(load) : net_load_engine(load);
	if (!load->over)
		uv_close((uv_handle_t *)&load->timer, NULL);
	uv_run(&load->loop, UV_RUN_DEFAULT);
	if (!error)
		error = load->error;
	return uv_loop_close(&load->loop) && !error ? MTPROTO_ERR_INTERNAL : error;
}

int net_load_run(const struct net_run *run, struct net_result *result)
{
	struct net_server server;
	struct net_load load = {.run = run, .server = &server, .result = result, .seed = 2};
	int error = net_server_start(&server, run);

	memset(result, 0, sizeof(*result));
	if (error)
		return error;
	error = run_load(&load);
	net_server_stop(&server);
	return error;
}
