/* The table of data centres. The config was written by Telethon; the answers of the parsers are those of
 * core.telegram.org/api/errors. */
#include <mtproto/dc.h>

#include "dc/address.h"
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* config#cc1a241e with force_try_ipv6 and seven options: two of DC 2, its media one, one of DC 4 with a secret, a CDN,
 * and two of DC 9 that can't be used: one with a word for its address, one with port 70000. */
static const char config_hex[] =
	"1e241acc0140000000f1536510ff5365379779bc0200000015c4b51c070000000da1b71810000000020000000e313439"
	"2e3135342e3136372e343100bb0100000da1b718010000000200000027323030313a303637633a303465383a66303032"
	"3a303030303a303030303a303030303a30303061bb0100000da1b71802000000020000000f3134392e3135342e313637"
	"2e323232bb0100000da1b71824040000040000000f3134392e3135342e3136362e313230661400001000010203040506"
	"0708090a0b0c0d0e0f0000000da1b71808000000cb0000000e39312e3130352e3139322e31303000bb0100000da1b718"
	"00000000090000000e6e6f7420616e206164647265737300bb0100000da1b718000000000900000007312e322e292e34"
	"701101000d617076292e7374656c2e636f6d0000c8000000400d030064000000503403008813000030750000e0930400"
	"30750000dc05000060ea00000200000000a30200ffffff7fffffff7f00ea2400c8000000803a090003000000204e0000"
	"905f010030750000102700000d68747470733a2f2f742e6d652f0000000400000010000004000000";

static struct mtproto_dc_table *new_table(bool test)
{
	struct mtproto_dc_table *table;

	assert_int_equal(mtproto_dc_table_new(&table, NULL, test), 0);
	return table;
}

static void assert_found(const struct mtproto_dc_table *table, struct mtproto_dc_query query, const char *expected)
{
	const struct mtproto_dc_option *found[16];
	size_t count = mtproto_dc_table_find(found, 16, table, &query);
	char text[1000] = "";

	assert_int_equal(mtproto_dc_table_find(NULL, 0, table, &query), count);
	for (size_t i = 0; i < count; i++) {
		strcat(text, i ? " " : "");
		strcat(text, found[i]->address);
	}
	assert_string_equal(text, expected);
}

#define FIND(table, expected, ...) assert_found(table, (struct mtproto_dc_query){__VA_ARGS__}, expected)

static void the_known_addresses(void **state)
{
	struct mtproto_dc_table *table = new_table(false);

	(void)state;
	FIND(table, "149.154.175.50 2001:b28:f23d:f001::a", .id = 1);
	FIND(table, "149.154.167.51 95.161.76.100 2001:67c:4e8:f002::a", .id = 2);
	FIND(table, "149.154.175.100 2001:b28:f23d:f003::a", .id = 3);
	FIND(table, "149.154.167.91 2001:67c:4e8:f004::a", .id = 4);
	FIND(table, "149.154.171.5 2001:b28:f23f:f005::a", .id = 5);
	FIND(table, "", .id = 6);
	FIND(table, "", .id = 203, .cdn = true);
	assert_false(mtproto_dc_table_is_test(table));
	mtproto_dc_table_free(table);

	table = new_table(true);
	FIND(table, "149.154.175.10 2001:b28:f23d:f001::e", .id = 1);
	FIND(table, "149.154.167.40 2001:67c:4e8:f002::e", .id = MTPROTO_DC_DEFAULT);
	FIND(table, "149.154.175.117 2001:b28:f23d:f003::e", .id = 3);
	FIND(table, "", .id = 4);
	assert_true(mtproto_dc_table_is_test(table));
	mtproto_dc_table_free(table);
}

static void families_and_media_are_chosen(void **state)
{
	struct mtproto_dc_table *table = new_table(false);

	(void)state;
	FIND(table, "149.154.167.91", .id = 4, .family = MTPROTO_DC_FAMILY_IPV4_ONLY);
	FIND(table, "2001:67c:4e8:f004::a", .id = 4, .family = MTPROTO_DC_FAMILY_IPV6_ONLY);
	FIND(table, "2001:67c:4e8:f004::a 149.154.167.91", .id = 4, .family = MTPROTO_DC_FAMILY_IPV6_FIRST);
	FIND(table, "149.154.166.120 2001:67c:4e8:f004::b 149.154.167.91 2001:67c:4e8:f004::a", .id = 4, .media = true);
	FIND(table, "2001:67c:4e8:f004::b 2001:67c:4e8:f004::a", .id = 4, .media = true,
	     .family = MTPROTO_DC_FAMILY_IPV6_ONLY);
	FIND(table, "149.154.167.51 2001:67c:4e8:f002::a 95.161.76.100", .id = 2, .proxy = true,
	     .family = MTPROTO_DC_FAMILY_IPV6_FIRST);
	mtproto_dc_table_free(table);
}

