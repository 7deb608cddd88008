/* A transport of one's own: the protocol over the standard input and output of any program that leads to a server.
 *
 *     own_transport KEY.pub COMMAND [ARGUMENT...]
 *     own_transport KEY.pub ssh gateway nc 10.0.0.7 4430
 *
 * A link neither knows nor cares what carries its bytes, as long as all of them arrive in order. */
#define _POSIX_C_SOURCE 200809L

#include <mtproto/connection.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_NS 10000000000

struct carrier {
	pid_t child;
	int in, out; /* of ours: what the program says, what it hears */
};

static struct mtproto_now now(void)
{
	struct timespec mono, wall;

	clock_gettime(CLOCK_BOOTTIME, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct mtproto_now){.mono_ns = (uint64_t)mono.tv_sec * 1000000000 + (uint64_t)mono.tv_nsec,
				    .wall_ns = (uint64_t)wall.tv_sec * 1000000000 + (uint64_t)wall.tv_nsec};
}

static int start_program(struct carrier *carrier, char **command)
{
	int to_child[2], from_child[2];

	if (pipe(to_child) || pipe(from_child))
		return -1;
	carrier->child = fork();
	if (carrier->child == 0) {
		dup2(to_child[0], STDIN_FILENO);
		dup2(from_child[1], STDOUT_FILENO);
		close(to_child[1]);
		close(from_child[0]);
		execvp(command[0], command);
		_exit(127);
	}
	close(to_child[0]);
	close(from_child[1]);
	carrier->out = to_child[1];
	carrier->in = from_child[0];
	return carrier->child < 0 ? -1 : 0;
}

/* Few bytes are ever under way here, so a pipe always has room for them. */
static int send_all(const struct carrier *carrier, struct mtproto_link *link)
{
	const uint8_t *data;
	size_t len;

	while ((data = mtproto_link_send_buf(link, &len)) && len > 0) {
		ssize_t sent = write(carrier->out, data, len);

		if (sent <= 0 || mtproto_link_send_ack(link, (size_t)sent))
			return -1;
	}
	return 0;
}

static int receive(const struct carrier *carrier, struct mtproto_link *link)
{
	size_t len;
	uint8_t *room = mtproto_link_recv_buf(link, &len);
	ssize_t got = room ? read(carrier->in, room, len) : -1;

	return got > 0 ? mtproto_link_recv_ack(link, (size_t)got) : -1;
}

/* Returns 1 when the answer is there, -1 when there won't be one. */
static int pull(struct mtproto_context *context)
{
	struct mtproto_event event;

	while (mtproto_context_next_event(context, &event)) {
		if (event.type == MTPROTO_EVENT_PONG) {
			printf("pong after %.3f ms\n", (double)event.rtt_ns / 1e6);
			return 1;
		}
		if (event.error) {
			fprintf(stderr, "%s\n", mtproto_strerror(event.error));
			return -1;
		}
	}
	return 0;
}

/* Until there is something to read, or something to do. */
static int wait_for(const struct carrier *carrier, uint64_t deadline)
{
	struct pollfd readable = {.fd = carrier->in, .events = POLLIN};
	uint64_t at = now().mono_ns;
	uint64_t ms = deadline > at ? (deadline - at) / 1000000 + 1 : 0;

	return poll(&readable, 1, ms < 60000 ? (int)ms : 60000);
}

/* One turn, as <mtproto/context.h> describes it. */
static int turn(const struct carrier *carrier, struct mtproto_context *context, struct mtproto_link *link)
{
	struct mtproto_now at = now();
	int result = mtproto_context_process(context, &at) ? -1 : pull(context);
	int lost = 0;

	while (result == 0 && !lost && mtproto_context_next_writable(context))
		lost = send_all(carrier, link);
	if (result == 0 && !lost && wait_for(carrier, mtproto_context_deadline(context)) > 0)
		lost = receive(carrier, link);
	if (lost)
		fprintf(stderr, "the program has ended\n");
	return lost ? -1 : result;
}

static int ping(const struct carrier *carrier, const char *pem, size_t pem_len)
{
	struct mtproto_connection_config config;
	struct mtproto_link_config how;
	struct mtproto_context *context;
	struct mtproto_connection *connection;
	struct mtproto_link *link;
	struct mtproto_now at = now();
	uint64_t call;
	int result;

	if (mtproto_context_new(&context, NULL))
		return -1;
	mtproto_connection_config_init(&config);
	config.rsa_pem = pem;
	config.rsa_pem_len = pem_len;
	mtproto_link_config_init(&how);
	how.framing = MTPROTO_FRAMING_ABRIDGED;
	how.obfuscated = false; /* nobody looks into a pipe */
	result = mtproto_connection_new(&connection, context, &config) ||
				 mtproto_connection_attach(connection, &at, &how, &link) ||
				 mtproto_connection_ping(connection, &at, TIMEOUT_NS, &call)
			 ? -1
			 : 0;
	while (result == 0)
		result = turn(carrier, context, link);
	mtproto_context_free(context);
	return result;
}

int main(int argc, char **argv)
{
	struct carrier carrier;
	char pem[4096];
	size_t pem_len;
	int result;
	FILE *key = argc > 2 ? fopen(argv[1], "r") : NULL;

	if (!key) {
		fprintf(stderr, "usage: %s KEY.pub COMMAND [ARGUMENT...]; can't read the key\n", argv[0]);
		return 2;
	}
	pem_len = fread(pem, 1, sizeof(pem), key);
	fclose(key);
	signal(SIGPIPE, SIG_IGN);
	if (start_program(&carrier, argv + 2)) {
		perror(argv[2]);
		return 1;
	}
	result = ping(&carrier, pem, pem_len);
	close(carrier.out);
	close(carrier.in);
	waitpid(carrier.child, NULL, 0);
	return result > 0 ? 0 : 1;
}
