#include "cli/signals.h"

#include <signal.h>

static void on_signal(uv_signal_t *handle, int number)
{
	struct signals *signals = handle->data;

	(void)number;
	signals->stop = true;
}

void signals_open(struct signals *signals, uv_loop_t *loop)
{
	static const int numbers[2] = {SIGTERM, SIGINT};

	for (size_t i = 0; i < 2; i++) {
		uv_signal_init(loop, &signals->handles[i]);
		signals->handles[i].data = signals;
		uv_signal_start(&signals->handles[i], on_signal, numbers[i]);
	}
}

void signals_close(struct signals *signals)
{
	for (size_t i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&signals->handles[i], NULL);
}
