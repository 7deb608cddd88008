/* The store in memory, through the interface. */
#include <mtproto/store.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct mtproto_store open_store(size_t size_max)
{
	struct mtproto_store store;

	assert_int_equal(mtproto_store_open_memory(&store, NULL, size_max), 0);
	return store;
}

static void assert_holds(const struct mtproto_store *store, uint32_t kind, int64_t id, const char *text)
{
	struct mtproto_span found;

	assert_int_equal(mtproto_store_load(store, kind, id, &found), text ? 0 : MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(found.len, text ? strlen(text) : 0);
	if (text)
		assert_memory_equal(found.data, text, strlen(text));
}

static void what_is_saved_is_loaded(void **state)
{
	struct mtproto_store store = open_store(0);

	(void)state;
	assert_holds(&store, MTPROTO_STORE_AUTH_KEY, 2, NULL);
	assert_int_equal(mtproto_store_save(&store, MTPROTO_STORE_AUTH_KEY, 2, "first", 5), 0);
	assert_int_equal(mtproto_store_save(&store, MTPROTO_STORE_AUTH_KEY, -2, "media", 5), 0);
	assert_int_equal(mtproto_store_save(&store, MTPROTO_STORE_SESSION, 2, "other kind", 10), 0);
	assert_int_equal(mtproto_store_save(&store, MTPROTO_STORE_KIND_MAX, INT64_MIN, "", 0), 0);
	assert_holds(&store, MTPROTO_STORE_AUTH_KEY, 2, "first");
	assert_holds(&store, MTPROTO_STORE_AUTH_KEY, -2, "media");
	assert_holds(&store, MTPROTO_STORE_SESSION, 2, "other kind");
	assert_holds(&store, MTPROTO_STORE_KIND_MAX, INT64_MIN, "");
	assert_int_equal(mtproto_store_save(&store, MTPROTO_STORE_AUTH_KEY, 2, "second, longer", 14), 0);
	assert_holds(&store, MTPROTO_STORE_AUTH_KEY, 2, "second, longer");
	assert_int_equal(mtproto_store_flush(&store), 0);
	assert_int_equal(mtproto_store_remove(&store, MTPROTO_STORE_AUTH_KEY, 2), 0);
	assert_int_equal(mtproto_store_remove(&store, MTPROTO_STORE_AUTH_KEY, 2), MTPROTO_ERR_NOT_FOUND);
	assert_holds(&store, MTPROTO_STORE_AUTH_KEY, 2, NULL);
	assert_holds(&store, MTPROTO_STORE_AUTH_KEY, -2, "media");
	mtproto_store_close(&store);
	mtproto_store_close(&store);
}

static void keys_are_checked(void **state)
{
	struct mtproto_store store = open_store(0);
	struct mtproto_span found;

	(void)state;
	assert_int_equal(mtproto_store_save(&store, 0, 1, "x", 1), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_store_save(&store, MTPROTO_STORE_KIND_MAX + 1, 1, "x", 1), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_store_save(&store, 1, 0, "x", 1), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_store_load(&store, 1, 0, &found), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_store_remove(&store, 0, 1), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_store_each(&store, 0, NULL, NULL), MTPROTO_ERR_ARGUMENT);
	mtproto_store_close(&store);
}

struct visit {
	int64_t sum;
	unsigned count;
	unsigned stop_at;
};

static int on_entry(void *visitor, int64_t id, struct mtproto_span data)
{
	struct visit *visit = visitor;

	assert_int_equal(data.len, sizeof(id));
	assert_memory_equal(data.data, &id, sizeof(id));
	visit->sum += id;
	return ++visit->count == visit->stop_at ? 7 : 0;
}

static void each_shows_every_entry_of_a_kind(void **state)
{
	struct mtproto_store store = open_store(0);
	struct visit all = {0}, some = {.stop_at = 3};

	(void)state;
	for (int64_t id = 1; id <= 1000; id++)
		assert_int_equal(mtproto_store_save(&store, MTPROTO_STORE_ACCESS_HASH, id, &id, sizeof(id)), 0);
	assert_int_equal(mtproto_store_save(&store, MTPROTO_STORE_DC, 1, "x", 1), 0);
	assert_int_equal(mtproto_store_each(&store, MTPROTO_STORE_ACCESS_HASH, on_entry, &all), 0);
	assert_int_equal(all.count, 1000);
	assert_int_equal(all.sum, 500500);
	assert_int_equal(mtproto_store_each(&store, MTPROTO_STORE_ACCESS_HASH, on_entry, &some), 7);
	assert_int_equal(some.count, 3);
	mtproto_store_close(&store);
}

static void memory_is_bounded(void **state)
{
	struct mtproto_store store = open_store(4096);
	char data[3000] = {0};

	(void)state;
	assert_int_equal(mtproto_store_save(&store, 1, 1, data, sizeof(data)), 0);
	assert_int_equal(mtproto_store_save(&store, 1, 2, data, sizeof(data)), MTPROTO_ERR_LIMIT);
	/* Replacing counts once, and what was there stays when there is no room. */
	assert_int_equal(mtproto_store_save(&store, 1, 1, data, sizeof(data)), 0);
	assert_int_equal(mtproto_store_save(&store, 1, 1, data, 5000), MTPROTO_ERR_LIMIT);
	assert_int_equal(mtproto_store_remove(&store, 1, 1), 0);
	assert_int_equal(mtproto_store_save(&store, 1, 2, data, sizeof(data)), 0);
	mtproto_store_close(&store);
}

/* ---- Secrets and failing memory ---- */

struct hooks {
	unsigned allowed;
	unsigned live;
	bool saw_secret;
};

static void *hook_alloc(void *user, size_t size)
{
	struct hooks *hooks = user;

	if (hooks->allowed == 0)
		return NULL;
	hooks->allowed--;
	hooks->live++;
	return malloc(size);
}

static void hook_release(void *user, void *memory, size_t size)
{
	struct hooks *hooks = user;
	const uint8_t *bytes = memory;

	for (size_t i = 0; i + 6 <= size; i++)
		hooks->saw_secret = hooks->saw_secret || memcmp(bytes + i, "SECRET", 6) == 0;
	hooks->live--;
	free(memory);
}

static void what_is_forgotten_is_wiped(void **state)
{
	struct hooks hooks = {.allowed = 100};
	struct mtproto_allocator allocator = {hook_alloc, hook_release, &hooks};
	struct mtproto_store store;

	(void)state;
	assert_int_equal(mtproto_store_open_memory(&store, &allocator, 0), 0);
	assert_int_equal(mtproto_store_save(&store, 1, 1, "SECRET", 6), 0);
	assert_int_equal(mtproto_store_save(&store, 1, 1, "SECRET too", 10), 0);
	assert_int_equal(mtproto_store_save(&store, 1, 2, "SECRET", 6), 0);
	assert_int_equal(mtproto_store_remove(&store, 1, 2), 0);
	mtproto_store_close(&store);
	assert_int_equal(hooks.live, 0);
	assert_false(hooks.saw_secret);
}

static void without_memory_nothing_changes(void **state)
{
	bool done = false;

	(void)state;
	for (unsigned allowed = 0; !done; allowed++) {
		struct hooks hooks = {.allowed = allowed};
		struct mtproto_allocator allocator = {hook_alloc, hook_release, &hooks};
		struct mtproto_store store;
		int error = mtproto_store_open_memory(&store, &allocator, 0);

		if (!error) {
			error = mtproto_store_save(&store, 1, 1, "one", 3);
			assert_holds(&store, 1, 1, error ? NULL : "one");
		}
		done = !error;
		assert_true(done || error == MTPROTO_ERR_MEMORY);
		mtproto_store_close(&store);
		assert_int_equal(hooks.live, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_saved_is_loaded),          cmocka_unit_test(keys_are_checked),
		cmocka_unit_test(each_shows_every_entry_of_a_kind), cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(what_is_forgotten_is_wiped),       cmocka_unit_test(without_memory_nothing_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
