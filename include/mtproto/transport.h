/* Transports: bytes of a stream <-> frames, each with one packet.
 *
 * Sans-IO and without a context: an encoder writes the few bytes around a packet, a decoder takes bytes in any
 * pieces and yields what they mean. Obfuscation is a filter below both.
 * Source: core.telegram.org/mtproto/mtproto-transports. */
#ifndef MTPROTO_TRANSPORT_H
#define MTPROTO_TRANSPORT_H

#include <mtproto/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mtproto_framing {
	MTPROTO_FRAMING_DETECT = 0, /* decoders of a server: taken from the first bytes */
	MTPROTO_FRAMING_ABRIDGED = 1,
	MTPROTO_FRAMING_INTERMEDIATE = 2,
	MTPROTO_FRAMING_PADDED = 3, /* padded intermediate */
	MTPROTO_FRAMING_FULL = 4
};

/* "abridged", "intermediate", "padded", "full", "detect"; "unknown" for another value. Static storage. */
MTPROTO_API const char *mtproto_framing_name(enum mtproto_framing framing);

/* The framing of that name; MTPROTO_ERR_ARGUMENT for another one. "detect" is no answer. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_framing_from_name(enum mtproto_framing *out, const char *name);

/* Packets above this are refused by default (16 MiB). Every framing can say more: abridged 2^24 - 1 words, the others
 * almost 2 or 4 GiB. */
#define MTPROTO_FRAME_SIZE_MAX_DEFAULT (16u << 20)

/* The most bytes an encoder puts before and after a packet. */
#define MTPROTO_FRAME_HEAD_MAX 8
#define MTPROTO_FRAME_TAIL_MAX 15

/* ---- Out ---- */

/* One direction's outgoing framing. Embedded; filled by _init. */
struct mtproto_frame_encoder {
	enum mtproto_framing framing;
	uint32_t sequence; /* frames written; full sends it */
};

MTPROTO_API void mtproto_frame_encoder_init(struct mtproto_frame_encoder *encoder, enum mtproto_framing framing);

/* The tag that a client sends first on a plain (not obfuscated) stream: 0, 1 or 4 bytes to out; returns how many. */
MTPROTO_API size_t mtproto_framing_tag(enum mtproto_framing framing, uint8_t out[4]);

/* How many bytes mtproto_frame_encode puts before and after a packet of packet_len bytes, for the same padding, so that
 * room can be left before the packet is made. */
MTPROTO_API void mtproto_frame_sizes(const struct mtproto_frame_encoder *encoder, size_t packet_len, size_t padding,
				     size_t *head_len, size_t *tail_len);

/* The frame around a packet of packet_len bytes (a multiple of 4, at least 4): writes *head_len bytes to head and
 * *tail_len to tail, to be sent before and after it. padding, 0..15, is the number of random bytes after the packet
 * that padded intermediate hides its length with (a server uses 0..3, because of what some clients accept; a packet
 * below 16 bytes, such as a transport error, gets at most 3, or it would be read as a message); other framings ignore
 * it. packet is read by full only (CRC32); the tail's random bytes come from random (NULL: libcrypto's). quick_ack asks
 * the server for an immediate acknowledgement; full has none.
 * Errors: MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_TOO_LARGE (the framing's header can't say that length),
 * MTPROTO_ERR_RANDOM. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_frame_encode(struct mtproto_frame_encoder *encoder, const uint8_t *packet,
						      size_t packet_len, size_t padding, bool quick_ack,
						      const struct mtproto_random *random,
						      uint8_t head[MTPROTO_FRAME_HEAD_MAX], size_t *head_len,
						      uint8_t tail[MTPROTO_FRAME_TAIL_MAX], size_t *tail_len);

/* The server's quick ack for a packet whose token (msg_key_large[0:4] LE | 0x80000000) is given: a whole frame to out,
 * *len bytes. MTPROTO_ERR_ARGUMENT for full, which has none, and for a token without bit 31. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_frame_encode_quick_ack(const struct mtproto_frame_encoder *encoder,
								uint32_t token, uint8_t out[16], size_t *len);

/* ---- In ---- */

