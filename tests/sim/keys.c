/* Keys that every world knows: the server's RSA key, and auth_keys made beforehand. */
#include "sim.h"

/* Made for the simulator with openssl genrsa -traditional; it protects nothing. */
const char sim_private_pem[] = "-----BEGIN RSA PRIVATE KEY-----\n"
			       "MIIEpAIBAAKCAQEAobR/mxSJrETMHDxg3fYL6PfNp6ta6UtdSVkGsK4Dw8j2/Fnj\n"
			       "ixT0MytJv8x2U2y2JOE8sL3Yw4RBOH8dkuZkD4iI4owrKvbFffLnEJhCxgteK2tY\n"
			       "KvrkuOzDZuBDwE98MbiWjwqQaDd0GbQ+Sz5MCSVz6+nOjmdyYImSB7T9J7jFUyhk\n"
			       "Ucd+X0bpKB3Jkv4A07ZImmRfC1L80z8dtld+YpDcnFT83FcM8BpwixR9tzBmOreS\n"
			       "hj0plSSoZRf81G+wAlcfdIpRVglv9O1zoJC6SspMk3H0CvhJtcA9MWR3B2nXobO7\n"
			       "pvWOavRoC32B3mz0eLBumcXhPtq4UWjT7aaMGwIDAQABAoIBAATECJS9/La+ilN0\n"
			       "thgklcJGd2GvK60/gt7UCF3xqvu8swbJ8Wpacj4F0xUbhgs8Y3vfxYWh+r78aV2s\n"
			       "ZWc8cguBJyOiJO2Nu1FUdNno2uLyV9Koxb7yiQYoODQSfPywewUOHyXVFl9z7vCI\n"
			       "/uMB0YTdfTahO+y3gMf2lf6zJ1jhzaQO+Z73aaSI2hTybVUV/WH2QQJImEuaRaRh\n"
			       "rSmTptXUHwrvOBuPh2NUd3bQMB3PLO6/JmiEOuXoTGUY5rYM90UKzwDi29EgzEB0\n"
			       "3AmLMZBnRsy8me4/dBkG7G2kbo8jz/igcusOwvUZMzLvCWcjWyLN74P1gs8awGP3\n"
			       "FPWphLECgYEA4diQfayvK0KDkMmuFWGMf65Pib36dkEj/7uWYQTxaKUBTgk5C2WO\n"
			       "yCbUzuM09SzP+NDVgEyViVpGfGTtfnGElnV2ti/z95a8/bpSjKVgQQOygzKSDm5u\n"
			       "lWvDc5HcB3gGxaBFb5rgMSHjENxwZn6DvsYruOyg5g5tjr0MabuVlOsCgYEAt0uX\n"
			       "vqAvxQl6srig1sjCwV4tKTgNDhLOZrS+EfLU5ktAULzTCnoT46dLfZFjOHyvuF//\n"
			       "eXOOY3E/0DsbV+PbFhprG5LvuLarGGZUD40Vr70S/QAzPfgSX3dhIDqfZ5klSs6L\n"
			       "2O+QSvJ/o+gLicHBzygjQDGuMLhFd67OaKOW2ZECgYEAxTWBPmxq7WCAWA70FzF+\n"
			       "KQQB6ipdKaPKFoYsUv2o+5KSKB0/lacR3c6ipyGZXbnKxN8+f3DgZvbQc9EB3Rat\n"
			       "C2D4zy/iXkFfOEPZz3ydJ0heOdgP19AwegOGwUUNl+wEJc/EsibQO7b2ewOylp1E\n"
			       "13JePXVLLnhMzIZh73XgsQ8CgYBsUAAohjIURii6Sb3JjjL/3y3iqJuWUGilanLS\n"
			       "2mMSfy9PRnWTQFZWdXp3hh1SuOOBmUC3PSDMBJUH8JWU1zGUmyHl1mtQBKmQLo/H\n"
			       "7L/+7ES3OpINMXVx8nJzgBDIQEg4L1uWYuIqV6gzbCC9U8C6MGa8PV9IrOtn8OVK\n"
			       "EjlG8QKBgQDOQ6etFD9Ya6Fx2GSNrWyye4mMcb8YV6rNDqkk66wfjkEMZJKp6d1B\n"
			       "qAjHJZw5nhyaeidTg8L3XQG9feJ0l+gulgmMGYOKDvelmrxRXEsPCRb+gvUVMpDO\n"
			       "U/k9gDHbsyz2iXmQXnasQqDCRqKlampY7VPjHWeXOC/5DIW2TO5UXg==\n"
			       "-----END RSA PRIVATE KEY-----\n";

const char sim_public_pem[] = "-----BEGIN RSA PUBLIC KEY-----\n"
			      "MIIBCgKCAQEAobR/mxSJrETMHDxg3fYL6PfNp6ta6UtdSVkGsK4Dw8j2/FnjixT0\n"
			      "MytJv8x2U2y2JOE8sL3Yw4RBOH8dkuZkD4iI4owrKvbFffLnEJhCxgteK2tYKvrk\n"
			      "uOzDZuBDwE98MbiWjwqQaDd0GbQ+Sz5MCSVz6+nOjmdyYImSB7T9J7jFUyhkUcd+\n"
			      "X0bpKB3Jkv4A07ZImmRfC1L80z8dtld+YpDcnFT83FcM8BpwixR9tzBmOreShj0p\n"
			      "lSSoZRf81G+wAlcfdIpRVglv9O1zoJC6SspMk3H0CvhJtcA9MWR3B2nXobO7pvWO\n"
			      "avRoC32B3mz0eLBumcXhPtq4UWjT7aaMGwIDAQAB\n"
			      "-----END RSA PUBLIC KEY-----\n";

void sim_key(struct mtproto_auth_key *key, uint32_t number)
{
	struct sim_rng rng;
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];

	sim_rng_init(&rng, number, 99);
	sim_fill(&rng, data, sizeof(data));
	mtproto_auth_key_init(key, data);
}
