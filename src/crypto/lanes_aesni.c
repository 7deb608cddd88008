/* Sealing and opening of one and of several messages.
 *
 * Seal can encrypt a message only after its whole hash, which its key depends on. So it encrypts four messages while it
 * hashes the next four; where many messages are hashed faster than by the SHA unit, all of them are hashed, then all of
 * them are encrypted. A lane that has come to the end of its text takes the next one, the longest first, so that lanes
 * are idle only at the very end.
 *
 * Open hashes while it decrypts, as far as the hash can follow; then the SHA unit is the limit, which has no pause when
 * there are four messages. Many messages are decrypted, then hashed, where that is faster. */
#include "crypto/kernels.h"

#if defined(__x86_64__) && defined(__AES__) && defined(__SSSE3__) && defined(__SSE4_1__) && defined(__SHA__)

#include "crypto/lanes.h"

#define B_PART      40 /* of auth_key + x */
#define PREFIX      88
#define PREFIX_SIZE 32

#define SHADOW_BLOCKS (SHANI_BLOCK / AESNI_BLOCK)

/* What open decrypts before it hashes: the text in the first SHA block, and the next one for the shadow. */
#define BEGIN_BLOCKS 6

/* How much of a text is freed from the key stream over it before the first step: up to a block of that stream, and so
 * many whole blocks that the next ones are always ahead of what a step reads. */
#define CTR_AHEAD (9 * AESNI_BLOCK)
_Static_assert(CTR_AHEAD - (AESNI_BLOCK - 1) >= (BEGIN_BLOCKS + 1) * AESNI_BLOCK, "a step begins the block behind it");

/* Up to here a CPU finds out by itself that it can hash while it decrypts. */
#define SHORT_BLOCKS_MAX 16

/* As many of at most max lanes as have about the same number of texts each: one alone takes as long as many. */
static size_t even_lanes(size_t count, size_t max)
{
	size_t turns = (count + max - 1) / max;

	return (count + turns - 1) / turns;
}

/* ---- Hashing ---- */

/* How many whole blocks of SHA256(prefix | plain) are there when this many AES blocks are. */
static size_t hash_blocks(size_t blocks)
{
	return (PREFIX_SIZE + blocks * AESNI_BLOCK) / SHANI_BLOCK;
}

static void set_piece(struct lanes *l, size_t i, enum hash_piece piece, const uint8_t *data, size_t blocks)
{
	l->stream[i].piece = piece;
	l->stream[i].left = blocks;
	l->hashed[i] = data;
}

static void begin_hash(struct lanes *l, size_t i, struct mtp_text *text)
{
	uint8_t *head = l->stream[i].edge;

	aesni_store(head, aesni_load(text->key + PREFIX));
	aesni_store(head + 16, aesni_load(text->key + PREFIX + 16));
	aesni_store(head + 32, aesni_load_halves(text->data));
	aesni_store(head + 48, aesni_load_halves(text->data + 16));
	l->stream[i].text = text;
	l->hash[i] = shani_initial();
	set_piece(l, i, HEAD, head, 1);
}

/* The last block: at most 48 bytes of text, 0x80, zeros and the length in bits. */
static void begin_tail(struct lanes *l, size_t i)
{
	const struct mtp_text *text = l->stream[i].text;
	size_t len = PREFIX_SIZE + text->blocks * AESNI_BLOCK;
	size_t rest = len % SHANI_BLOCK;
	uint8_t *tail = l->stream[i].edge;

	shani_tail(tail, text->data + len - PREFIX_SIZE - rest, rest, len);
	set_piece(l, i, TAIL, tail, 1);
}

/* False when there is no next piece. */
static bool next_piece(struct lanes *l, size_t i)
{
	const struct mtp_text *text = l->stream[i].text;
	enum hash_piece piece = l->stream[i].piece;
	size_t middle = hash_blocks(text->blocks) - 1;

	if (piece == HEAD && middle)
		set_piece(l, i, MIDDLE, text->data + SHANI_BLOCK - PREFIX_SIZE, middle);
	else if (piece != TAIL)
		begin_tail(l, i);
	return piece != TAIL;
}

