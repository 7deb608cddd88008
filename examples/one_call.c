/* Calls one method and prints its answer as JSON: one_call HOST:PORT KEY.pub METHOD ['{"field": "value"}']
 *
 * The built-in schema knows some methods of the API; more come from a schema of the whole, see <mtproto/schema.h>. */
#include <mtproto/client.h>
#include <mtproto/json.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define LAYER 228 /* of the built-in schema */

struct call {
	struct mtproto_schema *schema;
	struct mtproto_arena *arena;
	struct mtproto_value method;
	bool answered;
};

/* The method with its fields as a serialised function. */
static int serialise(struct call *call, const char *name, const char *json, struct mtproto_tl_writer *w)
{
	const struct mtproto_combinator *method = mtproto_schema_by_name(call->schema, name);
	struct mtproto_value_error wrong = {.reason = "no such method"};
	int error = MTPROTO_ERR_NOT_FOUND;

	if (method && method->is_function)
		error = mtproto_json_decode_fields(&call->method, call->arena, json, strlen(json), call->schema, method,
						   &wrong);
	if (!error)
		error = mtproto_value_write(w, &call->method, NULL, &wrong);
	if (error)
		fprintf(stderr, "%s%s%s: %s\n", name, *wrong.path ? "." : "", wrong.path, wrong.reason);
	return error;
}

/* An answer is of the type that the schema gives for the method. */
static void print_result(struct call *call, struct mtproto_span body)
{
	struct mtproto_value_error wrong = {.reason = "no memory"};
	struct mtproto_value value;
	struct mtproto_tl_reader r;
	struct mtproto_span text;

	mtproto_tl_reader_init(&r, body.data, body.len);
	if (mtproto_value_read(&value, call->arena, &r, call->schema, mtproto_value_result_type(&call->method),
			       &wrong) ||
	    mtproto_json_encode(&text, call->arena, &value, call->schema, true)) {
		fprintf(stderr, "%s: %s\n", wrong.path, wrong.reason);
		return;
	}
	puts((const char *)text.data);
	call->answered = true;
}

static void on_answer(struct mtproto_client *client, const struct mtproto_answer *answer, void *user)
{
	if (answer->type == MTPROTO_EVENT_RESULT)
		print_result(user, answer->body);
	else if (answer->type == MTPROTO_EVENT_RPC_ERROR)
		fprintf(stderr, "error %d: %.*s\n", (int)answer->code, (int)answer->text.len,
			(const char *)answer->text.data);
	else
		fprintf(stderr, "no answer: %s\n", mtproto_strerror(answer->error));
	mtproto_client_close(client, NULL);
}

static int run(struct call *call, const char *address, const char *pem, struct mtproto_span body)
{
	struct mtproto_client_config config;
	struct mtproto_client *client;

	mtproto_client_config_init(&config);
	config.loop = uv_default_loop();
	config.address = address;
	config.connection.rsa_pem = pem;
	config.connection.rsa_pem_len = strlen(pem);
	config.connection.layer = LAYER;
	config.connection.api_id = 1; /* yours, of my.telegram.org */
	if (mtproto_client_connect(&client, &config) ||
	    mtproto_client_invoke(client, body.data, body.len, NULL, on_answer, call, NULL))
		return 1;
	uv_run(config.loop, UV_RUN_DEFAULT);
	return uv_loop_close(config.loop) || !call->answered;
}

int main(int argc, char **argv)
{
	struct call call = {.answered = false};
	char pem[4096] = "";
	uint8_t body[65536];
	struct mtproto_tl_writer w;
	FILE *key = argc > 3 ? fopen(argv[2], "r") : NULL;
	int failed = 1;

	if (!key || fread(pem, 1, sizeof(pem) - 1, key) == 0) {
		fprintf(stderr, "usage: %s HOST:PORT KEY.pub METHOD [JSON]; can't read the key\n", argv[0]);
		return 2;
	}
	fclose(key);
	signal(SIGPIPE, SIG_IGN);
	mtproto_tl_writer_init(&w, body, sizeof(body));
	if (!mtproto_schema_new_builtin(&call.schema, NULL) && !mtproto_arena_new(&call.arena, NULL, 0) &&
	    !serialise(&call, argv[3], argc > 4 ? argv[4] : "{}", &w))
		failed = run(&call, argv[1], pem, (struct mtproto_span){body, w.len});
	mtproto_arena_free(call.arena);
	mtproto_schema_free(call.schema);
	return failed;
}
