/* The schema of what the data centres send and take. */
#ifndef TESTDC_SCHEMA_H
#define TESTDC_SCHEMA_H

#include <mtproto/schema.h>

/* The lines of schema.tl, those of methods after "---functions---"; NULL ends them. */
extern const char *const testdc_schema_lines[];

/* Adds schema.tl. Errors: those of mtproto_schema_builder_add_item. */
MTPROTO_MUST_USE int testdc_schema_add(struct mtproto_schema_builder *builder);

#endif