static void ports_follow_the_option(void **state)
{
	struct mtproto_dc_option option = {.id = 2, .port = 443};
	uint16_t ports[MTPROTO_DC_PORTS_MAX];

	(void)state;
	assert_int_equal(mtproto_dc_option_ports(ports, &option), 3);
	assert_true(ports[0] == 443 && ports[1] == 80 && ports[2] == 5222);
	option.port = 88;
	assert_int_equal(mtproto_dc_option_ports(ports, &option), 4);
	assert_true(ports[0] == 88 && ports[1] == 443 && ports[2] == 80 && ports[3] == 5222);
	option.flags = MTPROTO_DC_THIS_PORT_ONLY;
	assert_int_equal(mtproto_dc_option_ports(ports, &option), 1);
	assert_int_equal(ports[0], 88);
}

/* ---- help.getConfig ---- */

struct config {
	uint8_t bytes[1024];
	size_t len;
};

static void load(struct config *config)
{
	config->len = hex(config->bytes, sizeof(config->bytes), config_hex);
}

static int update(struct mtproto_dc_table *table, const struct config *config, size_t len,
		  struct mtproto_dc_config *out)
{
	uint8_t *copy = malloc(len ? len : 1); /* of exactly this size, so that a sanitizer sees a read beyond it */
	int error;

	assert_non_null(copy);
	memcpy(copy, config->bytes, len);
	error = mtproto_dc_table_update(table, copy, len, out);
	free(copy);
	return error;
}

static void a_config_replaces_the_data_centres_that_it_names(void **state)
{
	struct mtproto_dc_table *table = new_table(false);
	const struct mtproto_dc_option *found;
	struct mtproto_dc_config out;
	struct config config;

	(void)state;
	load(&config);
	assert_int_equal(update(table, &config, config.len, &out), 0);
	assert_int_equal(out.date, 1700000000);
	assert_int_equal(out.expires, 1700003600);
	assert_int_equal(out.this_dc, 2);
	assert_true(out.force_try_ipv6);
	assert_false(out.test_mode);
	FIND(table, "149.154.167.41 2001:067c:04e8:f002:0000:0000:0000:000a", .id = 2);
	FIND(table, "149.154.167.222 149.154.167.41", .id = 2, .media = true, .family = MTPROTO_DC_FAMILY_IPV4_ONLY);
	/* Not named: as before. Options that can't be used are left out. */
	FIND(table, "149.154.171.5 2001:b28:f23f:f005::a", .id = 5);
	FIND(table, "", .id = 9);
	/* The only one of DC 4 needs an obfuscated transport, a CDN is never an ordinary one. */
	FIND(table, "", .id = 4);
	FIND(table, "149.154.166.120", .id = 4, .obfuscated = true);
	FIND(table, "91.105.192.100", .id = 203, .cdn = true);
	FIND(table, "", .id = 203);
	found = mtproto_dc_table_at(table, 3);
	assert_int_equal(found->secret_len, 16);
	assert_memory_equal(found->secret, "\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf", 16);
	assert_int_equal(found->port, 5222);
	/* Again: the same, not twice as many. */
	assert_int_equal(update(table, &config, config.len, NULL), 0);
	FIND(table, "149.154.167.41 2001:067c:04e8:f002:0000:0000:0000:000a", .id = 2);
	mtproto_dc_table_free(table);
}

static void all_versions_of_config_are_read(void **state)
{
	static const uint8_t ids[][4] = {{0x67, 0x40, 0x0b, 0x33}, {0xac, 0x66, 0x25, 0x23}, {0x1e, 0x24, 0x1a, 0xcc}};
	struct config config;

	(void)state;
	load(&config);
	for (size_t i = 0; i < 3; i++) {
		struct mtproto_dc_table *table = new_table(false);

		memcpy(config.bytes, ids[i], 4);
		assert_int_equal(update(table, &config, config.len, NULL), 0);
		FIND(table, "91.105.192.100", .id = 203, .cdn = true);
		mtproto_dc_table_free(table);
	}
}

