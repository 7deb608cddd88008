/* Sealing and opening of one and of several messages.
 *
 * Seal hashes all of them, then encrypts all of them: the key of a message depends on its whole hash. Open decrypts and
 * hashes at the same time, as far as the hash can follow. Lanes that have come to their end drop out. */
#include "crypto/kernels.h"

#if defined(__AES__) && defined(__SSSE3__) && defined(__SSE4_1__) && defined(__SHA__)

#include "crypto/lanes.h"

#define B_PART      40 /* of auth_key + x */
#define PREFIX      88
#define PREFIX_SIZE 32

#define SHADOW_BLOCKS (SHANI_BLOCK / AESNI_BLOCK)

/* What open decrypts before it hashes: the text in the first SHA block, and the next one for the shadow. */
#define BEGIN_BLOCKS 6

/* ---- Hashing ---- */

/* How many whole blocks of SHA256(prefix | plain) are there when this many AES blocks are. */
static size_t hash_blocks(size_t blocks)
{
	return (PREFIX_SIZE + blocks * AESNI_BLOCK) / SHANI_BLOCK;
}

/* The first block: the prefix and the first two blocks of the plaintext. */
static void hash_heads(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		aesni_store(l->head[i], aesni_load(texts[i]->key + PREFIX));
		aesni_store(l->head[i] + 16, aesni_load(texts[i]->key + PREFIX + 16));
		aesni_store(l->head[i] + 32, aesni_load(texts[i]->data));
		aesni_store(l->head[i] + 48, aesni_load(texts[i]->data + 16));
		l->hashed[i] = l->head[i];
		l->hash[i] = shani_initial();
	}
	ops->hash(l, count, 1);
}

/* Blocks from..to - 1 of the first count lanes. */
static void hash_middle(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *const *texts, size_t count,
			size_t from, size_t to)
{
	for (size_t i = 0; i < count; i++)
		l->hashed[i] = texts[i]->data + from * SHANI_BLOCK - PREFIX_SIZE;
	if (to > from)
		ops->hash(l, count, to - from);
}

/* The last block: at most 48 bytes of text, 0x80, zeros and the length in bits. Then the results. */
static void hash_tails(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *const *texts, size_t count,
		       bool set_msg_key)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = PREFIX_SIZE + texts[i]->blocks * AESNI_BLOCK;
		size_t rest = len % SHANI_BLOCK;
		uint8_t *tail = l->tail[i];
		__m128i end = _mm_set_epi64x((int64_t)__builtin_bswap64((uint64_t)len * 8), 0);
		__m128i begin_of_end = _mm_cvtsi32_si128(0x80);

		for (size_t at = 0; at < SHANI_BLOCK; at += AESNI_BLOCK)
			aesni_store(tail + at, _mm_setzero_si128());
		aesni_store(tail + SHANI_BLOCK - AESNI_BLOCK, end);
		for (size_t at = 0; at < rest; at += AESNI_BLOCK)
			aesni_store(tail + at, aesni_load(texts[i]->data + len - PREFIX_SIZE - rest + at));
		if (rest == SHANI_BLOCK - AESNI_BLOCK)
			begin_of_end = _mm_or_si128(begin_of_end, end);
		aesni_store(tail + rest, begin_of_end);
		l->hashed[i] = tail;
	}
	ops->hash(l, count, 1);
	for (size_t i = 0; i < count; i++) {
		__m128i low, high;

		shani_digest(&l->hash[i], &low, &high);
		aesni_store(texts[i]->msg_key_large, low);
		aesni_store(texts[i]->msg_key_large + 16, high);
		if (set_msg_key)
			aesni_store(texts[i]->msg_key, _mm_alignr_epi8(high, low, 8));
	}
}

/* ---- Keys ---- */

/* Sets up IGE of lane i by the msg_key of its text. */
AESNI_INLINE void derive(struct lanes *l, size_t i, const struct mtp_text *text, bool encrypt)
{
	struct shani_kdf kdf = shani_kdf_v2(text->key, text->key + B_PART, text->msg_key);

	if (encrypt)
		aesni_encrypt_keys(&l->key[0][i], LANES_MAX, kdf.key_low, kdf.key_high);
	else
		aesni_decrypt_keys(&l->key[0][i], LANES_MAX, kdf.key_low, kdf.key_high);
	l->previous_out[i] = encrypt ? kdf.iv_low : kdf.iv_high;
	l->previous_in[i] = encrypt ? kdf.iv_high : kdf.iv_low;
	l->text[i] = text->data;
}

