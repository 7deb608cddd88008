/* Command lines: one table of options is the parser and the help of a command. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The member that an option sets has this type. */
enum option_kind {
	OPTION_FLAG,    /* bool */
	OPTION_TEXT,    /* const char * */
	OPTION_TEXTS,   /* struct option_texts; may be given again */
	OPTION_NUMBER,  /* int64_t, from min to max */
	OPTION_DC,      /* int64_t, the id of a data centre from min to max */
	OPTION_SECONDS, /* uint64_t in nanoseconds, from min to max seconds; fractions are welcome */
	OPTION_FRAMING  /* enum mtproto_framing */
};

#define OPTION_TEXTS_MAX 16

struct option_texts {
	const char *items[OPTION_TEXTS_MAX];
	size_t count;
};

struct option {
	const char *name; /* without its dashes */
	enum option_kind kind;
	size_t offset;     /* of the member */
	const char *value; /* what it takes, for the help; NULL for a flag */
	const char *help;
	int64_t min;
	int64_t max;
};

#define OPTION_TABLES_MAX 3

struct syntax {
	const char *command;
	const char *operand; /* what it needs besides options, such as "HOST:PORT"; NULL: nothing */
	const char *more;    /* what may follow that, such as "[JSON]"; NULL: nothing */
	const char *summary;
	const struct option *tables[OPTION_TABLES_MAX]; /* each ended by a NULL name */
};

/* Sets the members of target by the arguments. False when the command is to end now with *exit_code: its help was
 * printed, or a complaint. operands gets those of the syntax, NULL for one that may follow and does not; it may be NULL
 * when the syntax has none. */
bool parse_arguments(const struct syntax *syntax, int argc, char **argv, void *target, const char **operands,
		     int *exit_code);

#endif
