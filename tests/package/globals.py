#!/usr/bin/env python3
"""usage: globals.py OBJDUMP ARCHIVE

The library has no writable data: nothing in .data, .bss or their thread-local and common kin. Tables of constants that
hold addresses are in .data.rel.ro, which is read-only once the program runs.
"""
import subprocess
import sys

WRITABLE = (".data", ".bss", ".tdata", ".tbss", "*COM*")


def writable(section):
    return section.startswith(WRITABLE) and not section.startswith(".data.rel.ro")


def main(objdump, archive):
    out = subprocess.run([objdump, "-t", archive], check=True, stdout=subprocess.PIPE, text=True).stdout
    # value, flags (7 columns), section, tab, size, name; "d" in the flags marks the section's own symbol.
    rows = [line.split("\t") for line in out.splitlines() if "\t" in line]
    objects = [(left.split()[-1], right.split()[-1]) for left, right in rows if " d" not in left[16:25]]
    found = [f"{name} is in {section}" for section, name in objects if writable(section)]
    print("\n".join(found) or f"no writable data among {len(objects)} symbols")
    return 1 if found or not objects else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
