"""mtproto completion: every command and option is in the scripts, and the shells that are here complete by them."""

import re
import shutil
import subprocess
import unittest

from harness import MTPROTO, TIMEOUT, Case, run

SHELLS = ("bash", "zsh", "fish")
LISTED = re.compile(r"^  ([a-z]+) +\S", re.M)


def names_in(text):
    return LISTED.findall(text)


def commands():
    """Every command as a list of words, with the options that its help shows."""
    for name in names_in(run("help").stdout):
        if name == "help":
            continue
        text = run(name, "--help").stdout
        own = names_in(text) if "COMMAND ..." in text else []
        for words in [[name, each] for each in own] or [[name]]:
            yield words, re.findall(r"^  (--[a-z-]+)", run(*words, "--help").stdout, re.M)


def script(shell):
    result = run("completion", shell)
    assert result.returncode == 0 and not result.stderr, result.stderr
    return result.stdout


class Completion(Case):
    def test_every_option_of_every_command_is_there(self):
        texts = {shell: script(shell) for shell in SHELLS}
        found = dict((" ".join(words), options) for words, options in commands())
        self.assertIn("schema check", found)
        self.assertIn("--to", found["session convert"])
        for command, options in found.items():
            with self.subTest(command):
                bash = re.search(r"\t'%s'\)\n(.*?)esac ;;" % command, texts["bash"], re.S).group(1)
                zsh = re.search(r"\t'%s'\)\n(.*?) ;;" % command, texts["zsh"], re.S).group(1)
                seen = " and ".join("__fish_seen_subcommand_from " + word for word in command.split())
                seen = seen.replace(" and ", "; and ") if " " in command else "__fish_use_mtproto " + command
                for option in options:
                    self.assertRegex(bash, r"\*\) words='[^']*%s[ ']" % option)
                    self.assertRegex(zsh, r"'\*?%s[=\[]" % option)
                    self.assertIn("-n '%s' -l %s " % (seen, option[2:]), texts["fish"])

    def test_every_command_is_there(self):
        for shell in SHELLS:
            text = script(shell)
            for name in names_in(run("help").stdout):
                self.assertRegex(text, r"\b%s\b" % name)

    def test_syntax(self):
        for shell in SHELLS:
            with self.subTest(shell):
                if not shutil.which(shell):
                    self.skipTest("no %s here" % shell)
                path = self.directory / shell
                path.write_text(script(shell))
                result = subprocess.run([shell, "-n", str(path)], stderr=subprocess.PIPE, timeout=TIMEOUT)
                self.assertEqual((result.returncode, result.stderr), (0, b""))

    def test_unknown_shells(self):
        self.assert_complaint(run("completion", "csh"), 2, "csh", "fish")
        self.assert_complaint(run("completion"), 2, "bash | zsh | fish")


class Bash(Case):
    def complete(self, *words):
        """What bash offers for the last word."""
        program = '. <("$0" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mtproto; ' \
                  'printf "%s\\n" "${COMPREPLY[@]}"'
        result = subprocess.run(["bash", "-c", program, MTPROTO, "mtproto", *words], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT,
                                cwd=str(self.directory))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout.split()

    def test_commands(self):
        self.assertEqual(self.complete("se"), ["serve", "session"])
        self.assertEqual(self.complete("session", ""), ["show", "convert"])
        self.assertEqual(self.complete("help", "pi"), ["ping"])

    def test_options(self):
        self.assertEqual(self.complete("ping", "--int"), ["--interval"])
        self.assertEqual(self.complete("session", "show", "--s"), ["--secrets"])
        self.assertEqual(self.complete("serve", "--listen", ""), [])

    def test_values(self):
        (self.directory / "a key.pem").write_text("")
        self.assertEqual(self.complete("ping", "--transport", "p"), ["padded"])
        self.assertEqual(self.complete("ping", "--transport", "=", "p"), ["padded"])
        self.assertEqual(self.complete("ping", "--key", "a"), ["a", "key.pem"])  # one file
        self.assertEqual(self.complete("session", "show", "a"), ["a", "key.pem"])
        self.assertEqual(self.complete("completion", "f"), ["fish"])


@unittest.skipUnless(shutil.which("fish"), "no fish here")
class Fish(Case):
    def complete(self, line):
        program = '"%s" completion fish | source; complete -C "%s"' % (MTPROTO, line)
        result = subprocess.run(["fish", "--no-config", "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                universal_newlines=True, timeout=TIMEOUT, cwd=str(self.directory))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return [each.split("\t")[0] for each in result.stdout.splitlines()]

    def test_commands_options_and_values(self):
        self.assertEqual(self.complete("mtproto se"), ["serve", "session"])
        self.assertEqual(sorted(self.complete("mtproto session ")), ["convert", "show"])
        self.assertEqual(self.complete("mtproto ping --int"), ["--interval"])
        self.assertEqual(self.complete("mtproto session show --s"), ["--secrets"])
        self.assertEqual(self.complete("mtproto schema decode --i"), ["--indent"])
        self.assertEqual(self.complete("mtproto decode --i"), [])
        self.assertEqual(self.complete("mtproto ping --transport p"), ["padded"])
        self.assertEqual(self.complete("mtproto completion f"), ["fish"])


if __name__ == "__main__":
    unittest.main()
