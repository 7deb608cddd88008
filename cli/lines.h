/* A text line by line, in memory that has a limit. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct lines {
	FILE *file;
	size_t len_max;
	char *text; /* the line, without its line feed and without a zero byte */
	size_t len;
	size_t cap;
	uint64_t number; /* from 1 */
	bool too_long;   /* text is only the beginning of it */
};

void lines_init(struct lines *lines, FILE *file, size_t len_max);
void lines_fini(struct lines *lines);

/* False at the end, and without memory: errno is ENOMEM then, else 0 or what the file's error was. */
bool lines_next(struct lines *lines);

#endif
