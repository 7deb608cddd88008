"""--trace, --key-log and mtproto decode: what was recorded of a run is what was said in it."""

import collections
import gzip
import json
import os
import pathlib
import re
import stat
import struct
import unittest

from harness import FORMS, Case, Serve, form_options, run

PINGS = 5
HEADER = "mtproto-trace 1\n"
SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "testdc" / "schema.tl"
EXCHANGE = ["req_pq_multi", "resPQ", "req_DH_params", "server_DH_params_ok", "set_client_DH_params", "dh_gen_ok"]

# A plain stream, written by hand: abridged tag, then a frame of 44 bytes with req_pq_multi, whose nonce is 01 02 ...
# 10, and -404 in answer.
NONCE = bytes(range(1, 17))
REQ_PQ = bytes(8) + struct.pack("<QI", 4 << 32, 20) + bytes.fromhex("f18e7ebe") + NONCE
STREAM = b"\xef" + bytes([len(REQ_PQ) // 4]) + REQ_PQ
ERROR = b"\x01" + struct.pack("<i", -404)


def line(rest, time="7.000000000"):
    return "%s %s\n" % (time, rest)


def data(direction, octets, link=1):
    return line("%d %s bytes data=%s" % (link, direction, octets.hex()))


def plain(body, direction=">"):
    return line("1 %s plain msg_id=%016x length=%d id=%08x body=%s" % (
        direction, 4 << 32, len(body), struct.unpack_from("<I", body)[0], body.hex()))


def message(body, direction=">", msg_id=4):
    return line("1 %s message key=%016x salt=%016x session=%016x msg_id=%016x seq_no=1 length=%d id=%08x body=%s" % (
        direction, 1, 2, 3, msg_id, len(body), struct.unpack_from("<I", body)[0], body.hex()))


def tl_bytes(octets):
    head = bytes([len(octets)]) if len(octets) < 254 else b"\xfe" + struct.pack("<I", len(octets))[:3]
    return (head + octets).ljust((len(head + octets) + 3) // 4 * 4, b"\0")


def packed(body):
    return bytes.fromhex("a1cf7230") + tl_bytes(gzip.compress(body))


def ping(number):
    return struct.pack("<IQ", 0x7abe77ec, number)


def container(*bodies):
    head = struct.pack("<II", 0x73f1f8dc, len(bodies))
    return head + b"".join(struct.pack("<QII", 8 + 4 * i, 1, len(body)) + body for i, body in enumerate(bodies))


class Recorded(Case):
    """Runs of the real thing."""

    def record(self, form, *options):
        """One ping run with both sides recorded in both ways. Returns the client's summary."""
        transport, obfuscated = form
        path = self.directory
        with Serve("--key", path / "dc", "--trace", path / "server", "--key-log", path / "server.keys") as server:
            result = run("ping", server.address, "--key", path / "dc.pub", "--trace", path / "client", "--key-log",
                         path / "client.keys", "--count", PINGS, "--json", *form_options(transport, obfuscated),
                         *options)
            self.assert_ok(result)
            self.assertEqual(server.end(), 0)
            self.assertEqual(server.stderr(), "")
        return json.loads(result.stdout)

    def decode(self, name, *arguments):
        result = run("decode", self.directory / name, "--json", *arguments)
        self.assert_ok(result)
        return [json.loads(text) for text in result.stdout.splitlines()]

    def check_run(self, records, transport, obfuscated, temporary):
        said = collections.Counter(record.get("object") for record in records)
        self.assertEqual(said["ping"], PINGS)
        self.assertEqual(said["pong"], PINGS)
        self.assertEqual([record["value"]["ping_id"] for record in records if record.get("object") == "ping"],
                         [record["value"]["ping_id"] for record in records if record.get("object") == "pong"])
        self.assertEqual([record["object"] for record in records if record["record"] == "plain"],
                         EXCHANGE * (1 + temporary))
        self.assertEqual(said["auth.bindTempAuthKey"], temporary)
        self.assertEqual(said["new_session_created"], 1)
        opened = [record for record in records if record["record"] == "open"]
        self.assertEqual([(record["framing"], record["obfuscated"]) for record in opened], [(transport, obfuscated)])
        for record in records:
            self.assertNotIn("note", record)

    def test_messages_of_both_sides(self):
        for temporary in (False, True):
            with self.subTest(temporary=temporary):
                self.assertEqual(self.record(("padded", True), *["--temp=3600"] * temporary)["answered"], PINGS)
                client, server = self.decode("client"), self.decode("server")
                self.check_run(client, "padded", True, temporary)
                self.check_run(server, "padded", True, temporary)
                for direction in ("client", "server"):
                    told = [[{name: record[name] for name in record if name != "time"} for record in side
                             if record.get("to") == direction] for side in (client, server)]
                    # What the server still says at the end may find no client any more.
                    self.assertEqual(told[0], told[1][:len(told[0])])
                    self.assertLessEqual(len(told[1]), len(told[0]) + 2)

    def test_bytes_with_a_key_log(self):
        for index, form in enumerate(FORMS):
            with self.subTest(form):
                temporary = index % 2 == 1
                self.record(form, "--trace-bytes", *["--temp=3600"] * temporary)
                self.check_run(self.decode("client", "--key-log", self.directory / "client.keys"), *form, temporary)
                # The server's key log opens the client's capture, too, and so does one file with both.
                self.check_run(self.decode("client", "--key-log", self.directory / "server.keys"), *form, temporary)
                text = (self.directory / "client.keys").read_text() + (self.directory / "client").read_text()
                result = run("decode", "-", "--json", input=text)
                self.assert_ok(result)
                self.check_run([record for record in map(json.loads, result.stdout.splitlines())
                                if record["record"] != "key"], *form, temporary)

    def test_bytes_without_keys_are_packets(self):
        self.record(("intermediate", True), "--trace-bytes")
        result = run("decode", self.directory / "client")
        self.assertEqual(result.returncode, 1)
        packets = [text for text in result.stdout.splitlines() if re.search(r" packet key=[0-9a-f]{16} length=", text)]
        self.assertGreaterEqual(len(packets), 2 * PINGS)
        self.assertEqual(result.stderr.count("its key is in no key log"), len(packets))
        self.assertEqual(len([text for text in result.stdout.splitlines() if " plain " in text]), len(EXCHANGE))
        self.assertNotIn("object=ping", result.stdout)

    def test_a_call(self):
        path = self.directory
        with Serve("--key", path / "dc") as server:
            result = run("call", "help.getNearestDc", "--connect", server.address, "--key", path / "dc.pub",
                         "--trace", path / "call", "--trace-bytes", "--key-log", path / "keys")
        self.assert_ok(result)
        records = self.decode("call", "--key-log", path / "keys")
        calls = [record for record in records if record.get("object", "").endswith("/help.getNearestDc")]
        self.assertEqual(calls[0]["object"], "invokeWithLayer/initConnection/help.getNearestDc")
        answers = [record for record in records if record.get("object") == "nearestDc"]
        self.assertEqual([record["value"] for record in answers], [json.loads(result.stdout)])
        self.assertEqual(answers[0]["record"], "result")

    def test_updates(self):
        path = self.directory
        with Serve("--key", path / "dc", "--updates", "count=50,channels=2,rate=400,seed=7") as server:
            result = run("listen", "--connect", server.address, "--key", path / "dc.pub", "--schema", SCHEMA,
                         "--bot-token", "4711:secret", "--api-id", 1, "--api-hash", "0123456789abcdef", "--count", 20,
                         "--trace", path / "listen")
        self.assert_ok(result)
        records = self.decode("listen", "--schema", SCHEMA)
        said = collections.Counter(record.get("object") for record in records)
        self.assertEqual(said["invokeWithLayer/initConnection/auth.importBotAuthorization"], 1)
        self.assertEqual(said["auth.authorization"], 1)
        # What was printed was said, by itself or in an answer.
        values = json.dumps([record["value"] for record in records if "value" in record])
        texts = re.findall(r'"message": ("[^"]+")', result.stdout)
        self.assertGreater(len(texts), 5)
        for text in texts:
            self.assertIn(text, values)

    def test_files_are_secret_and_key_logs_grow(self):
        keys = self.directory / "client.keys"
        keys.write_text("# mine\n")
        keys.chmod(0o644)
        self.record(("full", False))
        (self.directory / "client").chmod(0o666)
        self.record(("full", False))
        for name in ("client", "client.keys", "server", "server.keys"):
            self.assertEqual(stat.S_IMODE(os.stat(self.directory / name).st_mode), 0o600, name)
        text = keys.read_text()
        self.assertTrue(text.startswith("# mine\n" + HEADER))
        self.assertEqual(text.count(" key id="), 2)
        self.assertEqual((self.directory / "client").read_text().count(HEADER), 1)
        self.assertNotIn(re.search("auth_key=([0-9a-f]{512})\n", text).group(1),
                         run("decode", keys).stdout + run("decode", keys, "--json").stdout)

    def test_one_file_for_both(self):
        path = self.directory
        both = path / "both"
        both.write_text("what was there before\n")
        with Serve("--key", path / "dc") as server:
            result = run("ping", server.address, "--key", path / "dc.pub", "--count", 2, "--trace", both,
                         "--trace-bytes", "--key-log", both)
        self.assert_ok(result)
        self.assertEqual([record.get("object") for record in self.decode("both")].count("pong"), 2)

    def test_standard_output(self):
        with Serve("--key", self.directory / "dc") as server:
            result = run("auth", server.address, "--key", self.directory / "dc.pub", "--trace", "-")
        self.assert_ok(result)
        traced = "".join(text for text in result.stdout.splitlines(True) if re.match(r"[0-9]+\.[0-9]{9} ", text))
        decoded = run("decode", "-", input=traced)
        self.assert_ok(decoded)
        self.assertIn("object=dh_gen_ok", decoded.stdout)

    def test_files_that_cannot_be_written(self):
        for option in ("--trace", "--key-log"):
            path = self.directory / "missing" / "file"
            self.assert_complaint(run("ping", "127.0.0.1:1", option, path), 2, str(path), "No such file")
            self.assert_complaint(run("serve", "--listen", "127.0.0.1:0", option, path), 2, str(path))
        self.assert_complaint(run("ping", "127.0.0.1:1", "--trace-bytes"), 2, "--trace-bytes")
        with Serve("--key", self.directory / "dc") as server:
            result = run("auth", server.address, "--key", self.directory / "dc.pub", "--trace", "/dev/full")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/dev/full: not all of it could be written", result.stderr)


class Decoded(Case):
    """Files written by hand."""

    def decode(self, text, *arguments):
        path = self.directory / "trace"
        path.write_text(text)
        return run("decode", path, *arguments)

    def lines(self, text, *arguments):
        result = self.decode(text, *arguments)
        self.assert_ok(result)
        return result.stdout.splitlines()

    def objects(self, text, *arguments):
        return [json.loads(each) for each in self.lines(text, "--json", *arguments)]

    def complain(self, text, *words, printed=0):
        result = self.decode(text)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(len(result.stdout.splitlines()), printed, result.stdout)
        for word in words:
            self.assertIn(word, result.stderr)
        return result

    def test_a_stream_by_hand(self):
        expected = ["7.000000000 1 - open framing=abridged obfuscated=0",
                    "7.000000000 1 > plain msg_id=0000000400000000 length=20 id=be7e8ef1 object=req_pq_multi",
                    "7.000000000 1 < error code=-404"]
        self.assertEqual(self.lines(data(">", STREAM) + data("<", ERROR)), expected)
        pieces = "".join(data(">", STREAM[i:i + 1]) for i in range(len(STREAM)))
        # What the server said first waits until it is known how the client speaks.
        self.assertEqual(sorted(self.lines(HEADER + data("<", ERROR) + pieces)), sorted(expected))
        value = self.objects(data(">", STREAM))[1]["value"]
        self.assertEqual(value["_"], "req_pq_multi")

    def test_another_header_counts_links_anew(self):
        half = data(">", STREAM[:9])
        self.assertEqual(len(self.lines(HEADER + half + HEADER + data(">", STREAM))), 3)
        self.assertEqual(len(self.lines(half + line("1 - closed error=0 code=0") + data(">", STREAM))), 4)

    def test_objects_in_objects(self):
        answers = message(container(struct.pack("<IQ", 0xf35c6d01, 4) + packed(ping(7)),
                                    struct.pack("<IQ", 0xf35c6d01, 4) + struct.pack("<Ii", 0x2144ca19, 400)
                                    + tl_bytes(b"NO")), "<")
        kinds = [(each["record"], each.get("depth", 0), each["object"]) for each in self.objects(answers)]
        self.assertEqual(kinds, [
            ("message", 0, "msg_container"), ("inner", 1, "rpc_result"), ("result", 2, "gzip_packed"),
            ("unpacked", 3, "ping"), ("inner", 1, "rpc_result"), ("result", 2, "rpc_error")])
        query = struct.pack("<Ii", 0xda9b0d0d, 214) + packed(struct.pack("<I", 0xc4f9186b))
        self.assertEqual([each["object"] for each in self.objects(message(query))],
                         ["invokeWithLayer/gzip_packed", "help.getConfig"])
        unknown = struct.pack("<IiI", 0xda9b0d0d, 214, 0xdeadf00d)
        self.assertEqual(self.objects(message(unknown))[0]["object"], "invokeWithLayer/#deadf00d")
        query = struct.pack("<Ii", 0xda9b0d0d, 214) + struct.pack("<I", 0xc4f9186b)
        self.assertEqual(self.objects(message(query))[0]["object"], "invokeWithLayer/help.getConfig")

    def test_an_answer_is_read_by_the_type_of_its_request(self):
        schema = self.directory / "s.tl"
        schema.write_text("---functions---\nnumbers#11223344 = Vector<long>;\n")
        answer = message(struct.pack("<IQIIQ", 0xf35c6d01, 4, 0x1cb5c415, 1, 9), "<", 5)
        both = self.objects(message(struct.pack("<I", 0x11223344)) + answer, "--schema", schema)
        self.assertEqual(both[-1]["object"], "Vector<long>")
        self.assertEqual(both[-1]["value"], ["9"])
        alone = self.objects(answer, "--schema", schema)
        self.assertEqual(alone[-1]["object"], "#1cb5c415")
        self.assertIn("nothing says of what", alone[-1]["note"])

    def test_what_no_schema_knows_is_no_error(self):
        unknown = message(bytes.fromhex("0df0adde") + bytes(4))
        self.assertTrue(self.lines(unknown)[0].endswith(" object=#deadf00d (#deadf00d is in no schema)"))
        schema = self.directory / "s.tl"
        schema.write_text("thing#deadf00d x:int = Thing;\n")
        self.assertTrue(self.lines(unknown, "--schema", schema)[0].endswith(" object=thing"))

    def test_bad_lines_are_told_and_the_next_ones_read(self):
        good = plain(REQ_PQ[20:])
        result = self.complain("# a trace\n" + good + "nonsense\n" + good + line("1 > bytes data=0") + good, ":3: ",
                               ":5: an odd number of hexadecimal digits", printed=3)
        self.assertEqual(len(result.stderr.splitlines()), 2)
        self.complain("mtproto-trace 2\n" + good, ":1: a trace of another version", printed=1)
        self.complain(good + good[:-9], ":2: ", printed=1)
        self.complain("\0\n\xff\n", ":1: ", ":2: ")
        self.complain(line("1 - lost count=3"), ":1: 3 records are missing", printed=1)
        self.complain("7" * (33 << 20) + "\n" + good, ":1: the line is too long", printed=1)
        self.assertEqual(self.lines(""), [])

    def test_bad_bodies(self):
        self.complain(message(struct.pack("<I", 0x7abe77ec)), ":1: ping: ping_id: ", printed=1)
        self.complain(message(ping(1) + bytes(4)), ":1: ping: 4 bytes follow the object", printed=1)
        self.complain(message(struct.pack("<II", 0x73f1f8dc, 9)), ":1: msg_container: ", printed=1)
        self.complain(message(container(ping(1), ping(2))[:-4]), ":1: msg_container: message 2: ", printed=2)
        self.complain(message(struct.pack("<IQ", 0xf35c6d01, 4)), ":1: rpc_result: it is cut off", printed=1)
        self.complain(message(bytes.fromhex("a1cf7230") + tl_bytes(b"no gzip")), ":1: gzip_packed: ", printed=1)
        self.complain(message(packed(packed(ping(1)))), ":1: a gzip_packed in a gzip_packed", printed=2)
        self.complain(message(packed(bytes(17 << 20))), ":1: gzip_packed: ", printed=1)
        nested = ping(1)
        for _ in range(12):
            nested = container(nested)
        self.complain(message(nested), "too deep", printed=9)

    def test_bad_streams(self):
        good = data(">", STREAM, 2) + data("<", ERROR, 2)
        for octets, reason in ((b"GET / HTTP/1.1\r\n\r\n", ""), (b"\xef\x7f\xff\xff\xff", ""),
                               (bytes(range(1, 65)), "")):
            result = self.complain(data(">", octets) + data(">", octets) + good, reason, printed=3)
            self.assertEqual(len(result.stderr.splitlines()), 1)
            self.assertIn(":1: the stream can't be read any further: ", result.stderr)

    def test_bad_keys(self):
        key = line("1 - key id=%016x temporary=0 expires_at=0 auth_key=%s" % (1, "00" * 256))
        self.complain(key, ":1: id is not that of the auth_key", printed=1)
        path = self.directory / "keys"
        path.write_text(key)
        result = self.decode(plain(REQ_PQ[20:]), "--key-log", path)
        self.assertEqual(result.returncode, 1)
        self.assertIn("%s:1: id is not that of the auth_key" % path, result.stderr)
        self.assertIn("object=req_pq_multi", result.stdout)

    def test_files_and_options(self):
        missing = self.directory / "missing"
        self.assert_complaint(run("decode", missing), 2, str(missing))
        self.assert_complaint(run("decode", "-", "--key-log", missing), 2, str(missing))
        self.assert_complaint(run("decode", "-", "--schema", missing), 2, str(missing))
        self.assert_complaint(run("decode"), 2, "FILE")
        self.assert_complaint(run("decode", self.directory), 1, "Is a directory")
        self.assertIn("usage: mtproto decode", run("help", "decode").stdout)

    def test_the_example_of_the_documentation(self):
        document = pathlib.Path(__file__).resolve().parents[2] / "docs" / "trace.md"
        example = re.search("```\n(mtproto-trace 1\n.*?)```", document.read_text(), re.DOTALL).group(1)
        self.assertEqual([each.get("object", each["record"]) for each in self.objects(example)],
                         ["open", "req_pq_multi", "ping", "error", "closed"])


if __name__ == "__main__":
    unittest.main()
