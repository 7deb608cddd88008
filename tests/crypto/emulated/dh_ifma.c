/* crypto/dh_ifma.c once more, on emulated intrinsics and under another name. */
#define mtp_dh_power_ifma emulated_dh_power

#include "crypto/dh_ifma.c"
