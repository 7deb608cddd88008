/* The key exchange: pq, and whole handshakes. */
#ifndef BENCH_EXCHANGE_H
#define BENCH_EXCHANGE_H

/* Cycles to factor a pq of two primes of 31 bits: the median and the 99th percentile of many. */
struct pq_figures {
	double median, median_ns, p99, p99_ns;
};

int measure_pq(struct pq_figures *figures);

/* One power modulo the known prime, and the same by libcrypto's function for secret exponents. */
struct power_figures {
	double power, power_ns, libcrypto;
};

int measure_power(struct power_figures *figures);

/* CPU time of one whole exchange with the known prime, either side alone, and what a client can't avoid in it: g^b,
 * g_a^b and one RSA encryption. Nanoseconds, and the cycle's. */
struct handshake_figures {
	double client_ns, server_ns, necessary_ns, cycle_ns;
};

int measure_handshake(struct handshake_figures *figures);

#endif
