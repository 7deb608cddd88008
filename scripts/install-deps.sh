#!/usr/bin/env bash
# The one list of what libmtproto needs, and its installation on Debian and Ubuntu.
#
# usage: install-deps.sh [--build | --ci | --cross]
#   --build  what building the libraries and the mtproto command takes
#   (none)   that and what the tests take
#   --ci     that and what .ci/run takes: clang, its sanitizers, valgrind
#   --cross  that of the tests and what scripts/cross-test.sh takes: compilers for other processors, qemu-user
# Does nothing when all is there. Exit status 2: something is missing and has to be installed by hand.
set -euo pipefail

packages=(gcc libc6-dev cmake ninja-build pkg-config libssl-dev libdeflate-dev libuv1-dev libjansson-dev
	libsqlite3-dev)
# A static libsqlite3 needs zlib.
tests=(g++ binutils libcmocka-dev python3 zlib1g-dev)
ci=(clang libclang-rt-dev valgrind)
cross=(qemu-user)
for triplet in aarch64 i686 s390x; do
	cross+=("gcc-$triplet-linux-gnu" "g++-$triplet-linux-gnu")
done

case ${1:-} in
--build) ;;
"") packages+=("${tests[@]}") ;;
--ci) packages+=("${tests[@]}" "${ci[@]}") ;;
--cross) packages+=("${tests[@]}" "${cross[@]}") ;;
*)
	echo "usage: ${0##*/} [--build | --ci | --cross]" >&2
	exit 2
	;;
esac

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# has_program NAME: on systems without dpkg the programs are all that can be looked for.
has_program() { command -v "$1" >/dev/null; }

if ! has_program apt-get; then
	cat >&2 <<'TEXT'
libmtproto needs, by whatever names this system has for them:
  to build   a C11 compiler, CMake 3.21 or later, Ninja, pkg-config, OpenSSL 3 (libcrypto), libdeflate, libuv, jansson,
             SQLite 3.31
  to test    a C++17 compiler, binutils, cmocka, Python 3.8 or later
  for CI     clang with its sanitizer runtimes, valgrind
TEXT
	exit 2
fi

missing=()
for package in "${packages[@]}"; do
	is_installed "$package" || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
	exit 0
fi

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if ((EUID != 0)); then
	echo "missing packages; run as root: ${install[*]}" >&2
	exit 2
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q </dev/null
"${install[@]}" </dev/null
