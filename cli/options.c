#include "cli/options.h"

#include <mtproto/dc.h>
#include <mtproto/transport.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"

#define NS_PER_SECOND 1e9
#define HELP_COLUMN   24

static const struct option *find_option(const struct syntax *syntax, const char *name, size_t name_len)
{
	for (size_t i = 0; i < OPTION_TABLES_MAX; i++)
		for (const struct option *option = syntax->tables[i]; option && option->name; option++)
			if (strlen(option->name) == name_len && strncmp(option->name, name, name_len) == 0)
				return option;
	return NULL;
}

static void print_help(const struct syntax *syntax)
{
	char left[64];

	printf("usage: mtproto %s%s%s%s%s%s\n\n%s\n", syntax->command, syntax->operand ? " " : "",
	       syntax->operand ? syntax->operand : "", syntax->more ? " " : "", syntax->more ? syntax->more : "",
	       syntax->tables[0] ? " [OPTION...]" : "", syntax->summary);
	if (syntax->tables[0])
		printf("\n");
	for (size_t i = 0; i < OPTION_TABLES_MAX; i++) {
		for (const struct option *option = syntax->tables[i]; option && option->name; option++) {
			snprintf(left, sizeof(left), "--%s%s%s", option->name, option->value ? " " : "",
				 option->value ? option->value : "");
			printf("  %-*s %s\n", HELP_COLUMN, left, option->help);
		}
	}
}

static bool parse_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	intmax_t value;

	errno = 0;
	value = strtoimax(text, &end, 10);
	if (errno || end == text || *end || value < min || value > max)
		return false;
	*out = value;
	return true;
}

static bool parse_seconds(const char *text, int64_t min, int64_t max, uint64_t *out)
{
	char *end;
	double value;

	value = strtod(text, &end);
	/* Not a number fails both comparisons. */
	if (end == text || *end || !(value >= (double)min && value <= (double)max))
		return false;
	*out = (uint64_t)(value * NS_PER_SECOND);
	return true;
}

static bool add_text(struct option_texts *texts, const char *text)
{
	if (!*text || texts->count == OPTION_TEXTS_MAX)
		return false;
	texts->items[texts->count++] = text;
	return true;
}

static bool set_value(const struct option *option, const char *text, void *member)
{
	switch (option->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return true;
	case OPTION_TEXT:
		*(const char **)member = text;
		return *text != '\0';
	case OPTION_TEXTS:
		return add_text(member, text);
	case OPTION_NUMBER:
		return parse_number(text, option->min, option->max, member);
	case OPTION_DC:
		return parse_number(text, option->min, option->max, member) &&
		       *(int64_t *)member % MTPROTO_DC_TEST_BASE != 0;
	case OPTION_SECONDS:
		return parse_seconds(text, option->min, option->max, member);
	case OPTION_FRAMING:
		return mtproto_framing_from_name(member, text) == 0;
	}
	return false;
}

static void complain_value(const struct syntax *syntax, const struct option *option, const char *text)
{
	if (option->kind == OPTION_NUMBER || option->kind == OPTION_SECONDS)
		complain("%s --%s: %s is not a number from %" PRId64 " to %" PRId64, syntax->command, option->name,
			 text, option->min, option->max);
	else if (option->kind == OPTION_DC)
		complain("%s --%s: %s is not the id of a data centre", syntax->command, option->name, text);
	else if (option->kind == OPTION_TEXTS && *text)
		complain("%s --%s: given more than %d times", syntax->command, option->name, OPTION_TEXTS_MAX);
	else if (option->kind == OPTION_TEXT || option->kind == OPTION_TEXTS)
		complain("%s --%s: needs a value, %s", syntax->command, option->name, option->value);
	else
		complain("%s --%s: \"%s\" is not abridged, intermediate, padded or full", syntax->command, option->name,
			 text);
}

/* One "--name", "--name=value" or "--name value"; *index is moved to the last argument that it took. */
static bool parse_option(const struct syntax *syntax, int argc, char **argv, int *index, void *target)
{
	const char *name = argv[*index] + 2;
	const char *equals = strchr(name, '=');
	const char *text = equals ? equals + 1 : NULL;
	const struct option *option = find_option(syntax, name, equals ? (size_t)(equals - name) : strlen(name));

	if (!option) {
		complain("%s: no option %s, see mtproto %s --help", syntax->command, argv[*index], syntax->command);
		return false;
	}
	if (option->kind == OPTION_FLAG && text) {
		complain("%s --%s: takes no value", syntax->command, option->name);
		return false;
	}
	if (option->kind != OPTION_FLAG && !text) {
		if (*index + 1 >= argc) {
			complain("%s --%s: needs a value, %s", syntax->command, option->name, option->value);
			return false;
		}
		text = argv[++*index];
	}
	if (!set_value(option, text, (char *)target + option->offset)) {
		complain_value(syntax, option, text);
		return false;
	}
	return true;
}

static bool is_option(const char *argument)
{
	return argument[0] == '-' && argument[1] != '\0';
}

bool parse_arguments(const struct syntax *syntax, int argc, char **argv, void *target, const char **operands,
		     int *exit_code)
{
	int operands_max = (syntax->operand ? 1 : 0) + (syntax->more ? 1 : 0);
	bool options_ended = false;
	int found = 0;

	*exit_code = EXIT_BAD_INPUT;
	for (int i = 1; i < argc; i++) {
		if (!options_ended && strcmp(argv[i], "--") == 0) {
			options_ended = true;
		} else if (!options_ended && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
			print_help(syntax);
			*exit_code = EXIT_OK;
			return false;
		} else if (!options_ended && strncmp(argv[i], "--", 2) == 0) {
			if (!parse_option(syntax, argc, argv, &i, target))
				return false;
		} else if ((!options_ended && is_option(argv[i])) || found == operands_max) {
			complain("%s: \"%s\" is too much, see mtproto %s --help", syntax->command, argv[i],
				 syntax->command);
			return false;
		} else {
			operands[found++] = argv[i];
		}
	}
	if (syntax->operand && !found) {
		complain("%s: needs %s, see mtproto %s --help", syntax->command, syntax->operand, syntax->command);
		return false;
	}
	if (syntax->more && found == 1)
		operands[1] = NULL;
	return true;
}
