"""mtproto session: what it says of sessions, what it turns them into, and the stores that mtproto auth makes."""

import json
import os
import pathlib
import sqlite3
import stat
import unittest

from harness import Case, ServedCase, run

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"
STRINGS = dict(line.split() for line in (VECTORS / "string-sessions.txt").read_text().splitlines()
               if line and not line.startswith("#"))

KEY = bytes((7 * i + 3) & 0xff for i in range(256)).hex()


class Show(Case):
    def show(self, text, *options):
        return run("session", "show", "-", *options, input=text)

    def test_every_form_is_told_apart(self):
        for name, text in STRINGS.items():
            with self.subTest(name):
                result = self.show(text, "--json")
                self.assert_ok(result)
                answer = json.loads(result.stdout)
                self.assertTrue(name.startswith(answer["form"]), answer)
                self.assertNotIn("auth_key", answer)
                self.assertEqual(json.loads(self.show(text, "--json", "--secrets").stdout)["auth_key"], KEY)

    def test_what_is_known_is_shown(self):
        result = self.show(STRINGS["pyrogram"])
        self.assert_ok(result)
        self.assertRegex(result.stdout, r"\Aform         pyrogram\ndata centre  5, production\n"
                                        r"user         \d+(, a bot)?\napi_id       123456\n"
                                        r"auth_key_id  [0-9a-f]{16}\n\Z")
        self.assertIn("address      149.154.167.51:443\n", self.show(STRINGS["telethon"]).stdout)
        self.assertIn("address      [2001:67c:4e8:f002::a]:443\n", self.show(STRINGS["gramjs-ipv6"]).stdout)
        self.assertIn("for media    2, 149.154.167.222:443\n", self.show(STRINGS["mtcute"]).stdout)

    def test_secrets_are_shown_on_request_only(self):
        for text in STRINGS.values():
            shown = self.show(text).stdout
            self.assertNotIn(KEY[:16], shown)
            self.assertNotIn("salt", shown)
        self.assertIn("auth_key     %s\n" % KEY, self.show(STRINGS["telethon"], "--secrets").stdout)
        self.assertIn("server_salt  ", self.show(STRINGS["ferogram-v1"], "--secrets").stdout)

    def test_gotd_json(self):
        result = run("session", "show", VECTORS / "gotd-session.json", "--json")
        self.assert_ok(result)
        self.assertEqual(json.loads(result.stdout)["form"], "gotd")

    def test_what_is_no_session(self):
        for text, word in (("", "empty"), ("hello", "base64"), ("{", "JSON"), (STRINGS["telethon"][:-5], "-: "),
                           ("x" * 70000, "too long")):
            with self.subTest(text[:20]):
                self.assert_complaint(self.show(text), 2, word)
        self.assert_complaint(run("session", "show", self.directory / "none"), 2, "No such file")
        self.assert_complaint(run("session", "show", self.directory), 2)
        self.assert_complaint(run("session", "frobnicate"), 2, "no command frobnicate")
        self.assert_complaint(run("session"), 2, "needs show or convert")

    def test_another_programs_database(self):
        path = self.directory / "telethon.session"
        database = sqlite3.connect(str(path))
        database.execute("CREATE TABLE sessions (dc_id INTEGER, auth_key BLOB)")
        database.commit()
        database.close()
        self.assert_complaint(run("session", "show", path), 2, "another program")


