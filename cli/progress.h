/* What a command is waiting for, on a terminal and only when it takes longer than a second. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct progress {
	uv_timer_t timer;
	bool open;
	bool shown;
	uint64_t since_ms;
	char text[128];
};

/* Nothing is shown when standard error is no terminal. */
void progress_open(struct progress *progress, uv_loop_t *loop);

/* What is waited for from now on, as printf has it; the second begins anew. */
#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
void progress_say(struct progress *progress, const char *format, ...);

/* For what is known to take long and has no loop: shows the text at once, NULL takes it away. */
void progress_note(const char *text);

/* Takes the line off the terminal and ends, with one more turn of the loop. Legal on a zeroed one. */
void progress_close(struct progress *progress);

#endif
