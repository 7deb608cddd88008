/* Faults on request: how they are asked for, and that each does what docs/faults.md says of it. */
#include "server/seen.h"

#include <mtproto/fault.h>

#include <stdio.h>

/* ---- The spec ---- */

static int parse(struct mtproto_faults *faults, const char *spec, char wrong[128])
{
	struct mtproto_span word = {NULL, 0};
	int error = mtproto_faults_parse(faults, spec, &word);

	assert_true(word.len < 128);
	memcpy(wrong, word.data, word.len);
	wrong[word.len] = 0;
	return error;
}

static void spec_sets_rates_in_millionths(void **state)
{
	struct mtproto_faults faults;
	char wrong[128];

	(void)state;
	mtproto_faults_init(&faults);
	assert_int_equal(parse(&faults, "bad_msg_16=0.01,reset=.000001,salt=1,lost=0,seed=18446744073709551615", wrong),
			 MTPROTO_ERR_ARGUMENT); /* 0.01 + 0.000001 + 1 */
	assert_int_equal(parse(&faults, "bad_msg_16=0.01,reset=.000001,lost=0,detailed_info=1,seed=7", wrong), 0);
	assert_int_equal(faults.per_million[MTPROTO_FAULT_BAD_MSG_16], 10000);
	assert_int_equal(faults.per_million[MTPROTO_FAULT_RESET], 1);
	assert_int_equal(faults.per_million[MTPROTO_FAULT_DETAILED_INFO], 1000000);
	assert_int_equal(faults.per_million[MTPROTO_FAULT_LOST], 0);
	assert_int_equal(faults.seed, 7);
	assert_int_equal(parse(&faults, "seed=18446744073709551615,clock_step_max=5,bomb_size=1000", wrong), 0);
	assert_true(faults.seed == UINT64_MAX);
	assert_int_equal(faults.clock_step_max_s, 5);
	assert_int_equal(faults.bomb_size, 1000);
}

static void spec_knows_every_fault_by_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < MTPROTO_FAULT_COUNT; i++) {
		struct mtproto_faults faults;
		char spec[64], wrong[128];

		mtproto_faults_init(&faults);
		snprintf(spec, sizeof(spec), "%s=0.5", mtproto_fault_name((enum mtproto_fault)i));
		assert_int_equal(parse(&faults, spec, wrong), 0);
		for (int j = 0; j < MTPROTO_FAULT_COUNT; j++)
			assert_int_equal(faults.per_million[j], i == j ? 500000 : 0);
	}
	assert_string_equal(mtproto_fault_name(MTPROTO_FAULT_COUNT), "unknown");
}

static void all_is_overruled_by_later_words(void **state)
{
	struct mtproto_faults faults;
	char wrong[128];

	(void)state;
	mtproto_faults_init(&faults);
	assert_int_equal(parse(&faults, "all=0.02,mute=0,salt=0.1", wrong), 0);
	for (int i = 0; i < MTPROTO_FAULT_COUNT; i++)
		assert_int_equal(faults.per_million[i], i == MTPROTO_FAULT_MUTE   ? 0
							: i == MTPROTO_FAULT_SALT ? 100000
										  : 20000);
}

