/* Signing in: bots by their token, and keys of one data centre by the authorisation of another.
 * Source: core.telegram.org/api/bots, /api/datacenter, /method/auth.importBotAuthorization. */
#include <mtproto/service_parts.h>

#include <inttypes.h>
#include <stdio.h>

#include "testdc/methods.h"
#include "testdc/objects.h"

#define AUTH_AUTHORIZATION          0x2ea2c0d4u
#define AUTH_LOGGED_OUT             0xc3a2835fu
#define AUTH_EXPORTED_AUTHORIZATION 0xb434e2b8u
#define INPUT_USER_SELF             0xf7c1b13fu
#define INPUT_USER                  0xf21158c6u

/* More are refused: no client has so many temporary keys alive, or asks about so many users. */
#define EXCEPT_KEYS_MAX 64
#define USERS_MAX       64

#define TOKEN_MAX   128
#define USER_ID_MAX UINT64_C(0x000fffffffffffff) /* what fits into a double */

/* The key that the request came with is kept in any case, or its answer would have no way back. */
void testdc_drop_temp_auth_keys(struct testdc_request *request)
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
		mtproto_server_drop_temp_keys(request->centre->server, request->session.perm_auth_key_id, except,
					      listed.count + 1);
	mtproto_tl_write_bool(&request->out, true);
}

/* ---- Signing in and out ---- */

static void sign_in(struct testdc_request *request, uint64_t user_id, bool imported)
{
	const struct testdc_login login = {
		.auth_key_id = request->session.perm_auth_key_id, .user_id = user_id, .imported = imported};

	if (login.auth_key_id == 0) {
		testdc_refuse(request, 401, "AUTH_KEY_PERM_EMPTY");
		return;
	}
	if (testdc_logins_put(&request->testdc->logins, &login)) {
		testdc_refuse(request, 500, "MEMORY_LIMIT");
		return;
	}
	mtproto_tl_write_u32(&request->out, AUTH_AUTHORIZATION);
	mtproto_tl_write_u32(&request->out, 0); /* flags: none of the optional members */
	testdc_write_user(&request->out, request->layer, user_id, TESTDC_USER_SELF);
}

/* True when another data centre is the home of all accounts. */
static bool is_sent_home(struct testdc_request *request, const char *whose)
{
	int32_t home = request->testdc->home;
	char text[32];

	if (home == 0 || home == testdc_this_dc(request))
		return false;
	snprintf(text, sizeof(text), "%s_MIGRATE_%" PRId32, whose, home);
	testdc_refuse(request, 303, text);
	return true;
}

static bool is_secret_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

/* "123456:secret": the number is the bot's user id. 0 when it is no token. */
static uint64_t user_of_token(struct mtproto_span token)
{
	uint64_t id = 0;
	size_t i = 0, secret;

	if (token.len > TOKEN_MAX)
		return 0;
	for (; i < token.len && token.data[i] >= '0' && token.data[i] <= '9' && id <= USER_ID_MAX; i++)
		id = 10 * id + (uint64_t)(token.data[i] - '0');
	if (id > USER_ID_MAX || i == token.len || token.data[i] != ':')
		return 0;
	secret = ++i;
	while (i < token.len && is_secret_char(token.data[i]))
		i++;
	return i == token.len && i > secret ? id : 0;
}

void testdc_import_bot_authorization(struct testdc_request *request)
{
	struct mtproto_span api_hash, token;
	int32_t api_id;
	uint64_t user_id;

	mtproto_tl_read_int(&request->in); /* flags, of which there are none */
	api_id = mtproto_tl_read_int(&request->in);
	api_hash = mtproto_tl_read_bytes(&request->in);
	token = mtproto_tl_read_bytes(&request->in);
	if (mtproto_tl_reader_end(&request->in))
		return;
	user_id = user_of_token(token);
	if (api_id <= 0 || api_hash.len == 0)
		testdc_refuse(request, 400, "API_ID_INVALID");
	else if (user_id == 0)
		testdc_refuse(request, 400, "ACCESS_TOKEN_INVALID");
	else if (!is_sent_home(request, "USER"))
		sign_in(request, user_id, false);
}

