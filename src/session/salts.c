#include <mtproto/salts.h>

#include <string.h>

enum { ASK_AGAIN_S = 60 };

void mtproto_salts_init(struct mtproto_salts *salts)
{
	memset(salts, 0, sizeof(*salts));
}

void mtproto_salts_correct(struct mtproto_salts *salts, uint64_t salt, int64_t now)
{
	/* A salt that is known keeps its end; what was to come before it is over. */
	for (uint32_t i = 0; i < salts->count; i++) {
		if (salts->future[i].salt != salt)
			continue;
		salts->current = salts->future[i];
		salts->count -= i + 1;
		memmove(salts->future, salts->future + i + 1, salts->count * sizeof(salts->future[0]));
		return;
	}
	if (salts->current.salt == salt && salts->current.valid_until > now)
		return;
	salts->current = (struct mtproto_salt){now, now + MTPROTO_SALT_TRUSTED_S, salt};
}

/* Puts one into the list, by its beginning. */
static bool insert(struct mtproto_salts *salts, const struct mtproto_salt *salt)
{
	uint32_t i = salts->count;

	if (salts->count == MTPROTO_SALTS_MAX)
		return false;
	for (; i > 0 && salts->future[i - 1].valid_since > salt->valid_since; i--)
		salts->future[i] = salts->future[i - 1];
	salts->future[i] = *salt;
	salts->count++;
	return true;
}

uint32_t mtproto_salts_add(struct mtproto_salts *salts, const struct mtproto_future_salts *answer, int64_t now)
{
	uint32_t taken = 0;

	salts->count = 0;
	for (uint32_t i = 0; i < answer->salts.count; i++) {
		struct mtproto_future_salt item;
		struct mtproto_salt salt;

		mtproto_future_salt_at(&item, &answer->salts, i);
		salt = (struct mtproto_salt){item.valid_since, item.valid_until, item.salt};
		if (salt.valid_until <= salt.valid_since || salt.valid_until <= now)
			continue;
		/* The one in use: now its end is known. */
		if (salt.salt == salts->current.salt) {
			salts->current.valid_until = salt.valid_until;
			taken++;
		} else if (insert(salts, &salt)) {
			taken++;
		}
	}
	return taken;
}

static bool lasts(const struct mtproto_salt *salt, int64_t now)
{
	return salt->valid_until - MTPROTO_SALT_MARGIN_S > now;
}

static void drop_first(struct mtproto_salts *salts)
{
	salts->count--;
	memmove(salts->future, salts->future + 1, salts->count * sizeof(salts->future[0]));
}

bool mtproto_salts_current(struct mtproto_salts *salts, int64_t now, uint64_t *salt)
{
	/* A newer one is better as soon as it has begun: the server stops taking the older one first. */
	while (salts->count > 0 && salts->future[0].valid_since <= now) {
		if (lasts(&salts->future[0], now) || salts->current.valid_until <= now)
			salts->current = salts->future[0];
		drop_first(salts);
	}
	*salt = salts->current.salt;
	return salts->current.valid_until > now;
}

static bool has_successor(const struct mtproto_salts *salts)
{
	return salts->count > 0 && salts->future[0].valid_since <= salts->current.valid_until;
}

/* From when on a successor is missed. */
static int64_t missed_from(const struct mtproto_salts *salts)
{
	return salts->current.valid_until - MTPROTO_SALT_MARGIN_S;
}

bool mtproto_salts_want(struct mtproto_salts *salts, int64_t now)
{
	if (has_successor(salts) || now < missed_from(salts))
		return false;
	if (salts->asked_at && now - salts->asked_at < ASK_AGAIN_S && now >= salts->asked_at)
		return false;
	salts->asked_at = now;
	return true;
}

int64_t mtproto_salts_deadline(const struct mtproto_salts *salts, int64_t now)
{
	int64_t next = INT64_MAX;

	if (salts->count > 0)
		next = salts->future[0].valid_since;
	if (!has_successor(salts)) {
		int64_t ask = missed_from(salts);

		if (salts->asked_at && ask < salts->asked_at + ASK_AGAIN_S)
			ask = salts->asked_at + ASK_AGAIN_S;
		if (ask < next)
			next = ask;
	}
	if (salts->current.valid_until > now && salts->current.valid_until < next)
		next = salts->current.valid_until;
	return next > now ? next : now;
}
