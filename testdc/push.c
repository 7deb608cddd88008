/* Who is told what happens, and what gets lost on the way. */
#include <stdlib.h>
#include <string.h>

#include "testdc/objects.h"
#include "testdc/world.h"

#define MILLION 1000000u

/* ---- Sessions ---- */

int testdc_listen(struct testdc *testdc, struct mtproto_server_session *session)
{
	struct testdc_listener *listener = mtproto_server_session_user(session);

	if (listener)
		return 0;
	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return MTPROTO_ERR_MEMORY;
	listener->session = session;
	listener->next = testdc->listeners;
	if (listener->next)
		listener->next->prev = listener;
	testdc->listeners = listener;
	mtproto_server_session_set_user(session, listener);
	return 0;
}

void testdc_free_listener(struct testdc *testdc, struct testdc_listener *listener)
{
	if (!listener)
		return;
	if (listener->prev)
		listener->prev->next = listener->next;
	else
		testdc->listeners = listener->next;
	if (listener->next)
		listener->next->prev = listener->prev;
	free(listener->held);
	free(listener);
}

static bool wants_updates_of(const struct testdc *testdc, const struct mtproto_server_session *session,
			     uint64_t user_id)
{
	struct mtproto_server_session_info info;
	const struct testdc_login *login;

	mtproto_server_session_get_info(session, &info);
	if (!info.wants_updates || info.api_id == 0 || info.layer < TESTDC_LAYER)
		return false;
	login = testdc_logins_find(&testdc->logins, info.perm_auth_key_id);
	return login && login->user_id == user_id && !login->imported;
}

/* ---- What gets lost ---- */

/* splitmix64: a few lines, the same everywhere. */
static uint32_t draw(struct testdc *testdc)
{
	uint64_t z = testdc->chance += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) % MILLION);
}

/* Who can't take it has to ask for it, as after any other loss. */
static void send(struct testdc *testdc, struct testdc_listener *listener, const uint8_t *body, size_t len)
{
	if (mtproto_server_push(listener->session, body, len) == 0)
		testdc->counts.pushed++;
	else
		testdc->counts.refused++;
}

static void send_held(struct testdc *testdc, struct testdc_listener *listener)
{
	if (!listener->held)
		return;
	send(testdc, listener, listener->held, listener->held_len);
	free(listener->held);
	listener->held = NULL;
}

/* Keeps it until the next one has gone. False when there is another one already, or no memory. */
static bool hold(struct testdc_listener *listener, const uint8_t *body, size_t len)
{
	if (listener->held)
		return false;
	listener->held = malloc(len);
	if (!listener->held)
		return false;
	memcpy(listener->held, body, len);
	listener->held_len = len;
	return true;
}

static void send_with_faults(struct testdc *testdc, struct testdc_listener *listener, const uint8_t *body, size_t len)
{
	const struct testdc_update_faults *faults = &testdc->update_faults;
	uint32_t ticket = draw(testdc);

	if (ticket < faults->lost) {
		testdc->counts.lost++;
		return;
	}
	ticket -= faults->lost;
	if (ticket < faults->swapped && hold(listener, body, len)) {
		testdc->counts.swapped++;
		return;
	}
	send(testdc, listener, body, len);
	if (ticket >= faults->swapped && ticket - faults->swapped < faults->doubled) {
		testdc->counts.doubled++;
		send(testdc, listener, body, len);
	}
	send_held(testdc, listener);
}

void testdc_push(struct testdc *testdc, uint64_t user_id, const uint8_t *body, size_t len)
{
	for (struct testdc_listener *listener = testdc->listeners; listener; listener = listener->next)
		if (wants_updates_of(testdc, listener->session, user_id))
			send_with_faults(testdc, listener, body, len);
}

void testdc_push_held(struct testdc *testdc, uint64_t user_id)
{
	for (struct testdc_listener *listener = testdc->listeners; listener; listener = listener->next)
		if (wants_updates_of(testdc, listener->session, user_id))
			send_held(testdc, listener);
}

void testdc_get_counts(const struct testdc *testdc, struct testdc_update_counts *counts)
{
	*counts = testdc->counts;
}

void testdc_set_update_faults(struct testdc *testdc, const struct testdc_update_faults *faults)
{
	testdc->update_faults = *faults;
}
