#include "cli/event_log.h"

#include <mtproto/server.h>
#include <mtproto/tl.h>
#include <inttypes.h>
#include <stdio.h>

#include "testdc/testdc.h"

static void log_session(const struct mtproto_event *event, const char *what)
{
	struct mtproto_server_session_info info;

	mtproto_server_session_get_info(event->session, &info);
	fprintf(stderr, "session %016" PRIx64 " of key %016" PRIx64 ": %s\n", info.session_id, info.auth_key_id, what);
}

static void log_request(const struct mtproto_event *event)
{
	struct mtproto_server_session_info info;
	struct mtproto_tl_reader reader;
	const char *name;
	uint32_t id;

	mtproto_server_session_get_info(event->session, &info);
	mtproto_tl_reader_init(&reader, event->body.data, event->body.len);
	id = mtproto_tl_peek(&reader);
	name = testdc_method_name(id);
	fprintf(stderr, "session %016" PRIx64 ": request %s#%08" PRIx32 ", layer %" PRId32 "\n", info.session_id,
		name ? name : "", id, event->layer);
}

static void log_link(const struct mtproto_event *event)
{
	const char *reason = mtproto_link_reason(event->link);

	fprintf(stderr, "link closed: %s\n", *reason ? reason : mtproto_strerror(event->error));
}

void event_log(const struct mtproto_event *event)
{
	switch (event->type) {
	case MTPROTO_EVENT_KEY_CREATED:
		fprintf(stderr, "key %016" PRIx64 " created%s\n", event->auth_key_id,
			event->temporary ? ", temporary" : "");
		break;
	case MTPROTO_EVENT_KEY_DESTROYED:
		fprintf(stderr, "key %016" PRIx64 " destroyed\n", event->auth_key_id);
		break;
	case MTPROTO_EVENT_KEY_BOUND:
		fprintf(stderr, "key %016" PRIx64 " bound\n", event->auth_key_id);
		break;
	case MTPROTO_EVENT_SESSION:
		log_session(event, "new");
		break;
	case MTPROTO_EVENT_SESSION_END:
		log_session(event, "forgotten");
		break;
	case MTPROTO_EVENT_REQUEST:
		log_request(event);
		break;
	case MTPROTO_EVENT_LINK_CLOSED:
		log_link(event);
		break;
	default:
		break;
	}
}