static void end_hash(struct lanes *l, size_t i, bool set_msg_key)
{
	struct mtp_text *text = l->stream[i].text;
	__m128i low, high;

	shani_digest(&l->hash[i], &low, &high);
	aesni_store(text->msg_key_large, low);
	aesni_store(text->msg_key_large + 16, high);
	if (set_msg_key)
		aesni_store(text->msg_key, _mm_alignr_epi8(high, low, 8));
}

/* The edge that is being hashed may stay where it is: no stream begins there any more. */
static void move_stream(struct lanes *l, size_t from, size_t to)
{
	l->hash[to] = l->hash[from];
	l->hashed[to] = l->hashed[from];
	l->stream[to] = l->stream[from];
}

/* Until one of the first active streams has come to the end of its piece. */
static void hash_some(const struct lanes_ops *ops, struct lanes *l, size_t active)
{
	size_t blocks = l->stream[0].left;

	for (size_t i = 1; i < active; i++)
		if (blocks > l->stream[i].left)
			blocks = l->stream[i].left;
	ops->hash(l->hash, l->hashed, active, blocks);
	for (size_t i = 0; i < active; i++) {
		l->hashed[i] += blocks * SHANI_BLOCK;
		l->stream[i].left -= blocks;
	}
}

static void wipe_edges(struct lanes *l, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t at = 0; at < SHANI_BLOCK; at += AESNI_BLOCK)
			aesni_store(l->stream[i].edge + at, _mm_setzero_si128());
	aesni_keep(l);
}

static void hash_all(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *const *texts, size_t count,
		     bool set_msg_key)
{
	size_t streams = even_lanes(count, count < ops->streams_min ? LANES_SHADOW : ops->streams);
	size_t active = streams;
	size_t next = streams;

	for (size_t i = 0; i < active; i++)
		begin_hash(l, i, texts[i]);
	while (active) {
		hash_some(ops, l, active);
		for (size_t i = active; i--;) {
			if (l->stream[i].left || next_piece(l, i))
				continue;
			end_hash(l, i, set_msg_key);
			if (next < count)
				begin_hash(l, i, texts[next++]);
			else
				move_stream(l, --active, i);
		}
	}
	wipe_edges(l, streams);
}

/* ---- IGE ---- */

/* Keys of some texts, two streams each. */
static void derive(const struct lanes_ops *ops, struct shani_kdf *kdf, struct mtp_text *const *texts, size_t count)
{
	struct shani_state state[LANES_MAX];
	const uint8_t *data[LANES_MAX];
	uint8_t block[LANES_MAX][SHANI_BLOCK];

	for (size_t i = 0; i < 2 * count; i++) {
		const struct mtp_text *text = texts[i / 2];
		struct shani_words m[2];

		shani_kdf_words(m, text->key, text->key + B_PART, aesni_load(text->msg_key));
		for (size_t word = 0; word < 4; word++)
			aesni_store(block[i] + 16 * word, shani_swap(m[i % 2].w[word]));
		state[i] = shani_initial();
		data[i] = block[i];
	}
	ops->hash(state, data, 2 * count, 1);
	for (size_t i = 0; i < count; i++)
		kdf[i] = shani_kdf_mix(&state[2 * i]);
	aesni_wipe(block, 2 * count * SHANI_BLOCK);
}

AESNI_INLINE void begin_lane(struct lanes *l, size_t i, struct mtp_text *text, const struct shani_kdf *kdf,
			     bool encrypt)
{
	if (encrypt)
		aesni_encrypt_keys(&l->key[0][i], LANES_MAX, kdf->key_low, kdf->key_high);
	else
		aesni_decrypt_keys(&l->key[0][i], LANES_MAX, kdf->key_low, kdf->key_high);
	l->previous_out[i] = encrypt ? kdf->iv_low : kdf->iv_high;
	l->previous_in[i] = encrypt ? kdf->iv_high : kdf->iv_low;
	l->text[i] = text->data;
	l->left[i] = text->blocks;
	text->error = 0;
}

static void begin_one(struct lanes *l, size_t i, struct mtp_text *text, bool encrypt)
{
	struct shani_kdf kdf = shani_kdf_v2(text->key, text->key + B_PART, aesni_load(text->msg_key));

	begin_lane(l, i, text, &kdf, encrypt);
}

