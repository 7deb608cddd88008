/* Updates: whose feed it is, and when something happens. */
#include "testdc/methods.h"

#define NS_PER_SECOND UINT64_C(1000000000)

/* Pushes of one account in one testdc_run; the rest is due at once. */
#define BURST_MAX 1000

/* What is late by more is not made up for. */
#define LATE_MAX_NS NS_PER_SECOND

void testdc_set_stream(struct testdc *testdc, const struct testdc_stream *stream)
{
	testdc->stream = *stream;
	testdc->chance = stream->feed.seed;
}

void testdc_free_updates(struct testdc *testdc)
{
	while (testdc->listeners)
		testdc_free_listener(testdc, testdc->listeners);
	for (size_t i = 0; i < testdc->account_count; i++)
		testdc_feed_free(testdc->accounts[i].feed);
}

/* ---- Accounts ---- */

static const struct testdc_account *find_account(const struct testdc *testdc, uint64_t user_id)
{
	for (size_t i = 0; i < testdc->account_count; i++)
		if (testdc->accounts[i].user_id == user_id)
			return &testdc->accounts[i];
	return NULL;
}

const struct testdc_feed *testdc_find_feed(const struct testdc *testdc, uint64_t user_id)
{
	const struct testdc_account *account = find_account(testdc, user_id);

	return account ? account->feed : NULL;
}

const struct testdc_feed *testdc_open_feed(struct testdc_request *request)
{
	struct testdc *testdc = request->testdc;
	const struct testdc_account *known = find_account(testdc, request->login->user_id);
	struct testdc_account *account = &testdc->accounts[testdc->account_count];

	if (known)
		return known->feed;
	if (testdc->account_count == TESTDC_ACCOUNTS_MAX ||
	    testdc_feed_new(&account->feed, &testdc->stream.feed, request->login->user_id)) {
		testdc_refuse(request, 500, "MEMORY_LIMIT");
		return NULL;
	}
	account->user_id = request->login->user_id;
	account->due_ns = testdc->stream.feed.count ? request->now->mono_ns : MTPROTO_NEVER;
	testdc->account_count++;
	return account->feed;
}

/* ---- Methods ---- */

static void refuse_if(struct testdc_request *request, const char *error)
{
	if (error)
		testdc_refuse(request, 400, error);
}

void testdc_get_state(struct testdc_request *request)
{
	const struct testdc_feed *feed = testdc_open_feed(request);

	if (feed)
		refuse_if(request, testdc_feed_answer_state(feed, &request->login->reader, request->date, &request->in,
							    &request->out));
}

void testdc_get_difference(struct testdc_request *request)
{
	const struct testdc_feed *feed = testdc_open_feed(request);

	if (feed)
		refuse_if(request, testdc_feed_answer_difference(feed, &request->login->reader, request->date,
								 &request->in, &request->out));
}

void testdc_get_channel_difference(struct testdc_request *request)
{
	const struct testdc_feed *feed = testdc_open_feed(request);

	if (feed)
		refuse_if(request, testdc_feed_answer_channel_difference(feed, &request->in, &request->out));
}

/* ---- Time ---- */

static int run_account(struct testdc *testdc, struct testdc_account *account, uint64_t now_ns, uint32_t date)
{
	uint8_t body[TESTDC_FEED_PUSH_MAX];

	if (now_ns > account->due_ns && now_ns - account->due_ns > LATE_MAX_NS)
		account->due_ns = now_ns;
	for (int i = 0; i < BURST_MAX && account->due_ns <= now_ns; i++) {
		struct mtproto_tl_writer w;
		int count;

		mtproto_tl_writer_init(&w, body, sizeof(body));
		count = testdc_feed_next(account->feed, date, &w);
		if (count < 0)
			return count;
		if (count == 0) {
			account->due_ns = MTPROTO_NEVER;
			testdc_push_held(testdc, account->user_id);
			return 0;
		}
		account->due_ns += (uint64_t)count * NS_PER_SECOND / testdc->stream.rate;
		if (mtproto_tl_writer_end(&w) == 0)
			testdc_push(testdc, account->user_id, body, w.len);
	}
	return 0;
}

int testdc_run(struct testdc *testdc, const struct mtproto_now *now)
{
	int error = 0;

	for (size_t i = 0; !error && i < testdc->account_count; i++)
		error = run_account(testdc, &testdc->accounts[i], now->mono_ns,
				    (uint32_t)(now->wall_ns / NS_PER_SECOND));
	return error;
}

uint64_t testdc_deadline(const struct testdc *testdc)
{
	uint64_t deadline = MTPROTO_NEVER;

	for (size_t i = 0; i < testdc->account_count; i++)
		if (testdc->accounts[i].due_ns < deadline)
			deadline = testdc->accounts[i].due_ns;
	return deadline;
}
