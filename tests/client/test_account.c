/* An account: where its calls go, what errors do to them, and which keys it keeps. */
#include "client/centres.h"

/* ---- Data centres ---- */

static void calls_go_home(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	user_open(&u);
	call_at(&u, 0, GET_NEAREST_DC);
	wait_for(&u, 1);
	assert_result(&u, 0, NEAREST_DC);
	assert_int_equal(u.answer[0].dc, 2);
	assert_int_equal(u.ready, 1);
	assert_int_equal(info_of(&u).dc, 2);
	assert_int_equal(info_of(&u).connections, 1);
	assert_false(info_of(&u).signed_in);
	user_leave(&u);
	centres_stop(&centres);
}

static void other_data_centres_are_found_by_the_config(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	user_open(&u);
	call_at(&u, 4, GET_NEAREST_DC); /* its address comes from help.getConfig */
	call_at(&u, 1, GET_NEAREST_DC);
	wait_for(&u, 2);
	assert_int_equal(u.answer[0].dc + u.answer[1].dc, 5);
	for (size_t i = 0; i < CENTRES; i++)
		assert_int_equal(centres.keys_made[i], 1);
	assert_int_equal(info_of(&u).connections, 3);
	assert_int_equal(u.homes, 0);
	user_leave(&u);
	centres_stop(&centres);
}

static void each_address_is_tried(void **state)
{
	struct mtproto_dc_option options[3];
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	options[0] = options[1] = options[2] = u.option;
	options[0].port = 1; /* nobody listens at the first two */
	options[1].port = 2;
	u.config.dc_options = options;
	u.config.dc_option_count = 3;
	user_open(&u);
	call_at(&u, 0, GET_NEAREST_DC);
	wait_for(&u, 1);
	assert_result(&u, 0, NEAREST_DC);
	assert_int_equal(u.failures, 0);
	user_leave(&u);
	centres_stop(&centres);
}

static void nobody_knows_that_data_centre(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	user_open(&u);
	call_at(&u, 77, GET_NEAREST_DC);
	wait_for(&u, 1);
	assert_int_equal(u.answer[0].type, MTPROTO_EVENT_CALL_FAILED);
	assert_int_equal(u.answer[0].error, MTPROTO_ERR_NOT_FOUND);
	user_leave(&u);
	centres_stop(&centres);
}

static void what_no_server_takes_fails_alone(void **state)
{
	static const uint8_t large[1044480]; /* what servers close the connection on, even without a header */
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	user_open(&u);
	for (unsigned round = 0; round < 2; round++) { /* before home is open, and when it is */
		assert_int_equal(mtproto_account_invoke(u.account, large, sizeof(large), NULL, on_answer, &u, NULL), 0);
		assert_int_equal(u.answers, 2 * round);
		call_at(&u, 0, GET_NEAREST_DC);
		wait_for(&u, 2 * round + 2);
		assert_int_equal(u.answer[2 * round].type, MTPROTO_EVENT_CALL_FAILED);
		assert_int_equal(u.answer[2 * round].error, MTPROTO_ERR_TOO_LARGE);
		assert_result(&u, 2 * round + 1, NEAREST_DC);
	}
	user_leave(&u);
	centres_stop(&centres);
}

static void keys_are_kept(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	for (unsigned round = 0; round < 3; round++) {
		user_open(&u);
		call_at(&u, 4, GET_NEAREST_DC);
		wait_for(&u, round + 1);
		assert_int_equal(u.answer[round].dc, 4);
		user_close(&u);
	}
	assert_int_equal(centres.keys_made[1], 1);
	assert_int_equal(centres.keys_made[2], 1);
	mtproto_store_close(&u.store);
	centres_stop(&centres);
}

static int32_t heard_api_id;

static bool note_api_id(struct centres *centres, const struct mtproto_event *event)
{
	struct mtproto_server_session_info info;

	(void)centres;
	mtproto_server_session_get_info(event->session, &info);
	heard_api_id = info.api_id;
	return false;
}

static void the_application_is_kept(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	centres.on_request = note_api_id;
	user_init(&u, &centres);
	u.config.connection.api_id = 1234;
	user_open(&u);
	call_at(&u, 0, GET_NEAREST_DC);
	wait_for(&u, 1);
	user_close(&u);
	heard_api_id = 0;
	u.config.connection.api_id = 0;
	user_open(&u);
	call_at(&u, 0, GET_NEAREST_DC);
	wait_for(&u, 2);
	assert_int_equal(heard_api_id, 1234);
	user_leave(&u);
	centres_stop(&centres);
}

