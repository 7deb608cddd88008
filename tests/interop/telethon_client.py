#!/usr/bin/env python3
"""Drives Telethon against a data centre:
telethon_client.py HOST PORT DC PUBKEY.pem full|abridged|intermediate|obfuscated|save|open

save makes a key and prints it as a session; open reads a session and talks by it, without a key exchange.

Exit status: 0 everything went as it should, 1 it did not, 75 Telethon failed by its own fault (see below).
"""

import asyncio
import logging
import sys

import telethon
from telethon import TelegramClient, errors, functions
from telethon.crypto import rsa
from telethon.network import authenticator, connection
from telethon.sessions import StringSession
from telethon.tl.tlobject import TLRequest

CONNECTIONS = {
    "full": connection.ConnectionTcpFull,
    "abridged": connection.ConnectionTcpAbridged,
    "intermediate": connection.ConnectionTcpIntermediate,
    "obfuscated": connection.ConnectionTcpObfuscated,
}
EXIT_OWN_FAULT = 75


class ShortKeys:
    """Telethon drops the leading zero bytes of an auth_key and then computes other hashes than its server: one
    exchange of 256 fails on its side. This notes whether it happened."""

    def __init__(self):
        self.seen = False
        self.make = authenticator.AuthKey
        authenticator.AuthKey = self

    def __call__(self, data):
        self.seen = self.seen or len(data) < 256
        return self.make(data)


class NoSuchMethod(TLRequest):
    CONSTRUCTOR_ID = 0x0BADF00D

    def __bytes__(self):
        return self.CONSTRUCTOR_ID.to_bytes(4, "little")


async def expect_rpc_error(client, request, code):
    try:
        await client(request)
    except errors.RPCError as error:
        assert error.code == code, error
    else:
        raise AssertionError("no error %d came back" % code)


def connect_later(session):
    return TelegramClient(session, 1, "0" * 32, connection_retries=0, receive_updates=False)


async def save(host, port, dc):
    session = StringSession()
    session.set_dc(dc, host, port)
    client = connect_later(session)
    await client.connect()
    await client.disconnect()
    print(session.save())


async def open_saved(host, port, dc):
    session = StringSession(sys.stdin.read().strip())
    key = session.auth_key.key
    client = connect_later(session)
    await client.connect()
    config = await client(functions.help.GetConfigRequest())
    assert config.this_dc == dc and session.auth_key.key == key, config
    assert any((option.ip_address, option.port) == (host, port) for option in config.dc_options), config
    await client.disconnect()


async def drive(host, port, dc, mode):
    if mode in ("save", "open"):
        await (save if mode == "save" else open_saved)(host, port, dc)
        return
    session = StringSession()
    session.set_dc(dc, host, port)
    client = TelegramClient(session, 1, "0" * 32, connection=CONNECTIONS[mode], connection_retries=0,
                            request_retries=1, receive_updates=False)
    # The key exchange, then invokeWithLayer(initConnection(help.getConfig)), then users.getUsers.
    await client.connect()
    assert not await client.is_user_authorized()

    config = await client(functions.help.GetConfigRequest())
    assert config.this_dc == dc and config.test_mode is False, config
    assert any((option.ip_address, option.port) == (host, port) for option in config.dc_options), config
    assert (await client(functions.help.GetNearestDcRequest())).this_dc == dc
    assert (await client(functions.help.GetCdnConfigRequest())).public_keys == []

    # Long enough for Telethon to compress it.
    assert await client(functions.auth.DropTempAuthKeysRequest([0] * 64)) is True

    # Many at once travel in containers.
    pongs = await asyncio.gather(*(client._sender.send(functions.PingRequest(n)) for n in range(100)))
    assert [pong.ping_id for pong in pongs] == list(range(100))

    await expect_rpc_error(client, functions.updates.GetStateRequest(), 401)
    await expect_rpc_error(client, NoSuchMethod(), 400)
    await client.disconnect()

    # The same key on a new connection.
    client = TelegramClient(StringSession(session.save()), 1, "0" * 32, connection=CONNECTIONS[mode],
                            connection_retries=0, receive_updates=False)
    await client.connect()
    assert (await client(functions.help.GetConfigRequest())).this_dc == dc
    await client.disconnect()


def main():
    host, port, dc, pem, mode = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
    logging.basicConfig(level=logging.WARNING)
    rsa._server_keys.clear()
    with open(pem, encoding="ascii") as file:
        rsa.add_key(file.read(), old=False)
    short_keys = ShortKeys()
    try:
        asyncio.run(asyncio.wait_for(drive(host, port, dc, mode), 60))
    except Exception as error:
        print("%s %s: %r" % (telethon.__version__, mode, error), file=sys.stderr)
        return EXIT_OWN_FAULT if short_keys.seen else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