/* What is secret in the columns that were used. */
static void wipe(struct lanes *l, size_t count)
{
	const __m128i zero = _mm_setzero_si128();

	for (size_t i = 0; i < count; i++) {
		for (int round = 0; round <= AESNI_ROUNDS; round++)
			l->key[round][i] = zero;
		l->previous_out[i] = zero;
		l->previous_in[i] = zero;
		for (size_t at = 0; at < SHANI_BLOCK; at += AESNI_BLOCK) {
			aesni_store(l->head[i] + at, zero);
			aesni_store(l->tail[i] + at, zero);
		}
	}
	aesni_keep(l);
}

/* ---- Seal ---- */

/* How many of the first count texts are longer than this. */
static size_t longer(struct mtp_text *const *texts, size_t count, size_t blocks)
{
	while (count && texts[count - 1]->blocks <= blocks)
		count--;
	return count;
}

static void hash_all(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *const *texts, size_t count)
{
	size_t active = count;
	size_t hashed = 1;

	hash_heads(ops, l, texts, count);
	while (active) {
		size_t blocks = texts[active - 1]->blocks;
		size_t end = hash_blocks(blocks);

		hash_middle(ops, l, texts, active, hashed, end);
		hashed = end;
		active = longer(texts, active, blocks);
	}
	hash_tails(ops, l, texts, count, true);
}

void mtp_lanes_seal(const struct lanes_ops *ops, struct mtp_text *const *texts, size_t count)
{
	struct lanes l;
	size_t active = count;
	size_t done = 0;

	hash_all(ops, &l, texts, count);
	for (size_t i = 0; i < count; i++) {
		derive(&l, i, texts[i], true);
		texts[i]->error = 0;
	}
	while (active) {
		size_t end = texts[active - 1]->blocks;

		ops->crypt(&l, active, end - done, true);
		done = end;
		active = longer(texts, active, end);
	}
	wipe(&l, count);
}

/* ---- Open ---- */

/* Where the lanes are in their texts. */
struct progress {
	size_t decrypted; /* AES blocks */
	size_t hashed;    /* SHA blocks */
};

static void decrypt(const struct lanes_ops *ops, struct lanes *l, size_t count, size_t blocks,
		    struct progress *progress)
{
	if (blocks)
		ops->crypt(l, count, blocks, false);
	progress->decrypted += blocks;
}

/* Hashes what has been decrypted. */
static void catch_up(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *const *texts, size_t count,
		     struct progress *progress)
{
	size_t ready = hash_blocks(progress->decrypted);

	hash_middle(ops, l, texts, count, progress->hashed, ready);
	progress->hashed = ready;
}

/* Up to AES block end. */
static void open_until(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *const *texts, size_t count,
		       size_t end, struct progress *progress)
{
	const uint8_t *data[LANES_SHADOW];
	size_t left = end - progress->decrypted;
	size_t steps;

	/* There must be something to hash behind the first step. */
	if (progress->hashed == hash_blocks(progress->decrypted))
		decrypt(ops, l, count, left < SHADOW_BLOCKS ? left : SHADOW_BLOCKS, progress);
	steps = (end - progress->decrypted) / SHADOW_BLOCKS;
	if (steps) {
		for (size_t i = 0; i < count; i++)
			data[i] = texts[i]->data + progress->hashed * SHANI_BLOCK - PREFIX_SIZE;
		ops->shadow(l, data, count, steps);
		progress->decrypted += steps * SHADOW_BLOCKS;
		progress->hashed += steps;
	}
	decrypt(ops, l, count, end - progress->decrypted, progress);
	catch_up(ops, l, texts, count, progress);
}

void mtp_lanes_open(const struct lanes_ops *ops, struct mtp_text *const *texts, size_t count)
{
	struct progress progress = {0, 1};
	struct lanes l;
	size_t active = count;
	size_t shortest = texts[count - 1]->blocks;

	for (size_t i = 0; i < count; i++) {
		derive(&l, i, texts[i], false);
		texts[i]->error = 0;
	}
	decrypt(ops, &l, count, shortest < BEGIN_BLOCKS ? shortest : BEGIN_BLOCKS, &progress);
	hash_heads(ops, &l, texts, count);
	while (active) {
		size_t end = texts[active - 1]->blocks;

		open_until(ops, &l, texts, active, end, &progress);
		active = longer(texts, active, end);
	}
	hash_tails(ops, &l, texts, count, false);
	wipe(&l, count);
}

#endif
