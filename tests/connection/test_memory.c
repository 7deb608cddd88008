/* What an idle connection costs, in either role and without its socket: everything from the context's allocator and
 * from libcrypto's counts, and so does a fair share of what the context keeps for reuse. */
#include "connection/pair.h"

#include "connection/context.h"

#include <openssl/crypto.h>

#include <stdio.h>

enum {
	CONNECTIONS = 1000,
	BUSY = 100, /* of them exchange MESSAGES each */
	MESSAGES = 1000,
	FRESH_MAX = 4096,
	CIPHERS_MAX = 2 * 1400, /* where libcrypto does the obfuscation: two of its cipher contexts */
	BUSY_MAX = 16384,
	PIECE_HEAD = 16 /* before each piece: its size, kept in what malloc aligns to anyway */
};

/* ---- Counting ---- */

struct heap {
	size_t used;
};

static struct heap libcrypto_heap;
static bool libcrypto_counts;

static void *heap_alloc(struct heap *heap, size_t size)
{
	size_t *piece = malloc(size + PIECE_HEAD);

	if (!piece)
		return NULL;
	heap->used += size;
	*piece = size;
	return (uint8_t *)piece + PIECE_HEAD;
}

static void heap_free(struct heap *heap, void *memory)
{
	uint8_t *piece = memory;
	size_t size;

	if (!piece)
		return;
	piece -= PIECE_HEAD;
	memcpy(&size, piece, sizeof(size));
	heap->used -= size;
	free(piece);
}

static void *hook_alloc(void *user, size_t size)
{
	return heap_alloc(user, size);
}

static void hook_release(void *user, void *memory, size_t size)
{
	(void)size;
	heap_free(user, memory);
}

static void *libcrypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return heap_alloc(&libcrypto_heap, size);
}

static void libcrypto_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	heap_free(&libcrypto_heap, memory);
}

static void *libcrypto_realloc(void *memory, size_t size, const char *file, int line)
{
	void *grown = libcrypto_malloc(size, file, line);
	size_t old = 0;

	if (memory)
		memcpy(&old, (uint8_t *)memory - PIECE_HEAD, sizeof(old));
	if (grown && memory)
		memcpy(grown, memory, old < size ? old : size);
	if (grown)
		libcrypto_free(memory, file, line);
	return grown;
}

/* ---- A crowd of connections between two contexts ---- */

struct world {
	struct heap client, server;
	struct mtproto_allocator client_allocator, server_allocator;
	struct pair pair;
	struct mtproto_connection *connections[CONNECTIONS];
	struct mtproto_link *client_links[CONNECTIONS], *server_links[CONNECTIONS];
};

/* Bytes in use, less what waits for reuse: of that each connection has the same share. */
static size_t used(const struct heap *heap, const struct mtproto_context *context)
{
	return heap->used + libcrypto_heap.used - context->pool.kept;
}

/* Lets the connections from first to before end talk. */
static void run(struct world *w, size_t first, size_t end)
{
	size_t moved;

	do {
		moved = 0;
		pair_pull(&w->pair, w->pair.client_context, false);
		for (size_t i = first; i < end; i++)
			moved += pair_move(&w->pair, w->client_links[i], w->server_links[i]);
		pair_pull(&w->pair, w->pair.server_context, true);
		for (size_t i = first; i < end; i++)
			moved += pair_move(&w->pair, w->server_links[i], w->client_links[i]);
		pair_pull(&w->pair, w->pair.client_context, false);
	} while (moved);
}

/* The rest of what is under way: acknowledgements that wait for company. */
static void settle(struct world *w)
{
	run(w, 0, CONNECTIONS);
	pair_advance(&w->pair, 31 * (uint64_t)PAIR_SECOND);
	run(w, 0, CONNECTIONS);
	pair_advance(&w->pair, 2 * (uint64_t)PAIR_SECOND);
	run(w, 0, CONNECTIONS);
}

static void make_key(struct mtproto_auth_key *key, size_t i)
{
	uint8_t data[MTPROTO_AUTH_KEY_SIZE] = {1};

	memcpy(data + 8, &i, sizeof(i));
	mtproto_auth_key_init(key, data);
}

static void open_world(struct world *w, enum mtproto_kernels_id kernels)
{
	struct mtproto_context_config server, client;
	struct mtproto_server_config config;

	memset(w, 0, sizeof(*w));
	w->client_allocator = (struct mtproto_allocator){hook_alloc, hook_release, &w->client};
	w->server_allocator = (struct mtproto_allocator){hook_alloc, hook_release, &w->server};
	mtproto_context_config_init(&server);
	mtproto_context_config_init(&client);
	server.allocator = &w->server_allocator;
	client.allocator = &w->client_allocator;
	server.kernels = client.kernels = kernels;
	mtproto_server_config_init(&config);
	pair_init_with(&w->pair, &config, &server, &client);
}

