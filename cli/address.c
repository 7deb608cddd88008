#include "cli/address.h"

#include "cli/command.h"

int address_parse(struct mtproto_uv_address *out, const char *command, const char *text)
{
	if (mtproto_uv_address_parse(out, text) == 0)
		return EXIT_OK;
	complain("%s: \"%s\" is not an address, which is HOST:PORT or [IPv6]:PORT", command, text);
	return EXIT_BAD_INPUT;
}
