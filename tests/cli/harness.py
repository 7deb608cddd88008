"""What the tests of the command share: how it is run, and a data centre to run it against."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

MTPROTO = os.environ["MTPROTO"]
TIMEOUT = 60  # seconds; sanitizers are slow

READY = re.compile(r"listening (\S+):(\d+) dc (\d+) fingerprint ([0-9a-f]{16})\n")

FORMS = [("abridged", False), ("abridged", True), ("intermediate", False), ("intermediate", True),
         ("padded", False), ("padded", True), ("full", False)]


def run(*arguments, **options):
    """Runs the command to its end. The result has returncode, stdout and stderr."""
    return subprocess.run([MTPROTO, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, timeout=TIMEOUT, **options)


def finish(process):
    """What a process that was read from line by line still says, on stdout and on stderr, until its end. communicate
    would lose what was read ahead."""
    with process.stdout, process.stderr:
        rest, errors = process.stdout.read(), process.stderr.read()
    process.wait(TIMEOUT)
    return rest, errors


def form_options(transport, obfuscated):
    return ["--transport", transport] + (["--obfuscated"] if obfuscated else [])


class Serve:
    """`mtproto serve` with a port of its own, ready on entry and ended by a signal on exit."""

    def __init__(self, *arguments, listen="127.0.0.1:0"):
        self.arguments = ["serve", "--listen", listen, *map(str, arguments)]

    def __enter__(self):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([MTPROTO, *self.arguments], stdout=subprocess.PIPE, stderr=self.errors,
                                        universal_newlines=True)
        self.ready = self.process.stdout.readline()
        match = READY.fullmatch(self.ready)
        if match:
            self.address = "%s:%s" % (match.group(1), match.group(2))
            self.host, self.port = match.group(1), int(match.group(2))
            self.dc, self.fingerprint = int(match.group(3)), match.group(4)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()
        self.process.stdout.close()
        self.errors.close()

    def end(self, number=signal.SIGTERM):
        """Sends a signal and returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(TIMEOUT)

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read()


class Case(unittest.TestCase):
    """A test in an empty directory."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def assert_ok(self, result):
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)

    def assert_complaint(self, result, status, *words):
        """One line on stderr, with these words in it, and nothing on stdout."""
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertRegex(result.stderr, r"\Amtproto: [^\n]+\n\Z")
        for word in words:
            self.assertIn(word, result.stderr)


class ServedCase(Case):
    """A test with a data centre that all tests of its class share, and that has to survive them all."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        key = pathlib.Path(directory.name) / "dc.pem"
        cls.server = Serve("--key", key)
        cls.server.__enter__()
        cls.key = pathlib.Path(str(key) + ".pub")

    @classmethod
    def tearDownClass(cls):
        status, errors = cls.server.end(), cls.server.stderr()
        cls.server.__exit__()
        assert (status, errors) == (0, ""), (status, errors)

    def client(self, command, *arguments):
        return run(command, self.server.address, "--key", self.key, *arguments)