static void begin_together(const struct lanes_ops *ops, struct lanes *l, size_t first, struct mtp_text *const *texts,
			   size_t count, bool encrypt)
{
	struct shani_kdf kdf[LANES_MAX / 2];

	derive(ops, kdf, texts, count);
	for (size_t i = 0; i < count; i++)
		begin_lane(l, first + i, texts[i], &kdf[i], encrypt);
	aesni_wipe(kdf, sizeof(kdf));
}

/* Sets up IGE of count lanes from first on by the msg_keys of their texts. The keys are derived together where there is
 * something faster than the SHA unit; with that unit, one by one in registers is as fast. */
static void begin_crypt(const struct lanes_ops *ops, struct lanes *l, size_t first, struct mtp_text *const *texts,
			size_t count, bool encrypt)
{
	size_t together = ops->streams / 2;

	while (ops->streams > LANES_SHADOW && 2 * count >= ops->streams_min) {
		size_t some = count < together ? count : together;

		begin_together(ops, l, first, texts, some, encrypt);
		first += some;
		texts += some;
		count -= some;
	}
	for (size_t i = 0; i < count; i++)
		begin_one(l, first + i, texts[i], encrypt);
}

static void move_lane(struct lanes *l, size_t from, size_t to)
{
	for (int round = 0; round <= AESNI_ROUNDS; round++)
		l->key[round][to] = l->key[round][from];
	l->previous_out[to] = l->previous_out[from];
	l->previous_in[to] = l->previous_in[from];
	l->text[to] = l->text[from];
	l->left[to] = l->left[from];
}

/* Until one of the first active lanes has come to the end of its text. */
static void crypt_some(const struct lanes_ops *ops, struct lanes *l, size_t active, bool encrypt)
{
	size_t blocks = l->left[0];

	for (size_t i = 1; i < active; i++)
		if (blocks > l->left[i])
			blocks = l->left[i];
	ops->crypt(l, active, blocks, encrypt);
	for (size_t i = 0; i < active; i++)
		l->left[i] -= blocks;
}

static void wipe_keys(struct lanes *l, size_t count)
{
	const __m128i zero = _mm_setzero_si128();

	for (size_t i = 0; i < count; i++) {
		for (int round = 0; round <= AESNI_ROUNDS; round++)
			l->key[round][i] = zero;
		l->previous_out[i] = zero;
		l->previous_in[i] = zero;
	}
	aesni_keep(l);
}

static void crypt_all(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *const *texts, size_t count,
		      bool encrypt)
{
	size_t lanes = even_lanes(count, ops->lanes);
	size_t active = lanes;
	size_t next = lanes;

	begin_crypt(ops, l, 0, texts, active, encrypt);
	while (active) {
		crypt_some(ops, l, active, encrypt);
		for (size_t i = active; i--;) {
			if (l->left[i])
				continue;
			if (next < count)
				begin_crypt(ops, l, i, &texts[next++], 1, encrypt);
			else
				move_lane(l, --active, i);
		}
	}
	wipe_keys(l, lanes);
}

/* ---- Seal, some texts in the shadow of the hashing of others ---- */

struct seal_queue {
	struct mtp_text *const *texts;
	size_t count;
	size_t begun; /* so many texts are being hashed, or have been */
	struct mtp_text *ready[MTP_TEXTS_MAX];
	size_t hashed; /* so many are ready */
	size_t taken;  /* so many of these are being encrypted, or have been */
	size_t streams, lanes;
};

static void fill_streams(struct lanes *l, struct seal_queue *q)
{
	while (q->streams < LANES_SHADOW && q->begun < q->count)
		begin_hash(l, q->streams++, q->texts[q->begun++]);
}

/* More lanes than the shadow has are faster when nothing is left to hash. */
static void fill_lanes(const struct lanes_ops *ops, struct lanes *l, struct seal_queue *q)
{
	size_t lanes = q->streams ? LANES_SHADOW : ops->lanes;
	size_t ready = q->hashed - q->taken;
	size_t some = lanes - q->lanes < ready ? lanes - q->lanes : ready;

	begin_crypt(ops, l, q->lanes, q->ready + q->taken, some, true);
	q->lanes += some;
	q->taken += some;
}

