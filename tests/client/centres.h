/* An account over three data centres of testdc/ in the same loop, and what it tells. */
#ifndef TESTS_CLIENT_CENTRES_H
#define TESTS_CLIENT_CENTRES_H

#include <mtproto/account.h>
#include <mtproto/fault.h>
#include <mtproto/sqlite.h>
#include <mtproto/tl.h>

#include "client/records.h"
#include "uv/world.h"

#include "testdc/testdc.h"

enum { CENTRES = 3, ANSWERS_MAX = 32 };

#define GET_NEAREST_DC 0x1fb33026u
#define NEAREST_DC     0x8e1a1775u
#define GET_USERS      0x0d91a548u
#define GET_CONFIG     0xc4f9186bu
#define GET_CDN_CONFIG 0x52029342u
#define INPUT_SELF     0xf7c1b13fu
#define LOG_OUT        0x3e72ba19u

#define API_HASH "0123456789abcdef0123456789abcdef"
#define TOKEN    "4242:secret"

static const int32_t numbers[CENTRES] = {1, 2, 4};

struct centres {
	uv_loop_t loop;
	uv_timer_t watchdog;
	bool timed_out;
	struct mtproto_uv *uv;
	struct testdc *testdc;
	struct mtproto_server *servers[CENTRES];
	struct mtproto_uv_listener *listeners[CENTRES];
	unsigned keys_made[CENTRES];
	unsigned links_closed;
	bool driver_closed;

	/* Answers a request instead of testdc/, or returns false; NULL: none. */
	bool (*on_request)(struct centres *centres, const struct mtproto_event *event);
	void *user;
};

/* An account, and what it told. */
struct user {
	struct centres *centres;
	struct mtproto_store store;
	struct mtproto_dc_option option;
	struct mtproto_account_config config;
	struct mtproto_account *account;
	unsigned answers;
	struct {
		uint64_t call;
		enum mtproto_event_type type;
		uint32_t id;  /* of the result */
		int32_t dc;   /* of nearestDc */
		int32_t code; /* of an error of the server's */
		char text[64];
		int error;
		bool twice;
	} answer[ANSWERS_MAX];
	unsigned ready, homes, suspects, failures, store_errors, signed_out;
	int32_t home;
	bool closed;
};

/* ---- The data centres ---- */

static inline size_t index_of(const struct centres *centres, const struct mtproto_server *server)
{
	size_t i = 0;

	while (i < CENTRES && centres->servers[i] != server)
		i++;
	assert_true(i < CENTRES);
	return i;
}

static inline void on_server_event(struct mtproto_uv *uv, const struct mtproto_event *event, void *user)
{
	struct centres *centres = user;
	struct mtproto_now now = mtproto_uv_now();

	(void)uv;
	if (event->type == MTPROTO_EVENT_KEY_CREATED)
		centres->keys_made[index_of(centres, event->server)]++;
	if (event->type == MTPROTO_EVENT_LINK_CLOSED)
		centres->links_closed++;
	if (event->type == MTPROTO_EVENT_REQUEST && centres->on_request && centres->on_request(centres, event))
		return;
	assert_int_equal(testdc_handle(centres->testdc, &now, event), 0);
}

static inline void on_watchdog(uv_timer_t *timer)
{
	((struct centres *)timer->data)->timed_out = true;
}

static inline void open_centre(struct centres *centres, size_t i)
{
	struct mtproto_now now = mtproto_uv_now();

	assert_int_equal(testdc_open(centres->testdc, mtproto_uv_context(centres->uv), &now, numbers[i],
				     world_key.private_pem, world_key.private_len, &centres->servers[i]),
			 0);
	assert_int_equal(mtproto_uv_listen(&centres->listeners[i], centres->uv, centres->servers[i], "127.0.0.1:0", 0),
			 0);
	assert_int_equal(testdc_set_address(centres->testdc, centres->servers[i], "127.0.0.1",
					    mtproto_uv_listener_port(centres->listeners[i])),
			 0);
}

