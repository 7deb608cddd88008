#include <mtproto/uv.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "uv/driver.h"

static void assert_parses(const char *text, const char *host, uint16_t port)
{
	struct mtproto_uv_address address;

	assert_int_equal(mtproto_uv_address_parse(&address, text), 0);
	assert_string_equal(address.host, host);
	assert_int_equal(address.port, port);
}

static void assert_refused(const char *text)
{
	static const struct mtproto_uv_address zero;
	struct mtproto_uv_address address;

	memset(&address, 0xff, sizeof(address));
	assert_int_equal(mtproto_uv_address_parse(&address, text), MTPROTO_ERR_ARGUMENT);
	assert_memory_equal(&address, &zero, sizeof(zero));
}

static void test_names_and_addresses_are_read(void **state)
{
	(void)state;
	assert_parses("example.org:443", "example.org", 443);
	assert_parses("192.0.2.1:80", "192.0.2.1", 80);
	assert_parses("[2001:db8::1]:443", "2001:db8::1", 443);
	assert_parses("[::]:0", "::", 0);
	assert_parses("[fe80::1%eth0]:8443", "fe80::1%eth0", 8443);
	assert_parses("x:1", "x", 1);
}

static void test_port_is_0_to_65535_in_1_to_5_digits(void **state)
{
	(void)state;
	assert_parses("x:0", "x", 0);
	assert_parses("x:65535", "x", 65535);
	assert_parses("x:00443", "x", 443);
	assert_refused("x:65536");
	assert_refused("x:99999");
	assert_refused("x:000443");
	assert_refused("x:4294967739"); /* 443 modulo 2^32 */
	assert_refused("x:");
	assert_refused("x:-1");
	assert_refused("x:+1");
	assert_refused("x: 1");
	assert_refused("x:1 ");
	assert_refused("x:0x10");
	assert_refused("x:http");
}

static void test_port_is_required(void **state)
{
	(void)state;
	assert_refused("");
	assert_refused("example.org");
	assert_refused("[::1]");
	assert_refused("[::1]443");
	assert_refused("[::1] :443");
}

static void test_host_is_required(void **state)
{
	(void)state;
	assert_refused(":443");
	assert_refused("[]:443");
}

static void test_brackets_are_for_ipv6_and_ipv6_is_in_brackets(void **state)
{
	(void)state;
	assert_refused("::1:443");
	assert_refused("[example.org]:443");
	assert_refused("[192.0.2.1]:443");
	assert_refused("[::1:443");
	assert_refused("::1]:443");
	assert_refused("[[::1]]:443");
	assert_refused("a]:443");
}

static void test_host_has_no_spaces_and_control_characters(void **state)
{
	(void)state;
	assert_refused(" x:443");
	assert_refused("x y:443");
	assert_refused("x\n:443");
	assert_refused("x\x7f:443");
	assert_refused("[::1 ]:443");
}

static void test_host_has_253_bytes_at_most(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'a', sizeof(text));
	strcpy(text + 253, ":443");
	text[63] = text[127] = text[191] = '.';
	assert_int_equal(mtproto_uv_address_parse(&(struct mtproto_uv_address){.port = 0}, text), 0);
	memset(text + 253, 'a', 10);
	strcpy(text + 254, ":443");
	assert_refused(text);
}

static void assert_text(const char *host, uint16_t port, const char *expected)
{
	struct mtproto_uv_address address = {.port = port};
	struct sockaddr_storage socket_address;
	char text[MTPROTO_UV_ADDRESS_TEXT_SIZE];

	strcpy(address.host, host);
	assert_int_equal(mtp_uv_sockaddr(&socket_address, &address), 0);
	assert_int_equal(mtp_uv_sockaddr_port(&socket_address), port);
	assert_int_equal(mtp_uv_sockaddr_text(&socket_address, text, sizeof(text)), 0);
	assert_string_equal(text, expected);
	assert_int_equal(mtp_uv_sockaddr_text(&socket_address, text, strlen(expected)), MTPROTO_ERR_BUFFER);
	assert_string_equal(text, "");
}

static void test_socket_addresses_are_written_as_they_are_read(void **state)
{
	struct sockaddr_storage unused;

	(void)state;
	assert_text("192.0.2.1", 443, "192.0.2.1:443");
	assert_text("2001:db8::1", 65535, "[2001:db8::1]:65535");
	assert_int_equal(mtp_uv_sockaddr(&unused, &(struct mtproto_uv_address){.host = "example.org"}),
			 MTPROTO_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_and_addresses_are_read),
		cmocka_unit_test(test_port_is_0_to_65535_in_1_to_5_digits),
		cmocka_unit_test(test_port_is_required),
		cmocka_unit_test(test_host_is_required),
		cmocka_unit_test(test_brackets_are_for_ipv6_and_ipv6_is_in_brackets),
		cmocka_unit_test(test_host_has_no_spaces_and_control_characters),
		cmocka_unit_test(test_host_has_253_bytes_at_most),
		cmocka_unit_test(test_socket_addresses_are_written_as_they_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
