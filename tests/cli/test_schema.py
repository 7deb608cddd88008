"""mtproto schema: check, id, encode, decode."""

import json
import os
import pathlib
import subprocess
import unittest

from harness import MTPROTO, TIMEOUT, Case, run

API = pathlib.Path(__file__).resolve().parent.parent / "vectors" / "api-layer228.tl"
# Written by Telethon.
DC_OPTION = ("0da1b71828040000cb0000000e39312e3130352e3139322e31303000bb01000011dd000102030405060708090a0b0c0d0e0f0000")
PING = {"_": "ping", "ping_id": "7"}


class Schema(Case):
    def file(self, text, name="s.tl"):
        path = self.directory / name
        path.write_text(text)
        return path

    def refuse(self, arguments, *words):
        self.assert_complaint(run("schema", *arguments), 2, *words)

    def test_check_counts_what_is_in_the_api(self):
        result = run("schema", "check", API)
        self.assert_ok(result)
        lines = result.stdout.splitlines()
        self.assertEqual(lines[-1], "%s: ok, 1648 constructors, 813 methods" % API)
        self.assertEqual(lines[0], "%s:19:1: ipPortSecret has the id #37982646, its declaration gives #402d9b47" % API)
        self.assertEqual(len(lines), 10)
        self.refuse(["check", "--strict", API], ":19:1: ipPortSecret has the id")

    def test_check_says_the_layer(self):
        path = self.file("// LAYER 228\nfoo x:int = Foo;\n---functions---\nbar = Foo;\n")
        self.assertEqual(run("schema", "check", path).stdout, "%s: ok, 1 constructors, 1 methods, layer 228\n" % path)

    def test_check_refuses_with_file_line_column_and_reason(self):
        for text, reason in (("\nfoo x int = Foo;", ":2:7: \":\" is expected here"),
                             ("foo x:Bar = Foo;", ":1:7: foo: unknown type Bar"),
                             ("foo#1 = Foo;\nbar#1 = Bar;", ":2:1: the id #00000001 of bar is taken by foo, line 1"),
                             ("foo#123456789 = Foo;", ":1:5: an id of at most 8 hexadecimal digits"),
                             ("foo x:Foo = Foo;", ":1:1: a cycle: every value of foo contains another one")):
            with self.subTest(text):
                path = self.file(text)
                self.refuse(["check", path], str(path) + reason)
        self.refuse(["check", self.directory / "missing"], "missing")
        self.refuse(["check", self.directory], str(self.directory))
        self.refuse(["check"], "FILE")

    def test_schemas_are_taken_in_json_and_on_top_of_each_other(self):
        base = self.file('{"constructors": [{"id": "1", "predicate": "foo", "params": [], "type": "Foo"}], '
                         '"methods": []}',
                         "s.json")
        path = self.file("bar x:Foo = Bar;")
        self.refuse(["check", path], "unknown type Foo")
        self.assert_ok(run("schema", "check", "--schema", base, path))
        bad = self.file('{"constructors": [], "methods": [{"id": 1}]}', "bad.json")
        self.refuse(["check", bad], "bad.json: methods[0]: ")
        cut = self.file('{"constructors": [', "cut.json")
        self.refuse(["check", cut], "cut.json:1:")

    def test_id(self):
        for text, number in (("boolTrue = Bool", "997275b5"), ("boolTrue#00000001 = Bool;", "997275b5"),
                             ("invokeWithLayer {X:Type} layer:int query:!X = X;", "da9b0d0d")):
            result = run("schema", "id", text)
            self.assert_ok(result)
            self.assertEqual(result.stdout, number + "\n")
        self.assertEqual(run("schema", "id", "-", input="true = True\n").stdout, "3fedd339\n")
        self.refuse(["id", "boolTrue Bool"], "column 14: ")
        self.refuse(["id", "a = A; b = B;"], "column 8: the end of the declaration is expected here")

    def test_encode(self):
        result = run("schema", "encode", json.dumps(PING))
        self.assert_ok(result)
        self.assertEqual(result.stdout, "ec77be7a0700000000000000\n")
        self.assertEqual(run("schema", "encode", "-", input=json.dumps(PING)).stdout, result.stdout)
        self.assertEqual(run("schema", "encode", "--type", "Vector<long>", "[1]").stdout,
                         "15c4b51c010000000100000000000000\n")
        raw = subprocess.run([MTPROTO, "schema", "encode", "--raw", json.dumps(PING)], stdout=subprocess.PIPE,
                             timeout=TIMEOUT)
        self.assertEqual(raw.stdout.hex(), result.stdout.strip())

    def test_encode_names_what_does_not_fit(self):
        self.refuse(["encode", '{"_": "ping", "ping_id": "7x"}'], 'ping_id: expected long, found "7x"')
        self.refuse(["encode", '{"_": "ping"}'], "ping_id: expected long, found nothing")
        self.refuse(["encode", '{"_": "ping", "pign_id": 7}'], 'ping has no field "pign_id"')
        self.refuse(["encode", '{"_": "nothing"}'], 'expected Object, found "nothing"')
        self.refuse(["encode", '{"_": '], "not JSON: line 1, column 6: ")
        self.refuse(["encode", "--type", "Nothing", "1"], "no schema has the type Nothing")
        self.refuse(["encode", "--schema", API, '{"_": "updates", "updates": [{"_": "updatePtsChanged"}, 7]}'],
                    "updates[1]: expected Update, found 7")

    def test_decode(self):
        result = run("schema", "decode", "--schema", API, DC_OPTION)
        self.assert_ok(result)
        self.assertEqual(json.loads(result.stdout), {
            "_": "dcOption", "cdn": True, "this_port_only": True, "id": 203, "ip_address": "91.105.192.100",
            "port": 443, "secret": "3QABAgMEBQYHCAkKCwwNDg8="})
        self.assertEqual(run("schema", "encode", result.stdout).stdout, DC_OPTION + "\n")
        self.assertIn('\n  "port": 443,\n', run("schema", "decode", "--indent", DC_OPTION).stdout)
        self.assertEqual(run("schema", "decode", "-", input="EC77 BE7A\n07000000 00000000\n").stdout,
                         json.dumps(PING) + "\n")
        raw = subprocess.run([MTPROTO, "schema", "decode", "--raw", "-"], input=bytes.fromhex(DC_OPTION),
                             stdout=subprocess.PIPE, timeout=TIMEOUT)
        self.assertEqual(raw.stdout.decode(), result.stdout)

    def test_decode_names_what_is_wrong(self):
        self.refuse(["decode", DC_OPTION[:-8]], "secret: an object ends before its last field")
        self.refuse(["decode", DC_OPTION + "00"], "1 bytes follow the end of the object")
        self.refuse(["decode", "efbeadde"], "#deadbeef is in no schema")
        self.refuse(["decode", "abc"], "odd")
        self.refuse(["decode", "abxd"], "character 3")
        self.refuse(["decode", ""], "an object ends before its last field")

    def test_command_line(self):
        self.refuse([], "check, id, encode or decode")
        self.refuse(["fly"], "fly")
        self.refuse(["check", "--fly", API], "--fly")
        self.refuse(["check", "--schema"], "FILE")
        self.refuse(["decode", "--type", "", "00"], "TYPE")
        self.refuse(["check", *["--schema=" + os.devnull] * 16, API], "more than 15 times")
        self.refuse(["check", *["--schema=" + os.devnull] * 17, API], "more than 16 times")
        for arguments in (["schema", "--help"], ["help", "schema"], ["schema", "decode", "--help"]):
            result = run(*arguments)
            self.assert_ok(result)
            self.assertIn("usage: mtproto schema", result.stdout)


if __name__ == "__main__":
    unittest.main()