static void media_has_the_key_of_its_data_centre(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	user_open(&u);
	sign_in(&u);
	call_at(&u, -4, GET_USERS);
	call_at(&u, -2, GET_USERS);
	wait_for(&u, 3);
	assert_result(&u, 1, VECTOR);
	assert_result(&u, 2, VECTOR);
	assert_int_equal(centres.keys_made[1], 1);
	assert_int_equal(centres.keys_made[2], 1);
	assert_non_null(mtproto_account_client(u.account, -4));
	user_leave(&u);
	centres_stop(&centres);
}

#define CDN_CONFIG     0x5725e40au
#define CDN_PUBLIC_KEY 0xc982eabau

/* Home vouches for a key of data centre 4, after one of another. */
static bool tell_key(const struct mtproto_event *event, const char *key, size_t len)
{
	struct mtproto_tl_reader r;
	struct mtproto_tl_writer w;
	uint8_t body[2048];

	mtproto_tl_reader_init(&r, event->body.data, event->body.len);
	if (mtproto_tl_peek(&r) != GET_CDN_CONFIG)
		return false;
	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, CDN_CONFIG);
	mtproto_tl_write_vector(&w, 2);
	mtproto_tl_write_u32(&w, CDN_PUBLIC_KEY);
	mtproto_tl_write_int(&w, 203);
	mtproto_tl_write_string(&w, "another");
	mtproto_tl_write_u32(&w, CDN_PUBLIC_KEY);
	mtproto_tl_write_int(&w, 4);
	mtproto_tl_write_bytes(&w, key, len);
	assert_int_equal(mtproto_server_reply(event->session, event->msg_id, body, w.len), 0);
	return true;
}

static bool tell_nonsense(struct centres *centres, const struct mtproto_event *event)
{
	(void)centres;
	return tell_key(event, "nonsense", 8);
}

static bool tell_cdn_key(struct centres *centres, const struct mtproto_event *event)
{
	(void)centres;
	return tell_key(event, world_key.public_pem, world_key.public_len);
}

static void a_cdn_has_a_key_of_its_own(void **state)
{
	struct mtproto_dc_option options[2];
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	options[0] = options[1] = u.option;
	options[1].id = 4;
	options[1].flags |= MTPROTO_DC_CDN;
	options[1].port = mtproto_uv_listener_port(centres.listeners[2]);
	u.config.dc_options = options;
	u.config.dc_option_count = 2;
	user_open(&u);
	sign_in(&u);
	add_error(&centres, "auth.exportAuthorization=500:NOT_FOR_STRANGERS");
	call_at(&u, 4, GET_NEAREST_DC); /* home knows no key yet */
	wait_for(&u, 2);
	assert_int_equal(u.answer[1].error, MTPROTO_ERR_RSA_KEY_UNKNOWN);
	assert_int_equal(centres.keys_made[2], 0);
	centres.on_request = tell_nonsense;
	call_at(&u, 4, GET_NEAREST_DC);
	wait_for(&u, 3);
	assert_int_equal(u.answer[2].error, MTPROTO_ERR_PEM);
	centres.on_request = tell_cdn_key;
	call_at(&u, 4, GET_NEAREST_DC);
	wait_for(&u, 4);
	assert_result(&u, 3, NEAREST_DC);
	assert_int_equal(u.answer[3].dc, 4);
	user_leave(&u);
	centres_stop(&centres);
}

static void idle_data_centres_are_closed(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	u.config.idle_ns = SECOND / 20;
	user_open(&u);
	call_at(&u, 4, GET_NEAREST_DC);
	wait_for(&u, 1);
	run_until(&centres, &centres.links_closed, 1);
	assert_null(mtproto_account_client(u.account, 4));
	assert_non_null(mtproto_account_client(u.account, 0));
	call_at(&u, 4, GET_NEAREST_DC);
	wait_for(&u, 2);
	assert_int_equal(u.answer[1].dc, 4);
	assert_int_equal(centres.keys_made[2], 1);
	user_leave(&u);
	centres_stop(&centres);
}

/* ---- Errors that move calls ---- */

