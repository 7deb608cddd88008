#include <mtproto/msg_id.h>

#define NS_PER_S 1000000000u

uint64_t mtproto_msg_id_next(struct mtproto_msg_id_gen *gen, int64_t server_time_ns, unsigned low_bits)
{
	uint64_t ns = server_time_ns > 0 ? (uint64_t)server_time_ns : 0;
	uint64_t seconds = ns / NS_PER_S;
	uint64_t id;

	if (seconds > UINT32_MAX)
		seconds = UINT32_MAX;
	id = seconds << 32 | (ns % NS_PER_S << 32) / NS_PER_S;
	id = (id & ~(uint64_t)3) | (low_bits & 3);
	if (id <= gen->last)
		id = (gen->last & ~(uint64_t)3) + 4 + (low_bits & 3);
	gen->last = id;
	return id;
}

int64_t mtproto_msg_id_time_ns(uint64_t msg_id)
{
	uint64_t fraction_ns = ((msg_id & UINT32_MAX) * NS_PER_S) >> 32;

	return (int64_t)((msg_id >> 32) * NS_PER_S + fraction_ns);
}
