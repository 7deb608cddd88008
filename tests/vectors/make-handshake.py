#!/usr/bin/env python3
"""Writes handshake.txt: key exchanges with fixed random numbers, computed without the library.

Each line is "name hex". R(label, n) are the first n bytes of SHA256(label | 00) | SHA256(label | 01) | ...
The RSA key is pem/throw_away.pem. Needs the Python package cryptography, for AES.
"""

import hashlib
import struct
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HERE = Path(__file__).resolve().parent

RSA_P = int("e624255d4c068be83f9f928a87209f42f60bc2a204d4a2a89237ad5c92dfa0181f4e1bc5b7ba00c249dfdca7e454dd08c0a8086b09b159f5"
            "28ec117d7884a851eddd0f174582d1274d54f6e5e6357620c52a361080bb762670848f8122ceb79164439b149d5d44e2df6bb3ae3e45e08e"
            "8bb9fc14e5750585aa0de1ae711463fb", 16)
RSA_Q = int("d898831d9b2f23ffc61b9a138944e5bc9fb3ca7cc49d707912bf2aa0409f8783d254795c3427ad08bc248ba67bbdb71c2a6d148df6dc8488"
            "1eaaf9e18c8d6fced19c4deb0a7b19b152e5f831fcb8a86b2bec278ebfc488c661272d96a7d40db5ec25d5e3779c5350b590cf733dd30f2f"
            "00464455a246c189c59f236b65e3e3dd", 16)
RSA_N = RSA_P * RSA_Q
DH_PRIME = int("c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f6e0ac9"
               "25139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a941d5bcd1d4a"
               "c8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754fd17"
               "ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959"
               "d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b", 16)
PQ, P, Q = 0x17ED48941A08F981, 0x494C553B, 0x53911073
SERVER_TIME = 1700000000
EXPIRES_IN = 86400

out = ["# Written by make-handshake.py.\n"]


def give(name, value):
    out.append(f"{name} {value.hex()}\n")
    return value


