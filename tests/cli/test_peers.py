"""Peers that do not do what they should: what a client says about its server, and a server that bears its clients."""

import socket
import struct
import threading
import time
import unittest

from harness import Case, Serve, ServedCase, run


class Peer:
    """A TCP server that gives every connection to a function."""

    def __init__(self, behave):
        self.behave = behave

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def serve(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            with connection:
                self.behave(connection)


def silent(connection):
    while connection.recv(4096):
        pass


def closing(connection):
    connection.recv(1)


def cutting_res_pq(connection):
    """Answers req_pq_multi in a frame of intermediate by a resPQ that ends after its nonces."""
    query = connection.recv(4096)
    body = struct.pack("<I", 0x05162463) + query[4 + 4 + 20 + 4:][:16] + bytes(16)
    packet = struct.pack("<QQI", 0, 1 | int(time.time()) << 32, len(body)) + body
    connection.sendall(struct.pack("<I", len(packet)) + packet)
    silent(connection)


def answering(data):
    def behave(connection):
        connection.recv(4096)
        connection.sendall(data)
        silent(connection)
    return behave


class BadServers(Case):
    def setUp(self):
        super().setUp()
        with Serve("--key", self.directory / "dc.pem"):
            pass
        self.key = self.directory / "dc.pem.pub"

    def try_peer(self, behave, *arguments):
        with Peer(behave) as peer:
            return run("auth", peer.address, "--key", self.key, "--timeout", "2", *arguments)

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = "127.0.0.1:%d" % listener.getsockname()[1]
        for command in ("auth", "ping"):
            self.assert_complaint(run(command, address, "--key", self.key), 1, address, "refused")

    def test_name_that_does_not_exist(self):
        self.assert_complaint(run("auth", "host.invalid:4430", "--key", self.key), 1, "host.invalid")

    def test_silence_ends_at_the_timeout(self):
        begin = time.monotonic()
        with Peer(silent) as peer:
            result = run("auth", peer.address, "--key", self.key, "--timeout", "0.5")
        self.assert_complaint(result, 1, peer.address)
        self.assertGreater(time.monotonic() - begin, 0.4)

    def test_end_of_the_stream(self):
        self.assert_complaint(self.try_peer(closing), 1)

    def test_malformed_frames(self):
        table = [("abridged", b"\x7f\x01\x00\x00"), ("intermediate", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                 ("padded", b"\x02\x00\x00\x00\x00\x00"), ("full", b"\x10\x00\x00\x00" + bytes(12)),
                 ("full", struct.pack("<II", 16, 9) + bytes(8)), ("intermediate", b"\xff\xff\xff\x7f")]
        for transport, data in table:
            with self.subTest(transport=transport, data=data):
                self.assert_complaint(self.try_peer(answering(data), "--transport", transport), 2)

    def test_malformed_answer(self):
        self.assert_complaint(self.try_peer(cutting_res_pq), 2)

    def test_transport_error(self):
        self.assert_complaint(self.try_peer(answering(struct.pack("<Ii", 4, -429))), 1, "-429")

    def test_server_with_another_key(self):
        with Serve("--key", self.directory / "other.pem") as other:
            self.assert_complaint(run("auth", other.address, "--key", self.key), 1)
            self.assert_complaint(run("auth", other.address), 1, "--key")

    def test_server_of_another_environment(self):
        with Serve("--key", self.directory / "dc.pem", "--dc", "10002") as test:
            self.assert_ok(run("auth", test.address, "--key", self.key, "--dc", "10002"))
            self.assertNotEqual(run("auth", test.address, "--key", self.key, "--dc", "2").returncode, 0)


def transport_error(connection):
    """The code in an intermediate frame of 4 bytes."""
    data = b""
    while len(data) < 8:
        piece = connection.recv(8 - len(data))
        if not piece:
            return None
        data += piece
    size, code = struct.unpack("<Ii", data)
    return code if size == 4 else None


class BadClients(ServedCase):
    def connect(self, data):
        connection = socket.create_connection((self.server.host, self.server.port), 10)
        connection.sendall(data)
        return connection

    def test_unknown_key_is_answered_by_404(self):
        packet = b"unknown!" + bytes(range(96))
        with self.connect(b"\xee" * 4 + struct.pack("<I", len(packet)) + packet) as connection:
            self.assertEqual(transport_error(connection), -404)

    def test_malformed_streams_disturb_nobody(self):
        unknown = struct.pack("<QQII", 0, int(time.time()) << 32, 4, 0xBADBADBA)
        streams = [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"\xef\x7f\x00\x00\x00",
                   b"\xee" * 4 + b"\xff" * 4, b"\xdd" * 4 + b"\x01\x00\x00\x00\x00",
                   b"\x10\x00\x00\x00" + bytes(12), bytes(range(64)) * 4,
                   b"\xee" * 4 + struct.pack("<I", len(unknown)) + unknown,
                   b"\xee" * 4 + struct.pack("<I", 8) + bytes(8)]
        with self.connect(b"\xef\x0a\x00") as begun:
            for data in streams:
                with self.subTest(data), self.connect(data):
                    self.assert_ok(self.client("ping", "--count", 1))
            begun.settimeout(0.01)
            with self.assertRaises(socket.timeout):
                begun.recv(1)


if __name__ == "__main__":
    unittest.main()
