/* Dialling names, with a resolver of this test's own: getaddrinfo below takes the place of the system's. */
#include "uv/world.h"

#include <time.h>

enum { SLOW_MS = 900 };

/* What the resolver knows: ports in host order, 0 for none. */
static struct {
	uint16_t nobody;   /* refuses */
	uint16_t hole;     /* swallows */
	uint16_t somebody; /* the server */
} ports;

static struct addrinfo *entry(uint16_t port, struct addrinfo *next)
{
	struct addrinfo *info = calloc(1, sizeof(*info) + sizeof(struct sockaddr_in));
	struct sockaddr_in *address = (struct sockaddr_in *)(void *)(info + 1);

	assert_non_null(info);
	address->sin_family = AF_INET;
	address->sin_port = htons(port);
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	info->ai_family = AF_INET;
	info->ai_socktype = SOCK_STREAM;
	info->ai_addr = (struct sockaddr *)address;
	info->ai_addrlen = sizeof(*address);
	info->ai_next = next;
	return info;
}

/* The name says which addresses come: n nobody, h hole, s somebody. "slow" is an answer that comes too late. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	*out = NULL;
	assert_string_equal(service, "443");
	assert_int_equal(hints->ai_socktype, SOCK_STREAM);
	if (strcmp(name, "slow") == 0) {
		nanosleep(&(struct timespec){.tv_nsec = SLOW_MS * 1000000L}, NULL);
		name = "s";
	}
	if (strcmp(name, "unknown") == 0)
		return EAI_NONAME;
	for (size_t i = strlen(name); i > 0; i--)
		*out = entry(name[i - 1] == 'n'   ? ports.nobody
			     : name[i - 1] == 'h' ? ports.hole
						  : ports.somebody,
			     *out);
	return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
	while (info) {
		struct addrinfo *next = info->ai_next;

		free(info);
		info = next;
	}
}

/* Connects to a name and checks the diary and, for a failure, error and reason. Returns how long it took. */
static uint64_t check(const char *name, uint64_t timeout_ns, int error, const char *reason)
{
	struct world world;
	struct visitor v;
	char address[32];
	uint64_t began, took;

	world_start(&world);
	ports.somebody = mtproto_uv_listener_port(world.listener);
	visitor_init(&v, &world);
	snprintf(address, sizeof(address), "%s:443", name);
	v.config.address = address;
	v.config.connect_timeout_ns = timeout_ns;
	began = mtproto_uv_now().mono_ns;
	visitor_connect(&v);
	memset(address, 0, sizeof(address)); /* it was copied */
	world_run(&world, &v.entries, 1);
	took = mtproto_uv_now().mono_ns - began;
	assert_string_equal(mtproto_error_name(v.error), mtproto_error_name(error));
	if (reason)
		assert_non_null(strstr(v.text, reason));
	visitor_leave(&v, error ? "xc" : "rc");
	world_stop(&world);
	return took;
}

/* Binds and closes a port, so nobody listens there. */
static uint16_t free_port(void)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	int fd = tcp_socket(0);

	assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static void test_a_name_is_resolved(void **state)
{
	(void)state;
	check("s", 10 * SECOND, 0, NULL);
}

static void test_after_a_refusal_the_next_address_is_tried(void **state)
{
	(void)state;
	ports.nobody = free_port();
	check("nns", 10 * SECOND, 0, NULL);
}

static void test_an_address_that_swallows_leaves_time_for_the_next(void **state)
{
	struct full_queue queue;

	(void)state;
	full_queue_start(&queue);
	ports.hole = queue.port;
	check("hs", SECOND, 0, NULL);
	full_queue_stop(&queue);
}

static void test_the_last_failure_is_reported(void **state)
{
	struct full_queue queue;

	(void)state;
	full_queue_start(&queue);
	ports.nobody = free_port();
	ports.hole = queue.port;
	check("nn", 10 * SECOND, MTPROTO_ERR_IO, "refused");
	check("nh", SECOND / 5, MTPROTO_ERR_TIMEOUT, "timed out");
	full_queue_stop(&queue);
}

static void test_eight_addresses_at_most(void **state)
{
	(void)state;
	ports.nobody = free_port();
	check("nnnnnnns", 10 * SECOND, 0, NULL);
	check("nnnnnnnns", 10 * SECOND, MTPROTO_ERR_IO, "refused");
}

static void test_an_unknown_name(void **state)
{
	(void)state;
	check("unknown", 10 * SECOND, MTPROTO_ERR_RESOLVE, "resolve unknown: ");
}

static void test_resolving_has_a_deadline(void **state)
{
	uint64_t ended;

	(void)state;
	ended = check("slow", SECOND / 10, MTPROTO_ERR_TIMEOUT, "resolve slow: timed out");
	assert_in_range(ended, SECOND / 10, SLOW_MS * (SECOND / 1000) - 1);
}

static void test_a_slow_answer_in_time_is_taken(void **state)
{
	(void)state;
	check("slow", 10 * SECOND, 0, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_name_is_resolved),
		cmocka_unit_test(test_after_a_refusal_the_next_address_is_tried),
		cmocka_unit_test(test_an_address_that_swallows_leaves_time_for_the_next),
		cmocka_unit_test(test_the_last_failure_is_reported),
		cmocka_unit_test(test_eight_addresses_at_most),
		cmocka_unit_test(test_an_unknown_name),
		cmocka_unit_test(test_resolving_has_a_deadline),
		cmocka_unit_test(test_a_slow_answer_in_time_is_taken),
	};

	return cmocka_run_group_tests(tests, world_key_new, NULL);
}
