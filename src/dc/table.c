#include <mtproto/dc.h>

#include "base/memory.h"
#include "dc/address.h"

#include <string.h>

#include <mtproto/tl.h>

#define PORT 443

#define CONFIG_TO_144   0x330b4067u
#define CONFIG_TO_153   0x232566acu
#define CONFIG_FROM_154 0xcc1a241eu
#define DC_OPTION       0x18b7a10du

#define CONFIG_FORCE_TRY_IPV6 (1u << 14)

/* id, flags, a port, an empty address: what a dcOption takes at least. */
#define DC_OPTION_SIZE_MIN 20

struct mtproto_dc_table {
	struct mtproto_allocator allocator;
	bool test;
	size_t count;
	struct mtproto_dc_option options[MTPROTO_DC_OPTIONS_MAX];
};

struct known {
	int32_t id;
	uint32_t flags;
	const char *address;
};

/* The lists that official clients are built with; all listen on 443, 80 and 5222. */
static const struct known production[] = {
	{1, MTPROTO_DC_STATIC, "149.154.175.50"},
	{1, MTPROTO_DC_IPV6, "2001:b28:f23d:f001::a"},
	{2, MTPROTO_DC_STATIC, "149.154.167.51"},
	{2, 0, "95.161.76.100"},
	{2, MTPROTO_DC_MEDIA_ONLY, "149.154.167.222"},
	{2, MTPROTO_DC_IPV6, "2001:67c:4e8:f002::a"},
	{2, MTPROTO_DC_IPV6 | MTPROTO_DC_MEDIA_ONLY, "2001:67c:4e8:f002::b"},
	{3, MTPROTO_DC_STATIC, "149.154.175.100"},
	{3, MTPROTO_DC_IPV6, "2001:b28:f23d:f003::a"},
	{4, MTPROTO_DC_STATIC, "149.154.167.91"},
	{4, MTPROTO_DC_MEDIA_ONLY, "149.154.166.120"},
	{4, MTPROTO_DC_IPV6, "2001:67c:4e8:f004::a"},
	{4, MTPROTO_DC_IPV6 | MTPROTO_DC_MEDIA_ONLY, "2001:67c:4e8:f004::b"},
	{5, MTPROTO_DC_STATIC, "149.154.171.5"},
	{5, MTPROTO_DC_IPV6, "2001:b28:f23f:f005::a"},
};

static const struct known test_environment[] = {
	{1, MTPROTO_DC_STATIC, "149.154.175.10"},  {1, MTPROTO_DC_IPV6, "2001:b28:f23d:f001::e"},
	{2, MTPROTO_DC_STATIC, "149.154.167.40"},  {2, MTPROTO_DC_IPV6, "2001:67c:4e8:f002::e"},
	{3, MTPROTO_DC_STATIC, "149.154.175.117"}, {3, MTPROTO_DC_IPV6, "2001:b28:f23d:f003::e"},
};

static void add_known(struct mtproto_dc_table *table, const struct known *known, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct mtproto_dc_option *option = &table->options[table->count++];

		option->id = known[i].id;
		option->flags = known[i].flags;
		option->port = PORT;
		memcpy(option->address, known[i].address, strlen(known[i].address));
	}
}

int mtproto_dc_table_new(struct mtproto_dc_table **out, const struct mtproto_allocator *allocator, bool test)
{
	struct mtproto_allocator memory = mtp_allocator_or_default(allocator);
	struct mtproto_dc_table *table = mtp_alloc_zero(&memory, sizeof(*table));

	*out = table;
	if (!table)
		return MTPROTO_ERR_MEMORY;
	table->allocator = memory;
	table->test = test;
	if (test)
		add_known(table, test_environment, sizeof(test_environment) / sizeof(test_environment[0]));
	else
		add_known(table, production, sizeof(production) / sizeof(production[0]));
	return 0;
}

void mtproto_dc_table_free(struct mtproto_dc_table *table)
{
	struct mtproto_allocator allocator;

	if (!table)
		return;
	allocator = table->allocator;
	mtp_release_secret(&allocator, table, sizeof(*table));
}

bool mtproto_dc_table_is_test(const struct mtproto_dc_table *table)
{
	return table->test;
}

const struct mtproto_dc_option *mtproto_dc_table_at(const struct mtproto_dc_table *table, size_t index)
{
	return index < table->count ? &table->options[index] : NULL;
}

