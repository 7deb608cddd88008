#include <mtproto/transport.h>

#include <string.h>

#include "base/bytes.h"

/* First words that mean something else than an obfuscation header. */
static const uint8_t plain_words[][4] = {
	{'H', 'E', 'A', 'D'},     {'P', 'O', 'S', 'T'},     {'G', 'E', 'T', ' '},     {'O', 'P', 'T', 'I'},
	{0x16, 0x03, 0x01, 0x02}, {0xdd, 0xdd, 0xdd, 0xdd}, {0xee, 0xee, 0xee, 0xee},
};

static bool is_plain_word(const uint8_t *word)
{
	for (size_t i = 0; i < sizeof(plain_words) / sizeof(plain_words[0]); i++) {
		if (memcmp(word, plain_words[i], sizeof(plain_words[i])) == 0)
			return true;
	}
	return false;
}

enum mtproto_stream_kind mtproto_stream_detect(const uint8_t *data, size_t len)
{
	if (len >= 1 && data[0] == 0xef)
		return MTPROTO_STREAM_PLAIN;
	if (len >= 4 && is_plain_word(data))
		return MTPROTO_STREAM_PLAIN;
	/* The sequence number of full's first frame. */
	if (len >= 8 && mtp_load_le32(data + 4) == 0)
		return MTPROTO_STREAM_PLAIN;
	return len < MTPROTO_OBFUSCATION_HEADER_SIZE ? MTPROTO_STREAM_MORE : MTPROTO_STREAM_OBFUSCATED;
}
