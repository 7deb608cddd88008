#include <mtproto/session.h>

bool mtproto_container_test(struct mtproto_span body)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	return mtproto_tl_peek(&r) == MTPROTO_ID_MSG_CONTAINER;
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