class Convert(Case):
    def convert(self, text, form, *options):
        return run("session", "convert", "-", "--to", form, *options, input=text)

    def test_each_form_is_written_as_its_library_does(self):
        for name, text in STRINGS.items():
            form = json.loads(run("session", "show", "-", "--json", input=text).stdout)["form"]
            with self.subTest(name):
                result = self.convert(text, form)
                self.assert_ok(result)
                self.assertEqual(result.stdout, text + "\n")

    def test_from_pyrogram_to_telethon_the_address_comes_from_the_table(self):
        result = self.convert(STRINGS["pyrogram"], "telethon")
        self.assert_ok(result)
        shown = run("session", "show", "-", input=result.stdout).stdout
        self.assertIn("data centre  5", shown)
        self.assertIn("address      149.154.171.5:443\n", shown)

    def test_what_a_form_needs_can_be_given(self):
        self.assert_complaint(self.convert(STRINGS["telethon"], "pyrogram"), 2, "pyrogram")
        result = self.convert(STRINGS["telethon"], "pyrogram", "--user-id", 777000, "--api-id", 6, "--bot")
        self.assert_ok(result)
        answer = json.loads(run("session", "show", "-", "--json", input=result.stdout).stdout)
        self.assertEqual((answer["user_id"], answer["api_id"], answer["bot"]), (777000, 6, True))

    def test_gotd(self):
        result = self.convert(STRINGS["telethon"], "gotd")
        self.assert_ok(result)
        self.assertEqual(json.loads(result.stdout)["Data"]["Addr"], "149.154.167.51:443")
        self.assertEqual(self.convert(result.stdout, "telethon").stdout, STRINGS["telethon"] + "\n")

    def test_through_a_store_and_back(self):
        for name in ("telethon", "pyrogram", "mtcute-plain", "mtcute-test", "ferogram-v2"):
            with self.subTest(name):
                path = self.directory / name
                result = self.convert(STRINGS[name], "store", "--out", path)
                self.assert_ok(result)
                self.assertEqual(result.stdout, "")
                self.assertEqual(stat.S_IMODE(os.stat(str(path)).st_mode), 0o600)
                shown = json.loads(run("session", "show", path, "--json", "--secrets").stdout)
                self.assertEqual((shown["form"], shown["auth_key"]), ("store", KEY))
                form = json.loads(run("session", "show", "-", "--json", input=STRINGS[name]).stdout)["form"]
                back = run("session", "convert", path, "--to", form)
                self.assert_ok(back)
                self.assertEqual(back.stdout, STRINGS[name] + "\n")

    def test_no_file_is_overwritten(self):
        path = self.directory / "store"
        path.write_text("mine")
        for form in ("store", "gramjs", "gotd"):
            with self.subTest(form):
                self.assert_complaint(self.convert(STRINGS["telethon"], form, "--out", path), 2, "exists")
                self.assertEqual(path.read_text(), "mine")
        self.assert_complaint(self.convert(STRINGS["telethon"], "store"), 2, "--out")

    def test_output_files_are_their_owners_alone(self):
        path = self.directory / "out"
        self.assert_ok(self.convert(STRINGS["telethon"], "gramjs", "--out", path))
        self.assertEqual(path.read_text(), STRINGS["gramjs"] + "\n")
        self.assertEqual(stat.S_IMODE(os.stat(str(path)).st_mode), 0o600)

    def test_bad_forms(self):
        self.assert_complaint(self.convert(STRINGS["telethon"], "whatsapp"), 2, "whatsapp")
        self.assert_complaint(run("session", "convert", "-", input=STRINGS["telethon"]), 2, "--to")


class Auth(ServedCase):
    def test_auth_makes_a_store(self):
        path = self.directory / "account"
        result = self.client("auth", "--json", "--session", path)
        self.assert_ok(result)
        made = json.loads(result.stdout)
        shown = json.loads(run("session", "show", path, "--json", "--secrets").stdout)
        self.assertEqual((shown["form"], shown["dc"], shown["test"]), ("store", 2, False))
        self.assertEqual((shown["auth_key_id"], shown["server_salt"], shown["address"]),
                         (made["auth_key_id"], made["server_salt"], self.server.address))
        self.assert_complaint(self.client("auth", "--session", path), 2, "exists")

    def test_names_and_media(self):
        path = self.directory / "account"
        address = "localhost:%d" % self.server.port
        self.assert_complaint(run("auth", address, "--key", self.key, "--session", path), 2, "in digits")
        self.assert_complaint(self.client("auth", "--session", path, "--dc", -2), 2, "media")
        self.assertFalse(path.exists())


if __name__ == "__main__":
    unittest.main()
