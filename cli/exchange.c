#include "cli/exchange.h"

#include <stdio.h>

static void print_step(const char *indent, const char *query, uint64_t ns)
{
	printf("%s%-21s %9.3f ms\n", indent, query, (double)ns / 1e6);
}

void exchange_print(const char *indent, const struct mtproto_handshake_times *times)
{
	print_step(indent, "req_pq_multi", times->res_pq_ns);
	print_step(indent, "req_DH_params", times->dh_params_ns);
	print_step(indent, "set_client_DH_params", times->dh_gen_ns);
	if (times->bind_ns)
		print_step(indent, "auth.bindTempAuthKey", times->bind_ns);
}

void exchange_json(struct json *json, const struct mtproto_handshake_times *times)
{
	json_nested(json, "steps_ms");
	json_ms(json, "req_pq_multi", times->res_pq_ns);
	json_ms(json, "req_DH_params", times->dh_params_ns);
	json_ms(json, "set_client_DH_params", times->dh_gen_ns);
	if (times->bind_ns)
		json_ms(json, "auth.bindTempAuthKey", times->bind_ns);
	json_nested_end(json);
}
