#include <mtproto/uv.h>

#include <time.h>
#include <uv.h>

enum { NS_PER_S = 1000000000 };

static uint64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		return 0;
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* A kernel may lack CLOCK_BOOTTIME although the headers have it; it does not come and go while the system is up, so the
 * choice is the same every time. */
static uint64_t read_mono(void)
{
#ifdef CLOCK_BOOTTIME
	uint64_t mono_ns = read_clock(CLOCK_BOOTTIME);

	if (mono_ns)
		return mono_ns;
#endif
	return uv_hrtime();
}

struct mtproto_now mtproto_uv_now(void)
{
	struct mtproto_now now = {.mono_ns = read_mono(), .wall_ns = read_clock(CLOCK_REALTIME)};

	return now;
}