enum mtproto_frame_kind {
	MTPROTO_FRAME_NONE = 0,            /* more bytes are needed */
	MTPROTO_FRAME_PACKET = 1,          /* a packet, maybe with transport padding behind it */
	MTPROTO_FRAME_TRANSPORT_ERROR = 2, /* the peer's error code, such as -404 */
	MTPROTO_FRAME_QUICK_ACK = 3,       /* a client's packet was decrypted by the server */
	MTPROTO_FRAME_FILLER = 4           /* a frame that means nothing and is to be ignored */
};

struct mtproto_frame {
	enum mtproto_frame_kind kind;
	size_t packet_offset;     /* PACKET: where it begins, counted from the bytes given to _decode */
	size_t packet_len;        /* PACKET: its length with transport padding (only padded intermediate has any) */
	bool quick_ack_wanted;    /* PACKET: the sender asks for a quick ack */
	int32_t transport_error;  /* TRANSPORT_ERROR: negative */
	uint32_t quick_ack_token; /* QUICK_ACK */
};

/* One direction's incoming framing. Embedded; filled by _init. */
struct mtproto_frame_decoder {
	enum mtproto_framing framing; /* DETECT until the tag has been seen */
	bool server;       /* this side is the server: bit 31 of a length asks for a quick ack, instead of being one */
	uint32_t sequence; /* frames read; full compares it */
	size_t frame_size_max;
	int error; /* sticky */
};

/* For a client framing must be the one it sends with. For a server it may be MTPROTO_FRAMING_DETECT (plain streams), or
 * what the obfuscation header said; then no tag is expected. frame_size_max bounds the packet without transport
 * padding; 0 takes the default. A decoder made with MTPROTO_FRAMING_DETECT for a client, or with no framing at all,
 * answers MTPROTO_ERR_ARGUMENT to everything. */
MTPROTO_API void mtproto_frame_decoder_init(struct mtproto_frame_decoder *decoder, enum mtproto_framing framing,
					    bool server, size_t frame_size_max);

/* Looks at the len bytes at data, the unconsumed beginning of the stream, and says what stands there. *consumed is the
 * number of bytes that are done with: drop them before the next call (a PACKET lies inside them). For NONE, *consumed
 * may still be positive (a tag) and *wanted is the least number of bytes to have, counted after dropping *consumed,
 * before the next call can yield anything else. *wanted is the peer's claim, up to frame_size_max and a few bytes: a
 * buffer should grow with the bytes that arrive, and stop at *wanted, instead of being made that large at once.
 *
 * But for full, only the first 12 bytes of a frame are looked at: behind them, what the frame holds may still be
 * obfuscated (see struct mtproto_open_job).
 *
 * A message is never shorter than 16 bytes, so a shorter frame is one of these, by its first int:
 *   0            a filler
 *   -1           padded intermediate from 8 bytes on, to a client: a quick ack, its token is the second int
 *   else < 0     a transport error; alone in the frame, or with padding behind it in padded intermediate
 * and anything else is MTPROTO_ERR_FRAME. Clients take the bare 4-byte quick ack in padded intermediate too.
 *
 * Errors are sticky and mean that the stream is unusable; *frame is zeroed, *consumed and *wanted are 0:
 *   MTPROTO_ERR_FRAME            a length that can't be; refused before the packet arrives
 *   MTPROTO_ERR_FRAME_TOO_LARGE  a packet above frame_size_max; refused before it arrives
 *   MTPROTO_ERR_FRAME_SEQUENCE   full: a sequence number other than the count of frames; refused likewise
 *   MTPROTO_ERR_CHECKSUM         full: another CRC32
 *   MTPROTO_ERR_FRAMING          MTPROTO_FRAMING_DETECT: the first bytes are no tag and no first frame of full */
