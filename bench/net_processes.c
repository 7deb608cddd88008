/* The processes of a run: the server's and the clients', how they are started, asked and ended. */
#include "bench/net_run.h"

#include <mtproto/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- What a process uses ---- */

static double ns_of(struct timeval time)
{
	return (double)time.tv_sec * 1e9 + (double)time.tv_usec * 1e3;
}

void net_cpu(double *all_ns, double *system_ns)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	*system_ns = ns_of(usage.ru_stime);
	*all_ns = *system_ns + ns_of(usage.ru_utime);
}

static double resident_bytes(void)
{
	size_t bytes;

	return uv_resident_set_memory(&bytes) ? 0 : (double)bytes;
}

/* ---- Processes ---- */

/* As fork does; both have *descriptor, to talk to each other. */
static pid_t start_process(int *descriptor)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return -1;
	fflush(NULL);
	pid = fork();
	*descriptor = ends[pid == 0];
	close(ends[pid != 0]);
	if (pid < 0)
		close(*descriptor);
	return pid;
}

static void end_process(pid_t pid, int descriptor)
{
	close(descriptor);
	waitpid(pid, NULL, 0);
}

static bool send_all(int descriptor, const void *data, size_t len)
{
	return write(descriptor, data, len) == (ssize_t)len;
}

static bool receive_all(int descriptor, void *data, size_t len)
{
	return recv(descriptor, data, len, MSG_WAITALL) == (ssize_t)len;
}

/* ---- The server's process ---- */

static void on_control(uv_poll_t *handle, int status, int events)
{
	struct net_service *service = handle->data;
	struct net_usage usage = {.links = service->count_links(service->user)};
	char question;

	(void)events;
	if (status < 0 || read(service->descriptor, &question, 1) != 1)
		_exit(0);
	net_cpu(&usage.cpu_ns, &usage.system_ns);
	usage.grown = resident_bytes() - service->resident;
	if (!send_all(service->descriptor, &usage, sizeof(usage)))
		_exit(1);
}

void net_service_begin(struct net_service *service)
{
	service->resident = resident_bytes();
}

int net_service_run(struct net_service *service, uint16_t port)
{
	if (!send_all(service->descriptor, &port, sizeof(port)))
		return MTPROTO_ERR_IO;
	if (uv_poll_init(&service->loop, &service->control, service->descriptor))
		return MTPROTO_ERR_IO;
	service->control.data = service;
	if (uv_poll_start(&service->control, UV_READABLE | UV_DISCONNECT, on_control))
		return MTPROTO_ERR_IO;
	uv_run(&service->loop, UV_RUN_DEFAULT);
	return MTPROTO_ERR_IO;
}

/* Ends with the process; nothing of it is given back before. */
static _Noreturn void serve(const struct net_run *run, int descriptor)
{
	static struct net_service service;
	int error;

	service.descriptor = descriptor;
	if (uv_loop_init(&service.loop))
		_exit(1);
	error = run->program == NET_BARE ? net_serve_bare(run, &service) : net_serve_engine(run, &service);
	fprintf(stderr, "mtproto: the server of the benchmark: %s\n", mtproto_strerror(error));
	_exit(1);
}

/* ---- The clients' process ---- */

int net_server_start(struct net_server *server, const struct net_run *run)
{
	int descriptor;

	server->pid = start_process(&descriptor);
	if (server->pid == 0)
		serve(run, descriptor);
	if (server->pid < 0)
		return MTPROTO_ERR_IO;
	server->control = descriptor;
	if (receive_all(server->control, &server->port, sizeof(server->port)))
		return 0;
	net_server_stop(server);
	return MTPROTO_ERR_IO;
}

int net_server_ask(const struct net_server *server, struct net_usage *usage)
{
	if (!send_all(server->control, "?", 1) || !receive_all(server->control, usage, sizeof(*usage)))
		return MTPROTO_ERR_IO;
	return 0;
}

void net_server_stop(struct net_server *server)
{
	end_process(server->pid, server->control);
}

/* ---- The first process ---- */

/* What the clients' process ends with. */
struct report {
	int error;
	struct net_result result;
};

static _Noreturn void run_apart(const struct net_run *run, int descriptor)
{
	struct report report = {.error = 0};

	report.error = net_load_run(run, &report.result);
	_exit(send_all(descriptor, &report, sizeof(report)) ? 0 : 1);
}

int net_measure(const struct net_run *run, struct net_result *result)
{
	struct report report = {.error = MTPROTO_ERR_IO};
	int descriptor;
	pid_t pid = start_process(&descriptor);

	if (pid == 0)
		run_apart(run, descriptor);
	memset(result, 0, sizeof(*result));
	if (pid < 0)
		return MTPROTO_ERR_IO;
	if (!receive_all(descriptor, &report, sizeof(report)))
		report.error = MTPROTO_ERR_IO;
	end_process(pid, descriptor);
	*result = report.result;
	return report.error;
}
