#include "json/text.h"

#include <stdio.h>

static uint32_t at_least_one(int number)
{
	return number > 0 ? (uint32_t)number : 1;
}

json_t *mtp_json_parse(const char *text, size_t len, struct mtp_json_complaint *complaint)
{
	json_error_t error = {.line = 1};
	json_t *json =
		json_loadb(len ? text : "", len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);

	if (!json) {
		complaint->line = at_least_one(error.line);
		complaint->column = at_least_one(error.column);
		snprintf(complaint->text, sizeof(complaint->text), "%.127s", error.text);
	}
	return json;
}