static void a_wrong_word_is_named_and_changes_nothing(void **state)
{
	static const struct {
		const char *spec, *wrong;
	} cases[] = {
		{"", ""},
		{"lost", "lost"},
		{"lost=0.1,", ""},
		{"lost=0.1,,salt=0.1", ""},
		{"lost=0.1,nothing=0.1", "nothing=0.1"},
		{"lost=", "lost="},
		{"lost=.", "lost=."},
		{"lost=-1", "lost=-1"},
		{"lost=1.1", "lost=1.1"},
		{"lost=2", "lost=2"},
		{"lost=0.0000001", "lost=0.0000001"},
		{"lost=0.1x", "lost=0.1x"},
		{"lost=1e-3", "lost=1e-3"},
		{"bad_msg_21=0.1", "bad_msg_21=0.1"},
		{"seed=", "seed="},
		{"seed=18446744073709551616", "seed=18446744073709551616"},
		{"seed=0.5", "seed=0.5"},
		{"clock_step_max=4294967296", "clock_step_max=4294967296"},
		{"lost=0.6,salt=0.6", "lost=0.6,salt=0.6"},
		{"swap=0.6,detailed_info=0.6", "swap=0.6,detailed_info=0.6"},
		{"all=0.5", "all=0.5"},
		{"LOST=0.1", "LOST=0.1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mtproto_faults faults, before;
		char wrong[128];

		mtproto_faults_init(&faults);
		before = faults;
		assert_int_equal(parse(&faults, cases[i].spec, wrong), MTPROTO_ERR_ARGUMENT);
		assert_string_equal(wrong, cases[i].wrong);
		assert_memory_equal(&faults, &before, sizeof(faults));
	}
}

/* ---- What they do ---- */

struct world {
	struct pair pair;
	struct seen seen;
	struct wire wire;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	pair_init(&w->pair);
	seen_init(&w->seen, &w->pair);
	w->seen.answer = true;
	wire_client(&w->wire, &w->pair, 3);
	/* The session is there before anything goes wrong. */
	seen_request(&w->wire, 0);
	wire_run(&w->wire);
	assert_non_null(wire_take(&w->wire, MTPROTO_ID_RPC_RESULT));
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	wire_fini(&w->wire);
	pair_fini(&w->pair);
	free(w);
	return 0;
}

/* From now on that fault, always. */
static void always(struct world *w, enum mtproto_fault fault)
{
	struct mtproto_faults faults;

	mtproto_faults_init(&faults);
	faults.per_million[fault] = 1000000;
	faults.bomb_size = 1 << 20;
	assert_int_equal(mtproto_server_set_faults(w->pair.server, &faults), 0);
}

static uint64_t send_with(struct world *w, enum mtproto_fault fault)
{
	uint64_t msg_id;

	always(w, fault);
	msg_id = seen_request(&w->wire, 1);
	wire_run(&w->wire);
	assert_int_equal(mtproto_server_fault_count(w->pair.server, fault), 1);
	assert_int_equal(mtproto_server_set_faults(w->pair.server, NULL), 0);
	return msg_id;
}

static void a_lost_packet_leaves_no_trace(void **state)
{
	struct world *w = *state;
	size_t before = w->wire.count;

	send_with(w, MTPROTO_FAULT_LOST);
	assert_int_equal(w->wire.count, before);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST], 1);
	seen_request(&w->wire, 2);
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST], 2);
}

static void every_code_refuses_without_processing(void **state)
{
	static const struct {
		enum mtproto_fault fault;
		uint32_t code;
	} codes[] = {
		{MTPROTO_FAULT_BAD_MSG_16, 16}, {MTPROTO_FAULT_BAD_MSG_17, 17}, {MTPROTO_FAULT_BAD_MSG_18, 18},
		{MTPROTO_FAULT_BAD_MSG_19, 19}, {MTPROTO_FAULT_BAD_MSG_32, 32}, {MTPROTO_FAULT_BAD_MSG_33, 33},
		{MTPROTO_FAULT_BAD_MSG_34, 34}, {MTPROTO_FAULT_BAD_MSG_35, 35}, {MTPROTO_FAULT_BAD_MSG_64, 64},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		uint64_t msg_id = send_with(w, codes[i].fault);
		const struct wire_item *bad = wire_take(&w->wire, MTPROTO_ID_BAD_MSG_NOTIFICATION);

		assert_non_null(bad);
		assert_true(wire_u64(bad->body + 4) == msg_id);
		assert_int_equal(wire_u32(bad->body + 16), codes[i].code);
		assert_null(wire_take(&w->wire, MTPROTO_ID_RPC_RESULT));
		assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST], 1);
	}
}

static void code_20_processes_half_of_them(void **state)
{
	struct world *w = *state;

	always(w, MTPROTO_FAULT_BAD_MSG_20);
	for (uint32_t i = 0; i < 60; i++)
		seen_request(&w->wire, i + 1);
	wire_run(&w->wire);
	assert_int_equal(mtproto_server_fault_count(w->pair.server, MTPROTO_FAULT_BAD_MSG_20), 60);
	for (size_t i = 0; i < 60; i++)
		assert_non_null(wire_take(&w->wire, MTPROTO_ID_BAD_MSG_NOTIFICATION));
	assert_in_range(w->seen.counts[MTPROTO_EVENT_REQUEST], 16, 46);
}