static void end_streams(struct lanes *l, struct seal_queue *q)
{
	for (size_t i = q->streams; i--;) {
		if (l->stream[i].left || next_piece(l, i))
			continue;
		end_hash(l, i, true);
		q->ready[q->hashed++] = l->stream[i].text;
		if (q->begun < q->count)
			begin_hash(l, i, q->texts[q->begun++]);
		else
			move_stream(l, --q->streams, i);
	}
}

static void end_lanes(struct lanes *l, struct seal_queue *q)
{
	for (size_t i = q->lanes; i--;)
		if (!l->left[i])
			move_lane(l, --q->lanes, i);
}

/* As long as nothing ends: 64 bytes a step of all streams and all lanes. */
static size_t shadow_steps(const struct lanes *l)
{
	size_t steps = l->stream[0].left;

	for (size_t i = 0; i < LANES_SHADOW; i++) {
		if (steps > l->stream[i].left)
			steps = l->stream[i].left;
		if (steps > l->left[i] / SHADOW_BLOCKS)
			steps = l->left[i] / SHADOW_BLOCKS;
	}
	return steps;
}

static void encrypt_and_hash(const struct lanes_ops *ops, struct lanes *l, size_t steps)
{
	ops->encrypt_and_hash(l, l->hashed, steps);
	for (size_t i = 0; i < LANES_SHADOW; i++) {
		l->hashed[i] += steps * SHANI_BLOCK;
		l->stream[i].left -= steps;
		l->left[i] -= steps * SHADOW_BLOCKS;
	}
}

static void seal_shadow(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *const *texts, size_t count)
{
	struct seal_queue q = {.texts = texts, .count = count};

	fill_streams(l, &q);
	while (q.streams || q.lanes) {
		bool full = q.streams == LANES_SHADOW && q.lanes == LANES_SHADOW;
		size_t steps = full ? shadow_steps(l) : 0;

		if (steps)
			encrypt_and_hash(ops, l, steps);
		else if (q.streams && !full)
			hash_some(ops, l, q.streams);
		else
			crypt_some(ops, l, q.lanes, true);
		end_streams(l, &q);
		end_lanes(l, &q);
		fill_lanes(ops, l, &q);
	}
	wipe_edges(l, LANES_SHADOW);
	wipe_keys(l, LANES_AESNI);
}

/* ---- Seal ---- */

void mtp_lanes_seal(const struct lanes_ops *ops, struct mtp_text *const *texts, size_t count)
{
	struct lanes l;

	if (count == 1) {
		mtp_seal_one_aesni(texts[0]);
	} else if (ops->encrypt_and_hash && count >= 2 * LANES_SHADOW) {
		seal_shadow(ops, &l, texts, count);
	} else {
		hash_all(ops, &l, texts, count, true);
		crypt_all(ops, &l, texts, count, true);
	}
}

/* ---- Open, with the hash in the shadow of the decryption ---- */

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

	for (size_t i = 0; i < count; i++)
		l->hashed[i] = texts[i]->data + progress->hashed * SHANI_BLOCK - PREFIX_SIZE;
	if (ready > progress->hashed)
		ops->hash(l->hash, l->hashed, count, ready - progress->hashed);
	progress->hashed = ready;
}

/* Up to AES block end. */
static void open_until(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *const *texts, size_t count,
		       size_t end, struct progress *progress)
{
	size_t left = end - progress->decrypted;
	size_t steps;

	/* There must be something to hash behind the first step. */
	if (progress->hashed == hash_blocks(progress->decrypted))
		decrypt(ops, l, count, left < SHADOW_BLOCKS ? left : SHADOW_BLOCKS, progress);
	steps = (end - progress->decrypted) / SHADOW_BLOCKS;
	if (steps) {
		for (size_t i = 0; i < count; i++)
			l->hashed[i] = texts[i]->data + progress->hashed * SHANI_BLOCK - PREFIX_SIZE;
		ops->shadow(l, l->hashed, count, steps);
		progress->decrypted += steps * SHADOW_BLOCKS;
		progress->hashed += steps;
	}
	decrypt(ops, l, count, end - progress->decrypted, progress);
	catch_up(ops, l, texts, count, progress);
}

