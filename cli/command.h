/* What a command of mtproto is, and how all of them end. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <mtproto/error.h>

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* the operation did not succeed */
	EXIT_BAD_INPUT =
		2 /* a flag, address, file or key that can't be used, or a peer that does not speak the protocol */
};

struct syntax;

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);  /* argv[0] is the command's name; returns an exit code */
	const struct syntax *syntax;        /* NULL: it has none, but perhaps commands of its own */
	const struct command *own_commands; /* ended by a NULL name; NULL: none */
};

/* The table of all commands, ended by a NULL name. */
extern const struct command commands[];
extern const struct command schema_commands[], session_commands[];

extern const struct syntax auth_syntax, bench_syntax, call_syntax, completion_syntax, decode_syntax, demo_syntax,
	listen_syntax, ping_syntax, serve_syntax, version_syntax;

int cmd_serve(int argc, char **argv);
int cmd_auth(int argc, char **argv);
int cmd_ping(int argc, char **argv);
int cmd_listen(int argc, char **argv);
int cmd_call(int argc, char **argv);
int cmd_demo(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_schema(int argc, char **argv);
int cmd_session(int argc, char **argv);
int cmd_completion(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_help(int argc, char **argv);

/* Runs a command of a command's own table, which argv[1] names; summary is for its help. Returns an exit code. */
int run_subcommand(const struct command *table, const char *command, const char *summary, int argc, char **argv);

/* Prints "mtproto: ..." as one line to stderr. */
#ifdef __GNUC__
__attribute__((format(printf, 1, 2)))
#endif
void complain(const char *format, ...);

/* The exit code for a MTPROTO_ERR_ value. */
int exit_code_of(int error);

#endif
