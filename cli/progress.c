#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define FIRST_MS 1000
#define TICK_MS  500

/* "To the first column, and forget the line." */
#define CLEAR_LINE "\r\033[K"

static void clear(struct progress *progress)
{
	if (progress->shown)
		fputs(CLEAR_LINE, stderr);
	progress->shown = false;
}

static void on_tick(uv_timer_t *timer)
{
	struct progress *progress = timer->data;

	fprintf(stderr, CLEAR_LINE "%s ... %u s", progress->text,
		(unsigned)((uv_now(timer->loop) - progress->since_ms) / 1000));
	progress->shown = true;
}

void progress_open(struct progress *progress, uv_loop_t *loop)
{
	progress->open = isatty(STDERR_FILENO) && uv_timer_init(loop, &progress->timer) == 0;
	progress->timer.data = progress;
}

void progress_say(struct progress *progress, const char *format, ...)
{
	va_list arguments;

	if (!progress->open)
		return;
	va_start(arguments, format);
	vsnprintf(progress->text, sizeof(progress->text), format, arguments);
	va_end(arguments);
	clear(progress);
	progress->since_ms = uv_now(progress->timer.loop);
	uv_timer_start(&progress->timer, on_tick, FIRST_MS, TICK_MS);
	uv_unref((uv_handle_t *)&progress->timer);
}

void progress_close(struct progress *progress)
{
	if (!progress->open)
		return;
	clear(progress);
	progress->open = false;
	uv_close((uv_handle_t *)&progress->timer, NULL);
}

void progress_note(const char *text)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (text)
		fprintf(stderr, "%s ...", text);
	else
		fputs(CLEAR_LINE, stderr);
}