/* There are no accounts with phone numbers; what is sent along with one is not looked at. */
void testdc_send_code(struct testdc_request *request)
{
	mtproto_tl_read_bytes(&request->in);
	mtproto_tl_read_span(&request->in, mtproto_tl_left(&request->in));
	if (!request->in.error && !is_sent_home(request, "PHONE"))
		testdc_refuse(request, 400, "PHONE_NUMBER_INVALID");
}

void testdc_log_out(struct testdc_request *request)
{
	if (mtproto_tl_reader_end(&request->in))
		return;
	testdc_logins_remove(&request->testdc->logins, request->login->auth_key_id);
	mtproto_tl_write_u32(&request->out, AUTH_LOGGED_OUT);
	mtproto_tl_write_u32(&request->out, 0); /* flags: no future_auth_token */
}

/* ---- From one data centre to another ---- */

static bool is_served(const struct testdc_request *request, int32_t number)
{
	const struct testdc *testdc = request->testdc;

	/* A single one takes the place of all others, and so has any number. */
	if (testdc->centre_count == 1)
		return number > 0;
	for (size_t i = 0; i < testdc->centre_count; i++)
		if (testdc_number(testdc->centres[i].dc) == number)
			return true;
	return false;
}

void testdc_export_authorization(struct testdc_request *request)
{
	int32_t number = mtproto_tl_read_int(&request->in);
	uint8_t secret[8];
	struct mtproto_tl_writer w;

	if (mtproto_tl_reader_end(&request->in))
		return;
	if (number == testdc_this_dc(request) || !is_served(request, number)) {
		testdc_refuse(request, 400, "DC_ID_INVALID");
		return;
	}
	mtproto_tl_writer_init(&w, secret, sizeof(secret));
	mtproto_tl_write_long(&w, testdc_exports_add(&request->testdc->exports, request->login->user_id, number));
	mtproto_tl_write_u32(&request->out, AUTH_EXPORTED_AUTHORIZATION);
	mtproto_tl_write_long(&request->out, request->login->user_id);
	mtproto_tl_write_bytes(&request->out, secret, sizeof(secret));
}

void testdc_import_authorization(struct testdc_request *request)
{
	struct testdc_export wanted = {.number = testdc_this_dc(request)};
	struct mtproto_tl_reader r;
	struct mtproto_span secret;

	wanted.user_id = mtproto_tl_read_long(&request->in);
	secret = mtproto_tl_read_bytes(&request->in);
	if (mtproto_tl_reader_end(&request->in))
		return;
	mtproto_tl_reader_init(&r, secret.data, secret.len);
	wanted.secret = mtproto_tl_read_long(&r);
	if (mtproto_tl_reader_end(&r) || !testdc_exports_take(&request->testdc->exports, &wanted))
		testdc_refuse(request, 400, "AUTH_BYTES_INVALID");
	else
		sign_in(request, wanted.user_id, true);
}

/* ---- Users ---- */

/* The id of one InputUser: all that this world has are the account itself and the people that write to it. */
static uint64_t read_input_user(struct testdc_request *request)
{
	uint32_t id = mtproto_tl_read_u32(&request->in);
	uint64_t user_id;

	if (id == INPUT_USER_SELF)
		return request->login->user_id;
	if (id != INPUT_USER)
		mtproto_tl_reader_fail(&request->in, MTPROTO_ERR_CONSTRUCTOR);
	user_id = mtproto_tl_read_long(&request->in);
	mtproto_tl_read_long(&request->in); /* access_hash: everybody may see everybody */
	return user_id;
}

void testdc_get_users(struct testdc_request *request)
{
	uint32_t count = mtproto_tl_read_vector(&request->in, 4);
	uint64_t self = request->login->user_id;
	uint64_t ids[USERS_MAX];

	if (count > USERS_MAX)
		mtproto_tl_reader_fail(&request->in, MTPROTO_ERR_LIMIT);
	for (uint32_t i = 0; i < count && !request->in.error; i++)
		ids[i] = read_input_user(request);
	if (mtproto_tl_reader_end(&request->in))
		return;
	mtproto_tl_write_vector(&request->out, count);
	for (uint32_t i = 0; i < count; i++)
		testdc_write_user(&request->out, request->layer, ids[i],
				  ids[i] == self ? TESTDC_USER_SELF : TESTDC_USER_OTHER);
}
