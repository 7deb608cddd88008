#!/usr/bin/env python3
"""usage: exports.py NM SHARED STATIC HEADER...

A shared library exports exactly the functions that its headers declare with MTPROTO_API. A static library, which
can't hide anything, defines only names that start with mtproto_ or mtp_.
"""
import pathlib
import re
import subprocess
import sys


def symbols(nm, path, *options):
    """The defined global symbols of a library, without the version nodes and what compilers add (__*)."""
    command = [nm, "-g", "--defined-only", *options, path]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [line.split() for line in out.splitlines()]
    names = {row[2].split("@")[0] for row in rows if len(row) == 3 and row[1] != "A"}
    return {name for name in names if not name.startswith("__")}


def declared(headers):
    """The functions that carry MTPROTO_API."""
    names = set()
    for header in headers:
        text = re.sub(r"/\*.*?\*/", " ", pathlib.Path(header).read_text(), flags=re.S)
        text = re.sub(r"^\s*#(?:\\\n|.)*", " ", text, flags=re.M)
        names |= set(re.findall(r"\bMTPROTO_API\b[^;{]*?\b(mtproto_\w+)\s*\(", text))
    return names


def differences(nm, shared, static, headers):
    promised = declared(headers)
    exported = symbols(nm, shared, "-D")
    if not promised:
        yield f"{shared}: its headers declare nothing"
    for name in sorted(promised - exported):
        yield f"{shared}: {name} is declared but not exported"
    for name in sorted(exported - promised):
        yield f"{shared}: {name} is exported but in no header"
    for name in sorted(symbols(nm, static)):
        if not name.startswith(("mtproto_", "mtp_")):
            yield f"{static}: {name} is in the global name space"


def main(nm, shared, static, *headers):
    found = list(differences(nm, shared, static, headers))
    print("\n".join(found) or "every export is declared and every declaration exported")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
