/* JSON text to jansson's tree, with the rules that all readers of this folder share. */
#ifndef MTP_JSON_TEXT_H
#define MTP_JSON_TEXT_H

#include <jansson.h>
#include <stdint.h>

struct mtp_json_complaint {
	uint32_t line;
	uint32_t column;
	char text[128];
};

/* NULL when it is not JSON or has a member twice: the complaint says where and why. */
json_t *mtp_json_parse(const char *text, size_t len, struct mtp_json_complaint *complaint);

#endif
