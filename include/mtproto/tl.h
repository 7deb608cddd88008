/* TL serialisation: a bounded reader and a bounded writer with a sticky error.
 *
 * Both work on memory of the caller, never allocate, and remember their first error: read or write any
 * number of values, then look at the error once. After an error every read returns zero, an empty span
 * or NULL, and every write does nothing. Everything is little endian and a multiple of 4 bytes long.
 * Source: core.telegram.org/mtproto/serialize. */
#ifndef MTPROTO_TL_H
#define MTPROTO_TL_H

#include <mtproto/base.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTPROTO_TL_VECTOR     0x1cb5c415u
#define MTPROTO_TL_BOOL_TRUE  0x997275b5u
#define MTPROTO_TL_BOOL_FALSE 0xbc799737u
#define MTPROTO_TL_TRUE       0x3fedd339u

/* The longest string or bytes value: its length has 24 bits. */
#define MTPROTO_TL_BYTES_MAX 0xffffffu

struct mtproto_tl_reader {
	const uint8_t *pos;
	const uint8_t *end;
	int error; /* 0 or the first MTPROTO_ERR_ value */
};

/* Reads from len bytes at data, which must outlive the reader and every span it returns. */
MTPROTO_API void mtproto_tl_reader_init(struct mtproto_tl_reader *r, const void *data, size_t len);

/* Bytes that are left; 0 after an error. */
MTPROTO_API size_t mtproto_tl_left(const struct mtproto_tl_reader *r);

/* Sets the sticky error, unless there is one. */
MTPROTO_API void mtproto_tl_reader_fail(struct mtproto_tl_reader *r, int error);

/* The next 4 bytes as a constructor id without consuming them; 0 if fewer are left (no error). */
MTPROTO_API uint32_t mtproto_tl_peek(const struct mtproto_tl_reader *r);

/* MTPROTO_ERR_TRUNCATED when too few bytes are left. */
MTPROTO_API uint32_t mtproto_tl_read_u32(struct mtproto_tl_reader *r);
MTPROTO_API int32_t mtproto_tl_read_int(struct mtproto_tl_reader *r);
MTPROTO_API uint64_t mtproto_tl_read_long(struct mtproto_tl_reader *r);
MTPROTO_API double mtproto_tl_read_double(struct mtproto_tl_reader *r);

/* Copies len raw bytes (int128: 16, int256: 32) to out; fills it with zeros on error. */
MTPROTO_API void mtproto_tl_read_raw(struct mtproto_tl_reader *r, uint8_t *out, size_t len);

/* A view of the next len bytes. */
MTPROTO_API struct mtproto_span mtproto_tl_read_span(struct mtproto_tl_reader *r, size_t len);

/* string and bytes. The long form of a short length is accepted, padding bytes are ignored. */
MTPROTO_API struct mtproto_span mtproto_tl_read_bytes(struct mtproto_tl_reader *r);

/* A boxed Bool; MTPROTO_ERR_CONSTRUCTOR for anything else. */
MTPROTO_API bool mtproto_tl_read_bool(struct mtproto_tl_reader *r);

/* Consumes a constructor id; MTPROTO_ERR_CONSTRUCTOR unless it is id. */
MTPROTO_API void mtproto_tl_read_id(struct mtproto_tl_reader *r, uint32_t id);

/* The count of a bare vector whose elements take at least element_size_min (> 0) bytes each:
 * MTPROTO_ERR_ENCODING when that can't fit in what is left. */
MTPROTO_API uint32_t mtproto_tl_read_count(struct mtproto_tl_reader *r, size_t element_size_min);

/* The same for a boxed Vector: its id, then the count. */
MTPROTO_API uint32_t mtproto_tl_read_vector(struct mtproto_tl_reader *r, size_t element_size_min);

/* Ends the reading: the sticky error, or MTPROTO_ERR_TRAILING when bytes are left, or 0. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_tl_reader_end(const struct mtproto_tl_reader *r);

struct mtproto_tl_writer {
	uint8_t *begin;
	uint8_t *end;
	size_t len; /* bytes written, or needed when begin is NULL */
	int error;  /* 0 or the first MTPROTO_ERR_ value */
};

/* Writes to cap bytes at out. With out NULL nothing is stored and len counts what would be needed. */
MTPROTO_API void mtproto_tl_writer_init(struct mtproto_tl_writer *w, void *out, size_t cap);

/* MTPROTO_ERR_BUFFER when the value does not fit. */
MTPROTO_API void mtproto_tl_write_u32(struct mtproto_tl_writer *w, uint32_t value);
MTPROTO_API void mtproto_tl_write_int(struct mtproto_tl_writer *w, int32_t value);
MTPROTO_API void mtproto_tl_write_long(struct mtproto_tl_writer *w, uint64_t value);
MTPROTO_API void mtproto_tl_write_double(struct mtproto_tl_writer *w, double value);
MTPROTO_API void mtproto_tl_write_raw(struct mtproto_tl_writer *w, const void *data, size_t len);
MTPROTO_API void mtproto_tl_write_bool(struct mtproto_tl_writer *w, bool value);

/* string and bytes in the canonical form; MTPROTO_ERR_TOO_LARGE above MTPROTO_TL_BYTES_MAX. */
MTPROTO_API void mtproto_tl_write_bytes(struct mtproto_tl_writer *w, const void *data, size_t len);

/* The same for a text that ends with a zero byte. */
MTPROTO_API void mtproto_tl_write_string(struct mtproto_tl_writer *w, const char *text);

/* The id of a boxed Vector and its count; the elements follow by the other calls. */
MTPROTO_API void mtproto_tl_write_vector(struct mtproto_tl_writer *w, uint32_t count);

/* The size of a string or bytes value of len bytes, with its length and padding. */
MTPROTO_API size_t mtproto_tl_bytes_size(size_t len);

/* Ends the writing: the sticky error or 0. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_tl_writer_end(const struct mtproto_tl_writer *w);

#ifdef __cplusplus
}
#endif

#endif