static void salts_change_at_once(void **state)
{
	struct world *w = *state;
	uint64_t msg_id = send_with(w, MTPROTO_FAULT_SALT);
	const struct wire_item *bad = wire_take(&w->wire, MTPROTO_ID_BAD_SERVER_SALT);

	assert_non_null(bad);
	assert_true(wire_u64(bad->body + 4) == msg_id);
	assert_true(wire_u64(bad->body + 20) != w->wire.salt);
	w->wire.salt = wire_u64(bad->body + 20);
	seen_request(&w->wire, 2);
	wire_run(&w->wire);
	assert_non_null(wire_take(&w->wire, MTPROTO_ID_RPC_RESULT));
}

static void a_forgotten_session_is_created_again(void **state)
{
	struct world *w = *state;
	uint64_t msg_id = send_with(w, MTPROTO_FAULT_FORGET_SESSION);
	const struct wire_item *created = wire_take(&w->wire, MTPROTO_ID_NEW_SESSION_CREATED);

	assert_int_equal(w->seen.counts[MTPROTO_EVENT_SESSION_END], 1);
	assert_non_null(created);
	assert_true(wire_u64(created->body + 4) == msg_id);
	assert_non_null(wire_take(&w->wire, MTPROTO_ID_RPC_RESULT));
}

static void a_forgotten_key_is_unknown_from_then_on(void **state)
{
	struct world *w = *state;

	send_with(w, MTPROTO_FAULT_FORGET_KEY);
	assert_int_equal(w->wire.transport_error, -404);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_KEY_DESTROYED], 1);
	w->wire.transport_error = 0;
	seen_request(&w->wire, 2);
	wire_run(&w->wire);
	assert_int_equal(w->wire.transport_error, -404);
}

static void transport_errors_come_without_a_reason(void **state)
{
	struct world *w = *state;

	send_with(w, MTPROTO_FAULT_ERROR_404);
	assert_int_equal(w->wire.transport_error, -404);
	send_with(w, MTPROTO_FAULT_ERROR_429);
	assert_int_equal(w->wire.transport_error, -429);
	seen_request(&w->wire, 2);
	wire_run(&w->wire);
	assert_non_null(wire_take(&w->wire, MTPROTO_ID_RPC_RESULT));
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST], 2);
}

static void a_reset_closes_the_link(void **state)
{
	struct world *w = *state;

	send_with(w, MTPROTO_FAULT_RESET);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_LINK_CLOSED], 1);
}

static void a_mute_link_swallows_both_ways(void **state)
{
	struct world *w = *state;
	size_t before = w->wire.count;

	send_with(w, MTPROTO_FAULT_MUTE);
	seen_request(&w->wire, 2);
	assert_int_equal(mtproto_server_push(w->seen.last[MTPROTO_EVENT_SESSION].session, "update..", 8), 0);
	wire_run(&w->wire);
	assert_int_equal(w->wire.count, before);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST], 1);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_LINK_CLOSED], 0);
}

static void the_clock_steps_within_its_bound(void **state)
{
	struct world *w = *state;
	struct mtproto_faults faults;
	int64_t before_s = (int64_t)(w->pair.now.wall_ns / PAIR_SECOND);
	bool moved = false;

	mtproto_faults_init(&faults);
	faults.per_million[MTPROTO_FAULT_CLOCK] = 1000000;
	faults.clock_step_max_s = 20;
	for (uint32_t i = 0; i < 10; i++) {
		const struct wire_item *answer;
		int64_t step_s;

		assert_int_equal(mtproto_server_set_faults(w->pair.server, &faults), 0);
		seen_request(&w->wire, i + 1);
		wire_run(&w->wire);
		assert_int_equal(mtproto_server_set_faults(w->pair.server, NULL), 0);
		answer = wire_take(&w->wire, MTPROTO_ID_RPC_RESULT);
		if (!answer)
			break;
		step_s = (int64_t)(answer->msg_id >> 32) - before_s;
		assert_in_range(step_s + 21, 0, 42);
		before_s += step_s;
		moved |= step_s != 0;
		faults.seed++;
	}
	assert_true(moved);
}