static void a_config_that_cannot_be_used_changes_nothing(void **state)
{
	struct mtproto_dc_table *table = new_table(false), *test = new_table(true);
	struct config config;

	(void)state;
	load(&config);
	assert_int_equal(update(test, &config, config.len, NULL), MTPROTO_ERR_DC);
	FIND(test, "149.154.167.40 2001:67c:4e8:f002::e", .id = 2);
	/* The options end at byte 292; every shorter form is cut. */
	for (size_t len = 0; len < 292; len++)
		assert_true(update(table, &config, len, NULL) < 0);
	config.bytes[0] ^= 1;
	assert_int_equal(update(table, &config, config.len, NULL), MTPROTO_ERR_CONSTRUCTOR);
	config.bytes[0] ^= 1;
	memset(config.bytes + 28, 0xff, 4); /* the count of options */
	assert_int_equal(update(table, &config, config.len, NULL), MTPROTO_ERR_ENCODING);
	FIND(table, "149.154.167.51 95.161.76.100 2001:67c:4e8:f002::a", .id = 2);
	mtproto_dc_table_free(table);
	mtproto_dc_table_free(test);
}

/* ---- Own options ---- */

static void own_options_are_added_and_removed(void **state)
{
	struct mtproto_dc_table *table = new_table(true);
	struct mtproto_dc_option option = {.id = 2, .port = 4430, .address = "127.0.0.1"};

	(void)state;
	assert_int_equal(mtproto_dc_table_remove(table, 2), 2);
	assert_int_equal(mtproto_dc_table_add(table, &option), 0);
	assert_int_equal(mtproto_dc_table_add(table, &option), 0);
	FIND(table, "127.0.0.1", .id = 2);
	option.flags = MTPROTO_DC_IPV6;
	assert_int_equal(mtproto_dc_table_add(table, &option), MTPROTO_ERR_ARGUMENT);
	strcpy(option.address, "::1");
	assert_int_equal(mtproto_dc_table_add(table, &option), 0);
	option.flags = 0;
	assert_int_equal(mtproto_dc_table_add(table, &option), MTPROTO_ERR_ARGUMENT);
	strcpy(option.address, "1.2.3.4");
	option.port = 0;
	assert_int_equal(mtproto_dc_table_add(table, &option), MTPROTO_ERR_ARGUMENT);
	option.port = 1;
	option.id = 0;
	assert_int_equal(mtproto_dc_table_add(table, &option), MTPROTO_ERR_ARGUMENT);
	memset(option.address, '1', sizeof(option.address));
	option.id = 1;
	assert_int_equal(mtproto_dc_table_add(table, &option), MTPROTO_ERR_ARGUMENT);
	mtproto_dc_table_free(table);
}

static void the_table_is_bounded(void **state)
{
	struct mtproto_dc_table *table = new_table(true);
	struct mtproto_dc_option option = {.id = 7, .address = "127.0.0.1"};
	int error = 0;
	size_t count = 0;

	(void)state;
	for (option.port = 1; !error; option.port++)
		error = mtproto_dc_table_add(table, &option);
	assert_int_equal(error, MTPROTO_ERR_LIMIT);
	while (mtproto_dc_table_at(table, count))
		count++;
	assert_int_equal(count, MTPROTO_DC_OPTIONS_MAX);
	mtproto_dc_table_free(table);
}

/* ---- Addresses ---- */

static void assert_ipv6(const char *text, const char *bytes_hex, const char *canonical)
{
	uint8_t address[MTP_IPV6_SIZE], expected[MTP_IPV6_SIZE];
	char written[MTP_IPV6_TEXT_SIZE];

	hex(expected, sizeof(expected), bytes_hex);
	assert_true(mtp_ipv6_read(address, text, strlen(text)));
	assert_memory_equal(address, expected, MTP_IPV6_SIZE);
	mtp_ipv6_write(written, address);
	assert_string_equal(written, canonical);
}

