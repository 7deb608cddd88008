/* The text of traces, as both its writer and its reader see it: a table of fields and one of kinds. docs/trace.md. */
#ifndef MTP_CONNECTION_TRACE_TEXT_H
#define MTP_CONNECTION_TRACE_TEXT_H

#include <mtproto/trace.h>

enum mtp_trace_field_type {
	MTP_FIELD_HEX, /* with all its digits */
	MTP_FIELD_DECIMAL,
	MTP_FIELD_SIGNED,
	MTP_FIELD_BOOL,
	MTP_FIELD_FRAMING,
	MTP_FIELD_LENGTH, /* of data */
	MTP_FIELD_ID,     /* the constructor id at the beginning of data */
	MTP_FIELD_DATA    /* always the last */
};

/* Small members instead of pointers: the tables need no relocation. */
struct mtp_trace_field {
	char name[12];
	uint8_t type;
	uint8_t size; /* of the member */
	uint8_t offset;
};

struct mtp_trace_kind_text {
	char name[10];
	bool directed;
	uint8_t fields[9]; /* indexes of mtp_trace_fields, ended by 0 */
};

enum { MTP_TRACE_KIND_COUNT = MTPROTO_TRACE_LOST + 1 };

#define MTP_TRACE_SECOND_NS UINT64_C(1000000000)

extern const struct mtp_trace_field mtp_trace_fields[];
extern const struct mtp_trace_kind_text mtp_trace_kinds[MTP_TRACE_KIND_COUNT];

/* Its data begins with a constructor id. */
bool mtp_trace_has_id(enum mtproto_trace_kind kind);

/* Whether the data can be that of its kind. */
bool mtp_trace_fits(const struct mtproto_trace *record);

#endif
