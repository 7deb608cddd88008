#include "testdc/schema.h"

#include <string.h>

int testdc_schema_add(struct mtproto_schema_builder *builder)
{
	bool is_function = false;
	int error = 0;

	for (uint32_t i = 0; testdc_schema_lines[i] && !error; i++) {
		const char *line = testdc_schema_lines[i];

		if (strcmp(line, "---functions---") == 0)
			is_function = true;
		else
			error = mtproto_schema_builder_add_item(builder, "testdc", "lines", i, is_function, line,
								strlen(line));
	}
	return error;
}
