/* Memory runs out once, at every place where any is asked for, while two keys are made, bound and used: nothing
 * crashes, leaks or comes out wrong, and another try succeeds. The same for libcrypto's own memory. */
#include "connection/pair.h"

#include <mtproto/error.h>

#include "connection/context.h"

#include <openssl/crypto.h>

#include <stdio.h>

/* A heap whose allocation number at (counted from 1) fails, and so do the next ones, as many as in_row says. */
struct faulty {
	size_t count, at, in_row;
	size_t used;
};

static bool fails_now(struct faulty *heap)
{
	heap->count++;
	return heap->at && heap->count >= heap->at && heap->count < heap->at + heap->in_row;
}

static void *hook_alloc(void *user, size_t size)
{
	struct faulty *heap = user;

	if (fails_now(heap))
		return NULL;
	heap->used += size;
	return malloc(size);
}

static void hook_release(void *user, void *memory, size_t size)
{
	struct faulty *heap = user;

	heap->used -= size;
	free(memory);
}

static struct faulty libcrypto_heap = {0, 0, 1, 0};

static void *libcrypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails_now(&libcrypto_heap) ? NULL : malloc(size);
}

static void *libcrypto_realloc(void *memory, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails_now(&libcrypto_heap) ? NULL : realloc(memory, size);
}

static void libcrypto_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

/* ---- One scenario: a server, a client, two keys, one call ---- */

static const uint8_t question[8] = {0x11, 0x22, 0x33, 0x44, 1, 2, 3, 4};

struct world {
	struct faulty client, server;
	struct mtproto_allocator client_allocator, server_allocator;
	struct pair pair;
	bool asked;
	bool reuse; /* contexts keep freed pieces, as always */
};

static void expect_named(int error)
{
	/* libcrypto does not tell a key that it can't read from one that it has no memory for: PEM, RSA_KEY_SIZE. */
	if (error != MTPROTO_ERR_MEMORY && error != MTPROTO_ERR_RANDOM && error != MTPROTO_ERR_CRYPTO &&
	    error != MTPROTO_ERR_TIMEOUT && error != MTPROTO_ERR_TRANSPORT_CODE && error != MTPROTO_ERR_PEM &&
	    error != MTPROTO_ERR_RSA_KEY_SIZE)
		fail_msg("%s says nothing of memory", mtproto_error_name(error));
}

/* What was made is made; what failed is tried again next time. */
static int set_up(struct world *w)
{
	struct mtproto_context_config context;
	struct mtproto_server_config server;
	struct mtproto_connection_config connection;
	struct pair *pair = &w->pair;
	int error = 0;

	mtproto_context_config_init(&context);
	context.allocator = &w->server_allocator;
	if (!pair->server_context)
		error = mtproto_context_new(&pair->server_context, &context);
	context.allocator = &w->client_allocator;
	if (!error && !pair->client_context)
		error = mtproto_context_new(&pair->client_context, &context);
	/* Nothing is kept for reuse: every use of memory is an allocation. */
	if (!error && !w->reuse)
		pair->client_context->pool.kept_max = pair->server_context->pool.kept_max = 0;
	mtproto_server_config_init(&server);
	server.rsa_pem = pair->pem;
	server.rsa_pem_len = pair->pem_len;
	if (!error && !pair->server)
		error = mtproto_server_new(&pair->server, pair->server_context, &pair->now, &server);
	mtproto_connection_config_init(&connection);
	connection.rsa_pem = pair->public_pem;
	connection.rsa_pem_len = pair->public_pem_len;
	connection.temp_expires_in = 3600;
	connection.call_timeout_ns = 15 * (uint64_t)PAIR_SECOND;
	connection.layer = 200;
	if (!error && !pair->connection)
		error = mtproto_connection_new(&pair->connection, pair->client_context, &connection);
	return error;
}

static int attach(struct world *w)
{
	struct pair *pair = &w->pair;
	int error = 0;

	if (!pair->server_link)
		error = mtproto_server_attach(pair->server, &pair->now, &pair->server_link);
	if (!error && !pair->client_link)
		error = mtproto_connection_attach(pair->connection, &pair->now, NULL, &pair->client_link);
	return error;
}

static int ask(struct world *w)
{
	uint64_t call;
	int error = 0;

	if (!w->asked)
		error = mtproto_connection_invoke(w->pair.connection, &w->pair.now, NULL, question, sizeof(question),
						  &call);
	w->asked |= !error;
	return error;
}