static inline void centres_start(struct centres *centres)
{
	memset(centres, 0, sizeof(*centres));
	assert_int_equal(uv_loop_init(&centres->loop), 0);
	assert_int_equal(uv_timer_init(&centres->loop, &centres->watchdog), 0);
	centres->watchdog.data = centres;
	assert_int_equal(uv_timer_start(&centres->watchdog, on_watchdog, WATCHDOG_MS, 0), 0);
	assert_int_equal(mtproto_uv_new(&centres->uv, &centres->loop, NULL, on_server_event, centres), 0);
	assert_int_equal(testdc_new(&centres->testdc), 0);
	for (size_t i = 0; i < CENTRES; i++)
		open_centre(centres, i);
}

static inline void on_driver_closed(void *user)
{
	((struct centres *)user)->driver_closed = true;
}

/* What is left must go by itself, and leave nothing in the loop. */
static inline void centres_stop(struct centres *centres)
{
	mtproto_uv_close(centres->uv, on_driver_closed, centres);
	uv_unref((uv_handle_t *)&centres->watchdog);
	while (uv_run(&centres->loop, UV_RUN_ONCE) && !centres->timed_out)
		;
	assert_false(centres->timed_out);
	assert_true(centres->driver_closed);
	testdc_free(centres->testdc);
	uv_close((uv_handle_t *)&centres->watchdog, NULL);
	uv_run(&centres->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&centres->loop), 0);
}

static inline void run_until(struct centres *centres, const unsigned *count, unsigned at_least)
{
	while (*count < at_least && !centres->timed_out)
		uv_run(&centres->loop, UV_RUN_ONCE);
	assert_false(centres->timed_out);
}

/* Some turns, until nothing happens any more. */
static inline void centres_calm(struct centres *centres)
{
	for (int turns = 0; turns < 100; turns++)
		uv_run(&centres->loop, UV_RUN_NOWAIT);
}

static inline void centres_rest(struct centres *centres, uint64_t ms)
{
	uint64_t end_ns = mtproto_uv_now().mono_ns + ms * 1000000;

	while (mtproto_uv_now().mono_ns < end_ns) {
		uv_run(&centres->loop, UV_RUN_NOWAIT);
		usleep(1000);
	}
}

static inline void add_error(struct centres *centres, const char *spec)
{
	assert_int_equal(testdc_add_error(centres->testdc, spec), 0);
}

static inline void forget_key_at(struct centres *centres, size_t i, uint64_t id)
{
	assert_int_equal(mtproto_server_remove_key(centres->servers[i], id), 0);
}

/* ---- The account ---- */

static inline void on_ready(struct mtproto_account *account, void *user)
{
	(void)account;
	((struct user *)user)->ready++;
}

static inline void on_home(struct mtproto_account *account, int32_t dc, void *user)
{
	struct user *u = user;

	(void)account;
	u->homes++;
	u->home = dc;
}

static inline void on_failed(struct mtproto_account *account, int32_t dc, int error, const char *reason, void *user)
{
	(void)account;
	(void)dc;
	assert_int_not_equal(error, 0);
	assert_true(reason[0] != '\0');
	((struct user *)user)->failures++;
}

static inline void on_store_error(struct mtproto_account *account, int error, void *user)
{
	(void)account;
	assert_int_not_equal(error, 0);
	((struct user *)user)->store_errors++;
}

static inline void on_suspect(struct mtproto_account *account, uint64_t auth_key_id, void *user)
{
	(void)account;
	assert_true(auth_key_id != 0);
	((struct user *)user)->suspects++;
}

static inline void on_signed_out(struct mtproto_account *account, const char *text, void *user)
{
	(void)account;
	assert_string_equal(text, "AUTH_KEY_UNREGISTERED");
	((struct user *)user)->signed_out++;
}

static inline void on_closed(struct mtproto_account *account, void *user)
{
	assert_ptr_equal(mtproto_account_user(account), user);
	((struct user *)user)->closed = true;
}

static inline void read_body(struct user *u, unsigned at, struct mtproto_span body)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	u->answer[at].id = mtproto_tl_peek(&r);
	if (u->answer[at].id != NEAREST_DC)
		return;
	mtproto_tl_read_u32(&r);
	mtproto_tl_read_bytes(&r);
	u->answer[at].dc = mtproto_tl_read_int(&r);
}

