#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"

static void print_commands(void)
{
	printf("usage: mtproto COMMAND [OPTION...]\n\n");
	for (const struct command *command = commands; command->name; command++)
		printf("  %-10s %s\n", command->name, command->summary);
	printf("\n\"mtproto COMMAND --help\" lists the options of a command; mtproto(1) has examples.\n"
	       "Exit status: 0 success, 1 the operation failed, 2 a bad option, address, file or key, or a peer\n"
	       "that does not speak the protocol.\n");
}

int cmd_help(int argc, char **argv)
{
	static char help[] = "--help";

	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		print_commands();
		return EXIT_OK;
	}
	for (const struct command *command = commands; command->name; command++)
		if (strcmp(command->name, argv[1]) == 0 && command->run != cmd_help)
			return command->run(2, (char *[]){argv[1], help, NULL});
	if (strcmp(argv[1], "help") == 0) {
		print_commands();
		return EXIT_OK;
	}
	complain("no command %s, see mtproto --help", argv[1]);
	return EXIT_BAD_INPUT;
}
