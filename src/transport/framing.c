#include "transport/framing.h"

#include <string.h>

static const struct mtp_framing framings[] = {
	[MTPROTO_FRAMING_ABRIDGED] =
		{
			.name = "abridged",
			.tag = 0xef,
			.tag_len = 1,
			.packet_len_max = 4 * 0xffffffull,
			.write_head = mtp_abridged_write_head,
			.write_quick_ack = mtp_abridged_write_quick_ack,
			.read = mtp_abridged_read,
		},
	[MTPROTO_FRAMING_INTERMEDIATE] =
		{
			.name = "intermediate",
			.tag = 0xee,
			.tag_len = 4,
			.packet_len_max = 0x7fffffff,
			.write_head = mtp_intermediate_write_head,
			.write_quick_ack = mtp_intermediate_write_quick_ack,
			.read = mtp_intermediate_read,
		},
	[MTPROTO_FRAMING_PADDED] =
		{
			.name = "padded",
			.tag = 0xdd,
			.tag_len = 4,
			.padding_max = MTP_PADDING_MAX,
			.packet_len_max = 0x7fffffff,
			.write_head = mtp_intermediate_write_head,
			.write_quick_ack = mtp_padded_write_quick_ack,
			.read = mtp_padded_read,
		},
	[MTPROTO_FRAMING_FULL] =
		{
			.name = "full",
			.packet_len_max = UINT32_MAX - 12,
			.write_head = mtp_full_write_head,
			.read = mtp_full_read,
		},
};

#define FRAMING_COUNT (sizeof(framings) / sizeof(framings[0]))

const struct mtp_framing *mtp_framing_get(enum mtproto_framing framing)
{
	size_t i = (size_t)framing;

	return i != MTPROTO_FRAMING_DETECT && i < FRAMING_COUNT ? &framings[i] : NULL;
}

enum mtproto_framing mtp_framing_of_tag(const uint8_t tag[4])
{
	for (size_t i = 1; i < FRAMING_COUNT; i++) {
		const uint8_t expected[4] = {framings[i].tag, framings[i].tag, framings[i].tag, framings[i].tag};

		if (framings[i].tag && memcmp(tag, expected, sizeof(expected)) == 0)
			return (enum mtproto_framing)i;
	}
	return MTPROTO_FRAMING_DETECT;
}

const char *mtproto_framing_name(enum mtproto_framing framing)
{
	const struct mtp_framing *entry = mtp_framing_get(framing);

	if (entry)
		return entry->name;
	return framing == MTPROTO_FRAMING_DETECT ? "detect" : "unknown";
}

int mtproto_framing_from_name(enum mtproto_framing *out, const char *name)
{
	for (size_t i = 1; i < FRAMING_COUNT; i++) {
		if (strcmp(framings[i].name, name) == 0) {
			*out = (enum mtproto_framing)i;
			return 0;
		}
	}
	return MTPROTO_ERR_ARGUMENT;
}

size_t mtproto_framing_tag(enum mtproto_framing framing, uint8_t out[4])
{
	const struct mtp_framing *entry = mtp_framing_get(framing);

	if (!entry)
		return 0;
	memset(out, entry->tag, entry->tag_len);
	return entry->tag_len;
}
