#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

const struct command commands[] = {
	{"serve", "run a data centre for tests on this machine", cmd_serve, &serve_syntax, NULL},
	{"auth", "create an auth_key with a server and show each step", cmd_auth, &auth_syntax, NULL},
	{"ping", "measure round trips over an encrypted session", cmd_ping, &ping_syntax, NULL},
	{"call", "call a method and print its answer as JSON", cmd_call, &call_syntax, NULL},
	{"listen", "print the updates of an account as JSON, in order and once", cmd_listen, &listen_syntax, NULL},
	{"demo", "show everything against a data centre of its own", cmd_demo, &demo_syntax, NULL},
	{"bench", "measure the library on this machine", cmd_bench, &bench_syntax, NULL},
	{"decode", "print what was traced or captured", cmd_decode, &decode_syntax, NULL},
	{"schema", "check TL schemas, turn objects into JSON and back", cmd_schema, NULL, schema_commands},
	{"session", "look into sessions, turn them into other libraries' forms", cmd_session, NULL, session_commands},
	{"completion", "print what lets a shell complete command lines", cmd_completion, &completion_syntax, NULL},
	{"version", "print the version", cmd_version, &version_syntax, NULL},
	{"help", "explain a command", cmd_help, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

void complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("mtproto: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

int exit_code_of(int error)
{
	switch (error) {
	case 0:
		return EXIT_OK;
	case MTPROTO_ERR_ARGUMENT:
		return EXIT_BAD_INPUT;
	case MTPROTO_ERR_TRANSPORT_CODE: /* the peer speaks well, and says no */
	case MTPROTO_ERR_DH_GEN_FAIL:
	case MTPROTO_ERR_DH_GEN_RETRY:
	case MTPROTO_ERR_RSA_KEY_UNKNOWN:
	case MTPROTO_ERR_EXPIRED:
		return EXIT_FAILED;
	default:
		return error <= -200 && error > -300 ? EXIT_BAD_INPUT : EXIT_FAILED;
	}
}

static const struct command *find_in(const struct command *table, const char *name)
{
	for (const struct command *command = table; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

static void print_subcommands(const struct command *table, const char *command, const char *summary)
{
	printf("usage: mtproto %s COMMAND ...\n\n%s Its commands:\n\n", command, summary);
	for (; table->name; table++)
		printf("  %-8s %s\n", table->name, table->summary);
}

/* "check, id, encode or decode" */
static void list_names(char *out, size_t cap, const struct command *table)
{
	size_t len = 0;

	for (const struct command *command = table; command->name && len < cap; command++) {
		const char *before = command == table ? "" : command[1].name ? ", " : " or ";

		len += (size_t)snprintf(out + len, cap - len, "%s%s", before, command->name);
	}
}

int run_subcommand(const struct command *table, const char *command, const char *summary, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *found = name ? find_in(table, name) : NULL;
	char names[128];

	if (found)
		return found->run(argc - 1, argv + 1);
	if (name && (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)) {
		print_subcommands(table, command, summary);
		return EXIT_OK;
	}
	list_names(names, sizeof(names), table);
	if (name)
		complain("%s: no command %s, see mtproto %s --help", command, name, command);
	else
		complain("%s: needs %s, see mtproto %s --help", command, names, command);
	return EXIT_BAD_INPUT;
}

static const struct command *find_command(const char *name)
{
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0)
		name = "version";
	return find_in(commands, name);
}

int main(int argc, char **argv)
{
	const struct command *command;
	int exit_code;

	/* libuv writes to sockets whose peer may be gone. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		complain("which command? See mtproto --help");
		return EXIT_BAD_INPUT;
	}
	command = find_command(argv[1]);
	if (!command) {
		complain("no command %s, see mtproto --help", argv[1]);
		return EXIT_BAD_INPUT;
	}
	exit_code = command->run(argc - 1, argv + 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("the output can't be written");
		return EXIT_FAILED;
	}
	return exit_code;
}