static void a_duplicate_has_the_same_msg_id(void **state)
{
	struct world *w = *state;
	struct mtproto_server_session *session = w->seen.last[MTPROTO_EVENT_SESSION].session;
	const struct wire_item *first, *second;

	assert_int_equal(mtproto_server_push(session, "update..", 8), 0);
	wire_run(&w->wire);
	first = wire_take(&w->wire, 0x61647075);
	assert_non_null(first);
	send_with(w, MTPROTO_FAULT_DUPLICATE);
	second = wire_take(&w->wire, 0x61647075);
	assert_non_null(second);
	assert_true(first->msg_id == second->msg_id);
	assert_int_equal(first->seq_no, second->seq_no);
	assert_true(second->envelope != 0);
}

static void a_bomb_inflates_beyond_its_size(void **state)
{
	struct world *w = *state;
	const struct wire_item *bomb;
	struct mtproto_gzip_packed packed;
	struct mtproto_tl_reader r;

	send_with(w, MTPROTO_FAULT_BOMB);
	bomb = wire_take(&w->wire, MTPROTO_ID_GZIP_PACKED);
	assert_non_null(bomb);
	mtproto_tl_reader_init(&r, bomb->body, bomb->len);
	assert_int_equal(mtproto_gzip_packed_read(&packed, &r), 0);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	assert_true(packed.packed_data.len < 2000);
	assert_memory_equal(packed.packed_data.data, "\x1f\x8b\x08", 3);
	assert_non_null(wire_take(&w->wire, MTPROTO_ID_RPC_RESULT));
}

static void a_withheld_answer_comes_when_it_is_asked_for(void **state)
{
	struct world *w = *state;
	uint64_t msg_id = send_with(w, MTPROTO_FAULT_DETAILED_INFO);
	const struct wire_item *info = wire_take(&w->wire, MTPROTO_ID_MSG_DETAILED_INFO);
	const struct wire_item *answer;
	struct mtproto_msg_resend_req request;
	struct wire_body body;

	assert_non_null(info);
	assert_null(wire_take(&w->wire, MTPROTO_ID_RPC_RESULT));
	assert_true(wire_u64(info->body + 4) == msg_id);
	request.msg_ids.data = info->body + 12;
	request.msg_ids.count = 1;
	mtproto_msg_resend_req_write(wire_body(&body), &request);
	wire_send_body(&w->wire, &body, false);
	wire_run(&w->wire);
	answer = wire_take(&w->wire, MTPROTO_ID_RPC_RESULT);
	assert_non_null(answer);
	assert_true(answer->msg_id == wire_u64(info->body + 12));
	assert_int_equal(answer->len, wire_u32(info->body + 20));
}

static void a_withheld_update_is_announced_as_new(void **state)
{
	struct world *w = *state;

	always(w, MTPROTO_FAULT_DETAILED_INFO);
	assert_int_equal(mtproto_server_push(w->seen.last[MTPROTO_EVENT_SESSION].session, "update..", 8), 0);
	wire_run(&w->wire);
	assert_non_null(wire_take(&w->wire, MTPROTO_ID_MSG_NEW_DETAILED_INFO));
	assert_null(wire_take(&w->wire, 0x61647075));
}

static void swapped_messages_leave_the_highest_first(void **state)
{
	struct world *w = *state;
	struct mtproto_server_session *session = w->seen.last[MTPROTO_EVENT_SESSION].session;
	const struct wire_item *first, *second;

	assert_int_equal(mtproto_server_push(session, "update.1", 8), 0);
	always(w, MTPROTO_FAULT_SWAP);
	assert_int_equal(mtproto_server_push(session, "update.2", 8), 0);
	wire_run(&w->wire);
	first = wire_take(&w->wire, 0x61647075);
	second = wire_take(&w->wire, 0x61647075);
	assert_non_null(first);
	assert_non_null(second);
	assert_int_equal(first->body[7], '2');
	assert_true(first->msg_id > second->msg_id);
	assert_int_equal(first->seq_no, second->seq_no + 2);
}