/* Expected values from Python's ipaddress. */
static void addresses_are_read_and_written(void **state)
{
	static const char *const bad4[] = {"",       "1.2.3",    "1.2.3.4.5", "1.2.3.256", "1.2.3.04",  "1.2.3.",
					   "1..3.4", "1.2.3.4 ", "a.b.c.d",   "1.2.3.-4",  "0001.2.3.4"};
	static const char *const bad6[] = {"",
					   ":",
					   ":::",
					   "1::2::3",
					   "1:2:3:4:5:6:7",
					   "1:2:3:4:5:6:7:8:9",
					   "12345::",
					   "::g",
					   "1:2:3:4:5:6:7::8:9",
					   "::1%eth0",
					   "[::1]",
					   "1:",
					   ":1",
					   "1.2.3.4",
					   "::1.2.3",
					   "1:2:3:4:5:6:7:1.2.3.4"};
	uint8_t address[MTP_IPV6_SIZE];

	(void)state;
	assert_true(mtp_ipv4_read(address, "149.154.0.255", 13));
	assert_memory_equal(address, "\x95\x9a\x00\xff", 4);
	for (size_t i = 0; i < sizeof(bad4) / sizeof(bad4[0]); i++)
		assert_false(mtp_ipv4_read(address, bad4[i], strlen(bad4[i])));
	for (size_t i = 0; i < sizeof(bad6) / sizeof(bad6[0]); i++)
		assert_false(mtp_ipv6_read(address, bad6[i], strlen(bad6[i])));
	assert_ipv6("::", "00000000000000000000000000000000", "::");
	assert_ipv6("::1", "00000000000000000000000000000001", "::1");
	assert_ipv6("1::", "00010000000000000000000000000000", "1::");
	assert_ipv6("2001:067c:04e8:f002:0000:0000:0000:000a", "2001067c04e8f002000000000000000a",
		    "2001:67c:4e8:f002::a");
	assert_ipv6("2001:DB8:0:0:1:0:0:1", "20010db8000000000001000000000001", "2001:db8::1:0:0:1");
	assert_ipv6("1:0:2:3:4:5:6:7", "00010000000200030004000500060007", "1:0:2:3:4:5:6:7");
	assert_ipv6("::ffff:1.2.3.4", "00000000000000000000ffff01020304", "::ffff:102:304");
	assert_ipv6("1:2:3:4:5:6:7::", "00010002000300040005000600070000", "1:2:3:4:5:6:7:0");
}

static int family_of(const char *text)
{
	return mtproto_dc_address_family(text, strlen(text));
}

static void the_family_of_an_address_is_told(void **state)
{
	(void)state;
	assert_int_equal(family_of("149.154.167.51"), 4);
	assert_int_equal(family_of("2001:67c:4e8:f002::a"), 6);
	assert_int_equal(family_of("[::1]"), 0);
	assert_int_equal(family_of("venus.web.telegram.org"), 0);
	assert_int_equal(family_of(""), 0);
}

/* ---- Errors of calls ---- */

