#!/usr/bin/env python3
"""A data centre on the framing and message layers of PyPI's package mtproto: pypi_server.py KEY.pem HOST:PORT

The package frames, encrypts, numbers and packs; the key exchange and the few methods are here. Keys end with their
connection, because the package can't take up a key that it meets later: it would repeat the first message for ever.
Prints "listening HOST:PORT" when it is ready, and serves until it is killed. A client that breaks a rule loses its
connection and gets a line on stderr.
"""

import asyncio
import base64
import hashlib
import io
import os
import re
import secrets
import struct
import sys
import time

from mtproto import ConnectionRole
from mtproto.crypto import ige256_decrypt, ige256_encrypt
from mtproto.session import Session
from mtproto.session.messages import Data, MessagesAck, NewSession, UnencryptedData
from mtproto.session.service_messages.future_salt import FutureSalt
from mtproto.session.service_messages.future_salts import FutureSalts
from mtproto.session.service_messages.new_session_created import NewSessionCreated
from mtproto.transport.packets import MessagePacket

DC = 2
P, Q = 0x494C553B, 0x53911073
G = 3
# The prime that Telegram's servers use and that clients know.
DH_PRIME = int("""
    c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f6e0ac92513
    9543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a941d5bcd1d4ac8cc4988
    0708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4
    b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f
    0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b
""".replace(" ", "").replace("\n", ""), 16)

REQ_PQ_MULTI, RES_PQ = 0xBE7E8EF1, 0x05162463
REQ_DH_PARAMS, SERVER_DH_PARAMS_OK, SERVER_DH_INNER_DATA = 0xD712E4BE, 0xD0E8075C, 0xB5890DBA
P_Q_INNER_DATA_DC, P_Q_INNER_DATA_TEMP_DC = 0xA9F55F95, 0x56FDDF88
SET_CLIENT_DH_PARAMS, CLIENT_DH_INNER_DATA, DH_GEN_OK = 0xF5045F1F, 0x6643B654, 0x3BCBF734
VECTOR, BOOL_TRUE = 0x1CB5C415, 0x997275B5
PING, PING_DELAY_DISCONNECT, PONG = 0x7ABE77EC, 0xF3427B8C, 0x347773C5
GET_FUTURE_SALTS = 0xB921BD04
BIND_TEMP_AUTH_KEY, BIND_AUTH_KEY_INNER = 0xCDD42A05, 0x75A3F765
RPC_RESULT, RPC_ERROR = 0xF35C6D01, 0x2144CA19


class Refused(Exception):
    """The client broke a rule."""


def require(condition, what):
    if not condition:
        raise Refused(what)


def sha1(*parts):
    return hashlib.sha1(b"".join(parts)).digest()


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


# ---- TL ----


class Reader(io.BytesIO):
    def take(self, size):
        data = self.read(size)
        require(len(data) == size, "an object ends too early")
        return data

    def int(self):
        return struct.unpack("<i", self.take(4))[0]

    def id(self):
        return struct.unpack("<I", self.take(4))[0]

    def long(self):
        return struct.unpack("<q", self.take(8))[0]

    def bytes(self):
        size, head = self.take(1)[0], 1
        require(size < 255, "a string of length 255")
        if size == 254:
            size, head = int.from_bytes(self.take(3), "little"), 4
        data = self.take(size)
        self.take(-(head + size) % 4)
        return data

    def number(self):
        return int.from_bytes(self.bytes(), "big")


def tl_id(value):
    return struct.pack("<I", value)


def tl_bytes(data):
    head = bytes([len(data)]) if len(data) < 254 else b"\xfe" + len(data).to_bytes(3, "little")
    return head + data + bytes(-(len(head) + len(data)) % 4)


