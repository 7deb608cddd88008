/* Pings a server: ping_client HOST:PORT "$(cat KEY.pub)" */
#include <mtproto/client.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define TIMEOUT_NS 10000000000 /* until then it connects as often as it takes */

static void on_pong(struct mtproto_client *client, const struct mtproto_answer *answer, void *user)
{
	(void)user;
	if (answer->type == MTPROTO_EVENT_PONG)
		printf("pong after %.3f ms\n", (double)answer->rtt_ns / 1e6);
	else
		printf("no pong: %s\n", mtproto_strerror(answer->error));
	mtproto_client_close(client, NULL);
}

int main(int argc, char **argv)
{
	struct mtproto_client_config config;
	struct mtproto_client *client;

	signal(SIGPIPE, SIG_IGN);
	mtproto_client_config_init(&config);
	config.loop = uv_default_loop();
	config.address = argc > 1 ? argv[1] : NULL;
	config.connection.rsa_pem = argc > 2 ? argv[2] : NULL; /* without a key: Telegram's own */
	config.connection.rsa_pem_len = argc > 2 ? strlen(argv[2]) : 0;
	if (mtproto_client_connect(&client, &config) || mtproto_client_ping(client, TIMEOUT_NS, on_pong, NULL, NULL))
		return 1;
	uv_run(config.loop, UV_RUN_DEFAULT);
	return uv_loop_close(config.loop) ? 1 : 0;
}
