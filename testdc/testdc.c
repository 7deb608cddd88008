#include "testdc/testdc.h"

#include <stdio.h>
#include <string.h>

#include "testdc/methods.h"

#define NS_PER_SECOND 1000000000u

/* What ids of test environments are greater by. */
#define DC_TEST_BASE 10000

int testdc_init(struct testdc *dc, struct mtproto_context *context, const struct mtproto_now *now, int32_t dc_id,
		const char *pem, size_t pem_len)
{
	struct mtproto_server_config config;

	memset(dc, 0, sizeof(*dc));
	dc->dc = dc_id;
	mtproto_server_config_init(&config);
	config.dc = dc_id;
	config.rsa_pem = pem;
	config.rsa_pem_len = pem_len;
	return mtproto_server_new(&dc->server, context, now, &config);
}

int testdc_set_address(struct testdc *dc, const char *address, uint16_t port)
{
	size_t len = strlen(address);

	if (len >= sizeof(dc->address))
		return MTPROTO_ERR_ARGUMENT;
	memcpy(dc->address, address, len + 1);
	dc->port = port;
	return 0;
}

static int answer(struct testdc *dc, const struct mtproto_now *now, const struct mtproto_event *event)
{
	struct testdc_request request = {
		.dc = dc, .layer = event->layer, .date = (uint32_t)(now->wall_ns / NS_PER_SECOND)};
	const struct testdc_method *method;
	uint8_t body[TESTDC_ANSWER_MAX];
	char text[64];
	uint32_t id;

	mtproto_server_session_get_info(event->session, &request.session);
	mtproto_tl_reader_init(&request.in, event->body.data, event->body.len);
	mtproto_tl_writer_init(&request.out, body, sizeof(body));
	id = mtproto_tl_read_u32(&request.in);
	method = testdc_find_method(id);
	if (!method) {
		snprintf(text, sizeof(text), "INPUT_METHOD_INVALID_%u_0", (unsigned)id);
		return mtproto_server_error(event->session, event->msg_id, 400, text);
	}
	if (!method->answer)
		return mtproto_server_error(event->session, event->msg_id, 401, "AUTH_KEY_UNREGISTERED");
	method->answer(&request);
	if (mtproto_tl_reader_end(&request.in))
		return mtproto_server_error(event->session, event->msg_id, 400, "INPUT_FETCH_FAIL");
	if (mtproto_tl_writer_end(&request.out))
		return mtproto_server_error(event->session, event->msg_id, 500, "ANSWER_TOO_LARGE");
	return mtproto_server_reply(event->session, event->msg_id, body, request.out.len);
}

int testdc_handle(struct testdc *dc, const struct mtproto_now *now, const struct mtproto_event *event)
{
	int error;

	if (event->server != dc->server || event->type != MTPROTO_EVENT_REQUEST)
		return 0;
	error = answer(dc, now, event);
	return error == MTPROTO_ERR_MEMORY ? error : 0;
}

const char *testdc_method_name(uint32_t id)
{
	const struct testdc_method *method = testdc_find_method(id);

	return method ? method->name : NULL;
}

/* A client that asked for another data centre has to be told that it is there, or it asks again and again. */
int32_t testdc_this_dc(const struct testdc_request *request)
{
	int32_t asked = request->session.dc ? request->session.dc : request->dc->dc;
	int32_t number = asked % DC_TEST_BASE;

	return number < 0 ? -number : number;
}