static void assert_migrate(const char *text, int kind, int dc)
{
	struct mtproto_migrate migrate;

	assert_int_equal(mtproto_migrate_parse(&migrate, text, strlen(text)), kind ? 0 : MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(migrate.kind, kind);
	assert_int_equal(migrate.dc, dc);
}

static void migrations_are_read(void **state)
{
	(void)state;
	assert_migrate("PHONE_MIGRATE_5", MTPROTO_MIGRATE_PHONE, 5);
	assert_migrate("NETWORK_MIGRATE_1", MTPROTO_MIGRATE_NETWORK, 1);
	assert_migrate("USER_MIGRATE_4", MTPROTO_MIGRATE_USER, 4);
	assert_migrate("FILE_MIGRATE_203", MTPROTO_MIGRATE_FILE, 203);
	assert_migrate("STATS_MIGRATE_2", MTPROTO_MIGRATE_STATS, 2);
	assert_migrate("STORY_MIGRATE_2", MTPROTO_MIGRATE_OTHER, 2);
	assert_migrate("USER_MIGRATE_2147483647", MTPROTO_MIGRATE_USER, 2147483647);
	assert_migrate("USER_MIGRATE_2147483648", 0, 0);
	assert_migrate("USER_MIGRATE_0", 0, 0);
	assert_migrate("USER_MIGRATE_", 0, 0);
	assert_migrate("USER_MIGRATE", 0, 0);
	assert_migrate("USER_MIGRATE_x", 0, 0);
	assert_migrate("USER_MIGRATE_2x", 0, 0);
	assert_migrate("_MIGRATE_2", 0, 0);
	assert_migrate("CHAT_MIGRATED_2", 0, 0);
	assert_migrate("FLOOD_WAIT_2", 0, 0);
	assert_migrate("2", 0, 0);
	assert_migrate("", 0, 0);
}

static void assert_parts(const char *text, const char *name, bool has_number, uint32_t number)
{
	struct mtproto_rpc_error_parts parts;

	mtproto_rpc_error_split(&parts, text, strlen(text));
	assert_int_equal(parts.name.len, strlen(name));
	assert_memory_equal(parts.name.data, name, parts.name.len);
	assert_int_equal(parts.has_number, has_number);
	assert_int_equal(parts.number, number);
}

static void an_error_has_a_name_and_perhaps_a_number(void **state)
{
	(void)state;
	assert_parts("FLOOD_WAIT_30", "FLOOD_WAIT", true, 30);
	assert_parts("FLOOD_WAIT_0", "FLOOD_WAIT", true, 0);
	assert_parts("2FA_CONFIRM_WAIT_604800", "2FA_CONFIRM_WAIT", true, 604800);
	assert_parts("PHONE_NUMBER_INVALID", "PHONE_NUMBER_INVALID", false, 0);
	assert_parts("FILE_PART_3_MISSING", "FILE_PART_3_MISSING", false, 0);
	assert_parts("WALLPAPER2", "WALLPAPER2", false, 0);
	assert_parts("X_2147483647", "X", true, 2147483647);
	assert_parts("X_2147483648", "X_2147483648", false, 0);
	assert_parts("X_00000000001", "X_00000000001", false, 0);
	assert_parts("_5", "_5", false, 0);
	assert_parts("5", "5", false, 0);
	assert_parts("", "", false, 0);
}

static void assert_wait(const char *text, int kind, uint32_t seconds)
{
	struct mtproto_wait wait;

	assert_int_equal(mtproto_wait_parse(&wait, text, strlen(text)), kind ? 0 : MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(wait.kind, kind);
	assert_int_equal(wait.seconds, seconds);
}

static void waits_are_read(void **state)
{
	(void)state;
	assert_wait("FLOOD_WAIT_30", MTPROTO_WAIT_FLOOD, 30);
	assert_wait("FLOOD_WAIT_0", MTPROTO_WAIT_FLOOD, 0);
	assert_wait("FLOOD_TEST_PHONE_WAIT_7", MTPROTO_WAIT_FLOOD, 7);
	assert_wait("FLOOD_PREMIUM_WAIT_3", MTPROTO_WAIT_PREMIUM, 3);
	assert_wait("SLOWMODE_WAIT_60", MTPROTO_WAIT_SLOWMODE, 60);
	assert_wait("TAKEOUT_INIT_DELAY_86400", MTPROTO_WAIT_TAKEOUT, 86400);
	assert_wait("PASSWORD_TOO_FRESH_604800", MTPROTO_WAIT_FRESH, 604800);
	assert_wait("SESSION_TOO_FRESH_5", MTPROTO_WAIT_FRESH, 5);
	assert_wait("2FA_CONFIRM_WAIT_9", MTPROTO_WAIT_OTHER, 9);
	assert_wait("FLOOD_WAIT_4294967296", 0, 0);
	assert_wait("FLOOD_WAIT_X", 0, 0);
	assert_wait("EMAIL_UNCONFIRMED_6", 0, 0);
	assert_wait("USER_MIGRATE_2", 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_known_addresses),
		cmocka_unit_test(families_and_media_are_chosen),
		cmocka_unit_test(ports_follow_the_option),
		cmocka_unit_test(a_config_replaces_the_data_centres_that_it_names),
		cmocka_unit_test(all_versions_of_config_are_read),
		cmocka_unit_test(a_config_that_cannot_be_used_changes_nothing),
		cmocka_unit_test(own_options_are_added_and_removed),
		cmocka_unit_test(the_table_is_bounded),
		cmocka_unit_test(addresses_are_read_and_written),
		cmocka_unit_test(the_family_of_an_address_is_told),
		cmocka_unit_test(an_error_has_a_name_and_perhaps_a_number),
		cmocka_unit_test(migrations_are_read),
		cmocka_unit_test(waits_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
