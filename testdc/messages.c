/* messages.sendMessage: taken, checked, and forgotten. */
#include "testdc/methods.h"
#include "testdc/objects.h"

#define INPUT_PEER_SELF    0x7da07ec9u
#define INPUT_PEER_CHAT    0x35a95cb9u
#define INPUT_PEER_USER    0xdde8a54cu
#define INPUT_PEER_CHANNEL 0x27bcbbfcu

#define UPDATE_SHORT_SENT_MESSAGE 0x9015e101u
#define SENT_OUT                  (1u << 1)

/* no_webpage, silent, background, clear_draft, noforwards, update_stickersets_order, invert_media and
 * allow_paid_floodskip: those that have no field. */
#define BARE_FLAGS 0x000940e2u

static const char *read_peer(struct mtproto_tl_reader *in)
{
	uint64_t id, access_hash;

	switch (mtproto_tl_read_u32(in)) {
	case INPUT_PEER_SELF:
		return NULL;
	case INPUT_PEER_CHAT:
		(void)mtproto_tl_read_long(in);
		return NULL;
	case INPUT_PEER_USER:
	case INPUT_PEER_CHANNEL:
		id = mtproto_tl_read_long(in);
		access_hash = mtproto_tl_read_long(in);
		/* Bots may leave it out. */
		return access_hash == 0 || access_hash == testdc_access_hash(id) ? NULL : "PEER_ID_INVALID";
	default:
		return "PEER_ID_INVALID";
	}
}

/* The answer counts for no update: the log of the account does not keep what it sends itself. */
static void write_sent(struct testdc_request *request, int32_t id, int32_t pts)
{
	struct mtproto_tl_writer *w = &request->out;

	mtproto_tl_write_u32(w, UPDATE_SHORT_SENT_MESSAGE);
	mtproto_tl_write_u32(w, SENT_OUT);
	mtproto_tl_write_int(w, id);
	mtproto_tl_write_int(w, pts);
	mtproto_tl_write_int(w, 0); /* pts_count */
	mtproto_tl_write_u32(w, request->date);
}

void testdc_send_message(struct testdc_request *request)
{
	const struct testdc_feed *feed = testdc_open_feed(request);
	uint32_t flags = mtproto_tl_read_u32(&request->in);
	const char *wrong = flags & ~BARE_FLAGS ? "INPUT_METHOD_INVALID" : read_peer(&request->in);
	struct testdc_feed_state state;
	struct mtproto_span text;
	int32_t last_message;

	if (!feed)
		return;
	if (wrong) {
		testdc_refuse(request, 400, wrong);
		return;
	}
	text = mtproto_tl_read_bytes(&request->in);
	(void)mtproto_tl_read_long(&request->in); /* random_id */
	testdc_feed_get_account(feed, &state, &last_message);
	if (text.len == 0 && !request->in.error)
		testdc_refuse(request, 400, "MESSAGE_EMPTY");
	else
		write_sent(request, last_message + 1, state.pts);
}