/* How many of the first count texts are longer than this. */
static size_t longer(struct mtp_text *const *texts, size_t count, size_t blocks)
{
	while (count && texts[count - 1]->blocks <= blocks)
		count--;
	return count;
}

/* len bytes from offset on. The CTR of these sets can't fail. */
static void free_of_ctr(struct mtp_text *text, size_t offset, size_t len)
{
	uint8_t *data = text->data + offset;

	(void)mtp_ctr_xor_at(text->ctr, text->ctr_position + offset, data, data, len);
}

/* Goes on with the only text as far as whole steps of the key stream over it lead; what is behind them is short. */
static void open_under_ctr(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *text,
			   struct progress *progress)
{
	const size_t len = text->blocks * AESNI_BLOCK;
	const size_t ahead = CTR_AHEAD - text->ctr_position % AESNI_BLOCK;
	const size_t steps = (len - ahead) / SHANI_BLOCK;
	const size_t done = ahead + steps * SHANI_BLOCK;
	struct ctr_aesni ctr;

	ctr.schedule = text->ctr->key.schedule;
	ctr.counter = mtp_counter_at(text->ctr->iv, (text->ctr_position + ahead) / AESNI_BLOCK);
	ctr.text = text->data + ahead;
	ops->shadow_ctr(l, text->data + progress->hashed * SHANI_BLOCK - PREFIX_SIZE, steps, &ctr);
	progress->decrypted += steps * SHADOW_BLOCKS;
	progress->hashed += steps;
	free_of_ctr(text, done, len - done);
}

/* At most LANES_SHADOW texts, all of them at the same place; lanes that have come to their end drop out. */
static void open_shadow(const struct lanes_ops *ops, struct lanes *l, struct mtp_text *const *texts, size_t count)
{
	struct progress progress = {0, 1};
	size_t active = count;
	size_t shortest = texts[count - 1]->blocks;

	begin_crypt(ops, l, 0, texts, count, false);
	if (texts[0]->ctr)
		free_of_ctr(texts[0], 0, CTR_AHEAD - texts[0]->ctr_position % AESNI_BLOCK);
	decrypt(ops, l, count, shortest < BEGIN_BLOCKS ? shortest : BEGIN_BLOCKS, &progress);
	for (size_t i = 0; i < count; i++)
		begin_hash(l, i, texts[i]);
	ops->hash(l->hash, l->hashed, count, 1);
	if (texts[0]->ctr)
		open_under_ctr(ops, l, texts[0], &progress);
	while (active) {
		size_t end = texts[active - 1]->blocks;

		open_until(ops, l, texts, active, end, &progress);
		active = longer(texts, active, end);
	}
	for (size_t i = 0; i < count; i++)
		begin_tail(l, i);
	ops->hash(l->hash, l->hashed, count, 1);
	for (size_t i = 0; i < count; i++)
		end_hash(l, i, false);
	wipe_keys(l, count);
	wipe_edges(l, count);
}

/* ---- Open ---- */

/* Whether there is enough beside the longest text to keep many lanes busy. */
static bool fills_streams(const struct lanes_ops *ops, struct mtp_text *const *texts, size_t count)
{
	size_t blocks = 0;

	for (size_t i = 0; i < count; i++)
		blocks += texts[i]->blocks;
	return ops->streams > LANES_SHADOW && blocks >= ops->streams_min * texts[0]->blocks;
}

void mtp_lanes_open(const struct lanes_ops *ops, struct mtp_text *const *texts, size_t count)
{
	struct lanes l;

	while (count && !fills_streams(ops, texts, count)) {
		size_t some = even_lanes(count, LANES_SHADOW);

		if (some == 1 && texts[0]->blocks <= SHORT_BLOCKS_MAX)
			mtp_open_one_aesni(texts[0]);
		else
			open_shadow(ops, &l, texts, some);
		texts += some;
		count -= some;
	}
	if (count) {
		crypt_all(ops, &l, texts, count, false);
		hash_all(ops, &l, texts, count, false);
	}
}

void mtp_lanes_open_ctr(const struct lanes_ops *ops, struct mtp_text *text)
{
	struct lanes l;

	open_shadow(ops, &l, &text, 1);
}

#endif
