#!/usr/bin/env python3
"""Drives Pyrogram against a data centre:
pyrogram_client.py HOST PORT DC PUBKEY.pem abridged|abridged_o|intermediate|intermediate_o|full|save|open

save makes a key and prints it as a session; open reads a session and talks by it, without a key exchange.

Exit status: 0 everything went as it should, 1 it did not.
"""

import asyncio
import base64
import hashlib
import logging
import re
import sys


def der_integers(der):
    """The integers of a DER SEQUENCE of INTEGERs, such as RSAPublicKey."""

    def length(at):
        first = der[at]
        if first < 0x80:
            return first, at + 1
        size = first & 0x7F
        return int.from_bytes(der[at + 1:at + 1 + size], "big"), at + 1 + size

    assert der[0] == 0x30
    _, at = length(1)
    while at < len(der):
        assert der[at] == 0x02
        size, at = length(at + 1)
        yield int.from_bytes(der[at:at + size], "big")
        at += size


def read_public_key(path):
    with open(path, encoding="ascii") as file:
        text = file.read()
    match = re.search("-----BEGIN RSA PUBLIC KEY-----(.*)-----END RSA PUBLIC KEY-----", text, re.DOTALL)
    modulus, exponent = der_integers(base64.b64decode(match.group(1)))
    return modulus, exponent


def tl_bytes(number):
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    head = bytes([len(data)]) if len(data) < 254 else b"\xfe" + len(data).to_bytes(3, "little")
    return head + data + bytes(-(len(head) + len(data)) % 4)


def fingerprint(modulus, exponent):
    digest = hashlib.sha1(tl_bytes(modulus) + tl_bytes(exponent)).digest()
    return int.from_bytes(digest[-8:], "little", signed=True)


async def expect_rpc_error(session, query, code):
    from pyrogram.errors import RPCError

    try:
        await session.invoke(query)
    except RPCError as error:
        assert error.CODE == code, error
    else:
        raise AssertionError("no error %d came back" % code)


async def talk(session, host, port, dc):
    from pyrogram.raw import functions

    config = await session.invoke(functions.help.GetConfig())
    assert config.this_dc == dc and config.test_mode is False, config
    assert any((option.ip_address, option.port) == (host, port) for option in config.dc_options), config
    assert (await session.invoke(functions.help.GetNearestDc())).this_dc == dc
    assert await session.invoke(functions.auth.DropTempAuthKeys(except_auth_keys=[0] * 64)) is True

    pongs = await asyncio.gather(*(session.send(functions.Ping(ping_id=n)) for n in range(100)))
    assert [pong.ping_id for pong in pongs] == list(range(100))
    assert len((await session.send(functions.GetFutureSalts(num=4))).salts) == 4

    await expect_rpc_error(session, functions.updates.GetState(), 401)
    await expect_rpc_error(session, functions.help.GetPremiumPromo(), 400)


# Its table of addresses and its choice of a transport are compiled in.
def direct(host, port, mode):
    from pyrogram.connection import connection, transport
    from pyrogram.session import Auth

    classes = {"abridged": transport.TCPAbridged, "abridged_o": transport.TCPAbridgedO, "full": transport.TCPFull,
               "intermediate": transport.TCPIntermediate, "intermediate_o": transport.TCPIntermediateO}
    connection.TCPAbridged = classes.get(mode, transport.TCPAbridged)
    connection.DataCenter = lambda *_: (host, port)
    Auth.MAX_RETRIES = 0


async def client_with_key(dc):
    from pyrogram import Client
    from pyrogram.session import Auth

    client = Client("interop", api_id=1, api_hash="0" * 32, in_memory=True, no_updates=True)
    await client.storage.open()
    await client.storage.dc_id(dc)
    await client.storage.api_id(1)
    await client.storage.test_mode(False)
    await client.storage.user_id(1)
    await client.storage.is_bot(False)
    await client.storage.auth_key(await Auth(client, dc, False).create())
    return client


async def save(dc):
    client = await client_with_key(dc)
    print(await client.storage.export_session_string())


async def open_saved(dc):
    from pyrogram import Client
    from pyrogram.raw import functions

    client = Client("interop", session_string=sys.stdin.read().strip(), in_memory=True, no_updates=True)
    await client.connect()
    assert await client.storage.dc_id() == dc
    assert (await client.invoke(functions.help.GetConfig())).this_dc == dc
    await client.disconnect()


async def drive(host, port, dc, mode):
    from pyrogram.session import Session

    direct(host, port, mode)
    if mode in ("save", "open"):
        await (save if mode == "save" else open_saved)(dc)
        return
    client = await client_with_key(dc)
    auth_key = await client.storage.auth_key()

    # Two sessions of one key, one after the other; each begins with a ping and
    # invokeWithLayer(initConnection(help.getConfig)).
    for _ in range(2):
        session = Session(client, dc, auth_key, False)
        await session.start()
        await talk(session, host, port, dc)
        await session.stop()


def main():
    host, port, dc, pem, mode = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
    logging.basicConfig(level=logging.WARNING)
    # Pyrogram asks for the loop of the main thread while it is imported.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    import pyrogram
    from pyrogram.crypto import rsa

    modulus, exponent = read_public_key(pem)
    rsa.server_public_keys.clear()
    rsa.server_public_keys[fingerprint(modulus, exponent)] = rsa.PublicKey(modulus, exponent)
    try:
        loop.run_until_complete(asyncio.wait_for(drive(host, port, dc, mode), 60))
    except Exception as error:
        print("%s %s: %r" % (pyrogram.__version__, mode, error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
