/* Every value of enum mtproto_error has a name and a sentence: the values are taken from the header's text. */
#include <mtproto/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct entry {
	char name[64];
	int value;
};

static struct entry entries[256];
static size_t entry_count;

static int read_header(void **state)
{
	FILE *file = fopen(VECTORS_DIR "/../../include/mtproto/error.h", "r");
	char row[512];

	(void)state;
	if (!file)
		return -1;
	while (fgets(row, sizeof(row), file) && entry_count < sizeof(entries) / sizeof(entries[0])) {
		struct entry *entry = &entries[entry_count];

		if (sscanf(row, " %63[A-Z0-9_] = %d", entry->name, &entry->value) == 2)
			entry_count++;
	}
	fclose(file);
	return 0;
}

static void the_header_has_values(void **state)
{
	(void)state;
	assert_true(entry_count > 50 && entry_count < sizeof(entries) / sizeof(entries[0]));
	assert_string_equal(entries[0].name, "MTPROTO_OK");
	assert_int_equal(entries[0].value, 0);
}

static void every_value_has_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < entry_count; i++)
		assert_string_equal(mtproto_error_name(entries[i].value), entries[i].name);
	assert_string_equal(mtproto_error_name(-199), "MTPROTO_ERR_?");
	assert_string_equal(mtproto_error_name(1), "MTPROTO_ERR_?");
}

static void every_value_has_a_sentence_of_its_own(void **state)
{
	const char *unknown = mtproto_strerror(-199);

	(void)state;
	assert_non_null(unknown);
	for (size_t i = 0; i < entry_count; i++) {
		const char *text = mtproto_strerror(entries[i].value);

		assert_true(strlen(text) > 1);
		assert_true(text[strlen(text) - 1] != '.');
		assert_string_not_equal(text, unknown);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(text, mtproto_strerror(entries[k].value));
	}
}

static void every_value_is_in_a_band(void **state)
{
	(void)state;
	for (size_t i = 1; i < entry_count; i++) {
		int band = -entries[i].value / 100;

		assert_true(entries[i].value < 0);
		assert_true(band == 0 || band == 1 || band == 2 || band == 9);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(entries[i].value, entries[k].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_has_values),
		cmocka_unit_test(every_value_has_its_name),
		cmocka_unit_test(every_value_has_a_sentence_of_its_own),
		cmocka_unit_test(every_value_is_in_a_band),
	};

	return cmocka_run_group_tests(tests, read_header, NULL);
}
