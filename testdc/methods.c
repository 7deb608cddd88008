#include "testdc/methods.h"

#include <mtproto/service_parts.h>

#define NEAREST_DC 0x8e1a1775u
#define CDN_CONFIG 0x5725e40au

/* More are refused: no client has so many temporary keys alive. */
#define EXCEPT_KEYS_MAX 64

static void get_nearest_dc(struct testdc_request *request)
{
	int32_t this_dc = testdc_this_dc(request);

	mtproto_tl_write_u32(&request->out, NEAREST_DC);
	mtproto_tl_write_string(&request->out, "ZZ"); /* ISO 3166: unknown */
	mtproto_tl_write_int(&request->out, this_dc);
	mtproto_tl_write_int(&request->out, this_dc);
}

static void get_cdn_config(struct testdc_request *request)
{
	mtproto_tl_write_u32(&request->out, CDN_CONFIG);
	mtproto_tl_write_vector(&request->out, 0);
}

/* The key that the request came with is kept in any case, or its answer would have no way back. */
static void drop_temp_auth_keys(struct testdc_request *request)
{
	uint64_t except[EXCEPT_KEYS_MAX + 1] = {request->session.auth_key_id};
	struct mtproto_longs listed;

	mtproto_longs_read(&listed, &request->in);
	if (listed.count > EXCEPT_KEYS_MAX)
		mtproto_tl_reader_fail(&request->in, MTPROTO_ERR_LIMIT);
	if (mtproto_tl_reader_end(&request->in))
		return;
	for (uint32_t i = 0; i < listed.count; i++)
		except[i + 1] = mtproto_longs_at(&listed, i);
	if (request->session.perm_auth_key_id != 0)
		mtproto_server_drop_temp_keys(request->dc->server, request->session.perm_auth_key_id, except,
					      listed.count + 1);
	mtproto_tl_write_bool(&request->out, true);
}

/* Only methods that really need a user may be answered by 401: some clients take any 401 for the end of their
 * authorisation and destroy their keys. */
static const struct testdc_method methods[] = {
	{0xc4f9186b, "help.getConfig", testdc_write_config},
	{0x1fb33026, "help.getNearestDc", get_nearest_dc},
	{0x52029342, "help.getCdnConfig", get_cdn_config},
	{0x8e48a188, "auth.dropTempAuthKeys", drop_temp_auth_keys},

	{0x0d91a548, "users.getUsers", NULL},
	{0xb60f5918, "users.getFullUser", NULL},
	{0xedd4882a, "updates.getState", NULL},
	{0x19c2f763, "updates.getDifference", NULL},
	{0x03173d78, "updates.getChannelDifference", NULL},
	{0x3e72ba19, "auth.logOut", NULL},
	{0xe5bfffcd, "auth.exportAuthorization", NULL},
	{0x9fab0d1a, "auth.resetAuthorizations", NULL},
	{0x6628562c, "account.updateStatus", NULL},
	{0x12b3ad31, "account.getNotifySettings", NULL},
	{0xdadbc950, "account.getPrivacy", NULL},
	{0xe320c158, "account.getAuthorizations", NULL},
	{0x8b9b4dae, "account.getContentSettings", NULL},
	{0x5dd69e12, "contacts.getContacts", NULL},
	{0xc4a353ee, "contacts.getStatuses", NULL},
	{0x973478b6, "contacts.getTopPeers", NULL},
	{0x725afbbc, "contacts.resolveUsername", NULL},
	{0xa0f4cb4f, "messages.getDialogs", NULL},
	{0xd6b94df2, "messages.getPinnedDialogs", NULL},
	{0xefd48c89, "messages.getDialogFilters", NULL},
	{0x4423e6c5, "messages.getHistory", NULL},
	{0x63c66506, "messages.getMessages", NULL},
	{0x0e306d3a, "messages.readHistory", NULL},
	{0xfef48f62, "messages.sendMessage", NULL},
	{0xb8a0a1a8, "messages.getAllStickers", NULL},
	{0x0a7f6bbb, "channels.getChannels", NULL},
	{0x08736a09, "channels.getFullChannel", NULL},
	{0xad8c9a23, "channels.getMessages", NULL},
	{0x91cd32a8, "photos.getUserPhotos", NULL},
	{0xb304a621, "upload.saveFilePart", NULL},
	{0xde7b673d, "upload.saveBigFilePart", NULL},
};

const struct testdc_method *testdc_find_method(uint32_t id)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i].id == id)
			return &methods[i];
	return NULL;
}
