#!/usr/bin/env bash
# No secret reaches a branch or an address in seal, open, the key derivation and Diffie-Hellman, as far as valgrind can
# run them: libcrypto's kernels and the AES of the AES-NI kernels. scripts/branch-check.py is for the rest.
#
# usage: constant-time-test.sh VALGRIND PROGRAM     PROGRAM is the target constant-time
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Valgrind gives up on debug information that is newer than itself, and needs none.
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip --strip-debug -o "$stripped" "$2"
chmod +x "$stripped"

check() { "$1" --quiet --error-exitcode=9 --suppressions=tests/crypto/constant_time.supp "${@:2}"; }

# A check that finds nothing must be able to find something.
if check "$1" "$stripped" leak >/dev/null 2>&1; then
	echo "a branch on a secret was not found" >&2
	exit 1
fi
check "$1" "$stripped"