def R(label, n):
    return b"".join(hashlib.sha256(label.encode() + bytes([i])).digest() for i in range(n // 32 + 1))[:n]


def sha1(*parts):
    return hashlib.sha1(b"".join(parts)).digest()


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def ige_encrypt(data, key, iv):
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    c, p, done = iv[:16], iv[16:], b""
    for i in range(0, len(data), 16):
        block = data[i:i + 16]
        c = xor(aes.update(xor(block, c)), p)
        p = block
        done += c
    return done


def number(n):
    return n.to_bytes((n.bit_length() + 7) // 8, "big")


def tl_bytes(b):
    head = bytes([len(b)]) if len(b) < 254 else struct.pack("<I", len(b) << 8 | 254)
    return head + b + bytes(-(len(head) + len(b)) % 4)


def u32(n):
    return struct.pack("<I", n)


def i32(n):
    return struct.pack("<i", n)


def rsa_raw(block):
    return pow(int.from_bytes(block, "big"), 65537, RSA_N).to_bytes(256, "big")


def rsa_pad(data, padding, temp_keys):
    """Returns encrypted_data, and whether the first temp_key had to be drawn again."""
    padded = data + padding
    for i, temp_key in enumerate(temp_keys):
        aes = ige_encrypt(padded[::-1] + sha256(temp_key, padded), temp_key, bytes(32))
        block = xor(temp_key, sha256(aes)) + aes
        if int.from_bytes(block, "big") < RSA_N:
            return rsa_raw(block), i
    raise ValueError


def rsa_legacy(data):
    return rsa_raw(b"\0" + sha1(data) + data + R("legacy_pad", 235 - len(data)))


FINGERPRINT = sha1(tl_bytes(number(RSA_N)), tl_bytes(number(65537)))[12:20]
NONCE = give("nonce", R("nonce", 16))
SERVER_NONCE = give("server_nonce", R("server_nonce", 16))
NEW_NONCE = give("new_nonce", R("new_nonce", 32))
NONCES = NONCE + SERVER_NONCE
KEY = sha1(NEW_NONCE, SERVER_NONCE) + sha1(SERVER_NONCE, NEW_NONCE)[:12]
IV = sha1(SERVER_NONCE, NEW_NONCE)[12:20] + sha1(NEW_NONCE, NEW_NONCE) + NEW_NONCE[:4]


def envelope(data, padding):
    return ige_encrypt(sha1(data) + data + padding[:-(20 + len(data)) % 16], KEY, IV)


def first_two_queries():
    give("rsa_fingerprint", FINGERPRINT)
    temp_keys = [give("temp_key", R("temp_key", 32)), give("temp_key1", R("temp_key1", 32))]
    give("req_pq_multi", u32(0xBE7E8EF1) + NONCE)
    give("req_pq", u32(0x60469778) + NONCE)
    give("res_pq", u32(0x05162463) + NONCES + tl_bytes(number(PQ)) + u32(0x1CB5C415) + u32(1) + FINGERPRINT)

    head = tl_bytes(number(PQ)) + tl_bytes(number(P)) + tl_bytes(number(Q)) + NONCES + NEW_NONCE
    inner = {
        "perm": u32(0xA9F55F95) + head + i32(2),
        "temp": u32(0x56FDDF88) + head + i32(-2) + i32(EXPIRES_IN),
        "perm_legacy": u32(0x83C95AEC) + head,
        "temp_legacy": u32(0x3C6A84D4) + head + i32(EXPIRES_IN),
        "test_dc": u32(0xA9F55F95) + head + i32(10002),
        "dc_4": u32(0xA9F55F95) + head + i32(4),
        "expired": u32(0x56FDDF88) + head + i32(2) + i32(0),
        "absolute": u32(0x56FDDF88) + head + i32(2) + i32(SERVER_TIME + 3600),
        "absolute_past": u32(0x56FDDF88) + head + i32(2) + i32(SERVER_TIME - 1),
        "other_nonce": u32(0xA9F55F95) + tl_bytes(number(PQ)) + tl_bytes(number(P)) + tl_bytes(number(Q)) +
                       SERVER_NONCE + SERVER_NONCE + NEW_NONCE + i32(2),
        "other_server_nonce": u32(0xA9F55F95) + tl_bytes(number(PQ)) + tl_bytes(number(P)) + tl_bytes(number(Q)) +
                              NONCE + NONCE + NEW_NONCE + i32(2),
        "other_pq": u32(0xA9F55F95) + tl_bytes(number(PQ + 2)) + tl_bytes(number(P)) + tl_bytes(number(Q)) + NONCES +
                    NEW_NONCE + i32(2),
        "swapped": u32(0xA9F55F95) + tl_bytes(number(PQ)) + tl_bytes(number(Q)) + tl_bytes(number(P)) + NONCES +
                   NEW_NONCE + i32(2),
        "unknown": u32(0xA9F55F96) + head + i32(2),
        "padded_numbers": u32(0xA9F55F95) + tl_bytes(bytes(2) + number(PQ)) + tl_bytes(bytes(4) + number(P)) +
                          tl_bytes(bytes(1) + number(Q)) + NONCES + NEW_NONCE + i32(2),
    }

    def query(encrypted, p=number(P), q=number(Q)):
        return u32(0xD712E4BE) + NONCES + tl_bytes(p) + tl_bytes(q) + FINGERPRINT + tl_bytes(encrypted)

    for name, data in inner.items():
        keys = temp_keys[1:] if name == "temp" else temp_keys
        encrypted, redrawn = rsa_pad(data, R("rsa_pad", 192 - len(data)), keys)
        give("inner_" + name, data)
        give("req_dh_params_" + name, query(encrypted, bytes(4) + number(P), bytes(1) + number(Q))
             if name == "padded_numbers" else query(encrypted))
        if name in ("perm", "temp", "perm_legacy", "temp_legacy"):
            give("rsa_padding_" + name, R("rsa_pad", 192 - len(data)))
            give("temp_keys_" + name, b"".join(keys[:redrawn + 1]))
            give("old_rsa_padding_" + name, R("legacy_pad", 235 - len(data)))
    for name in ("perm", "temp", "perm_legacy", "temp_legacy"):
        give("req_dh_params_old_rsa_" + name, query(rsa_legacy(inner[name])))
    legacy = b"\0" + sha1(inner["perm"]) + inner["perm"][:-1] + b"\1" + R("legacy_pad", 235 - len(inner["perm"]))
    give("req_dh_params_old_rsa_wrong_hash", query(rsa_raw(legacy)))


def client_query(data, padding=None):
    return u32(0xF5045F1F) + NONCES + tl_bytes(envelope(data, R("cpad", 15) if padding is None else padding))


def server_answer(data, padding=None):
    return u32(0xD0E8075C) + NONCES + tl_bytes(envelope(data, R("apad", 15) if padding is None else padding))


def dh_params(suffix, a):
    g_a = pow(3, int.from_bytes(a, "big"), DH_PRIME)
    inner = (u32(0xB5890DBA) + NONCES + u32(3) + tl_bytes(number(DH_PRIME)) + tl_bytes(number(g_a)) + u32(SERVER_TIME))
    give("a" + suffix, a)
    give("g_a" + suffix, g_a.to_bytes(256, "big"))
    give("server_dh_inner" + suffix, inner)
    give("server_dh_params_ok" + suffix, server_answer(inner))
    return g_a


def answers(suffix, g_a, b, retry_id=bytes(8)):
    """The third query for an exponent, and all three answers to it."""
    g_b = pow(3, int.from_bytes(b, "big"), DH_PRIME)
    inner = u32(0x6643B654) + NONCES + retry_id + tl_bytes(number(g_b))
    key = pow(g_a, int.from_bytes(b, "big"), DH_PRIME).to_bytes(256, "big")
    aux = sha1(key)[:8]
    give("b" + suffix, b)
    give("g_b" + suffix, g_b.to_bytes(256, "big"))
    give("client_dh_inner" + suffix, inner)
    give("set_client_dh_params" + suffix, client_query(inner))
    give("auth_key" + suffix, key)
    give("auth_key_id" + suffix, sha1(key)[12:20])
    give("aux_hash" + suffix, aux)
    for n, (name, tl_id) in enumerate((("ok", 0x3BCBF734), ("retry", 0x46DC1FB9), ("fail", 0xA69DAE02)), 1):
        give(f"dh_gen_{name}{suffix}", u32(tl_id) + NONCES + sha1(NEW_NONCE, bytes([n]), aux)[4:20])
    return aux


def short_exponent(label):
    """The first exponent R(label + i) for which g^exponent has less than 256 bytes."""
    i = 0
    while pow(3, int.from_bytes(R(label + str(i), 256), "big"), DH_PRIME) >> 2040:
        i += 1
    return R(label + str(i), 256)


def bad_res_pq():
    """Answers to the first query: each must be refused, for the reason that its name says."""
    def res_pq(pq=number(PQ), nonces=NONCES, fingerprints=FINGERPRINT, tl_id=0x05162463):
        return (u32(tl_id) + nonces + tl_bytes(pq) + u32(0x1CB5C415) + u32(len(fingerprints) // 8) + fingerprints)

    give("res_pq_padded", res_pq(bytes(3) + number(PQ)) + R("tail", 104))
    give("res_pq_three_keys", res_pq(fingerprints=R("f1", 8) + FINGERPRINT + R("f2", 8)))
    give("bad_res_pq_id", res_pq(tl_id=0x05162464))
    give("bad_res_pq_nonce", res_pq(nonces=SERVER_NONCE * 2))
    give("bad_res_pq_prime", res_pq(number(2**61 - 1)))
    give("bad_res_pq_even", res_pq(number(2 * P)))
    give("bad_res_pq_square", res_pq(number(P * P)))
    give("bad_res_pq_empty", res_pq(b""))
    give("bad_res_pq_big", res_pq(number(2**63 + 9)))
    give("bad_res_pq_longer", res_pq(number(PQ + (1 << 64))))
    give("bad_res_pq_unknown_key", res_pq(fingerprints=R("f1", 8) + R("f2", 8)))
    give("bad_res_pq_no_key", res_pq(fingerprints=b""))


# RFC 3526, group 14: another safe prime of 2048 bits, 7 mod 8.
OTHER_PRIME = int("ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b"
                  "302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b"
                  "1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb9ed52907"
                  "7096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3be39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2b"
                  "cbf6955817183995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff", 16)


def bad_dh_params(g_a):
    """Answers to the second query."""
    def inner(g=3, prime=number(DH_PRIME), value=g_a, nonces=NONCES, tl_id=0xB5890DBA):
        value = value if isinstance(value, bytes) else number(value)
        return u32(tl_id) + nonces + i32(g) + tl_bytes(prime) + tl_bytes(value) + u32(SERVER_TIME)

    good = inner()
    wrong_hash = bytes(20) + good + R("apad", 8)
    long_tail = sha1(good) + good + R("apad", 8 + 16)
    ok = u32(0xD0E8075C) + NONCES
    give("other_prime_dh_params", server_answer(inner(2, number(OTHER_PRIME), pow(2, 3 << 2000, OTHER_PRIME))))
    give("padded_g_a_dh_params", server_answer(inner(value=bytes(256 - len(number(g_a))) + number(g_a))))
    give("bad_dh_params_id", u32(0xD0E8075D) + server_answer(good)[4:])
    give("bad_dh_params_nonce", u32(0xD0E8075C) + SERVER_NONCE * 2 + server_answer(good)[36:])
    give("bad_dh_params_server_nonce", u32(0xD0E8075C) + NONCE * 2 + server_answer(good)[36:])
    give("bad_dh_params_not_16", ok + tl_bytes(envelope(good, R("apad", 15))[:-4]))
    give("bad_dh_params_too_long", ok + tl_bytes(ige_encrypt(long_tail, KEY, IV)))
    give("bad_dh_params_too_short", ok + tl_bytes(bytes(16)))
    give("bad_dh_params_hash", ok + tl_bytes(ige_encrypt(wrong_hash, KEY, IV)))
    short = inner(value=1)
    give("bad_dh_params_tail", ok + tl_bytes(ige_encrypt(sha1(short) + short + R("apad", 24), KEY, IV)))
    give("bad_dh_params_inner_id", server_answer(inner(tl_id=0xB5890DBB)))
    give("bad_dh_params_inner_nonce", server_answer(inner(nonces=SERVER_NONCE * 2)))
    give("bad_dh_params_inner_server_nonce", server_answer(inner(nonces=NONCE * 2)))
    give("bad_dh_params_g_2", server_answer(inner(2)))
    give("bad_dh_params_g_1", server_answer(inner(1)))
    give("bad_dh_params_g_8", server_answer(inner(8)))
    give("bad_dh_params_composite", server_answer(inner(prime=number(DH_PRIME - 2))))
    give("bad_dh_params_255_bytes", server_answer(inner(prime=number(DH_PRIME >> 8))))
    give("bad_dh_params_g_a_0", server_answer(inner(value=b"")))
    give("bad_dh_params_g_a_1", server_answer(inner(value=1)))
    give("bad_dh_params_g_a_p_1", server_answer(inner(value=DH_PRIME - 1)))
    give("bad_dh_params_g_a_low", server_answer(inner(value=2**1984 - 1)))
    give("bad_dh_params_g_a_high", server_answer(inner(value=DH_PRIME - 2**1984 + 1)))
    give("low_g_a_dh_params", server_answer(inner(value=2**1984)))
    give("high_g_a_dh_params", server_answer(inner(value=DH_PRIME - 2**1984)))
    give("bad_server_dh_params_fail", u32(0x79CB045D) + NONCES + sha1(SERVER_NONCE)[4:20])


def bad_dh_gen():
    """Answers to the third query, and third queries."""
    give("bad_dh_gen_id", u32(0x3BCBF735) + NONCES + bytes(16))
    give("bad_dh_gen_hash", u32(0x3BCBF734) + NONCES + bytes(16))
    give("bad_dh_gen_retry_hash", u32(0x46DC1FB9) + NONCES + bytes(16))
    give("bad_dh_gen_fail_hash", u32(0xA69DAE02) + NONCES + bytes(16))
    give("bad_dh_gen_nonce", u32(0x3BCBF734) + NONCE * 2 + bytes(16))


def bad_set_client(g_b):
    def inner(value=g_b, nonces=NONCES, retry_id=bytes(8), tl_id=0x6643B654):
        value = value if isinstance(value, bytes) else number(value)
        return u32(tl_id) + nonces + retry_id + tl_bytes(value)

    good = inner()
    ok = u32(0xF5045F1F) + NONCES
    wrong_hash = bytes(20) + good + R("cpad", 12)
    long_tail = sha1(good) + good + R("cpad", 12 + 16)
    give("padded_g_b_set_client", client_query(inner(bytes(256 - len(number(g_b))) + number(g_b))))
    give("bad_set_client_server_nonce", u32(0xF5045F1F) + NONCE * 2 + client_query(good)[36:])
    give("bad_set_client_not_16", ok + tl_bytes(envelope(good, R("cpad", 15))[:-4]))
    give("bad_set_client_hash", ok + tl_bytes(ige_encrypt(wrong_hash, KEY, IV)))
    give("bad_set_client_tail", ok + tl_bytes(ige_encrypt(long_tail, KEY, IV)))
    give("bad_set_client_inner_id", client_query(inner(tl_id=0x6643B655)))
    give("bad_set_client_inner_nonce", client_query(inner(nonces=SERVER_NONCE * 2)))
    give("bad_set_client_inner_server_nonce", client_query(inner(nonces=NONCE * 2)))
    give("bad_set_client_retry_id", client_query(inner(retry_id=R("retry_id", 8))))
    give("bad_set_client_g_b_1", client_query(inner(1)))
    give("bad_set_client_g_b_p_1", client_query(inner(DH_PRIME - 1)))
    give("bad_set_client_g_b_low", client_query(inner(2**1984 - 1)))
    give("bad_set_client_g_b_high", client_query(inner(DH_PRIME - 2**1984 + 1)))


def main():
    first_two_queries()
    g_a = dh_params("", R("a", 256))
    aux = answers("", g_a, R("b", 256))
    for i in range(1, 7):
        aux = answers(f"_retry{i}", g_a, R(f"b_retry{i}", 256), aux)
    answers("_zeros", g_a, R("bz83", 256))
    short = short_exponent("short_a")
    answers("_short_a", dh_params("_short_a", short), R("b", 256))
    answers("_short_b", g_a, short_exponent("short_b"))
    bad_res_pq()
    bad_dh_params(g_a)
    bad_dh_gen()
    bad_set_client(pow(3, int.from_bytes(R("b", 256), "big"), DH_PRIME))
    give("server_dh_params_fail", u32(0x79CB045D) + NONCES + sha1(NEW_NONCE)[4:20])
    give("answer_padding", R("apad", 15))
    give("client_padding", R("cpad", 15))
    give("first_salt", xor(NEW_NONCE[:8], SERVER_NONCE[:8]))
    give("tmp_aes_key", KEY)
    give("tmp_aes_iv", IV)
    (HERE / "handshake.txt").write_text("".join(out))


main()