static void the_same_seed_brings_the_same_faults(void **state)
{
	struct world *w = *state;
	uint64_t counts[2][MTPROTO_FAULT_COUNT];
	struct mtproto_faults faults;
	char wrong[128];

	mtproto_faults_init(&faults);
	assert_int_equal(parse(&faults, "lost=0.2,duplicate=0.2,bad_msg_18=0.3,seed=42", wrong), 0);
	for (int run = 0; run < 2; run++) {
		uint64_t before[MTPROTO_FAULT_COUNT];

		for (int i = 0; i < MTPROTO_FAULT_COUNT; i++)
			before[i] = mtproto_server_fault_count(w->pair.server, (enum mtproto_fault)i);
		assert_int_equal(mtproto_server_set_faults(w->pair.server, &faults), 0);
		for (uint32_t i = 0; i < 40; i++)
			seen_request(&w->wire, i);
		wire_run(&w->wire);
		for (int i = 0; i < MTPROTO_FAULT_COUNT; i++)
			counts[run][i] = mtproto_server_fault_count(w->pair.server, (enum mtproto_fault)i) - before[i];
	}
	assert_memory_equal(counts[0], counts[1], sizeof(counts[0]));
	assert_true(counts[0][MTPROTO_FAULT_LOST] > 0);
}

static void settings_are_checked(void **state)
{
	struct world *w = *state;
	struct mtproto_faults faults;

	mtproto_faults_init(&faults);
	faults.size--;
	assert_int_equal(mtproto_server_set_faults(w->pair.server, &faults), MTPROTO_ERR_CONFIG_SIZE);
	mtproto_faults_init(&faults);
	faults.per_million[MTPROTO_FAULT_LOST] = 600000;
	faults.per_million[MTPROTO_FAULT_MUTE] = 400001;
	assert_int_equal(mtproto_server_set_faults(w->pair.server, &faults), MTPROTO_ERR_ARGUMENT);
}

/* ---- Reminders ---- */

static void what_is_not_acknowledged_is_mentioned_after_a_minute(void **state)
{
	struct world *w = *state;

	pair_advance(&w->pair, 59 * (uint64_t)PAIR_SECOND);
	wire_run(&w->wire);
	assert_null(wire_take(&w->wire, MTPROTO_ID_MSG_DETAILED_INFO));
	pair_advance(&w->pair, 2 * (uint64_t)PAIR_SECOND);
	wire_run(&w->wire);
	assert_non_null(wire_take(&w->wire, MTPROTO_ID_MSG_DETAILED_INFO));
	/* Then less often: after two minutes more. */
	pair_advance(&w->pair, 119 * (uint64_t)PAIR_SECOND);
	wire_run(&w->wire);
	assert_null(wire_take(&w->wire, MTPROTO_ID_MSG_DETAILED_INFO));
	pair_advance(&w->pair, 2 * (uint64_t)PAIR_SECOND);
	wire_run(&w->wire);
	assert_non_null(wire_take(&w->wire, MTPROTO_ID_MSG_DETAILED_INFO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spec_sets_rates_in_millionths),
		cmocka_unit_test(spec_knows_every_fault_by_its_name),
		cmocka_unit_test(all_is_overruled_by_later_words),
		cmocka_unit_test(a_wrong_word_is_named_and_changes_nothing),
		cmocka_unit_test_setup_teardown(a_lost_packet_leaves_no_trace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_code_refuses_without_processing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(code_20_processes_half_of_them, set_up, tear_down),
		cmocka_unit_test_setup_teardown(salts_change_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_forgotten_session_is_created_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_forgotten_key_is_unknown_from_then_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(transport_errors_come_without_a_reason, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_reset_closes_the_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_mute_link_swallows_both_ways, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_clock_steps_within_its_bound, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_duplicate_has_the_same_msg_id, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_bomb_inflates_beyond_its_size, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_withheld_answer_comes_when_it_is_asked_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_withheld_update_is_announced_as_new, set_up, tear_down),
		cmocka_unit_test_setup_teardown(swapped_messages_leave_the_highest_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_same_seed_brings_the_same_faults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(settings_are_checked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_acknowledged_is_mentioned_after_a_minute, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
