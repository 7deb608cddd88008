/* The header of a client application: invokeWithLayer and initConnection. Source: core.telegram.org/api/invoking. */
#include "connection/connection.h"

#include <mtproto/service.h>

#include "base/memory.h"

#include <string.h>

static struct mtproto_span text(const char *s)
{
	struct mtproto_span span = {(const uint8_t *)s, s ? strlen(s) : 0};

	return span;
}

static void write_header(struct mtproto_tl_writer *w, const struct mtproto_connection_config *config)
{
	struct mtproto_invoke_with_layer layer = {.layer = config->layer};
	struct mtproto_init_connection init = {.api_id = config->api_id,
					       .device_model = text(config->device_model),
					       .system_version = text(config->system_version),
					       .app_version = text(config->app_version),
					       .system_lang_code = text(config->system_lang_code),
					       .lang_pack = text(config->lang_pack),
					       .lang_code = text(config->lang_code)};

	/* The query of each is what is written next. */
	mtproto_invoke_with_layer_write(w, &layer);
	mtproto_init_connection_write(w, &init);
}

int mtp_connection_make_header(struct mtproto_connection *connection, const struct mtproto_connection_config *config)
{
	const struct mtproto_allocator *allocator = &connection->endpoint.context->allocator;
	struct mtproto_tl_writer w;

	if (config->layer == 0)
		return 0;
	mtproto_tl_writer_init(&w, NULL, 0);
	write_header(&w, config);
	if (mtproto_tl_writer_end(&w) || w.len > MTP_BODY_SENT_MAX / 2)
		return MTPROTO_ERR_ARGUMENT;
	connection->header = mtp_alloc(allocator, w.len);
	if (!connection->header)
		return MTPROTO_ERR_MEMORY;
	connection->header_len = w.len;
	mtproto_tl_writer_init(&w, connection->header, connection->header_len);
	write_header(&w, config);
	return 0;
}
