/* A server that is ended and made again. */
#include "connection/pair.h"

static const uint8_t question[8] = {0x11, 0x22, 0x33, 0x44, 1, 2, 3, 4};

static size_t save(struct pair *pair, bool with_sessions, uint8_t *out, size_t cap)
{
	size_t len;

	assert_int_equal(mtproto_server_export(pair->server, with_sessions, NULL, 0, &len), 0);
	assert_true(len <= cap);
	assert_int_equal(mtproto_server_export(pair->server, with_sessions, out, len - 1, &len), MTPROTO_ERR_BUFFER);
	assert_int_equal(mtproto_server_export(pair->server, with_sessions, out, cap, &len), 0);
	return len;
}

/* Ends the server, makes another and lets it read what was saved. */
static int restart(struct pair *pair, const uint8_t *data, size_t len)
{
	struct mtproto_server_config config;

	mtproto_link_close(pair->client_link, MTPROTO_ERR_EOF);
	pair_pull(pair, pair->client_context, false);
	mtproto_server_free(pair->server);
	pair->server_link = NULL;
	mtproto_server_config_init(&config);
	config.rsa_pem = pair->pem;
	config.rsa_pem_len = pair->pem_len;
	assert_int_equal(mtproto_server_new(&pair->server, pair->server_context, &pair->now, &config), 0);
	return mtproto_server_import(pair->server, data, len);
}

static void talk(struct pair *pair)
{
	size_t results = pair->results;

	pair_invoke(pair, question, sizeof(question));
	pair_run(pair);
	assert_int_equal(pair->results, results + 1);
}

/* Everything acknowledged: nothing is open. */
static void calm(struct pair *pair)
{
	pair_advance(pair, 40 * (uint64_t)PAIR_SECOND);
	pair_run(pair);
}

static void a_session_goes_on_after_a_clean_end(void **state)
{
	static uint8_t saved[65536];
	struct mtproto_server_info info;
	struct pair pair;
	size_t len, sessions;

	(void)state;
	pair_ready(&pair);
	talk(&pair);
	calm(&pair);
	len = save(&pair, true, saved, sizeof(saved));
	assert_int_equal(restart(&pair, saved, len), 0);
	mtproto_server_get_info(pair.server, &info);
	assert_int_equal(info.keys, 1);
	assert_int_equal(info.sessions, 1);
	sessions = pair.new_sessions;
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	talk(&pair);
	assert_int_equal(pair.new_sessions, sessions);
	pair_fini(&pair);
}

static void without_sessions_the_client_is_told(void **state)
{
	static uint8_t saved[65536];
	struct pair pair;
	size_t len, sessions;

	(void)state;
	pair_ready(&pair);
	talk(&pair);
	calm(&pair);
	len = save(&pair, false, saved, sizeof(saved));
	assert_int_equal(restart(&pair, saved, len), 0);
	sessions = pair.new_sessions;
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	talk(&pair);
	assert_int_equal(pair.new_sessions, sessions + 1);
	pair_fini(&pair);
}

static void a_session_with_something_open_is_left_out(void **state)
{
	static uint8_t saved[65536];
	struct mtproto_server_info info;
	struct pair pair;
	size_t len;

	(void)state;
	pair_ready(&pair);
	/* The answer is not acknowledged yet. */
	talk(&pair);
	len = save(&pair, true, saved, sizeof(saved));
	assert_int_equal(restart(&pair, saved, len), 0);
	mtproto_server_get_info(pair.server, &info);
	assert_int_equal(info.keys, 1);
	assert_int_equal(info.sessions, 0);
	pair_fini(&pair);
}

static void a_damaged_state_is_refused(void **state)
{
	static uint8_t saved[65536];
	struct pair pair;
	size_t len;

	(void)state;
	pair_ready(&pair);
	talk(&pair);
	calm(&pair);
	len = save(&pair, true, saved, sizeof(saved));
	assert_int_equal(mtproto_server_import(pair.server, saved, len), MTPROTO_ERR_STATE);
	assert_int_equal(restart(&pair, saved, 39), MTPROTO_ERR_STATE_FORMAT);
	for (size_t i = 0; i < len; i += 7) {
		int expected = i >= 4 && i < 8 ? MTPROTO_ERR_STATE_VERSION : MTPROTO_ERR_STATE_FORMAT;

		saved[i] ^= 0x20;
		assert_int_equal(mtproto_server_import(pair.server, saved, len), expected);
		saved[i] ^= 0x20;
	}
	assert_int_equal(mtproto_server_import(pair.server, saved, len), 0);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_goes_on_after_a_clean_end),
		cmocka_unit_test(without_sessions_the_client_is_told),
		cmocka_unit_test(a_session_with_something_open_is_left_out),
		cmocka_unit_test(a_damaged_state_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
