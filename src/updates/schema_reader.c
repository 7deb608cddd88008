/* Fields of updates by a schema. What counts is what a constructor has, not its id: pts with pts_count, or qts; so any
 * layer's updates are understood. */
#include <mtproto/update_state.h>
#include <mtproto/value.h>

#include <string.h>

static const char *const type_names[] = {
	[MTPROTO_UPDATE_OBJECT_UPDATE] = "Update",
	[MTPROTO_UPDATE_OBJECT_MESSAGE] = "Message",
	[MTPROTO_UPDATE_OBJECT_ENCRYPTED_MESSAGE] = "EncryptedMessage",
	[MTPROTO_UPDATE_OBJECT_DIALOG] = "Dialog",
};

/* What the fields of one object told. */
struct seen {
	bool pts, pts_count, qts;
	struct mtproto_span message;
};

static int32_t read_int(struct mtproto_span value)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, value.data, value.len);
	return mtproto_tl_read_int(&r);
}

static int64_t read_long(struct mtproto_span value)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, value.data, value.len);
	return (int64_t)mtproto_tl_read_long(&r);
}

static void see(const struct mtproto_field *field, struct mtproto_span value, struct seen *seen,
		struct mtproto_update_fields *out)
{
	bool is_int = field->type->kind == MTPROTO_TYPE_INT;

	if (is_int && strcmp(field->name, "pts") == 0) {
		out->pts = read_int(value);
		seen->pts = true;
	} else if (is_int && strcmp(field->name, "pts_count") == 0) {
		out->pts_count = read_int(value);
		seen->pts_count = true;
	} else if (is_int && strcmp(field->name, "qts") == 0) {
		out->qts = read_int(value);
		seen->qts = true;
	} else if (field->type->kind == MTPROTO_TYPE_LONG && strcmp(field->name, "channel_id") == 0) {
		out->channel_id = read_long(value);
	} else if (strcmp(field->name, "message") == 0) {
		seen->message = value;
	}
}

/* Passes over the fields of an object, looking at each that is there. */
static int walk(struct mtproto_tl_reader *r, const struct mtproto_schema *schema,
		const struct mtproto_combinator *combinator, struct seen *seen, struct mtproto_update_fields *out)
{
	uint32_t flags[MTPROTO_SCHEMA_NATS_MAX] = {0};
	uint32_t flag_words = 0;
	int error = 0;

	for (uint32_t i = 0; !error && i < combinator->field_count; i++) {
		const struct mtproto_field *field = &combinator->fields[i];
		bool is_there = field->flags == MTPROTO_FIELD_ALWAYS || (flags[field->word] >> field->bit & 1);
		struct mtproto_span value = {r->pos, 0};

		if (is_there)
			error = mtproto_value_skip(r, schema, field->type, NULL);
		value.len = (size_t)(r->pos - value.data);
		if (field->type->kind == MTPROTO_TYPE_NAT)
			flags[flag_words++] = is_there && !error ? (uint32_t)read_int(value) : 0;
		else if (is_there && !error)
			see(field, value, seen, out);
	}
	return error;
}

/* The channel that a message is in. */
static int find_channel(struct mtproto_span message, const struct mtproto_schema *schema, int64_t *channel_id)
{
	struct mtproto_found found;
	int error = mtproto_value_find(&found, message.data, message.len, schema, NULL, "peer_id.channel_id", NULL);

	if (!error)
		*channel_id = read_long(found.bytes);
	return error;
}

static bool ends_with(const char *name, const char *end)
{
	size_t name_len = strlen(name), end_len = strlen(end);

	return name_len >= end_len && strcmp(name + name_len - end_len, end) == 0;
}

/* Those without a counter of their own, by name: their ids change with the layers. */
static enum mtproto_update_order order_by_name(const char *name)
{
	static const struct {
		const char *name;
		enum mtproto_update_order order;
	} orders[] = {
		{"updateChannelTooLong", MTPROTO_UPDATE_CHANNEL_TOO_LONG},
		{"updatePtsChanged", MTPROTO_UPDATE_PTS_CHANGED},
		{"updateMessageID", MTPROTO_UPDATE_FIRST},
		{"updateStoryID", MTPROTO_UPDATE_FIRST},
		{"updateEncryption", MTPROTO_UPDATE_FIRST},
		{"updateLoginToken", MTPROTO_UPDATE_AT_ONCE},
		{"updateSentPhoneCode", MTPROTO_UPDATE_AT_ONCE},
		{"updateDcOptions", MTPROTO_UPDATE_AT_ONCE},
		{"updateConfig", MTPROTO_UPDATE_AT_ONCE},
		{"updateServiceNotification", MTPROTO_UPDATE_AT_ONCE},
		{"updateLangPack", MTPROTO_UPDATE_AT_ONCE},
		{"updateLangPackTooLong", MTPROTO_UPDATE_AT_ONCE},
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (strcmp(orders[i].name, name) == 0)
			return orders[i].order;
	return ends_with(name, "Typing") ? MTPROTO_UPDATE_AT_ONCE : MTPROTO_UPDATE_BY_SEQ;
}

static int judge_update(const struct mtproto_combinator *combinator, const struct mtproto_schema *schema,
			const struct seen *seen, struct mtproto_update_fields *out)
{
	if (seen->pts && seen->pts_count) {
		bool of_channel = strstr(combinator->name, "Channel") != NULL;

		out->order = of_channel ? MTPROTO_UPDATE_BY_CHANNEL_PTS : MTPROTO_UPDATE_BY_PTS;
		return of_channel && !out->channel_id ? find_channel(seen->message, schema, &out->channel_id) : 0;
	}
	out->order = seen->qts ? MTPROTO_UPDATE_BY_QTS : order_by_name(combinator->name);
	return 0;
}

static bool is_of_type(const struct mtproto_combinator *combinator, const char *name)
{
	return combinator && !combinator->is_function && combinator->result->kind == MTPROTO_TYPE_BOXED &&
	       strcmp(combinator->result->named->name, name) == 0;
}

static int read_object(void *user, enum mtproto_update_object type, struct mtproto_span data, size_t *size,
		       struct mtproto_update_fields *fields)
{
	const struct mtproto_schema *schema = user;
	const struct mtproto_combinator *combinator;
	struct seen seen = {false, false, false, {NULL, 0}};
	struct mtproto_tl_reader r;
	int error;

	mtproto_tl_reader_init(&r, data.data, data.len);
	fields->constructor = mtproto_tl_read_u32(&r);
	combinator = mtproto_schema_by_id(schema, fields->constructor);
	if (r.error || !is_of_type(combinator, type_names[type]))
		return r.error ? r.error : MTPROTO_ERR_CONSTRUCTOR;
	error = walk(&r, schema, combinator, &seen, fields);
	*size = (size_t)(r.pos - data.data);
	if (!error && type == MTPROTO_UPDATE_OBJECT_UPDATE)
		error = judge_update(combinator, schema, &seen, fields);
	return error;
}

void mtproto_update_reader_init_schema(struct mtproto_update_reader *reader, const struct mtproto_schema *schema)
{
	union {
		const struct mtproto_schema *in;
		void *out;
	} user = {.in = schema};

	reader->user = user.out;
	reader->read = read_object;
}

int64_t mtproto_update_channel_of_call(const struct mtproto_schema *schema, const void *call, size_t len)
{
	static const char *const paths[] = {"channel.channel_id", "peer.channel_id"};
	struct mtproto_found found;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (mtproto_value_find(&found, call, len, schema, NULL, paths[i], NULL) == 0)
			return read_long(found.bytes);
	return 0;
}