MTPROTO_MUST_USE MTPROTO_API int mtproto_frame_decode(struct mtproto_frame_decoder *decoder, const uint8_t *data,
						      size_t len, struct mtproto_frame *frame, size_t *consumed,
						      size_t *wanted);

/* ---- Obfuscation ---- */

#define MTPROTO_OBFUSCATION_HEADER_SIZE 64

/* The two key streams of an obfuscated stream. Embedded; filled by one of the _init functions. */
struct mtproto_obfuscation {
	struct mtproto_ctr out;
	struct mtproto_ctr in;
};

struct mtproto_obfuscation_config {
	size_t size;
	enum mtproto_framing framing;        /* abridged, intermediate or padded */
	int16_t dc;                          /* the data centre, as in the key exchange: +10000 test, negative media */
	const uint8_t *secret;               /* NULL, or the 16 bytes of a proxy secret */
	const struct mtproto_random *random; /* NULL: libcrypto's */
};

MTPROTO_API void mtproto_obfuscation_config_init(struct mtproto_obfuscation_config *config);

/* Client: draws the header, to be sent first and as it is. After it, everything sent goes through
 * mtproto_obfuscation_encrypt and everything received through mtproto_obfuscation_decrypt; no framing tag is sent.
 * On an error *o is zeroed and header untouched.
 * Errors: MTPROTO_ERR_ARGUMENT (a framing without a tag), MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_RANDOM (also for a
 * source that keeps yielding headers that look like another protocol), MTPROTO_ERR_CRYPTO. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_obfuscation_init_client(struct mtproto_obfuscation *o,
								 const struct mtproto_kernels *kernels,
								 const struct mtproto_obfuscation_config *config,
								 uint8_t header[MTPROTO_OBFUSCATION_HEADER_SIZE]);

/* Server: opens a received header. *framing and *dc are what it says. secret is NULL or 16 bytes; a server with many
 * secrets tries one after the other while the answer is MTPROTO_ERR_FRAMING. On an error *o is zeroed.
 * Errors: MTPROTO_ERR_FRAMING (no known tag inside), MTPROTO_ERR_CRYPTO. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_obfuscation_init_server(struct mtproto_obfuscation *o,
								 const struct mtproto_kernels *kernels,
								 const uint8_t header[MTPROTO_OBFUSCATION_HEADER_SIZE],
								 const uint8_t *secret, enum mtproto_framing *framing,
								 int16_t *dc);

/* Wipes the keys. Legal on a zeroed struct. */
MTPROTO_API void mtproto_obfuscation_fini(struct mtproto_obfuscation *o);

/* In place or not. Errors: MTPROTO_ERR_CRYPTO (libcrypto's kernels only). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_obfuscation_encrypt(struct mtproto_obfuscation *o, const uint8_t *in,
							     uint8_t *out, size_t len);
MTPROTO_MUST_USE MTPROTO_API int mtproto_obfuscation_decrypt(struct mtproto_obfuscation *o, const uint8_t *in,
							     uint8_t *out, size_t len);

/* What the first bytes of a stream that a client opened are. A server asks this until it gets an answer: after 1, 4, 8
 * or 64 bytes. The first words of HTTP and TLS, which no obfuscation header may have, count as PLAIN: the decoder then
 * ends the stream with MTPROTO_ERR_FRAMING, unless the caller handed it to somebody else first. */
enum mtproto_stream_kind {
	MTPROTO_STREAM_MORE = 0,      /* not enough bytes yet */
	MTPROTO_STREAM_PLAIN = 1,     /* a plain framing: give everything to a decoder with MTPROTO_FRAMING_DETECT */
	MTPROTO_STREAM_OBFUSCATED = 2 /* the first 64 bytes are an obfuscation header */
};

MTPROTO_API enum mtproto_stream_kind mtproto_stream_detect(const uint8_t *data, size_t len);

#ifdef __cplusplus
}
#endif

#endif
