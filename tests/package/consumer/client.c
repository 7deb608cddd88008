/* A user of an installed libmtproto-client: succeeds when a client without a loop is refused, by name. */
#include <mtproto/client.h>
#include <mtproto/mtproto.h>

#include <stdio.h>

int main(void)
{
	struct mtproto_client_config config;
	struct mtproto_client *client;
	int error;

	mtproto_client_config_init(&config);
	error = mtproto_client_connect(&client, &config);
	printf("libmtproto-client: %s\n", mtproto_error_name(error));
	return error == MTPROTO_ERR_ARGUMENT ? 0 : 1;
}