static void user_migrate_changes_home(void **state)
{
	struct centres centres;
	struct mtp_account_record record;
	struct user u;

	(void)state;
	centres_start(&centres);
	testdc_set_home(centres.testdc, 4);
	user_init(&u, &centres);
	user_open(&u);
	sign_in(&u);
	assert_int_equal(u.homes, 1);
	assert_int_equal(u.home, 4);
	assert_int_equal(info_of(&u).dc, 4);
	assert_true(info_of(&u).signed_in);
	assert_true(info_of(&u).bot);
	assert_int_equal(info_of(&u).user_id, 4242);
	call_at(&u, 0, GET_USERS);
	wait_for(&u, 2);
	assert_result(&u, 1, VECTOR);
	user_close(&u);
	assert_int_equal(mtp_record_load_account(&record, &u.store), 0);
	assert_int_equal(record.home, 4);
	assert_int_equal(record.authority, 4);
	assert_int_equal(record.user_id, 4242);
	/* The next one begins there, signed in. */
	user_open(&u);
	call_at(&u, 0, GET_USERS);
	wait_for(&u, 3);
	assert_result(&u, 2, VECTOR);
	user_leave(&u);
	centres_stop(&centres);
}

static void a_changed_home_is_remembered_at_once(void **state)
{
	struct mtp_account_record record;
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	add_error(&centres, "help.getNearestDc@2=303:NETWORK_MIGRATE_4");
	user_init(&u, &centres);
	user_open(&u);
	call_at(&u, 0, GET_NEAREST_DC);
	wait_for(&u, 1);
	assert_int_equal(u.answer[0].dc, 4);
	assert_int_equal(u.home, 4);
	assert_int_equal(mtp_record_load_account(&record, &u.store), 0);
	assert_int_equal(record.home, 4);
	user_leave(&u);
	centres_stop(&centres);
}

static void file_migrate_moves_the_call_with_the_authorisation(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	add_error(&centres, "users.getUsers@2=303:FILE_MIGRATE_4");
	user_init(&u, &centres);
	user_open(&u);
	sign_in(&u);
	call_at(&u, 0, GET_USERS);
	call_at(&u, 0, GET_USERS);
	wait_for(&u, 3);
	assert_result(&u, 1, VECTOR);
	assert_result(&u, 2, VECTOR);
	assert_int_equal(u.homes, 0);
	assert_int_equal(info_of(&u).dc, 2);
	user_leave(&u);
	centres_stop(&centres);
}

static void the_authorisation_is_taken_once(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	user_open(&u);
	sign_in(&u);
	call_at(&u, 4, GET_USERS);
	wait_for(&u, 2);
	assert_result(&u, 1, VECTOR);
	user_close(&u);
	add_error(&centres, "auth.exportAuthorization=500:TWICE");
	user_open(&u);
	call_at(&u, 4, GET_USERS);
	wait_for(&u, 3);
	assert_result(&u, 2, VECTOR);
	/* At another it is an answer to all that waited for it. */
	call_at(&u, 1, GET_USERS);
	call_at(&u, 1, GET_NEAREST_DC);
	wait_for(&u, 5);
	assert_string_equal(u.answer[3].text, "TWICE");
	assert_string_equal(u.answer[4].text, "TWICE");
	user_leave(&u);
	centres_stop(&centres);
}

static void a_forgotten_authorisation_is_taken_again(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	user_open(&u);
	sign_in(&u);
	call_at(&u, 4, GET_USERS);
	wait_for(&u, 2);
	call_at(&u, 4, LOG_OUT);
	wait_for(&u, 3);
	assert_true(info_of(&u).signed_in); /* at home */
	call_at(&u, 4, GET_USERS);
	wait_for(&u, 4);
	assert_result(&u, 3, VECTOR);
	/* If that does not help, it is the answer. */
	add_error(&centres, "users.getUsers@4=401:AUTH_KEY_UNREGISTERED");
	call_at(&u, 4, GET_USERS);
	wait_for(&u, 5);
	assert_string_equal(u.answer[4].text, "AUTH_KEY_UNREGISTERED");
	/* At home it is one at once. */
	call_at(&u, 0, LOG_OUT);
	wait_for(&u, 6);
	assert_false(info_of(&u).signed_in);
	call_at(&u, 0, GET_USERS);
	wait_for(&u, 7);
	assert_int_equal(u.answer[6].code, 401);
	user_leave(&u);
	centres_stop(&centres);
}

