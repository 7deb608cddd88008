#include <mtproto/json.h>
#include <mtproto/value.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/account.h"
#include "cli/command.h"
#include "cli/schema_files.h"

/* Memory of the parameters and of the answer as trees, so that a hostile one ends with an error. */
#define TREE_SIZE_MAX (256u << 20)

struct call_options {
	struct account_options account; /* first, see there */
	int64_t at;
	bool indent;
};

#define OFFSET(member) offsetof(struct call_options, member)

static const struct option call_option_table[] = {
	{"at", OPTION_DC, OFFSET(at), "N", "call at data centre N, -N for media (default: home)", -9999, 9999},
	{"indent", OPTION_FLAG, OFFSET(indent), NULL, "print a field a line", 0, 0},
	{NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

const struct syntax call_syntax = {
	.command = "call",
	.operand = "METHOD",
	.more = "[JSON]",
	.summary =
		"Calls a method and prints the answer as JSON. JSON is an object with the method's parameters, - "
		"reads\n"
		"it from standard input; without it there are none. Errors of the server go to standard error, with\n"
		"exit status 1. The call follows X_MIGRATE_n, and waits for FLOOD_WAIT_n if that is within --timeout.",
	.tables = {client_option_table, account_option_table, call_option_table},
};

struct call {
	struct account account;
	const struct call_options *options;
	const char *method;
	struct mtproto_arena *arena;
	struct mtproto_value value; /* the call itself */
	bool done;
	bool answered;
	int exit_code;
};

static int complain_value(const char *where, const struct mtproto_value_error *error)
{
	complain("call: %s: %s%s%s", where, error->path, error->path[0] ? ": " : "", error->reason);
	return EXIT_BAD_INPUT;
}

/* ---- The parameters ---- */

static int decode(struct call *call, const char *text, size_t len)
{
	const struct mtproto_combinator *method = mtproto_schema_by_name(call->account.schema, call->method);
	struct mtproto_value_error error;

	if (!method || !method->is_function) {
		complain("call: no schema has the method %s%s", call->method,
			 call->options->account.schemas.count ? "" : "; add one by --schema");
		return EXIT_BAD_INPUT;
	}
	if (mtproto_json_decode_fields(&call->value, call->arena, text, len, call->account.schema, method, &error))
		return complain_value(call->method, &error);
	return EXIT_OK;
}

static int read_parameters(struct call *call, const char *operand)
{
	static const char none[] = "{}";
	int exit_code;
	size_t len;
	char *text;

	if (!operand)
		return decode(call, none, strlen(none));
	if (strcmp(operand, "-") != 0)
		return decode(call, operand, strlen(operand));
	text = schema_read_file(operand, &len);
	if (!text)
		return EXIT_BAD_INPUT;
	exit_code = decode(call, text, len); /* what the value needs of it is in the arena */
	free(text);
	return exit_code;
}

/* ---- The answer ---- */

static int print_result(struct call *call, struct mtproto_span body)
{
	struct mtproto_value_error error;
	struct mtproto_tl_reader r;
	struct mtproto_value value;
	struct mtproto_span json;

	mtproto_tl_reader_init(&r, body.data, body.len);
	if (mtproto_value_read(&value, call->arena, &r, call->account.schema, mtproto_value_result_type(&call->value),
			       &error))
		return complain_value("the answer", &error);
	if (mtproto_tl_left(&r)) {
		complain("call: the answer: %zu bytes follow its end", mtproto_tl_left(&r));
		return EXIT_BAD_INPUT;
	}
	if (mtproto_json_encode(&json, call->arena, &value, call->account.schema, call->options->indent)) {
		complain("call: the answer is too large");
		return EXIT_FAILED;
	}
	fwrite(json.data, 1, json.len, stdout);
	putchar('\n');
	return EXIT_OK;
}

static void on_answer(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	struct call *call = user;

	(void)account;
	progress_close(&call->account.progress);
	call->done = true;
	call->answered = answer->type == MTPROTO_EVENT_RESULT;
	if (call->answered)
		call->exit_code = print_result(call, answer->body);
	else
		account_note_failure(&call->account, answer);
}

/* ---- The call ---- */

static int invoke(struct call *call, const void *body, size_t len)
{
	struct mtproto_account_call_config config;
	int error;

	mtproto_account_call_config_init(&config, call->account.account);
	config.dc = (int32_t)call->options->at;
	error = mtproto_account_invoke(call->account.account, body, len, &config, on_answer, call, NULL);
	if (error) {
		complain("call: %s: %s", call->method, mtproto_strerror(error));
		return exit_code_of(error);
	}
	while (!call->done)
		account_wait(&call->account);
	return call->answered ? call->exit_code : account_complain(&call->account, call->method);
}

static int make(struct call *call)
{
	struct mtproto_value_error error;
	struct mtproto_tl_writer w;
	uint8_t *body;
	int exit_code;

	mtproto_tl_writer_init(&w, NULL, 0);
	if (mtproto_value_write(&w, &call->value, NULL, &error))
		return complain_value(call->method, &error);
	body = mtproto_arena_alloc(call->arena, w.len);
	if (!body) {
		complain("call: %s", mtproto_strerror(mtproto_arena_error(call->arena)));
		return EXIT_FAILED;
	}
	mtproto_tl_writer_init(&w, body, w.len);
	if (mtproto_value_write(&w, &call->value, NULL, &error))
		return complain_value(call->method, &error);
	exit_code = account_start(&call->account);
	return exit_code == EXIT_OK ? invoke(call, body, w.len) : exit_code;
}

int cmd_call(int argc, char **argv)
{
	struct call_options options = {.at = 0};
	struct call call = {.options = &options};
	const char *operands[2];
	int exit_code;

	account_options_init(&options.account);
	if (!parse_arguments(&call_syntax, argc, argv, &options, operands, &exit_code))
		return exit_code;
	call.method = operands[0];
	exit_code = account_open(&call.account, &options.account, "call", options.account.connect != NULL);
	if (exit_code == EXIT_OK && mtproto_arena_new(&call.arena, NULL, TREE_SIZE_MAX)) {
		complain("call: %s", mtproto_strerror(MTPROTO_ERR_MEMORY));
		exit_code = EXIT_FAILED;
	}
	if (exit_code == EXIT_OK)
		exit_code = read_parameters(&call, operands[1]);
	if (exit_code == EXIT_OK)
		exit_code = make(&call);
	account_close(&call.account);
	mtproto_arena_free(call.arena);
	return trace_log_close(&options.account.client.log, exit_code);
}
