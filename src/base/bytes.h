/* Integers in memory at any alignment, in a named byte order. Nothing else may cast a byte pointer. */
#ifndef MTP_BASE_BYTES_H
#define MTP_BASE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint32_t mtp_load_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t mtp_load_le64(const uint8_t *p)
{
	return (uint64_t)mtp_load_le32(p) | (uint64_t)mtp_load_le32(p + 4) << 32;
}

static inline uint32_t mtp_load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t mtp_load_be64(const uint8_t *p)
{
	return (uint64_t)mtp_load_be32(p) << 32 | (uint64_t)mtp_load_be32(p + 4);
}

static inline void mtp_store_le32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static inline void mtp_store_le64(uint8_t *p, uint64_t v)
{
	mtp_store_le32(p, (uint32_t)v);
	mtp_store_le32(p + 4, (uint32_t)(v >> 32));
}

static inline void mtp_store_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static inline void mtp_store_be64(uint8_t *p, uint64_t v)
{
	mtp_store_be32(p, (uint32_t)(v >> 32));
	mtp_store_be32(p + 4, (uint32_t)v);
}

#endif
