#include "testdc/testdc.h"

#include <mtproto/dc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testdc/methods.h"

#define NS_PER_SECOND 1000000000u

int testdc_new(struct testdc **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return MTPROTO_ERR_MEMORY;
	testdc_stream_init(&(*out)->stream);
	(*out)->stream.feed.count = 0;
	return 0;
}

void testdc_free(struct testdc *testdc)
{
	if (!testdc)
		return;
	testdc_free_updates(testdc);
	testdc_logins_fini(&testdc->logins);
	free(testdc);
}

int testdc_open(struct testdc *testdc, struct mtproto_context *context, const struct mtproto_now *now, int32_t dc,
		const char *pem, size_t pem_len, struct mtproto_server **out)
{
	struct testdc_centre *centre = &testdc->centres[testdc->centre_count];
	struct mtproto_server_config config;
	int error;

	if (testdc->centre_count == TESTDC_CENTRES_MAX)
		return MTPROTO_ERR_LIMIT;
	for (size_t i = 0; i < testdc->centre_count; i++)
		if (testdc->centres[i].dc == dc)
			return MTPROTO_ERR_STATE;
	mtproto_server_config_init(&config);
	config.dc = dc;
	config.rsa_pem = pem;
	config.rsa_pem_len = pem_len;
	error = mtproto_server_new(&centre->server, context, now, &config);
	if (error)
		return error;
	centre->dc = dc;
	testdc->centre_count++;
	*out = centre->server;
	return 0;
}

static struct testdc_centre *find_centre(struct testdc *testdc, const struct mtproto_server *server)
{
	for (size_t i = 0; i < testdc->centre_count; i++)
		if (testdc->centres[i].server == server)
			return &testdc->centres[i];
	return NULL;
}

int testdc_set_address(struct testdc *testdc, const struct mtproto_server *server, const char *address, uint16_t port)
{
	struct testdc_centre *centre = find_centre(testdc, server);
	size_t len = strlen(address);

	if (!centre || len >= sizeof(centre->address))
		return MTPROTO_ERR_ARGUMENT;
	memcpy(centre->address, address, len + 1);
	centre->port = port;
	return 0;
}

void testdc_set_home(struct testdc *testdc, int32_t number)
{
	testdc->home = number;
}

const char *testdc_method_name(uint32_t id)
{
	const struct testdc_method *method = testdc_find_method(id);

	return method ? method->name : NULL;
}

/* ---- Requests ---- */

int32_t testdc_number(int32_t dc)
{
	int32_t number = dc % MTPROTO_DC_TEST_BASE;

	return number < 0 ? -number : number;
}

/* A client that asked for another data centre has to be told that it is there, or it asks again and again. */
int32_t testdc_this_dc(const struct testdc_request *request)
{
	return testdc_number(request->session.dc ? request->session.dc : request->centre->dc);
}

void testdc_refuse(struct testdc_request *request, int32_t code, const char *text)
{
	request->code = code;
	snprintf(request->text, sizeof(request->text), "%s", text);
}

/* Finds the method and what it answers, or refuses. */
static void run(struct testdc_request *request)
{
	uint32_t id = mtproto_tl_read_u32(&request->in);
	const struct testdc_method *method = testdc_find_method(id);
	const struct testdc_error *error = testdc_take_error(request->testdc, id, testdc_this_dc(request));

	if (error) {
		testdc_refuse(request, error->code, error->text);
	} else if (!method) {
		request->code = 400;
		snprintf(request->text, sizeof(request->text), "INPUT_METHOD_INVALID_%u_0", (unsigned)id);
	} else if (method->access == TESTDC_USER && !request->login) {
		testdc_refuse(request, 401, "AUTH_KEY_UNREGISTERED");
	} else if (!method->answer) {
		testdc_refuse(request, 400, "METHOD_INVALID");
	} else {
		method->answer(request);
		if (request->code == 0 && mtproto_tl_reader_end(&request->in))
			testdc_refuse(request, 400, "INPUT_FETCH_FAIL");
		else if (request->code == 0 && mtproto_tl_writer_end(&request->out))
			testdc_refuse(request, 500, "ANSWER_TOO_LARGE");
	}
}

static int answer(struct testdc *testdc, struct testdc_centre *centre, const struct mtproto_now *now,
		  const struct mtproto_event *event)
{
	struct testdc_request request = {.testdc = testdc,
					 .centre = centre,
					 .now = now,
					 .layer = event->layer,
					 .date = (uint32_t)(now->wall_ns / NS_PER_SECOND)};

	mtproto_server_session_get_info(event->session, &request.session);
	request.login = testdc_logins_find(&testdc->logins, request.session.perm_auth_key_id);
	mtproto_tl_reader_init(&request.in, event->body.data, event->body.len);
	mtproto_tl_writer_init(&request.out, testdc->answer, sizeof(testdc->answer));
	run(&request);
	if (testdc_listen(testdc, event->session))
		return MTPROTO_ERR_MEMORY;
	return request.code ? mtproto_server_error(event->session, event->msg_id, request.code, request.text)
			    : mtproto_server_reply(event->session, event->msg_id, testdc->answer, request.out.len);
}

int testdc_handle(struct testdc *testdc, const struct mtproto_now *now, const struct mtproto_event *event)
{
	struct testdc_centre *centre = event->server ? find_centre(testdc, event->server) : NULL;
	int error = 0;

	if (!centre)
		return 0;
	if (event->type == MTPROTO_EVENT_KEY_DESTROYED)
		testdc_logins_remove(&testdc->logins, event->auth_key_id);
	else if (event->type == MTPROTO_EVENT_SESSION_END)
		testdc_free_listener(testdc, mtproto_server_session_user(event->session));
	else if (event->type == MTPROTO_EVENT_REQUEST)
		error = answer(testdc, centre, now, event);
	return error == MTPROTO_ERR_MEMORY ? error : 0;
}