def tl_number(value):
    return tl_bytes(value.to_bytes((value.bit_length() + 7) // 8, "big"))


# ---- The server's RSA key ----


def der_integers(der):
    """The integers of a DER SEQUENCE of INTEGERs, such as RSAPrivateKey."""

    def length(at):
        first = der[at]
        if first < 0x80:
            return first, at + 1
        size = first & 0x7F
        return int.from_bytes(der[at + 1:at + 1 + size], "big"), at + 1 + size

    _, at = length(1)
    while at < len(der):
        size, at = length(at + 1)
        yield int.from_bytes(der[at:at + size], "big")
        at += size


class RsaKey:
    def __init__(self, path):
        with open(path, encoding="ascii") as file:
            text = re.search("-----BEGIN RSA PRIVATE KEY-----(.*)-----END", file.read(), re.DOTALL).group(1)
        _, self.modulus, exponent, self.secret, *_ = der_integers(base64.b64decode(text))
        self.fingerprint = sha1(tl_number(self.modulus), tl_number(exponent))[-8:]

    def decrypt(self, encrypted):
        """Undoes RSA_PAD: 192 bytes, of which the first ones are the data."""
        require(len(encrypted) == 256, "the RSA ciphertext does not have 256 bytes")
        plain = pow(int.from_bytes(encrypted, "big"), self.secret, self.modulus).to_bytes(256, "big")
        key = xor(plain[:32], hashlib.sha256(plain[32:]).digest())
        padded = ige256_decrypt(plain[32:], key, bytes(32))
        data, digest = padded[191::-1], padded[192:]
        require(hashlib.sha256(key + data).digest() == digest, "wrong hash in RSA_PAD")
        return data


# ---- Key exchange ----


class AuthKey:
    def __init__(self, secret, salt, temporary):
        self.secret = secret
        self.salt = salt
        self.temporary = temporary
        self.id = struct.unpack("<q", sha1(secret)[-8:])[0]


class Exchange:
    """One key exchange, from req_pq_multi to dh_gen_ok."""

    def __init__(self, rsa, nonce):
        self.rsa = rsa
        self.nonce = nonce
        self.server_nonce = secrets.token_bytes(16)
        self.a = secrets.randbits(2048)

    def answer(self, constructor, *rest):
        return tl_id(constructor) + self.nonce + self.server_nonce + b"".join(rest)

    def require_nonces(self, reader, what):
        require(reader.take(16) == self.nonce and reader.take(16) == self.server_nonce, "wrong nonce in " + what)

    def res_pq(self):
        fingerprints = tl_id(VECTOR) + struct.pack("<i", 1) + self.rsa.fingerprint
        return self.answer(RES_PQ, tl_number(P * Q), fingerprints)

    def read_inner_data(self, reader):
        constructor = reader.id()
        require(constructor in (P_Q_INNER_DATA_DC, P_Q_INNER_DATA_TEMP_DC), "unknown inner data %08x" % constructor)
        require((reader.number(), reader.number(), reader.number()) == (P * Q, P, Q), "wrong factors in inner data")
        self.require_nonces(reader, "inner data")
        self.new_nonce = reader.take(32)
        require(reader.int() == DC, "inner data for another data centre")
        self.temporary = constructor == P_Q_INNER_DATA_TEMP_DC
        require(not self.temporary or reader.int() > 0, "a temporary key that has expired")

    def derive_aes(self):
        new, server = self.new_nonce, self.server_nonce
        hashes = sha1(new, server) + sha1(server, new) + sha1(new, new) + new[:4]
        return hashes[:32], hashes[32:64]

    def server_dh_params(self, reader):
        require((reader.number(), reader.number()) == (P, Q), "wrong factors in req_DH_params")
        require(reader.take(8) == self.rsa.fingerprint, "another RSA key")
        self.read_inner_data(Reader(self.rsa.decrypt(reader.bytes())))
        inner = self.answer(SERVER_DH_INNER_DATA, struct.pack("<i", G), tl_number(DH_PRIME),
                            tl_number(pow(G, self.a, DH_PRIME)), struct.pack("<i", int(time.time())))
        plain = sha1(inner) + inner
        plain += os.urandom(-len(plain) % 16)
        return self.answer(SERVER_DH_PARAMS_OK, tl_bytes(ige256_encrypt(plain, *self.derive_aes())))

    def dh_gen(self, reader):
        plain = ige256_decrypt(reader.bytes(), *self.derive_aes())
        inner = Reader(plain[20:])
        require(inner.id() == CLIENT_DH_INNER_DATA, "unknown client inner data")
        self.require_nonces(inner, "client inner data")
        require(inner.long() == 0, "a retry nobody asked for")
        g_b = inner.number()
        end = 20 + inner.tell()
        require(sha1(plain[20:end]) == plain[:20], "wrong hash of client inner data")
        require(len(plain) - end < 16, "too much padding after client inner data")
        require(1 << 1984 <= g_b <= DH_PRIME - (1 << 1984), "g_b is out of range")

        secret = pow(g_b, self.a, DH_PRIME).to_bytes(256, "big")
        key = AuthKey(secret, xor(self.new_nonce[:8], self.server_nonce[:8]), self.temporary)
        return key, self.answer(DH_GEN_OK, sha1(self.new_nonce, b"\x01", sha1(secret)[:8])[4:])


# ---- Connections ----


class Client:
    """What one TCP connection said."""

    def __init__(self, rsa):
        self.rsa = rsa
        self.exchange = None
        self.keys = {}
        self.key = None  # the newest, which the client uses
        self.session = Session(ConnectionRole.SERVER)

    def receive(self, data):
        """Yields the bytes to send."""
        self.session.data_received(data)
        # The package reports a new session after what came in it, but clients have to hear of it first.
        events = iter(self.session.next_event, None)
        for event in sorted(events, key=lambda event: not isinstance(event, NewSession)):
            if isinstance(event, UnencryptedData):
                yield self.session.send_plain(self.exchange_step(Reader(event.data)))
            elif isinstance(event, NewSession):
                self.greet(event)
            elif isinstance(event, Data):
                self.request(event)
            else:
                require(isinstance(event, MessagesAck), "not expected: %r" % event)
        if self.key:
            yield self.session.send(None)

    def use(self, key):
        self.keys[key.id] = self.key = key
        self.session.set_auth_key(key.secret)
        self.session.set_salts([(key.salt, int(time.time()) - 60)])

    def exchange_step(self, reader):
        query, nonce = reader.id(), reader.take(16)
        if query == REQ_PQ_MULTI:
            self.exchange = Exchange(self.rsa, nonce)
            return self.exchange.res_pq()
        require(self.exchange, "a key exchange that begins in the middle")
        require((nonce, reader.take(16)) == (self.exchange.nonce, self.exchange.server_nonce), "wrong nonce")
        if query == REQ_DH_PARAMS:
            return self.exchange.server_dh_params(reader)
        require(query == SET_CLIENT_DH_PARAMS, "unknown query %08x in the key exchange" % query)
        key, answer = self.exchange.dh_gen(reader)
        self.use(key)
        return answer

    def greet(self, event):
        salt = struct.unpack("<q", self.key.salt)[0]
        created = NewSessionCreated(first_msg_id=event.first_message_id, unique_id=secrets.randbits(63),
                                    server_salt=salt)
        self.session.queue(created.write(), content_related=True)

    def request(self, event):
        reader = Reader(event.data)
        method = reader.id()
        if method in (PING, PING_DELAY_DISCONNECT):
            self.session.queue(tl_id(PONG) + struct.pack("<qq", event.message_id, reader.long()), response=True)
        elif method == GET_FUTURE_SALTS:
            self.session.queue(self.future_salts(event.message_id), response=True)
        elif method == BIND_TEMP_AUTH_KEY:
            self.bind(event, reader)
            self.result(event, tl_id(BOOL_TRUE))
        else:
            self.result(event, tl_id(RPC_ERROR) + struct.pack("<i", 400) + tl_bytes(b"INPUT_METHOD_INVALID"))

    def result(self, event, body):
        result = tl_id(RPC_RESULT) + struct.pack("<q", event.message_id) + body
        self.session.queue(result, content_related=True, response=True)

    def future_salts(self, req_msg_id):
        now = int(time.time())
        salt = FutureSalt(valid_since=now - 60, valid_until=now + 3600, salt=struct.unpack("<q", self.key.salt)[0])
        return FutureSalts(req_msg_id=req_msg_id, now=now, salts=[salt]).write()

    def bind(self, event, reader):
        """Checks what proves that the client knows both keys: a message of the first protocol."""
        perm_key_id, nonce, expires_at = reader.long(), reader.long(), reader.int()
        require(self.key.temporary and perm_key_id in self.keys, "keys that can't be bound")
        perm = self.keys[perm_key_id]
        message = MessagePacket.parse(reader.bytes()).decrypt(perm.secret, ConnectionRole.CLIENT, v1=True)
        require(message.message_id == event.message_id and message.seq_no == 0, "wrong head of the binding message")
        inner = struct.pack("<Iqqqqi", BIND_AUTH_KEY_INNER, nonce, self.key.id, perm_key_id, event.session_id,
                            expires_at)
        require(message.data == inner, "the binding message says something else")
        require(expires_at > time.time(), "a binding that has expired")


async def serve_client(rsa, reader, writer):
    client = Client(rsa)
    try:
        while data := await reader.read(1 << 16):
            for out in client.receive(data):
                writer.write(out)
            await writer.drain()
    except ConnectionError:
        pass
    except Exception as error:  # of ours, or of the package, which has no class for what it refuses
        print("refused: %r" % error, file=sys.stderr, flush=True)
    finally:
        writer.close()


async def main(pem, address):
    host, _, port = address.rpartition(":")
    rsa = RsaKey(pem)
    server = await asyncio.start_server(lambda *streams: serve_client(rsa, *streams), host, int(port))
    print("listening", address, flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
