#!/usr/bin/env bash
# usage: install.sh CMAKE GENERATOR BUILD_DIR CC CFLAGS HAS_CLIENT
# Installs to an empty prefix and builds a consumer with pkg-config, with pkg-config --static and with find_package.
set -euo pipefail
cmake=$1 generator=$2 build=$3 cc=$4 cflags=$5 has_client=$6
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read -ra flags <<<"$cflags"

fail() { echo "install: $*" >&2; exit 1; }

# pc PREFIX ARGUMENT...: pkg-config that sees PREFIX first.
pc() {
	local prefix=$1 dir
	shift
	dir=$(cd "$(dirname "$(find "$prefix" -name mtproto.pc)")" && pwd)
	PKG_CONFIG_PATH=$dir pkg-config "$@"
}

# consume NAME PREFIX PACKAGE [--static]: builds and runs consumer/NAME.c against the libraries of PREFIX.
consume() {
	local name=$1 prefix=$2 package=$3
	shift 3
	local program=$work/$name${1:-} libs options
	read -ra libs <<<"$(pc "$prefix" "$@" --libs "$package")"
	read -ra options <<<"$(pc "$prefix" --cflags "$package")"
	"$cc" "${flags[@]}" -std=c11 "${options[@]}" -o "$program" "$here/consumer/$name.c" "${libs[@]}"
	LD_LIBRARY_PATH=$libdir "$program"
}

"$cmake" --install "$build" --prefix "$work/prefix" >/dev/null
libdir=$(dirname "$(find "$work/prefix" -name libmtproto.a)")
cp -a "$work/prefix" "$work/archives"
find "$work/archives" -name '*.so*' -delete

echo "pkg-config, shared"
consume core "$work/prefix" mtproto
readelf -d "$work/core" | grep -q 'NEEDED.*libmtproto\.so' || fail "the consumer does not use the shared library"

echo "pkg-config --static, archives only"
consume core "$work/archives" mtproto --static
if readelf -d "$work/core--static" | grep -q 'NEEDED.*libmtproto'; then fail "the consumer uses the shared library"; fi

if [[ $has_client == ON ]]; then
	echo "pkg-config, client"
	consume client "$work/prefix" mtproto-client
	consume client "$work/archives" mtproto-client --static
elif [[ -e $work/prefix/include/mtproto/client.h ]]; then
	fail "client.h is installed without its library"
fi

echo "find_package"
"$cmake" -S "$here/consumer" -B "$work/consumer" -G "$generator" -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$cflags" \
	-DCMAKE_PREFIX_PATH="$work/prefix" -DHAS_CLIENT="$has_client" >/dev/null
"$cmake" --build "$work/consumer" >/dev/null
for program in "$work"/consumer/core-* "$work"/consumer/client-*; do
	if [[ -x $program && -f $program ]]; then "$program"; fi
done