int mtproto_dc_address_family(const char *text, size_t len)
{
	uint8_t address[MTP_IPV6_SIZE];

	if (mtp_ipv4_read(address, text, len))
		return 4;
	return mtp_ipv6_read(address, text, len) ? 6 : 0;
}

/* ---- Changing it ---- */

static bool is_sane(const struct mtproto_dc_option *option)
{
	const char *end = memchr(option->address, '\0', sizeof(option->address));
	int family = option->flags & MTPROTO_DC_IPV6 ? 6 : 4;

	if (option->id <= 0 || option->port == 0 || option->secret_len > MTPROTO_DC_SECRET_MAX || !end)
		return false;
	return mtproto_dc_address_family(option->address, (size_t)(end - option->address)) == family;
}

static struct mtproto_dc_option *find_equal(struct mtproto_dc_table *table, const struct mtproto_dc_option *option)
{
	for (size_t i = 0; i < table->count; i++) {
		struct mtproto_dc_option *each = &table->options[i];

		if (each->id == option->id && each->flags == option->flags && each->port == option->port &&
		    strcmp(each->address, option->address) == 0)
			return each;
	}
	return NULL;
}

static int put(struct mtproto_dc_table *table, const struct mtproto_dc_option *option)
{
	struct mtproto_dc_option *place = find_equal(table, option);

	if (!place && table->count == MTPROTO_DC_OPTIONS_MAX)
		return MTPROTO_ERR_LIMIT;
	if (!place)
		place = &table->options[table->count++];
	*place = *option;
	return 0;
}

int mtproto_dc_table_add(struct mtproto_dc_table *table, const struct mtproto_dc_option *option)
{
	return is_sane(option) ? put(table, option) : MTPROTO_ERR_ARGUMENT;
}

size_t mtproto_dc_table_remove(struct mtproto_dc_table *table, int32_t id)
{
	size_t kept = 0, removed;

	for (size_t i = 0; i < table->count; i++)
		if (table->options[i].id != id)
			table->options[kept++] = table->options[i];
	removed = table->count - kept;
	table->count = kept;
	return removed;
}

/* ---- Looking up ---- */

static bool serves(const struct mtproto_dc_option *option, const struct mtproto_dc_query *query)
{
	bool is_ipv6 = option->flags & MTPROTO_DC_IPV6;
	bool is_cdn = option->flags & MTPROTO_DC_CDN;

	if (option->id != query->id || is_cdn != query->cdn)
		return false;
	if ((query->family == MTPROTO_DC_FAMILY_IPV4_ONLY && is_ipv6) ||
	    (query->family == MTPROTO_DC_FAMILY_IPV6_ONLY && !is_ipv6))
		return false;
	if ((option->flags & MTPROTO_DC_MEDIA_ONLY) && !query->media)
		return false;
	return query->obfuscated || !(option->flags & (MTPROTO_DC_OBFUSCATED_ONLY | MTPROTO_DC_SECRET));
}

/* The lower the better; equal ones stay in the order of the table. */
static unsigned rank(const struct mtproto_dc_option *option, const struct mtproto_dc_query *query)
{
	bool is_ipv6 = option->flags & MTPROTO_DC_IPV6;
	bool wants_ipv6 = query->family == MTPROTO_DC_FAMILY_IPV6_FIRST || query->family == MTPROTO_DC_FAMILY_IPV6_ONLY;
	unsigned result = 0;

	if (query->media && !(option->flags & MTPROTO_DC_MEDIA_ONLY))
		result += 4;
	if (query->proxy && !(option->flags & MTPROTO_DC_STATIC))
		result += 2;
	return result + (is_ipv6 != wants_ipv6);
}

#define RANKS 8u

size_t mtproto_dc_table_find(const struct mtproto_dc_option **out, size_t cap, const struct mtproto_dc_table *table,
			     const struct mtproto_dc_query *query)
{
	size_t found = 0;

	for (unsigned wanted = 0; wanted < RANKS; wanted++) {
		for (size_t i = 0; i < table->count; i++) {
			const struct mtproto_dc_option *option = &table->options[i];

			if (!serves(option, query) || rank(option, query) != wanted)
				continue;
			if (out && found < cap)
				out[found] = option;
			found++;
		}
	}
	return found;
}

size_t mtproto_dc_option_ports(uint16_t out[MTPROTO_DC_PORTS_MAX], const struct mtproto_dc_option *option)
{
	static const uint16_t others[] = {PORT, 80, 5222};
	size_t count = 0;

	out[count++] = option->port;
	if (option->flags & MTPROTO_DC_THIS_PORT_ONLY)
		return count;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i] != option->port)
			out[count++] = others[i];
	return count;
}

