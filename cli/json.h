/* Writes one JSON object on one line, member by member, to stdout. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

/* The row of an option table for a member of type bool. */
#define JSON_OPTION(offset)                                                      \
	{                                                                        \
		"json", OPTION_FLAG, offset, NULL, "print one JSON object", 0, 0 \
	}

struct json {
	bool first; /* no comma before the next member */
};

void json_begin(struct json *json);
void json_end(struct json *json);

/* A member that is an object; its own members follow until json_nested_end. */
void json_nested(struct json *json, const char *name);
void json_nested_end(struct json *json);

/* text is UTF-8; what is not ASCII passes as it is. */
void json_text(struct json *json, const char *name, const char *text);

/* 64 bits as 16 hex digits in quotes: JSON numbers are too small for them. */
void json_hex(struct json *json, const char *name, uint64_t value);

void json_number(struct json *json, const char *name, int64_t value);
/* A value that is JSON already. */
void json_raw(struct json *json, const char *name, const char *text);

void json_bool(struct json *json, const char *name, bool value);

/* Nanoseconds as milliseconds or seconds with a fraction. */
void json_ms(struct json *json, const char *name, uint64_t ns);
void json_seconds(struct json *json, const char *name, int64_t ns);

#endif