/* Answers as a program would that tries again when there was no memory. */
static void on_server(struct pair *pair, const struct mtproto_event *event)
{
	if (event->type == MTPROTO_EVENT_LINK_CLOSED && event->link == pair->server_link)
		pair->server_link = NULL;
	if (event->type != MTPROTO_EVENT_REQUEST)
		return;
	for (int tries = 0; tries < 20; tries++) {
		int error = mtproto_server_reply(event->session, event->msg_id, event->body.data, event->body.len);

		if (!error)
			return;
		expect_named(error);
	}
	fail_msg("no answer could be given");
}

/* One try from wherever the last one has ended. True when the answer is there. */
static bool try(struct world *w)
{
	struct pair *pair = &w->pair;
	int error = set_up(w);

	if (!error)
		error = attach(w);
	if (!error)
		error = ask(w);
	if (error)
		expect_named(error);
	if (!pair->connection)
		return false;
	for (int i = 0; i < 3 && !pair->results; i++)
		pair_run(pair);
	/* The server had no room for the request and said so. */
	if (pair->errors) {
		assert_int_equal(pair->last_code, -503);
		pair->errors = 0;
		w->asked = false;
	}
	if (pair->results)
		return true;
	pair_advance(pair, 11 * (uint64_t)PAIR_SECOND);
	pair_run(pair);
	if (pair->failed)
		expect_named(pair->failed);
	if (pair->failures) {
		assert_int_equal(pair->call_error, MTPROTO_ERR_TIMEOUT);
		w->asked = false;
	}
	pair->failed = 0;
	pair->failures = 0;
	pair_lose_links(pair);
	return false;
}

static void run_scenario(struct world *w, size_t client_at, size_t server_at, size_t libcrypto_at, size_t in_row)
{
	struct pair *pair = &w->pair;
	int tries = 1;

	memset(w, 0, sizeof(*w));
	w->client = (struct faulty){0, client_at, in_row, 0};
	w->server = (struct faulty){0, server_at, in_row, 0};
	w->client_allocator = (struct mtproto_allocator){hook_alloc, hook_release, &w->client};
	w->server_allocator = (struct mtproto_allocator){hook_alloc, hook_release, &w->server};
	pair_make_rsa(pair);
	pair->now.mono_ns = 5000 * (uint64_t)PAIR_SECOND;
	pair->now.wall_ns = 1700000000 * (uint64_t)PAIR_SECOND;
	pair->on_server = on_server;
	libcrypto_heap = (struct faulty){0, libcrypto_at, in_row, 0};
	while (!try(w))
		if (++tries > 8)
			fail_msg("client %zu, server %zu, libcrypto %zu in a row of %zu: no end of tries", client_at,
				 server_at, libcrypto_at, in_row);
	libcrypto_heap.at = 0;

	assert_int_equal(pair->results, 1);
	assert_int_equal(pair->failures, 0);
	assert_int_equal(pair->last_body_len, sizeof(question));
	assert_memory_equal(pair->last_body, question, sizeof(question));
	pair_fini(pair);
	assert_int_equal(w->client.used, 0);
	assert_int_equal(w->server.used, 0);
}

static void the_scenario_works(void **state)
{
	struct world w;

	(void)state;
	run_scenario(&w, 0, 0, 0, 1);
	run_scenario(&w, 0, 0, 0, 1); /* libcrypto has settled */
	printf("allocations: client %zu, server %zu, libcrypto %zu\n", w.client.count, w.server.count,
	       libcrypto_heap.count);
	assert_true(libcrypto_heap.count > 0);
}

static void any_allocation_of_a_client_may_fail(void **state)
{
	struct world w;
	size_t most;

	(void)state;
	run_scenario(&w, 0, 0, 0, 1);
	most = w.client.count;
	for (size_t at = 1; at <= most; at++)
		run_scenario(&w, at, 0, 0, at % 2 ? 1 : 3);
}

static void any_allocation_of_a_server_may_fail(void **state)
{
	struct world w;
	size_t most;

	(void)state;
	run_scenario(&w, 0, 0, 0, 1);
	most = w.server.count;
	for (size_t at = 1; at <= most; at++)
		run_scenario(&w, 0, at, 0, at % 2 ? 1 : 3);
}

/* There are thousands: all of a part, and a sample of the rest. */
static void any_allocation_of_libcrypto_may_fail(void **state)
{
	struct world w;
	size_t most, step;

	(void)state;
	run_scenario(&w, 0, 0, 0, 1);
	most = libcrypto_heap.count;
	step = most / 150 + 1;
	for (size_t at = 1; at <= most; at += step)
		run_scenario(&w, 0, 0, at, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_scenario_works),
		cmocka_unit_test(any_allocation_of_a_client_may_fail),
		cmocka_unit_test(any_allocation_of_a_server_may_fail),
		cmocka_unit_test(any_allocation_of_libcrypto_may_fail),
	};

	if (!CRYPTO_set_mem_functions(libcrypto_malloc, libcrypto_realloc, libcrypto_free))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
