#!/usr/bin/env bash
# The tests of crypto, transport, message and tl for other processors: big endian, 32 bits, the kernels of ARM.
#
# usage: cross-test.sh [arm64 | i386 | s390x]...     by default all of them
#
# The libraries for them are taken from Debian's archive into build/cross/<processor>/root and not installed: what is
# installed on this machine stays as it is. arm64 and s390x run under qemu-user, i386 on this processor.
# Exit status 0: all passed or were skipped for a reason that is printed; 1: a test failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tests='^(crypto|transport|message|tl)/'
libraries=(libssl3 libssl-dev libdeflate0 libdeflate-dev libcmocka0 libcmocka-dev)

skip() {
	echo "skipped: $1: $2"
	exit 0
}

# download PROCESSOR FOLDER: the libraries' packages, by lists of its own.
download() {
	local options=(-o "Dir::State::Lists=$PWD/$2/lists" -o "Dir::Cache=$PWD/$2/cache" -o "APT::Architecture=$1"
		-o "APT::Architectures::=$1" -o APT::Sandbox::User=root -q)

	mkdir -p "$2/lists/partial" "$2/cache/archives/partial" "$2/packages"
	# Without one of the lists, which happens while a mirror is synchronised, the others may do.
	apt-get "${options[@]}" update >"$2/download.log" 2>&1 || true
	(cd "$2/packages" && apt-get "${options[@]}" download "${libraries[@]}") >>"$2/download.log" 2>&1
}

# unpack PROCESSOR FOLDER: once.
unpack() {
	[[ -e $2/root/usr/include/openssl/evp.h ]] && return
	download "$1" "$2" || return 1
	for package in "$2"/packages/*.deb; do
		dpkg -x "$package" "$2/root"
	done
}

# run PROCESSOR TRIPLET CMAKE_NAME EMULATOR...
run() {
	local processor=$1 triplet=$2 name=$3
	local folder=build/cross/$processor
	local root=$PWD/$folder/root
	local debian_triplet=${triplet/i686/i386}
	local lib=$root/usr/lib/$debian_triplet
	local emulator

	shift 3
	command -v "$triplet-gcc" >/dev/null || skip "$processor" "no $triplet-gcc (scripts/install-deps.sh --cross)"
	command -v "$triplet-g++" >/dev/null || skip "$processor" "no $triplet-g++ (scripts/install-deps.sh --cross)"
	command -v "$1" >/dev/null || skip "$processor" "no $1 (scripts/install-deps.sh --cross)"
	unpack "$processor" "$folder" || skip "$processor" "its libraries can't be downloaded, see $folder/download.log"
	emulator=$(IFS=';' && echo "${*//@LIB@/$lib}")

	env PKG_CONFIG_LIBDIR="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root" \
		cmake -S . -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DMTPROTO_WERROR=ON \
		-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="$name" -DMTPROTO_BUILD_CLIENT=OFF \
		-DCMAKE_C_COMPILER="$triplet-gcc" -DCMAKE_CXX_COMPILER="$triplet-g++" \
		-DCMAKE_C_FLAGS="-isystem $root/usr/include/$debian_triplet" \
		-DCMAKE_EXE_LINKER_FLAGS="-L$lib -Wl,-rpath-link,$lib" -DCMAKE_CROSSCOMPILING_EMULATOR="$emulator"
	mapfile -t targets < <(ninja -C "$folder/build" -t targets all |
		sed -nE 's/^(test-(crypto|transport|message|tl)-[^: ]*): phony.*/\1/p' | sort -u)
	cmake --build "$folder/build" --target "${targets[@]}"
	ctest --test-dir "$folder/build" -R "$tests" -E '^tl/generated' --output-on-failure --no-tests=error
}

one() {
	echo "==== $1 ===="
	case $1 in
	arm64) run arm64 aarch64-linux-gnu aarch64 qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=@LIB@ ;;
	s390x) run s390x s390x-linux-gnu s390x qemu-s390x -L /usr/s390x-linux-gnu -E LD_LIBRARY_PATH=@LIB@ ;;
	i386)
		local libc=/usr/i686-linux-gnu/lib

		run i386 i686-linux-gnu i686 "$libc/ld-linux.so.2" --library-path "$libc:@LIB@"
		;;
	*)
		echo "usage: ${0##*/} [arm64 | i386 | s390x]..." >&2
		exit 2
		;;
	esac
}

(($# > 0)) || set -- arm64 i386 s390x
failed=()
for processor in "$@"; do
	# "set -e" is off in what a condition runs, so it runs apart.
	(one "$processor") &
	wait $! || failed+=("$processor")
done
((${#failed[@]} == 0)) || {
	echo "failed: ${failed[*]}" >&2
	exit 1
}