static void a_sign_in_that_ended_is_told(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	user_open(&u);
	call_at(&u, 0, GET_USERS); /* nobody is signed in: no news */
	wait_for(&u, 1);
	assert_int_equal(u.answer[0].code, 401);
	assert_int_equal(u.signed_out, 0);
	sign_in(&u);
	add_error(&centres, "users.getUsers=401:AUTH_KEY_UNREGISTERED");
	call_at(&u, 4, GET_USERS); /* says nothing about home */
	wait_for(&u, 3);
	assert_int_equal(u.signed_out, 0);
	call_at(&u, 0, GET_USERS);
	wait_for(&u, 4);
	assert_int_equal(u.signed_out, 1);
	assert_true(info_of(&u).signed_in);
	user_leave(&u);
	centres_stop(&centres);
}

static void moves_come_to_an_end(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	add_error(&centres, "help.getNearestDc@2=303:FILE_MIGRATE_4");
	add_error(&centres, "help.getNearestDc@4=303:FILE_MIGRATE_2");
	user_init(&u, &centres);
	user_open(&u);
	call_at(&u, 0, GET_NEAREST_DC);
	wait_for(&u, 1);
	assert_int_equal(u.answer[0].type, MTPROTO_EVENT_RPC_ERROR);
	assert_int_equal(u.answer[0].code, 303);
	user_leave(&u);
	centres_stop(&centres);
}

/* ---- Errors that delay calls ---- */

static void flood_waits_are_waited_for(void **state)
{
	struct centres centres;
	uint64_t begin_ns;
	struct user u;

	(void)state;
	centres_start(&centres);
	add_error(&centres, "help.getNearestDc=420:FLOOD_WAIT_1:1");
	user_init(&u, &centres);
	user_open(&u);
	begin_ns = mtproto_uv_now().mono_ns;
	call_at(&u, 0, GET_NEAREST_DC);
	wait_for(&u, 1);
	assert_result(&u, 0, NEAREST_DC);
	assert_in_range(mtproto_uv_now().mono_ns - begin_ns, SECOND, 20 * SECOND);
	user_leave(&u);
	centres_stop(&centres);
}

static void long_flood_waits_are_answers(void **state)
{
	struct mtproto_account_call_config config;
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	add_error(&centres, "help.getNearestDc=420:FLOOD_WAIT_31:1");
	add_error(&centres, "help.getNearestDc=420:FLOOD_WAIT_2:2");
	add_error(&centres, "help.getNearestDc=420:SLOWMODE_WAIT_1:1");
	user_init(&u, &centres);
	user_open(&u);
	call_at(&u, 0, GET_NEAREST_DC);
	wait_for(&u, 1);
	assert_string_equal(u.answer[0].text, "FLOOD_WAIT_31");
	mtproto_account_call_config_init(&config, u.account);
	config.flood_wait_max_s = 1;
	call_with(&u, &config, GET_NEAREST_DC);
	wait_for(&u, 2);
	assert_string_equal(u.answer[1].text, "FLOOD_WAIT_2");
	/* It would come too late. */
	config.flood_wait_max_s = 30;
	config.timeout_ns = SECOND;
	call_with(&u, &config, GET_NEAREST_DC);
	wait_for(&u, 3);
	assert_string_equal(u.answer[2].text, "FLOOD_WAIT_2");
	call_at(&u, 0, GET_NEAREST_DC);
	wait_for(&u, 4);
	assert_string_equal(u.answer[3].text, "SLOWMODE_WAIT_1");
	user_leave(&u);
	centres_stop(&centres);
}

/* ---- Keys that a server forgot ---- */

static void another_data_centres_key_is_made_anew(void **state)
{
	struct mtp_key_record record;
	struct mtproto_span retired;
	struct centres centres;
	struct user u;
	uint64_t old;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	user_open(&u);
	sign_in(&u);
	call_at(&u, 4, GET_USERS);
	wait_for(&u, 2);
	old = key_id_of(&u, 4);
	forget_key_at(&centres, 2, old);
	call_at(&u, 4, GET_USERS);
	wait_for(&u, 3);
	assert_result(&u, 2, VECTOR); /* the authorisation was taken there again */
	assert_int_equal(centres.keys_made[2], 2);
	assert_int_equal(mtp_record_load_key(&record, &u.store, 4), 0);
	assert_true(record.auth_key.id != old);
	assert_true(record.authorised);
	assert_int_equal(mtproto_store_load(&u.store, MTPROTO_STORE_RETIRED_KEY, (int64_t)old, &retired), 0);
	assert_int_equal(u.suspects, 0);
	user_leave(&u);
	centres_stop(&centres);
}

