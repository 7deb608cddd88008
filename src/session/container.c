/* Messages that carry messages. Source: core.telegram.org/mtproto/service_messages#containers. */
#include <mtproto/session.h>

/* message msg_id:long seqno:int bytes:int body:Object = Message: boxed in a copy, bare in a container. */
static const uint32_t message_id = 0x5bb8e511;

static bool is(struct mtproto_span body, uint32_t id)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	return mtproto_tl_peek(&r) == id;
}

bool mtproto_container_test(struct mtproto_span body)
{
	return is(body, MTPROTO_ID_MSG_CONTAINER);
}

bool mtproto_msg_copy_test(struct mtproto_span body)
{
	return is(body, MTPROTO_ID_MSG_COPY);
}

int mtproto_container_open(struct mtproto_span body, uint64_t msg_id, struct mtproto_tl_reader *r, uint32_t *count)
{
	struct mtproto_msg_container container;
	struct mtproto_container_message inner;

	mtproto_tl_reader_init(r, body.data, body.len);
	if (mtproto_msg_container_read(&container, r) || container.messages.count > MTPROTO_CONTAINER_RECEIVED_MAX)
		return MTPROTO_ERR_CONTAINER;
	*count = container.messages.count;
	mtproto_tl_reader_init(r, container.messages.items.data, container.messages.items.len);
	for (uint32_t i = 0; i < *count; i++) {
		if (mtproto_container_message_read(&inner, r))
			return MTPROTO_ERR_CONTAINER;
		if (inner.body.len < 4 || inner.msg_id >= msg_id || mtproto_container_test(inner.body))
			return MTPROTO_ERR_CONTAINER;
	}
	if (mtproto_tl_reader_end(r))
		return MTPROTO_ERR_CONTAINER;
	mtproto_tl_reader_init(r, container.messages.items.data, container.messages.items.len);
	return 0;
}

int mtproto_msg_copy_open(struct mtproto_span body, uint64_t msg_id, struct mtproto_container_message *original)
{
	struct mtproto_msg_copy copy;
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	if (mtproto_msg_copy_read(&copy, &r))
		return MTPROTO_ERR_CONTAINER;
	mtproto_tl_reader_init(&r, copy.orig_message.data, copy.orig_message.len);
	mtproto_tl_read_id(&r, message_id);
	if (mtproto_container_message_read(original, &r) || mtproto_tl_reader_end(&r))
		return MTPROTO_ERR_CONTAINER;
	if (original->body.len < 4 || original->msg_id >= msg_id || mtproto_container_test(original->body) ||
	    mtproto_msg_copy_test(original->body))
		return MTPROTO_ERR_CONTAINER;
	return 0;
}
