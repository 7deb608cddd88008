#include <mtproto/crypto.h>
#include <mtproto/version.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/options.h"

const struct syntax version_syntax = {.command = "version",
				      .summary = "Prints the version and the kernels that this CPU has."};

int cmd_version(int argc, char **argv)
{
	int exit_code;

	if (!parse_arguments(&version_syntax, argc, argv, NULL, NULL, &exit_code))
		return exit_code;
	printf("mtproto %s (%s kernels)\n", mtproto_version_string(),
	       mtproto_kernels_name(mtproto_kernels_get(MTPROTO_KERNELS_AUTO)));
	return EXIT_OK;
}