static void homes_key_is_the_programs_to_give_up(void **state)
{
	struct mtproto_span retired;
	struct centres centres;
	struct user u;
	uint64_t old;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	u.config.on_suspect = on_suspect;
	user_open(&u);
	sign_in(&u);
	old = key_id_of(&u, 2);
	assert_int_equal(mtproto_account_retry(u.account), MTPROTO_ERR_STATE);
	assert_int_equal(mtproto_account_replace_key(u.account), MTPROTO_ERR_STATE);
	forget_key_at(&centres, 1, old);
	call_at(&u, 0, GET_NEAREST_DC);
	run_until(&centres, &u.suspects, 1);
	centres_rest(&centres, 300); /* many times the delay between attempts */
	assert_int_equal(u.suspects, 1);
	assert_int_equal(mtproto_account_retry(u.account), 0);
	run_until(&centres, &u.suspects, 2); /* it still does not know it */
	assert_int_equal(u.answers, 1);
	assert_int_equal(key_id_of(&u, 2), old);
	assert_true(info_of(&u).signed_in);
	assert_int_equal(mtproto_account_replace_key(u.account), 0);
	wait_for(&u, 2);
	assert_result(&u, 1, NEAREST_DC); /* the call that waited */
	assert_false(info_of(&u).signed_in);
	assert_true(key_id_of(&u, 2) != old);
	assert_int_equal(mtproto_store_load(&u.store, MTPROTO_STORE_RETIRED_KEY, (int64_t)old, &retired), 0);
	user_leave(&u);
	centres_stop(&centres);
}

/* ---- Ends ---- */

