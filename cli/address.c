#include "cli/address.h"

#include "cli/command.h"

int address_parse(struct mtproto_uv_address *out, const char *command, const char *text)
{
	if (mtproto_uv_address_parse(out, text) == 0)
		return EXIT_OK;
	complain("%s: \"%s\" is not an address, which is HOST:PORT or [IPv6]:PORT", command, text);
	return EXIT_BAD_INPUT;
}

int address_resolve(char ip[INET6_ADDRSTRLEN], const char *command, uv_loop_t *loop,
		    const struct mtproto_uv_address *address)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	uv_getaddrinfo_t request;
	int error = uv_getaddrinfo(loop, &request, NULL, address->host, NULL, &hints);

	if (!error) {
		error = uv_ip_name(request.addrinfo->ai_addr, ip, INET6_ADDRSTRLEN);
		uv_freeaddrinfo(request.addrinfo);
	}
	if (error)
		complain("%s: %s: %s", command, address->host, uv_strerror(error));
	return error ? EXIT_BAD_INPUT : EXIT_OK;
}
