/* Errors on demand. */
#include <mtproto/error.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "testdc/methods.h"

#define NUMBER_MAX 9999

/* The whole number in len bytes of text, from 1. */
static bool read_number(const char *text, size_t len, int base, uint32_t most, uint32_t *out)
{
	char digits[16], *end;
	unsigned long value;

	if (len == 0 || len >= sizeof(digits) || strspn(text, "0123456789abcdefABCDEF") < len)
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	errno = 0;
	value = strtoul(digits, &end, base);
	if (errno || *end || value == 0 || value > most)
		return false;
	*out = (uint32_t)value;
	return true;
}

/* "METHOD" or "METHOD@DC" */
static bool read_method(struct testdc_error *error, const char *text, size_t len)
{
	const char *at = memchr(text, '@', len);
	size_t name_len = at ? (size_t)(at - text) : len;
	const struct testdc_method *method = testdc_find_method_named(text, name_len);
	uint32_t number = 0;

	if (at && !read_number(at + 1, len - name_len - 1, 10, NUMBER_MAX, &number))
		return false;
	error->number = (int32_t)number;
	if (method)
		error->method = method->id;
	return method || (name_len > 2 && memcmp(text, "0x", 2) == 0 &&
			  read_number(text + 2, name_len - 2, 16, UINT32_MAX, &error->method));
}

/* "CODE:TEXT" or "CODE:TEXT:COUNT" */
static bool read_answer(struct testdc_error *error, const char *text)
{
	const char *message = strchr(text, ':');
	const char *count = message ? strchr(message + 1, ':') : NULL;
	size_t len = count ? (size_t)(count - message - 1) : strlen(message ? message + 1 : "");
	uint32_t code;

	if (!message || !read_number(text, (size_t)(message - text), 10, INT32_MAX, &code))
		return false;
	if (len == 0 || len >= sizeof(error->text))
		return false;
	memcpy(error->text, message + 1, len);
	error->code = (int32_t)code;
	error->left = UINT32_MAX;
	return !count || read_number(count + 1, strlen(count + 1), 10, UINT32_MAX - 1, &error->left);
}

int testdc_add_error(struct testdc *testdc, const char *spec)
{
	const char *sign = strchr(spec, '=');
	struct testdc_error error = {.left = 0};

	if (!sign || !read_method(&error, spec, (size_t)(sign - spec)) || !read_answer(&error, sign + 1))
		return MTPROTO_ERR_ARGUMENT;
	if (testdc->error_count == TESTDC_ERRORS_MAX)
		return MTPROTO_ERR_LIMIT;
	testdc->errors[testdc->error_count++] = error;
	return 0;
}

const struct testdc_error *testdc_take_error(struct testdc *testdc, uint32_t method, int32_t number)
{
	for (size_t i = 0; i < testdc->error_count; i++) {
		struct testdc_error *error = &testdc->errors[i];

		if (error->method != method || (error->number && error->number != number) || error->left == 0)
			continue;
		if (error->left != UINT32_MAX)
			error->left--;
		return error;
	}
	return NULL;
}
