#include <mtproto/store.h>

#include <string.h>

static bool is_key(uint32_t kind, int64_t id)
{
	return kind > 0 && kind <= MTPROTO_STORE_KIND_MAX && id != 0;
}

int mtproto_store_load(const struct mtproto_store *store, uint32_t kind, int64_t id, struct mtproto_span *out)
{
	int error = is_key(kind, id) ? store->load(store->user, kind, id, out) : MTPROTO_ERR_ARGUMENT;

	if (error)
		memset(out, 0, sizeof(*out));
	return error;
}

int mtproto_store_save(const struct mtproto_store *store, uint32_t kind, int64_t id, const void *data, size_t len)
{
	return is_key(kind, id) ? store->save(store->user, kind, id, data, len) : MTPROTO_ERR_ARGUMENT;
}

int mtproto_store_remove(const struct mtproto_store *store, uint32_t kind, int64_t id)
{
	return is_key(kind, id) ? store->remove(store->user, kind, id) : MTPROTO_ERR_ARGUMENT;
}

int mtproto_store_each(const struct mtproto_store *store, uint32_t kind,
		       int (*visit)(void *visitor, int64_t id, struct mtproto_span data), void *visitor)
{
	return is_key(kind, 1) ? store->each(store->user, kind, visit, visitor) : MTPROTO_ERR_ARGUMENT;
}

int mtproto_store_flush(const struct mtproto_store *store)
{
	return store->flush(store->user);
}

void mtproto_store_close(struct mtproto_store *store)
{
	if (store->close)
		store->close(store->user);
	memset(store, 0, sizeof(*store));
}
