/* mtproto completion: the tables of commands and options as scripts for shells. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"

const struct syntax completion_syntax = {
	.command = "completion",
	.operand = "bash | zsh | fish",
	.summary = "Prints a script by which a shell completes the command lines of mtproto. Where it goes:\n"
		   "  bash  source <(mtproto completion bash), or a file in bash-completion's completions folder\n"
		   "  zsh   a file _mtproto in a folder of $fpath\n"
		   "  fish  ~/.config/fish/completions/mtproto.fish",
};

#define FRAMINGS "abridged intermediate padded full"

/* What an option's value, or an operand, is. */
enum kind { NOTHING, FILE_NAME, WORDS, ANYTHING };

static enum kind kind_of_text(const char *text)
{
	if (!text)
		return NOTHING;
	if (strcmp(text, "FILE") == 0)
		return FILE_NAME;
	return text[0] >= 'a' && text[0] <= 'z' ? WORDS : ANYTHING; /* words stand for themselves: "bash | zsh" */
}

static enum kind kind_of(const struct option *option)
{
	return option->kind == OPTION_FRAMING ? WORDS : kind_of_text(option->value);
}

/* Prints words that a bar stands between with a space instead. */
static void print_words(const char *text)
{
	for (; *text; text++)
		if (*text != '|' && !(*text == ' ' && text[1] == '|'))
			putchar(*text);
}

static void print_names(const struct command *table)
{
	for (const struct command *command = table; command->name; command++)
		printf("%s%s", command == table ? "" : " ", command->name);
}

/* Prints a text for a place in single quotes, with a backslash before each of the special characters. */
static void print_quoted(const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (*text == '\n')
			putchar(' ');
		else
			printf("%s%c", strchr(special, *text) ? "\\" : "", *text);
	}
}

/* The next option of all tables of a syntax; NULL after the last. table and option are 0 at first. */
static const struct option *next_option(const struct syntax *syntax, size_t *table, size_t *index)
{
	while (*table < OPTION_TABLES_MAX && syntax->tables[*table]) {
		const struct option *option = &syntax->tables[*table][(*index)++];

		if (option->name)
			return option;
		(*table)++;
		*index = 0;
	}
	return NULL;
}

/* Calls print for each command that has a syntax; before is the command that it is one of, or NULL. */
static void each_command(const struct command *table, const struct command *before,
			 void (*print)(const struct command *command, const struct command *before))
{
	for (const struct command *command = table; command->name; command++) {
		if (command->own_commands)
			each_command(command->own_commands, command, print);
		if (command->syntax)
			print(command, before);
	}
}

/* ---- bash ---- */

static void bash_case(const struct syntax *syntax, enum kind kind, const char *action)
{
	const struct option *option;
	size_t table = 0, index = 0;
	bool first = true;

	while ((option = next_option(syntax, &table, &index))) {
		if (option->kind == OPTION_FLAG || kind_of(option) != kind)
			continue;
		printf("%s--%s", first ? "\t\t" : " | ", option->name);
		first = false;
	}
	if (!first)
		printf(") %s ;;\n", action);
}

static void bash_command(const struct command *command, const struct command *before)
{
	const struct syntax *syntax = command->syntax;
	enum kind operand = kind_of_text(syntax->operand);
	const struct option *option;
	size_t table = 0, index = 0;

	printf("\t'%s%s%s')\n\t\tcase $before in\n", before ? before->name : "", before ? " " : "", command->name);
	bash_case(syntax, FILE_NAME, "files=yes");
	bash_case(syntax, WORDS, "words='" FRAMINGS "'");
	bash_case(syntax, ANYTHING, "return");
	fputs("\t\t*) words='--help", stdout);
	while ((option = next_option(syntax, &table, &index)))
		printf(" --%s", option->name);
	if (operand == WORDS) {
		putchar(' ');
		print_words(syntax->operand);
	}
	printf("'%s ;;\n\t\tesac ;;\n", operand == FILE_NAME ? " files=yes" : "");
}

static void print_bash(void)
{
	fputs("# Completion of mtproto for bash, as \"mtproto completion bash\" prints it.\n"
	      "_mtproto()\n{\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
	      "\tlocal command=${COMP_WORDS[1]} first=2 words= files=\n\n"
	      "\tCOMPREPLY=()\n"
	      "\t# --name=value is three words here.\n"
	      "\tif [[ $word == = ]]; then word=\n"
	      "\telif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
	      "\tcase $command in\n",
	      stdout);
	for (const struct command *command = commands; command->name; command++)
		if (command->own_commands) {
			printf("\t%s) first=3 words='", command->name);
			print_names(command->own_commands);
			fputs("' command+=\" ${COMP_WORDS[2]}\" ;;\n", stdout);
		}
	fputs("\tesac\n\t((COMP_CWORD > 1)) || words='", stdout);
	print_names(commands);
	fputs("'\n\t((COMP_CWORD < first)) || words=\n"
	      "\t((COMP_CWORD < first)) || case $command in\n",
	      stdout);
	each_command(commands, NULL, bash_command);
	fputs("\thelp) words='", stdout);
	print_names(commands);
	fputs("' ;;\n\tesac\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	      "\tif [[ $files && $word != -* ]]; then\n"
	      "\t\tcompopt -o filenames 2>/dev/null\n"
	      "\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$word\")\n"
	      "\tfi\n}\ncomplete -F _mtproto mtproto\n",
	      stdout);
}

/* ---- zsh ---- */

static void zsh_value(enum kind kind, const char *name, const char *words)
{
	putchar(':');
	print_quoted(name, ":[]\\");
	putchar(':');
	if (kind == FILE_NAME) {
		fputs("_files", stdout);
	} else if (kind == WORDS) {
		putchar('(');
		print_words(words);
		putchar(')');
	}
}