static inline void on_answer(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	struct user *u = user;
	unsigned at = u->answers;

	assert_ptr_equal(account, u->account);
	assert_true(at < ANSWERS_MAX);
	u->answer[at].call = answer->call;
	u->answer[at].type = answer->type;
	u->answer[at].code = answer->code;
	u->answer[at].error = answer->error;
	u->answer[at].twice = answer->maybe_executed_twice;
	snprintf(u->answer[at].text, sizeof(u->answer[at].text), "%.*s", (int)answer->text.len,
		 (const char *)answer->text.data);
	if (answer->type == MTPROTO_EVENT_RESULT)
		read_body(u, at, answer->body);
	u->answers++;
}

static inline void user_init(struct user *u, struct centres *centres)
{
	memset(u, 0, sizeof(*u));
	u->centres = centres;
	assert_int_equal(mtproto_store_open_memory(&u->store, NULL, 0), 0);
	u->option = (struct mtproto_dc_option){.id = 2,
					       .port = mtproto_uv_listener_port(centres->listeners[1]),
					       .flags = MTPROTO_DC_THIS_PORT_ONLY,
					       .address = "127.0.0.1"};
	mtproto_account_config_init(&u->config);
	u->config.loop = &centres->loop;
	u->config.store = &u->store;
	u->config.dc_options = &u->option;
	u->config.dc_option_count = 1;
	u->config.connection.rsa_pem = world_key.public_pem;
	u->config.connection.rsa_pem_len = world_key.public_len;
	u->config.connection.layer = 228;
	u->config.connection.api_id = 1;
	u->config.reconnect.delay_initial_ns = SECOND / 100;
	u->config.reconnect.delay_max_ns = SECOND / 20;
	u->config.on_ready = on_ready;
	u->config.on_home = on_home;
	u->config.on_failed = on_failed;
	u->config.on_signed_out = on_signed_out;
	u->config.on_store_error = on_store_error;
	u->config.user = u;
}

static inline void user_open(struct user *u)
{
	u->closed = false;
	assert_int_equal(mtproto_account_open(&u->account, &u->config), 0);
}

static inline void user_close(struct user *u)
{
	mtproto_account_close(u->account, on_closed);
	while (!u->closed && !u->centres->timed_out)
		uv_run(&u->centres->loop, UV_RUN_ONCE);
	assert_true(u->closed);
	assert_int_equal(u->store_errors, 0);
}

static inline void user_leave(struct user *u)
{
	user_close(u);
	mtproto_store_close(&u->store);
}

static inline uint64_t call_with(struct user *u, const struct mtproto_account_call_config *config, uint32_t method)
{
	struct mtproto_tl_writer w;
	uint8_t body[16];
	uint64_t call;

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, method);
	if (method == GET_USERS) {
		mtproto_tl_write_vector(&w, 1);
		mtproto_tl_write_u32(&w, INPUT_SELF);
	}
	assert_int_equal(mtproto_account_invoke(u->account, body, w.len, config, on_answer, u, &call), 0);
	return call;
}

static inline uint64_t call_at(struct user *u, int32_t dc, uint32_t method)
{
	struct mtproto_account_call_config config;

	mtproto_account_call_config_init(&config, u->account);
	config.dc = dc;
	return call_with(u, &config, method);
}

static inline void wait_for(struct user *u, unsigned answers)
{
	run_until(u->centres, &u->answers, answers);
}

static inline void sign_in(struct user *u)
{
	unsigned before = u->answers;

	assert_int_equal(mtproto_account_sign_in_bot(u->account, API_HASH, TOKEN, on_answer, u, NULL), 0);
	wait_for(u, before + 1);
	assert_int_equal(u->answer[before].type, MTPROTO_EVENT_RESULT);
}

static inline void assert_result(const struct user *u, unsigned at, uint32_t id)
{
	assert_string_equal(u->answer[at].text, "");
	assert_int_equal(u->answer[at].type, MTPROTO_EVENT_RESULT);
	assert_int_equal(u->answer[at].id, id);
}

#define VECTOR 0x1cb5c415u

static inline struct mtproto_account_info info_of(const struct user *u)
{
	struct mtproto_account_info info;

	mtproto_account_get_info(u->account, &info);
	return info;
}

static inline uint64_t key_id_of(const struct user *u, int32_t dc)
{
	struct mtp_key_record record;

	assert_int_equal(mtp_record_load_key(&record, &u->store, dc), 0);
	return record.auth_key.id;
}

#endif