/* One connection: its keys are known, its first message is answered. */
static void connect_one(struct world *w, size_t i, bool obfuscated)
{
	struct mtproto_connection_config config;
	struct mtproto_key_info key = {.temporary = false};
	struct mtproto_link_config link;
	uint64_t call;

	make_key(&key.auth_key, i);
	assert_int_equal(mtproto_server_add_key(w->pair.server, &key), 0);
	mtproto_connection_config_init(&config);
	config.auth_key = &key.auth_key;
	config.layer = 200;
	config.device_model = "a device";
	assert_int_equal(mtproto_connection_new(&w->connections[i], w->pair.client_context, &config), 0);
	mtproto_link_config_init(&link);
	link.obfuscated = obfuscated;
	assert_int_equal(mtproto_server_attach(w->pair.server, &w->pair.now, &w->server_links[i]), 0);
	assert_int_equal(mtproto_connection_attach(w->connections[i], &w->pair.now, &link, &w->client_links[i]), 0);
	assert_int_equal(mtproto_connection_ping(w->connections[i], &w->pair.now, 0, &call), 0);
}

static void exchange(struct world *w, size_t i)
{
	uint8_t body[16] = {1};
	uint64_t call;

	for (int n = 0; n < MESSAGES; n++)
		assert_int_equal(
			mtproto_connection_invoke(w->connections[i], &w->pair.now, NULL, body, sizeof(body), &call), 0);
	run(w, i, i + 1);
}

static void measure(bool obfuscated, enum mtproto_kernels_id kernels)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct mtp_pool *pools[2];
	size_t client[3], server[3];
	double per_client[2], per_server[2];
	double ciphers_max = 0;

	assert_non_null(w);
	open_world(w, kernels);
	if (obfuscated && w->pair.client_context->kernels == mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO))
		ciphers_max = CIPHERS_MAX;
	pools[0] = &w->pair.client_context->pool;
	pools[1] = &w->pair.server_context->pool;
	connect_one(w, CONNECTIONS - 1, obfuscated); /* what the first one costs is the contexts' */
	settle(w);
	client[0] = used(&w->client, w->pair.client_context);
	server[0] = used(&w->server, w->pair.server_context);
	for (size_t i = 0; i < CONNECTIONS - 1; i++)
		connect_one(w, i, obfuscated);
	settle(w);
	assert_int_equal(w->pair.pongs, CONNECTIONS);
	client[1] = used(&w->client, w->pair.client_context);
	server[1] = used(&w->server, w->pair.server_context);
	per_client[0] = (double)(client[1] - client[0] + pools[0]->kept) / CONNECTIONS;
	per_server[0] = (double)(server[1] - server[0] + pools[1]->kept) / CONNECTIONS;
	for (size_t i = 0; i < BUSY; i++)
		exchange(w, i);
	settle(w);
	assert_int_equal(w->pair.results, BUSY * MESSAGES);
	client[2] = used(&w->client, w->pair.client_context);
	server[2] = used(&w->server, w->pair.server_context);
	per_client[1] = per_client[0] + (double)(client[2] - client[1]) / BUSY + (double)pools[0]->kept / CONNECTIONS;
	per_server[1] = per_server[0] + (double)(server[2] - server[1]) / BUSY + (double)pools[1]->kept / CONNECTIONS;

	printf("kept for reuse: client %zu, server %zu bytes\n", pools[0]->kept, pools[1]->kept);
	printf("idle %s connection, %s: client %.0f bytes fresh, %.0f after %d messages; server %.0f, %.0f\n",
	       obfuscated ? "obfuscated" : "plain",
	       mtproto_kernels_name(mtproto_context_kernels(w->pair.client_context)), per_client[0], per_client[1],
	       MESSAGES, per_server[0], per_server[1]);
	assert_true(per_client[0] < FRESH_MAX + ciphers_max);
	assert_true(per_server[0] < FRESH_MAX + ciphers_max);
	assert_true(per_client[1] < BUSY_MAX + ciphers_max);
	assert_true(per_server[1] < BUSY_MAX + ciphers_max);
	pair_fini(&w->pair);
	assert_int_equal(w->client.used + w->server.used, 0);
	free(w);
}

static void an_idle_plain_connection_is_small(void **state)
{
	(void)state;
	measure(false, MTPROTO_KERNELS_AUTO);
}

static void an_idle_obfuscated_connection_is_small(void **state)
{
	(void)state;
	measure(true, MTPROTO_KERNELS_AUTO);
}

static void libcryptos_ciphers_are_known_to_cost(void **state)
{
	(void)state;
	measure(true, MTPROTO_KERNELS_LIBCRYPTO);
}

static void libcryptos_memory_is_counted(void **state)
{
	(void)state;
	assert_true(libcrypto_counts);
	assert_true(libcrypto_heap.used > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_plain_connection_is_small),
		cmocka_unit_test(an_idle_obfuscated_connection_is_small),
		cmocka_unit_test(libcryptos_ciphers_are_known_to_cost),
		cmocka_unit_test(libcryptos_memory_is_counted),
	};

	libcrypto_counts = CRYPTO_set_mem_functions(libcrypto_malloc, libcrypto_realloc, libcrypto_free) == 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