static void zsh_command(const struct command *command, const struct command *before)
{
	const struct syntax *syntax = command->syntax;
	const struct option *option;
	size_t table = 0, index = 0;

	printf("\t'%s%s%s')\n\t\t_arguments \\\n", before ? before->name : "", before ? " " : "", command->name);
	while ((option = next_option(syntax, &table, &index))) {
		printf("\t\t\t'%s--%s%s[", option->kind == OPTION_TEXTS ? "*" : "", option->name,
		       option->value ? "=" : "");
		print_quoted(option->help, ":[]\\");
		putchar(']');
		if (option->value)
			zsh_value(kind_of(option), option->value, FRAMINGS);
		fputs("' \\\n", stdout);
	}
	if (syntax->operand) {
		fputs("\t\t\t'1", stdout);
		zsh_value(kind_of_text(syntax->operand), syntax->operand, syntax->operand);
		fputs("' \\\n", stdout);
	}
	fputs("\t\t\t'--help[explain it]' ;;\n", stdout);
}

static void zsh_describe(const struct command *table)
{
	fputs("\t\tchoices=(", stdout);
	for (const struct command *command = table; command->name; command++) {
		printf("\n\t\t\t'%s:", command->name);
		print_quoted(command->summary, ":\\");
		putchar('\'');
	}
	fputs(")\n\t\t_describe command choices\n\t\treturn\n", stdout);
}

static void print_zsh(void)
{
	fputs("#compdef mtproto\n# Completion of mtproto for zsh, as \"mtproto completion zsh\" prints it.\n"
	      "_mtproto() {\n\tlocal command=$words[2]\n\tlocal -a choices\n\n\tif ((CURRENT == 2)); then\n",
	      stdout);
	zsh_describe(commands);
	fputs("\tfi\n", stdout);
	for (const struct command *command = commands; command->name; command++)
		if (command->own_commands) {
			printf("\tif [[ $command == %s ]] && ((CURRENT == 3)); then\n", command->name);
			zsh_describe(command->own_commands);
			printf("\tfi\n\tif [[ $command == %s ]]; then\n"
			       "\t\tcommand+=\" $words[3]\"\n\t\tshift words\n\t\t((CURRENT--))\n\tfi\n",
			       command->name);
		}
	fputs("\tshift words\n\t((CURRENT--))\n\tcase $command in\n", stdout);
	each_command(commands, NULL, zsh_command);
	fputs("\tesac\n}\n_mtproto \"$@\"\n", stdout);
}

/* ---- fish ---- */

static void fish_condition(const struct command *command, const struct command *before)
{
	if (before)
		printf("complete -c mtproto -n '__fish_seen_subcommand_from %s; and __fish_seen_subcommand_from %s'",
		       before->name, command->name);
	else if (command)
		printf("complete -c mtproto -n '__fish_use_mtproto %s'", command->name);
	else
		fputs("complete -c mtproto -n __fish_use_subcommand", stdout);
}

static void fish_value(enum kind kind, const char *words)
{
	if (kind == FILE_NAME)
		fputs(" -r -F", stdout);
	else if (kind == WORDS) {
		fputs(" -x -a '", stdout);
		print_words(words);
		putchar('\'');
	} else if (kind == ANYTHING)
		fputs(" -x", stdout);
}

static void fish_command(const struct command *command, const struct command *before)
{
	const struct syntax *syntax = command->syntax;
	enum kind operand = kind_of_text(syntax->operand);
	const struct option *option;
	size_t table = 0, index = 0;

	while ((option = next_option(syntax, &table, &index))) {
		fish_condition(command, before);
		printf(" -l %s", option->name);
		fish_value(kind_of(option), FRAMINGS);
		fputs(" -d '", stdout);
		print_quoted(option->help, "\\");
		fputs("'\n", stdout);
	}
	fish_condition(command, before);
	fputs(" -l help -d 'explain it'\n", stdout);
	if (operand == FILE_NAME || operand == WORDS) {
		fish_condition(command, before);
		fish_value(operand, syntax->operand);
		putchar('\n');
	}
}

static void fish_names(const struct command *table, const struct command *before)
{
	for (const struct command *command = table; command->name; command++) {
		if (before) {
			printf("complete -c mtproto -n '__fish_use_mtproto %s; and not __fish_seen_subcommand_from ",
			       before->name);
			print_names(table);
			putchar('\'');
		} else {
			fish_condition(NULL, NULL);
		}
		printf(" -a %s -d '", command->name);
		print_quoted(command->summary, "\\");
		fputs("'\n", stdout);
	}
}

static void print_fish(void)
{
	fputs("# Completion of mtproto for fish, as \"mtproto completion fish\" prints it.\n"
	      "function __fish_use_mtproto\n"
	      "\tset -l words (commandline -opc)\n"
	      "\ttest (count $words) -ge 2; and test \"$words[2]\" = \"$argv[1]\"\n"
	      "end\n"
	      "complete -c mtproto -f\n",
	      stdout);
	fish_names(commands, NULL);
	for (const struct command *command = commands; command->name; command++)
		if (command->own_commands)
			fish_names(command->own_commands, command);
	each_command(commands, NULL, fish_command);
}

int cmd_completion(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
	const char *shell;
	int exit_code;

	if (!parse_arguments(&completion_syntax, argc, argv, NULL, &shell, &exit_code))
		return exit_code;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(shells[i].name, shell) == 0) {
			shells[i].print();
			return EXIT_OK;
		}
	complain("completion: no shell %s, only bash, zsh and fish", shell);
	return EXIT_BAD_INPUT;
}
