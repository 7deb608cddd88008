#include "crypto/sha.h"

#include "base/bytes.h"

#include <string.h>

#define BLOCK_SIZE  64
#define LENGTH_SIZE 8

/* Both hashes read blocks of 64 bytes and end with 0x80, zeros and the length in bits: they differ in their state and
 * in what a block does to it. */
struct hash {
	void (*compress)(struct hash *h);
	uint32_t state[8];
	uint64_t len;
	uint8_t block[BLOCK_SIZE];
	uint32_t words[80]; /* the block's 16 words and what the hash expands them to */
};

_Alignas(64) const uint32_t mtp_sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate_left(uint32_t x, int bits)
{
	return x << bits | x >> (32 - bits);
}

static uint32_t rotate_right(uint32_t x, int bits)
{
	return x >> bits | x << (32 - bits);
}

static uint32_t choose(uint32_t x, uint32_t y, uint32_t z)
{
	return (x & y) ^ (~x & z);
}

static uint32_t majority(uint32_t x, uint32_t y, uint32_t z)
{
	return (x & y) ^ (x & z) ^ (y & z);
}

static uint32_t sha1_function(int round, uint32_t x, uint32_t y, uint32_t z)
{
	if (round < 20)
		return choose(x, y, z) + 0x5a827999;
	if (round < 40)
		return (x ^ y ^ z) + 0x6ed9eba1;
	if (round < 60)
		return majority(x, y, z) + 0x8f1bbcdc;
	return (x ^ y ^ z) + 0xca62c1d6;
}

static void load_words(struct hash *h)
{
	for (int i = 0; i < 16; i++)
		h->words[i] = mtp_load_be32(h->block + 4 * i);
}

static void sha1_compress(struct hash *h)
{
	uint32_t *w = h->words;
	uint32_t a = h->state[0], b = h->state[1], c = h->state[2], d = h->state[3], e = h->state[4];

	load_words(h);
	for (int i = 16; i < 80; i++)
		w[i] = rotate_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);

	for (int i = 0; i < 80; i++) {
		uint32_t t = rotate_left(a, 5) + sha1_function(i, b, c, d) + e + w[i];

		e = d;
		d = c;
		c = rotate_left(b, 30);
		b = a;
		a = t;
	}
	h->state[0] += a;
	h->state[1] += b;
	h->state[2] += c;
	h->state[3] += d;
	h->state[4] += e;
}

static void sha256_expand(struct hash *h)
{
	uint32_t *w = h->words;

	load_words(h);
	for (int i = 16; i < 64; i++) {
		uint32_t s0 = rotate_right(w[i - 15], 7) ^ rotate_right(w[i - 15], 18) ^ w[i - 15] >> 3;
		uint32_t s1 = rotate_right(w[i - 2], 17) ^ rotate_right(w[i - 2], 19) ^ w[i - 2] >> 10;

		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}
}

static void sha256_compress(struct hash *h)
{
	uint32_t *s = h->state;
	uint32_t v[8];

	sha256_expand(h);
	memcpy(v, s, sizeof(v));
	/* Round i finds variable a at v[-i], b at v[1 - i] and so on, modulo 8: nothing has to move. */
	for (unsigned i = 0; i < 64; i++) {
		uint32_t a = v[(0 - i) % 8], b = v[(1 - i) % 8], c = v[(2 - i) % 8], *d = &v[(3 - i) % 8];
		uint32_t e = v[(4 - i) % 8], f = v[(5 - i) % 8], g = v[(6 - i) % 8], *last = &v[(7 - i) % 8];
		uint32_t s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
		uint32_t s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
		uint32_t t = *last + s1 + choose(e, f, g) + mtp_sha256_k[i] + h->words[i];

		*d += t;
		*last = t + s0 + majority(a, b, c);
	}
	for (int i = 0; i < 8; i++)
		s[i] += v[i];
}

static void absorb(struct hash *h, const uint8_t *data, size_t len)
{
	size_t used = h->len % BLOCK_SIZE;

	h->len += len;
	while (used + len >= BLOCK_SIZE) {
		size_t taken = BLOCK_SIZE - used;

		memcpy(h->block + used, data, taken);
		h->compress(h);
		data += taken;
		len -= taken;
		used = 0;
	}
	if (len)
		memcpy(h->block + used, data, len);
}

static void finish(struct hash *h, uint8_t *out, size_t words)
{
	size_t used = h->len % BLOCK_SIZE;

	h->block[used++] = 0x80;
	memset(h->block + used, 0, BLOCK_SIZE - used);
	if (used > BLOCK_SIZE - LENGTH_SIZE) {
		h->compress(h);
		memset(h->block, 0, BLOCK_SIZE);
	}
	mtp_store_be64(h->block + BLOCK_SIZE - LENGTH_SIZE, h->len * 8);
	h->compress(h);
	for (size_t i = 0; i < words; i++)
		mtp_store_be32(out + 4 * i, h->state[i]);
	mtproto_wipe(h, sizeof(*h));
}

void mtp_sha1(uint8_t out[20], const struct mtproto_span *parts, size_t count)
{
	struct hash h = {.compress = sha1_compress,
			 .state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};

	for (size_t i = 0; i < count; i++)
		absorb(&h, parts[i].data, parts[i].len);
	finish(&h, out, 5);
}

void mtp_sha256(uint8_t out[32], const struct mtproto_span *parts, size_t count)
{
	struct hash h = {.compress = sha256_compress,
			 .state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
				   0x5be0cd19}};

	for (size_t i = 0; i < count; i++)
		absorb(&h, parts[i].data, parts[i].len);
	finish(&h, out, 8);
}