static void calls_can_be_taken_back_wherever_they_are(void **state)
{
	uint64_t waiting, delayed, sent;
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	add_error(&centres, "help.getNearestDc=420:FLOOD_WAIT_20:1");
	user_init(&u, &centres);
	user_open(&u);
	delayed = call_at(&u, 0, GET_NEAREST_DC);
	call_at(&u, 0, GET_CONFIG);
	wait_for(&u, 1);
	waiting = call_at(&u, 77, GET_NEAREST_DC);
	sent = call_at(&u, 0, GET_NEAREST_DC);
	assert_int_equal(mtproto_account_cancel(u.account, waiting), 0);
	assert_int_equal(mtproto_account_cancel(u.account, waiting), MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(mtproto_account_cancel(u.account, delayed), 0);
	assert_int_equal(mtproto_account_cancel(u.account, sent), 0);
	assert_int_equal(u.answers, 1); /* nothing is called back before its time */
	wait_for(&u, 4);
	for (unsigned i = 1; i < 4; i++) {
		assert_int_equal(u.answer[i].type, MTPROTO_EVENT_CALL_FAILED);
		assert_int_equal(u.answer[i].error, MTPROTO_ERR_CANCELLED);
	}
	assert_int_equal(info_of(&u).pending_calls, 0);
	user_leave(&u);
	centres_stop(&centres);
}

static void closing_settles_every_call(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	add_error(&centres, "help.getNearestDc=420:FLOOD_WAIT_20:1");
	user_init(&u, &centres);
	user_open(&u);
	call_at(&u, 0, GET_NEAREST_DC);
	call_at(&u, 0, GET_CONFIG);
	wait_for(&u, 1);
	call_at(&u, 0, GET_NEAREST_DC);
	call_at(&u, 4, GET_NEAREST_DC);
	user_close(&u);
	assert_int_equal(u.answers, 4);
	for (unsigned i = 1; i < 4; i++)
		assert_int_equal(u.answer[i].error, MTPROTO_ERR_CLOSED);
	mtproto_store_close(&u.store);
	centres_stop(&centres);
}

static void a_home_that_is_not_there_fails_its_calls(void **state)
{
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	u.config.reconnect_enabled = false;
	u.option.port = 1; /* nobody listens there */
	user_open(&u);
	call_at(&u, 0, GET_NEAREST_DC);
	wait_for(&u, 1);
	assert_int_equal(u.answer[0].type, MTPROTO_EVENT_CALL_FAILED);
	assert_int_equal(u.answer[0].error, MTPROTO_ERR_IO);
	run_until(&centres, &u.failures, 1);
	/* The next call tries again. */
	call_at(&u, 0, GET_NEAREST_DC);
	wait_for(&u, 2);
	assert_int_equal(u.answer[1].error, MTPROTO_ERR_IO);
	user_leave(&u);
	centres_stop(&centres);
}

static void defaults_are_those_of_a_client_of_telegram(void **state)
{
	struct mtproto_account_config config;

	(void)state;
	mtproto_account_config_init(&config);
	assert_int_equal(config.link.framing, MTPROTO_FRAMING_INTERMEDIATE);
	assert_true(config.link.obfuscated);
	assert_false(config.test);
	assert_int_equal(config.dc, 2);
	assert_true(config.reconnect_enabled);
	assert_null(config.connection.rsa_pem); /* the built-in keys */
}

static void settings_are_checked(void **state)
{
	struct mtproto_account_call_config call;
	struct centres centres;
	struct user u;

	(void)state;
	centres_start(&centres);
	user_init(&u, &centres);
	u.config.size--;
	assert_int_equal(mtproto_account_open(&u.account, &u.config), MTPROTO_ERR_CONFIG_SIZE);
	u.config.size++;
	u.config.uv = centres.uv;
	assert_int_equal(mtproto_account_open(&u.account, &u.config), MTPROTO_ERR_ARGUMENT);
	u.config.uv = NULL;
	user_open(&u);
	assert_int_equal(mtproto_account_invoke(u.account, "x", 1, NULL, NULL, NULL, NULL), MTPROTO_ERR_ARGUMENT);
	mtproto_account_call_config_init(&call, u.account);
	call.dc = INT32_MIN;
	assert_int_equal(mtproto_account_invoke(u.account, "ping", 4, &call, NULL, NULL, NULL), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_account_sign_in_bot(u.account, API_HASH, "nonsense", NULL, NULL, NULL),
			 MTPROTO_ERR_ARGUMENT);
	user_close(&u);
	u.config.test = true; /* the store is of the other environment */
	assert_int_equal(mtproto_account_open(&u.account, &u.config), MTPROTO_ERR_ARGUMENT);
	u.config.test = false;
	assert_int_equal(mtproto_store_save(&u.store, MTPROTO_STORE_CLIENT, 1, "\2\0\0\0", 4), 0);
	assert_int_equal(mtproto_account_open(&u.account, &u.config), MTPROTO_ERR_STATE_VERSION);
	assert_int_equal(mtproto_store_save(&u.store, MTPROTO_STORE_CLIENT, 1, "\1\0\0\0", 4), 0);
	assert_int_equal(mtproto_account_open(&u.account, &u.config), MTPROTO_ERR_STATE_FORMAT);
	mtproto_store_close(&u.store);
	centres_stop(&centres);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_go_home),
		cmocka_unit_test(other_data_centres_are_found_by_the_config),
		cmocka_unit_test(each_address_is_tried),
		cmocka_unit_test(nobody_knows_that_data_centre),
		cmocka_unit_test(what_no_server_takes_fails_alone),
		cmocka_unit_test(keys_are_kept),
		cmocka_unit_test(the_application_is_kept),
		cmocka_unit_test(media_has_the_key_of_its_data_centre),
		cmocka_unit_test(a_cdn_has_a_key_of_its_own),
		cmocka_unit_test(idle_data_centres_are_closed),
		cmocka_unit_test(user_migrate_changes_home),
		cmocka_unit_test(a_changed_home_is_remembered_at_once),
		cmocka_unit_test(file_migrate_moves_the_call_with_the_authorisation),
		cmocka_unit_test(the_authorisation_is_taken_once),
		cmocka_unit_test(a_forgotten_authorisation_is_taken_again),
		cmocka_unit_test(a_sign_in_that_ended_is_told),
		cmocka_unit_test(moves_come_to_an_end),
		cmocka_unit_test(flood_waits_are_waited_for),
		cmocka_unit_test(long_flood_waits_are_answers),
		cmocka_unit_test(another_data_centres_key_is_made_anew),
		cmocka_unit_test(homes_key_is_the_programs_to_give_up),
		cmocka_unit_test(calls_can_be_taken_back_wherever_they_are),
		cmocka_unit_test(closing_settles_every_call),
		cmocka_unit_test(a_home_that_is_not_there_fails_its_calls),
		cmocka_unit_test(defaults_are_those_of_a_client_of_telegram),
		cmocka_unit_test(settings_are_checked),
	};

	return cmocka_run_group_tests(tests, world_key_new, NULL);
}
