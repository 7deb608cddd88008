#include "cli/json.h"

#include <inttypes.h>
#include <stdio.h>

static void write_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			printf("\\u%04x", (unsigned)*text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void write_name(struct json *json, const char *name)
{
	if (!json->first)
		printf(", ");
	json->first = false;
	write_text(name);
	printf(": ");
}

void json_begin(struct json *json)
{
	json->first = true;
	putchar('{');
}

void json_end(struct json *json)
{
	json->first = false;
	printf("}\n");
}

void json_nested(struct json *json, const char *name)
{
	write_name(json, name);
	json->first = true;
	putchar('{');
}

void json_nested_end(struct json *json)
{
	json->first = false;
	putchar('}');
}

void json_text(struct json *json, const char *name, const char *text)
{
	write_name(json, name);
	write_text(text);
}

void json_hex(struct json *json, const char *name, uint64_t value)
{
	write_name(json, name);
	printf("\"%016" PRIx64 "\"", value);
}

void json_number(struct json *json, const char *name, int64_t value)
{
	write_name(json, name);
	printf("%" PRId64, value);
}

void json_raw(struct json *json, const char *name, const char *text)
{
	write_name(json, name);
	printf("%s", text);
}

void json_bool(struct json *json, const char *name, bool value)
{
	write_name(json, name);
	printf("%s", value ? "true" : "false");
}

void json_ms(struct json *json, const char *name, uint64_t ns)
{
	write_name(json, name);
	printf("%.3f", (double)ns / 1e6);
}

void json_seconds(struct json *json, const char *name, int64_t ns)
{
	write_name(json, name);
	printf("%.3f", (double)ns / 1e9);
}
