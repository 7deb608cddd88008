/* The store in a file: what it keeps over its end and over a sudden one, and which files it refuses. */
#include <mtproto/sqlite.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 128, KILLS = 8 };

struct place {
	char folder[64];
	char path[PATH_SIZE];
};

static int place_new(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strcpy(place->folder, "/tmp/mtproto-sqlite-XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof(place->path), "%s/account", place->folder);
	*state = place;
	return 0;
}

static int place_free(void **state)
{
	struct place *place = *state;
	char path[PATH_SIZE + 8];

	unlink(place->path);
	snprintf(path, sizeof(path), "%s-journal", place->path);
	unlink(path);
	rmdir(place->folder);
	free(place);
	return 0;
}

static struct mtproto_store open_file(const struct place *place)
{
	struct mtproto_store store;
	char reason[128];

	assert_int_equal(mtproto_store_open_sqlite(&store, place->path, true, reason, sizeof(reason)), 0);
	assert_string_equal(reason, "");
	return store;
}

static void assert_refused(const struct place *place, int error, const char *word)
{
	struct mtproto_store store;
	char reason[128];

	assert_int_equal(mtproto_store_open_sqlite(&store, place->path, false, reason, sizeof(reason)), error);
	assert_non_null(strstr(reason, word));
	assert_null(store.load);
}

static void assert_holds(const struct mtproto_store *store, uint32_t kind, int64_t id, const char *text)
{
	struct mtproto_span found;

	assert_int_equal(mtproto_store_load(store, kind, id, &found), text ? 0 : MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(found.len, text ? strlen(text) : 0);
	if (text)
		assert_memory_equal(found.data, text, strlen(text));
}

static void save_text(const struct mtproto_store *store, uint32_t kind, int64_t id, const char *text)
{
	assert_int_equal(mtproto_store_save(store, kind, id, text, strlen(text)), 0);
}

/* ---- What it keeps ---- */

static void what_is_saved_is_loaded(void **state)
{
	struct mtproto_store store = open_file(*state);

	assert_holds(&store, MTPROTO_STORE_AUTH_KEY, 2, NULL);
	save_text(&store, MTPROTO_STORE_AUTH_KEY, 2, "first");
	save_text(&store, MTPROTO_STORE_AUTH_KEY, -2, "media");
	save_text(&store, MTPROTO_STORE_SESSION, 2, "other kind");
	assert_int_equal(mtproto_store_save(&store, MTPROTO_STORE_KIND_MAX, INT64_MIN, NULL, 0), 0);
	assert_holds(&store, MTPROTO_STORE_AUTH_KEY, 2, "first");
	assert_holds(&store, MTPROTO_STORE_KIND_MAX, INT64_MIN, "");
	save_text(&store, MTPROTO_STORE_AUTH_KEY, 2, "second, longer");
	assert_holds(&store, MTPROTO_STORE_AUTH_KEY, 2, "second, longer");
	assert_int_equal(mtproto_store_remove(&store, MTPROTO_STORE_AUTH_KEY, 2), 0);
	assert_int_equal(mtproto_store_remove(&store, MTPROTO_STORE_AUTH_KEY, 2), MTPROTO_ERR_NOT_FOUND);
	assert_holds(&store, MTPROTO_STORE_AUTH_KEY, 2, NULL);
	assert_holds(&store, MTPROTO_STORE_AUTH_KEY, -2, "media");
	assert_holds(&store, MTPROTO_STORE_SESSION, 2, "other kind");
	mtproto_store_close(&store);
}

static void what_was_flushed_is_there_again(void **state)
{
	struct mtproto_store store = open_file(*state);

	save_text(&store, MTPROTO_STORE_CLIENT, 1, "kept");
	assert_int_equal(mtproto_store_flush(&store), 0);
	save_text(&store, MTPROTO_STORE_CLIENT, 1, "lost");
	save_text(&store, MTPROTO_STORE_CLIENT, 2, "lost");
	mtproto_store_close(&store);
	store = open_file(*state);
	assert_holds(&store, MTPROTO_STORE_CLIENT, 1, "kept");
	assert_holds(&store, MTPROTO_STORE_CLIENT, 2, NULL);
	mtproto_store_close(&store);
}

static int sum_up(void *visitor, int64_t id, struct mtproto_span data)
{
	int64_t *sum = visitor;

	assert_int_equal(data.len, 1);
	*sum += id * data.data[0];
	return id == 4 ? 7 : 0;
}

static void each_entry_of_a_kind_is_shown(void **state)
{
	struct mtproto_store store = open_file(*state);
	int64_t sum = 0;

	save_text(&store, MTPROTO_STORE_ACCESS_HASH, 1, "\1");
	save_text(&store, MTPROTO_STORE_ACCESS_HASH, -3, "\5");
	save_text(&store, MTPROTO_STORE_UPDATES, 100, "\1");
	assert_int_equal(mtproto_store_each(&store, MTPROTO_STORE_ACCESS_HASH, sum_up, &sum), 0);
	assert_int_equal(sum, 1 - 15);
	save_text(&store, MTPROTO_STORE_ACCESS_HASH, 4, "\1");
	assert_int_equal(mtproto_store_each(&store, MTPROTO_STORE_ACCESS_HASH, sum_up, &sum), 7);
	/* It was stopped in the middle, and can be asked again. */
	assert_int_equal(mtproto_store_each(&store, MTPROTO_STORE_UPDATES, sum_up, &sum), 0);
	mtproto_store_close(&store);
}

/* ---- A sudden end ---- */

/* Saves pairs that are equal in each batch, and tells each number that was flushed, until it is killed. */
static void write_for_ever(const struct place *place, int tell)
{
	struct mtproto_store store;
	uint8_t pair[2048];

	if (mtproto_store_open_sqlite(&store, place->path, true, NULL, 0))
		_exit(1);
	for (uint32_t number = 1;; number++) {
		memset(pair, (int)(number & 0xff), sizeof(pair));
		memcpy(pair, &number, sizeof(number));
		if (mtproto_store_save(&store, MTPROTO_STORE_UPDATES, 1, pair, sizeof(pair)) ||
		    mtproto_store_save(&store, MTPROTO_STORE_APPLICATION, 1, pair, sizeof(pair)) ||
		    mtproto_store_flush(&store) || write(tell, &number, sizeof(number)) != sizeof(number))
			_exit(2);
	}
}

/* Lets a writer run for some batches and kills it. Returns the last number that it said was durable. */
static uint32_t kill_a_writer(const struct place *place, unsigned batches)
{
	uint32_t number = 0, last = 0;
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		write_for_ever(place, ends[1]);
	}
	close(ends[1]);
	while (number < batches && read(ends[0], &number, sizeof(number)) == sizeof(number))
		last = number;
	usleep(batches * 137); /* not always right behind a flush */
	kill(child, SIGKILL);
	while (read(ends[0], &number, sizeof(number)) == sizeof(number))
		last = number;
	close(ends[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(last >= batches);
	return last;
}

static void a_killed_process_leaves_whole_batches(void **state)
{
	const struct place *place = *state;

	for (unsigned i = 0; i < KILLS; i++) {
		uint32_t last = kill_a_writer(place, 3 + 5 * i);
		struct mtproto_store store = open_file(place);
		struct mtproto_span found;
		uint8_t first[2048];
		uint32_t number;

		assert_int_equal(mtproto_store_load(&store, MTPROTO_STORE_UPDATES, 1, &found), 0);
		assert_int_equal(found.len, sizeof(first));
		memcpy(first, found.data, sizeof(first));
		assert_int_equal(mtproto_store_load(&store, MTPROTO_STORE_APPLICATION, 1, &found), 0);
		assert_int_equal(found.len, sizeof(first));
		assert_memory_equal(found.data, first, sizeof(first));
		memcpy(&number, first, sizeof(number));
		assert_in_range(number, last, last + 1);
		mtproto_store_close(&store);
	}
}

/* ---- Whose file it is ---- */

static void the_file_is_its_owners_alone(void **state)
{
	const struct place *place = *state;
	struct mtproto_store store;
	struct stat info;

	umask(0);
	store = open_file(place);
	assert_int_equal(stat(place->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	mtproto_store_close(&store);
	assert_int_equal(chmod(place->path, 0644), 0);
	store = open_file(place);
	assert_int_equal(stat(place->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	mtproto_store_close(&store);
}

static void a_second_user_is_turned_away(void **state)
{
	struct mtproto_store store = open_file(*state);

	assert_refused(*state, MTPROTO_ERR_STATE, "open");
	save_text(&store, MTPROTO_STORE_CLIENT, 1, "still mine");
	assert_int_equal(mtproto_store_flush(&store), 0);
	assert_refused(*state, MTPROTO_ERR_STATE, "open");
	mtproto_store_close(&store);
	store = open_file(*state);
	assert_holds(&store, MTPROTO_STORE_CLIENT, 1, "still mine");
	mtproto_store_close(&store);
}

static void a_missing_file_is_made_only_on_request(void **state)
{
	struct place *place = *state;
	struct mtproto_store store;

	assert_refused(place, MTPROTO_ERR_NOT_FOUND, "No such file");
	assert_int_equal(access(place->path, F_OK), -1);
	snprintf(place->path, sizeof(place->path), "%s/none/account", place->folder);
	assert_int_equal(mtproto_store_open_sqlite(&store, place->path, true, NULL, 0), MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(mtproto_store_open_sqlite(&store, "", true, NULL, 0), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_store_open_sqlite(&store, ":memory:", true, NULL, 0), MTPROTO_ERR_ARGUMENT);
}

/* ---- Files that are refused ---- */

static void run_sql(const struct place *place, const char *text)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(place->path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static size_t read_file(const struct place *place, uint8_t *out, size_t cap)
{
	FILE *file = fopen(place->path, "rb");
	size_t len;

	assert_non_null(file);
	len = fread(out, 1, cap, file);
	fclose(file);
	return len;
}

static void another_programs_database_is_left_alone(void **state)
{
	const struct place *place = *state;
	static uint8_t before[65536], after[65536];
	struct stat info;
	size_t len;

	run_sql(place, "PRAGMA journal_mode = WAL; CREATE TABLE sessions (dc_id INTEGER, auth_key BLOB);");
	assert_int_equal(chmod(place->path, 0644), 0);
	len = read_file(place, before, sizeof(before));
	assert_refused(place, MTPROTO_ERR_STATE_FORMAT, "another program");
	assert_int_equal(read_file(place, after, sizeof(after)), len);
	assert_memory_equal(before, after, len);
	assert_int_equal(stat(place->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0644);
}

static void a_newer_version_is_refused(void **state)
{
	struct mtproto_store store = open_file(*state);

	mtproto_store_close(&store);
	run_sql(*state, "PRAGMA user_version = 2");
	assert_refused(*state, MTPROTO_ERR_STATE_VERSION, "newer");
}

static void what_is_no_database_is_refused(void **state)
{
	const struct place *place = *state;
	FILE *file = fopen(place->path, "wb");

	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fputs("This is a letter, not a session. ", file);
	fclose(file);
	assert_refused(place, MTPROTO_ERR_STATE_FORMAT, "not a store");
}

static void a_damaged_file_is_refused(void **state)
{
	const struct place *place = *state;
	struct mtproto_store store = open_file(place);
	uint8_t junk[4096];
	int fd;

	for (int64_t id = 1; id <= 500; id++)
		save_text(&store, MTPROTO_STORE_ACCESS_HASH, id, "0123456789012345678901234567890123456789");
	assert_int_equal(mtproto_store_flush(&store), 0);
	mtproto_store_close(&store);
	memset(junk, 0xa5, sizeof(junk));
	fd = open(place->path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 8192), sizeof(junk));
	close(fd);
	assert_refused(place, MTPROTO_ERR_STATE_FORMAT, "damaged");
}

static void a_folder_is_refused(void **state)
{
	struct place *place = *state;

	strcpy(place->path, place->folder);
	assert_refused(place, MTPROTO_ERR_STATE_FORMAT, "not a file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_saved_is_loaded, place_new, place_free),
		cmocka_unit_test_setup_teardown(what_was_flushed_is_there_again, place_new, place_free),
		cmocka_unit_test_setup_teardown(each_entry_of_a_kind_is_shown, place_new, place_free),
		cmocka_unit_test_setup_teardown(a_killed_process_leaves_whole_batches, place_new, place_free),
		cmocka_unit_test_setup_teardown(the_file_is_its_owners_alone, place_new, place_free),
		cmocka_unit_test_setup_teardown(a_second_user_is_turned_away, place_new, place_free),
		cmocka_unit_test_setup_teardown(a_missing_file_is_made_only_on_request, place_new, place_free),
		cmocka_unit_test_setup_teardown(another_programs_database_is_left_alone, place_new, place_free),
		cmocka_unit_test_setup_teardown(a_newer_version_is_refused, place_new, place_free),
		cmocka_unit_test_setup_teardown(what_is_no_database_is_refused, place_new, place_free),
		cmocka_unit_test_setup_teardown(a_damaged_file_is_refused, place_new, place_free),
		cmocka_unit_test_setup_teardown(a_folder_is_refused, place_new, place_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
