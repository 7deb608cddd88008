#!/usr/bin/env bash
# Other people's clients against `mtproto serve`: scripts/interop.sh [path of the mtproto command]
#
# Prints a line for each client and transport, "OK name", "FAIL name" or "SKIP name: reason", and last
# "N passed, N failed, N skipped". A client that can't be installed is skipped; a client that does not get what the
# protocol promises fails, and then the exit status is 1. Clients are kept in build/interop.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
cache=$root/build/interop
host=127.0.0.1
dc=2
own_fault=75 # exit status of a driver whose client broke the protocol in a way it is known for
passed=0 failed=0 skipped=0

build_command() {
	local log=$work/build.log
	if ! { cmake --preset release && cmake --build build/release --target mtproto; } > "$log" 2>&1; then
		tail -n 40 "$log" >&2
		echo "interop: build/release/mtproto can't be built" >&2
		exit 1
	fi
}

# ---- The data centre ----

# Ports stay below 32768, because some clients keep them in 16 signed bits; taken ones are passed over.
start_server() {
	local attempt
	for attempt in 1 2 3 4 5 6 7 8; do
		port=$((20000 + (RANDOM % 12000)))
		"$mtproto" serve --listen "$host:$port" --dc "$dc" --key "$work/server.pem" \
			> "$work/serve.out" 2> "$work/serve.err" &
		server=$!
		wait_until_ready && return
	done
	cat "$work/serve.err" >&2
	echo "interop: mtproto serve does not start" >&2
	exit 1
}

wait_until_ready() {
	local tick
	for tick in $(seq 100); do
		grep -q '^listening ' "$work/serve.out" && return
		kill -0 "$server" 2> /dev/null || break
		sleep 0.1
	done
	kill "$server" 2> /dev/null || true
	wait "$server" 2> /dev/null || true
	server=
	return 1
}

# The server has to survive all of its clients.
stop_server() {
	local status=0
	kill -TERM "$server" 2> /dev/null || true
	wait "$server" || status=$?
	server=
	report_result "serve/ends-cleanly" "$status" "$work/serve.err"
}

clean_up() {
	[ -z "$server" ] || kill "$server" 2> /dev/null || true
	rm -rf "$work"
}

# ---- Rows ----

report_result() { # name status log
	if [ "$2" -eq 0 ]; then
		echo "OK $1"
		passed=$((passed + 1))
		return
	fi
	echo "FAIL $1"
	failed=$((failed + 1))
	tail -n 20 "$3" | sed 's/^/    /' >&2
}

skip() { # name reason
	echo "SKIP $1: $2"
	skipped=$((skipped + 1))
}

run_row() { # name mode command...
	local name=$1/$2 mode=$2 log=$work/client.log status=0 attempt
	shift 2
	for attempt in first second; do
		status=0
		(cd "$work" && timeout 90 "$@" "$host" "$port" "$dc" "$work/server.pem.pub" "$mode") \
			> "$log" 2>&1 || status=$?
		[ "$status" -eq "$own_fault" ] || break
		[ "$attempt" = second ] || echo "$name: its own fault, once more: $(tail -n 1 "$log")" >&2
	done
	report_result "$name" "$status" "$log"
}

run_rows() { # name "modes" command...
	local name=$1 modes=$2 mode
	shift 2
	for mode in $modes; do
		run_row "$name" "$mode" "$@"
	done
}

skip_rows() { # name "modes" reason
	local mode
	for mode in $2; do
		skip "$1/$mode" "$3"
	done
}

# ---- Clients ----

# A virtual environment with packages from PyPI; kept once it can import what it is for.
install_venv() { # name module package...
	local venv=$cache/$1 module=$2
	shift 2
	"$venv/bin/python" -c "import $module" > /dev/null 2>&1 && return
	rm -rf "$venv"
	python3 -m venv "$venv" > "$work/install.log" 2>&1 &&
		"$venv/bin/pip" install --quiet "$@" >> "$work/install.log" 2>&1
}

# Debian's packages, unpacked beside the system instead of installed into it.
unpack_debian() { # name package...
	local target=$cache/$1
	shift
	[ ! -e "$target/.complete" ] || return 0
	rm -rf "$target"
	mkdir -p "$target"
	(
		cd "$target"
		apt-get download "$@" || { apt-get update && apt-get download "$@"; }
		for package in *.deb; do
			dpkg-deb -x "$package" . || exit 1
		done
	) > "$work/install.log" 2>&1 && touch "$target/.complete"
}

install_failure() {
	local line
	line=$(grep -v '^[[:space:]]*$' "$work/install.log" 2> /dev/null | tail -n 1)
	echo "can't be installed: ${line:-no reason given}"
}

telethon_modes="full abridged intermediate obfuscated"
pyrogram_modes="abridged abridged_o intermediate intermediate_o full"

telethon_from_debian() {
	local name=telethon-1.25.1-debian driver=$root/tests/interop/telethon_client.py
	if /usr/bin/python3 -c 'import telethon, sys; sys.exit(telethon.__version__ != "1.25.1")' 2> /dev/null; then
		run_rows $name "$telethon_modes" /usr/bin/python3 "$driver"
	elif [ ! -x /usr/bin/python3 ] || ! command -v apt-get > /dev/null; then
		skip_rows $name "$telethon_modes" "no Debian system here"
	elif unpack_debian $name python3-telethon python3-pyaes python3-rsa python3-pyasn1; then
		run_rows $name "$telethon_modes" env \
			PYTHONPATH="$cache/$name/usr/lib/python3/dist-packages" /usr/bin/python3 "$driver"
	else
		skip_rows $name "$telethon_modes" "$(install_failure)"
	fi
}

telethon_from_pypi() {
	local name=telethon-1.37.0
	if install_venv $name telethon telethon==1.37.0; then
		run_rows $name "$telethon_modes" "$cache/$name/bin/python" "$root/tests/interop/telethon_client.py"
	else
		skip_rows $name "$telethon_modes" "$(install_failure)"
	fi
}

pyrogram() {
	local name=pyrogram-2.0.106
	if install_venv $name pyrogram,socks,pyaes pyrogram==2.0.106 pysocks pyaes; then
		run_rows $name "$pyrogram_modes" "$cache/$name/bin/python" "$root/tests/interop/pyrogram_client.py"
	else
		skip_rows $name "$pyrogram_modes" "$(install_failure)"
	fi
}

# ---- Main ----

server=
work=$(mktemp -d)
trap clean_up EXIT
mkdir -p "$cache"
mtproto=${1:-}
if [ -z "$mtproto" ]; then
	build_command
	mtproto=$root/build/release/mtproto
fi
start_server
telethon_from_debian
telethon_from_pypi
pyrogram
stop_server
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
