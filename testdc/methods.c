#include "testdc/methods.h"

#include <string.h>

/* Only methods that really need a user may be answered by 401: some clients take any 401 for the end of their
 * authorisation and destroy their keys. */
static const struct testdc_method methods[] = {
	{0xc4f9186b, "help.getConfig", TESTDC_ANYBODY, testdc_get_config},
	{0x1fb33026, "help.getNearestDc", TESTDC_ANYBODY, testdc_get_nearest_dc},
	{0x52029342, "help.getCdnConfig", TESTDC_ANYBODY, testdc_get_cdn_config},
	{0x8e48a188, "auth.dropTempAuthKeys", TESTDC_ANYBODY, testdc_drop_temp_auth_keys},
	{0x67a3ff2c, "auth.importBotAuthorization", TESTDC_ANYBODY, testdc_import_bot_authorization},
	{0xa57a7dad, "auth.importAuthorization", TESTDC_ANYBODY, testdc_import_authorization},
	{0xa677244f, "auth.sendCode", TESTDC_ANYBODY, testdc_send_code},

	{0xe5bfffcd, "auth.exportAuthorization", TESTDC_USER, testdc_export_authorization},
	{0x3e72ba19, "auth.logOut", TESTDC_USER, testdc_log_out},
	{0x0d91a548, "users.getUsers", TESTDC_USER, testdc_get_users},
	{0xfef48f62, "messages.sendMessage", TESTDC_USER, testdc_send_message},
	{0xedd4882a, "updates.getState", TESTDC_USER, testdc_get_state},
	{0x19c2f763, "updates.getDifference", TESTDC_USER, testdc_get_difference},
	{0x03173d78, "updates.getChannelDifference", TESTDC_USER, testdc_get_channel_difference},

	{0xb60f5918, "users.getFullUser", TESTDC_USER, NULL},
	{0x9fab0d1a, "auth.resetAuthorizations", TESTDC_USER, NULL},
	{0x6628562c, "account.updateStatus", TESTDC_USER, NULL},
	{0x12b3ad31, "account.getNotifySettings", TESTDC_USER, NULL},
	{0xdadbc950, "account.getPrivacy", TESTDC_USER, NULL},
	{0xe320c158, "account.getAuthorizations", TESTDC_USER, NULL},
	{0x8b9b4dae, "account.getContentSettings", TESTDC_USER, NULL},
	{0x5dd69e12, "contacts.getContacts", TESTDC_USER, NULL},
	{0xc4a353ee, "contacts.getStatuses", TESTDC_USER, NULL},
	{0x973478b6, "contacts.getTopPeers", TESTDC_USER, NULL},
	{0x725afbbc, "contacts.resolveUsername", TESTDC_USER, NULL},
	{0xa0f4cb4f, "messages.getDialogs", TESTDC_USER, NULL},
	{0xd6b94df2, "messages.getPinnedDialogs", TESTDC_USER, NULL},
	{0xefd48c89, "messages.getDialogFilters", TESTDC_USER, NULL},
	{0x4423e6c5, "messages.getHistory", TESTDC_USER, NULL},
	{0x63c66506, "messages.getMessages", TESTDC_USER, NULL},
	{0x0e306d3a, "messages.readHistory", TESTDC_USER, NULL},
	{0xb8a0a1a8, "messages.getAllStickers", TESTDC_USER, NULL},
	{0x0a7f6bbb, "channels.getChannels", TESTDC_USER, NULL},
	{0x08736a09, "channels.getFullChannel", TESTDC_USER, NULL},
	{0xad8c9a23, "channels.getMessages", TESTDC_USER, NULL},
	{0x91cd32a8, "photos.getUserPhotos", TESTDC_USER, NULL},
	{0xb304a621, "upload.saveFilePart", TESTDC_USER, NULL},
	{0xde7b673d, "upload.saveBigFilePart", TESTDC_USER, NULL},
	{0xbe5335be, "upload.getFile", TESTDC_USER, NULL},
};

#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

const struct testdc_method *testdc_find_method(uint32_t id)
{
	for (size_t i = 0; i < METHOD_COUNT; i++)
		if (methods[i].id == id)
			return &methods[i];
	return NULL;
}

const struct testdc_method *testdc_find_method_named(const char *name, size_t len)
{
	for (size_t i = 0; i < METHOD_COUNT; i++)
		if (strlen(methods[i].name) == len && memcmp(methods[i].name, name, len) == 0)
			return &methods[i];
	return NULL;
}