/* ---- help.getConfig ---- */

/* False when it is well formed but can't be used. */
static bool read_option(struct mtproto_dc_option *out, struct mtproto_tl_reader *r)
{
	struct mtproto_span address, secret = {NULL, 0};
	int32_t port;

	memset(out, 0, sizeof(*out));
	mtproto_tl_read_id(r, DC_OPTION);
	out->flags = mtproto_tl_read_u32(r);
	out->id = mtproto_tl_read_int(r);
	address = mtproto_tl_read_bytes(r);
	port = mtproto_tl_read_int(r);
	if (out->flags & MTPROTO_DC_SECRET)
		secret = mtproto_tl_read_bytes(r);
	if (r->error || address.len >= sizeof(out->address) || secret.len > MTPROTO_DC_SECRET_MAX || port <= 0 ||
	    port > UINT16_MAX)
		return false;
	out->port = (uint16_t)port;
	if (address.len > 0)
		memcpy(out->address, address.data, address.len);
	out->secret_len = (uint8_t)secret.len;
	if (secret.len > 0)
		memcpy(out->secret, secret.data, secret.len);
	return strlen(out->address) == address.len && is_sane(out);
}

static void read_head(struct mtproto_dc_config *config, struct mtproto_tl_reader *r)
{
	uint32_t id = mtproto_tl_read_u32(r);
	uint32_t flags;

	if (id != CONFIG_TO_144 && id != CONFIG_TO_153 && id != CONFIG_FROM_154)
		mtproto_tl_reader_fail(r, MTPROTO_ERR_CONSTRUCTOR);
	flags = mtproto_tl_read_u32(r);
	config->force_try_ipv6 = flags & CONFIG_FORCE_TRY_IPV6;
	config->date = mtproto_tl_read_u32(r);
	config->expires = mtproto_tl_read_u32(r);
	config->test_mode = mtproto_tl_read_bool(r);
	config->this_dc = mtproto_tl_read_int(r);
}

/* The versions of config differ behind dc_options only, so that their ends need not be read. */
static int read_config(struct mtproto_dc_table *table, struct mtproto_tl_reader *r, struct mtproto_dc_config *config)
{
	struct mtproto_dc_option option;
	uint32_t count;
	int error = 0;

	read_head(config, r);
	count = mtproto_tl_read_vector(r, DC_OPTION_SIZE_MIN);
	for (uint32_t i = 0; i < count && !r->error && !error; i++)
		if (read_option(&option, r))
			error = put(table, &option);
	if (r->error)
		return r->error;
	return error;
}

static bool has_id(const struct mtproto_dc_table *table, int32_t id)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->options[i].id == id)
			return true;
	return false;
}

/* Data centres that the config does not name stay as they are. */
static int keep_others(struct mtproto_dc_table *fresh, const struct mtproto_dc_table *old)
{
	size_t named = fresh->count;

	for (size_t i = 0; i < old->count; i++) {
		size_t all = fresh->count;
		bool is_named;

		fresh->count = named;
		is_named = has_id(fresh, old->options[i].id);
		fresh->count = all;
		if (is_named)
			continue;
		if (fresh->count == MTPROTO_DC_OPTIONS_MAX)
			return MTPROTO_ERR_LIMIT;
		fresh->options[fresh->count++] = old->options[i];
	}
	return 0;
}

int mtproto_dc_table_update(struct mtproto_dc_table *table, const void *data, size_t len,
			    struct mtproto_dc_config *config)
{
	struct mtproto_dc_table *fresh = mtp_alloc_zero(&table->allocator, sizeof(*fresh));
	struct mtproto_dc_config read = {0};
	struct mtproto_tl_reader r;
	int error;

	if (!fresh)
		return MTPROTO_ERR_MEMORY;
	mtproto_tl_reader_init(&r, data, len);
	error = read_config(fresh, &r, &read);
	if (!error && read.test_mode != table->test)
		error = MTPROTO_ERR_DC;
	if (!error)
		error = keep_others(fresh, table);
	if (!error) {
		memcpy(table->options, fresh->options, sizeof(table->options));
		table->count = fresh->count;
		if (config)
			*config = read;
	}
	mtp_release_secret(&table->allocator, fresh, sizeof(*fresh));
	return error;
}
