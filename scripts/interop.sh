#!/usr/bin/env bash
# Other people's clients against `mtproto serve`, sessions of theirs and ours in each other's hands, and `mtproto auth`
# and `mtproto ping` against other people's servers:
# scripts/interop.sh [path of the mtproto command]
#
# Prints a line for each peer and transport, "OK name", "FAIL name" or "SKIP name: reason", and last
# "N passed, N failed, N skipped". A peer that can't be installed is skipped; one with which the protocol's promises
# are not kept fails, and then the exit status is 1. Peers are kept in build/interop.
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

# ---- The data centre, ours or theirs ----

# Starts a server that takes its address last and prints "listening ..." when it is ready. Ports stay below 32768,
# because some clients keep them in 16 signed bits; taken ones are passed over.
start_server() { # name command...
	local name=$1 attempt
	shift
	for attempt in 1 2 3 4 5 6 7 8; do
		port=$((20000 + (RANDOM % 12000)))
		"$@" "$host:$port" > "$work/serve.out" 2> "$work/serve.err" &
		server=$!
		wait_until_ready && return
	done
	report_result "$name/starts" 1 "$work/serve.err"
	return 1
}

wait_until_ready() {
	local tick
	for tick in $(seq 100); do
		grep -q '^listening ' "$work/serve.out" && return
		kill -0 "$server" 2> /dev/null || break
		sleep 0.1
	done
	stop_server || true
	return 1
}

# Returns the server's exit status.
stop_server() {
	local status=0
	kill "$server" 2> /dev/null || true
	wait "$server" 2> /dev/null || status=$?
	server=
	return "$status"
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

# Until a client that is known for it does not break the protocol by itself.
try_twice() { # name log command...
	local name=$1 log=$2 status attempt
	shift 2
	for attempt in first second; do
		status=0
		"$@" > "$log" 2>&1 || status=$?
		[ "$status" -eq "$own_fault" ] || break
		[ "$attempt" = second ] || echo "$name: its own fault, once more: $(tail -n 1 "$log")" >&2
	done
	return "$status"
}

drive() { # mode command...
	local mode=$1
	shift
	(cd "$work" && timeout 90 "$@" "$host" "$port" "$dc" "$work/server.pem.pub" "$mode")
}

run_row() { # name mode command...
	local name=$1/$2 mode=$2 log=$work/client.log status=0
	shift 2
	try_twice "$name" "$log" drive "$mode" "$@" || status=$?
	report_result "$name" "$status" "$log"
}

run_rows() { # name "modes" command...
	local name=$1 modes=$2 mode
	shift 2
	for mode in $modes; do
		run_row "$name" "$mode" "$@"
	done
}

# ---- Sessions: a key that one side has made serves the other, without another key exchange ----

ask_nearest_dc() { # store
	"$mtproto" call help.getNearestDc --session "$1" --key "$work/server.pem.pub" --connect "$host:$port" --dc "$dc"
}

key_of() { # session
	"$mtproto" session show "$1" | grep '^auth_key_id'
}

# They make a key and print a session; we read it and talk by it.
session_of_theirs() { # command...
	local theirs=$work/theirs store=$work/theirs.db
	rm -f "$theirs" "$store"
	drive save "$@" > "$work/saved" || return
	tail -n 1 "$work/saved" > "$theirs"
	"$mtproto" session convert "$theirs" --to store --out "$store" || return
	ask_nearest_dc "$store" || return
	[ "$(key_of "$theirs")" = "$(key_of "$store")" ]
}

# We make a key and write a session; they read it and talk by it.
session_of_ours() { # form command...
	local form=$1 ours=$work/ours store=$work/ours.db
	shift
	rm -f "$ours" "$store"
	"$mtproto" auth "$host:$port" --key "$work/server.pem.pub" --dc "$dc" --session "$store" || return
	"$mtproto" session convert "$store" --to "$form" --user-id 1 --api-id 1 --out "$ours" || return
	drive open "$@" < "$ours"
}

run_session_rows() { # name form command...
	local name=$1 form=$2 log=$work/client.log status=0
	shift 2
	try_twice "$name" "$log" session_of_theirs "$@" || status=$?
	report_result "$name/session-theirs" "$status" "$log"
	status=0
	try_twice "$name" "$log" session_of_ours "$form" "$@" || status=$?
	report_result "$name/session-ours" "$status" "$log"
}

# A client over its transports, and its sessions.
run_client() { # name form "modes" command...
	local name=$1 form=$2 modes=$3
	shift 3
	run_rows "$name" "$modes" "$@"
	run_session_rows "$name" "$form" "$@"
}

skip_client() { # name "modes" reason
	skip_rows "$1" "$2 session-theirs session-ours" "$3"
}

skip_rows() { # name "modes" reason
	local mode
	for mode in $2; do
		skip "$1/$mode" "$3"
	done
}

# Our client against a running server. A mode is a transport, with _o obfuscated, with _pfs over a temporary key.
run_our_client() { # row mode command...
	local row=$1 mode=$2 command log=$work/client.log status=0
	local options=(--key "$work/server.pem.pub" --dc "$dc" --transport "${mode%%_*}")
	shift 2
	[[ $mode != *_o ]] || options+=(--obfuscated)
	[[ $mode != *_pfs ]] || options+=(--temp 3600)
	for command in "$@"; do
		# shellcheck disable=SC2086 # a command brings its own options
		timeout 60 "$mtproto" $command "${options[@]}" "$host:$port" || status=$?
	done > "$log" 2>&1
	tail -n 5 "$work/serve.err" >> "$log"
	report_result "$row" "$status" "$log"
}

run_our_client_rows() { # name "modes"
	local mode
	for mode in $2; do
		run_our_client "$1/$mode" "$mode" auth "ping --count 200 --window 50"
	done
}

# For servers that cut padding to a multiple of 4 bytes, as if there were never more than 3: a key exchange gets
# through because plain messages say their length, but nothing after it.
run_our_client_padded_rows() { # name "modes"
	local mode
	for mode in $2; do
		run_our_client "$1/$mode-auth" "$mode" auth
		skip "$1/$mode" "this server takes up to 3 bytes of padding, the protocol allows 15"
	done
}

# ---- Installing ----

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
		cd "$target" || exit 1
		apt-get download "$@" || { apt-get update && apt-get download "$@"; } || exit 1
		for package in *.deb; do
			dpkg-deb -x "$package" . || exit 1
		done
	) > "$work/install.log" 2>&1 && touch "$target/.complete"
}

# A package from npm, with the driver beside it: what a module imports is looked for from its own folder.
install_npm() { # name driver package
	local target=$cache/$1
	mkdir -p "$target"
	cp "$2" "$target"
	[ ! -e "$target/.complete" ] || return 0
	npm install --prefix "$target" --ignore-scripts --no-audit --no-fund "$3" > "$work/install.log" 2>&1 &&
		touch "$target/.complete"
}

# Programs of ours that are made of other people's Go. Optimising that would take longer than all of the rows. Go's
# caches are writable, so that anybody can remove build.
build_go() { # name folder
	(cd "$2" && GOCACHE=$cache/go-build GOMODCACHE=$cache/go-mod \
		go build -buildvcs=false -modcacherw -gcflags='all=-N -l' -o "$cache/$1/" ./...) \
		> "$work/install.log" 2>&1
}

install_failure() {
	local line
	# npm tells the reason first, all others last.
	line=$(grep -i -m 1 '^npm err' "$work/install.log" || grep -v '^[[:space:]]*$' "$work/install.log" | tail -n 1)
	echo "can't be installed: ${line:-no reason given}"
}

# ---- Clients ----

telethon_modes="full abridged intermediate obfuscated"
pyrogram_modes="abridged abridged_o intermediate intermediate_o full"

telethon_from_debian() {
	local name=telethon-1.25.1-debian driver=$root/tests/interop/telethon_client.py
	if /usr/bin/python3 -c 'import telethon, sys; sys.exit(telethon.__version__ != "1.25.1")' 2> /dev/null; then
		run_client $name telethon "$telethon_modes" /usr/bin/python3 "$driver"
	elif [ ! -x /usr/bin/python3 ] || ! command -v apt-get > /dev/null; then
		skip_client $name "$telethon_modes" "no Debian system here"
	elif unpack_debian $name python3-telethon python3-pyaes python3-rsa python3-pyasn1; then
		run_client $name telethon "$telethon_modes" env \
			PYTHONPATH="$cache/$name/usr/lib/python3/dist-packages" /usr/bin/python3 "$driver"
	else
		skip_client $name "$telethon_modes" "$(install_failure)"
	fi
}

telethon_from_pypi() {
	local name=telethon-1.37.0
	if install_venv $name telethon telethon==1.37.0; then
		run_client $name telethon "$telethon_modes" \
			"$cache/$name/bin/python" "$root/tests/interop/telethon_client.py"
	else
		skip_client $name "$telethon_modes" "$(install_failure)"
	fi
}

pyrogram() {
	local name=pyrogram-2.0.106
	if install_venv $name pyrogram,socks,pyaes pyrogram==2.0.106 pysocks pyaes; then
		run_client $name pyrogram "$pyrogram_modes" \
			"$cache/$name/bin/python" "$root/tests/interop/pyrogram_client.py"
	else
		skip_client $name "$pyrogram_modes" "$(install_failure)"
	fi
}

npm_client() { # name form driver package "modes"
	local name=$1 form=$2 driver=$3 package=$4 modes=$5
	if ! command -v node > /dev/null || ! command -v npm > /dev/null; then
		skip_client "$name" "$modes" "no node and npm here"
	elif ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; then
		skip_client "$name" "$modes" "needs node 18 or later"
	elif install_npm "$name" "$root/tests/interop/$driver" "$package"; then
		run_client "$name" "$form" "$modes" node "$cache/$name/$driver"
	else
		skip_client "$name" "$modes" "$(install_failure)"
	fi
}

mtcute() {
	npm_client mtcute-0.30.3 mtcute mtcute_client.mjs @mtcute/node@0.30.3 \
		"intermediate obfuscated padded padded_o intermediate_pfs obfuscated_pfs padded_pfs padded_o_pfs"
}

gramjs() {
	npm_client gramjs-2.26.22 gramjs gramjs_client.js telegram@2.26.22 "full abridged obfuscated"
}

gotd_client() {
	local name=gotd-0.161.0
	local modes="full abridged intermediate padded abridged_o intermediate_o padded_o"
	modes+=" full_pfs abridged_pfs intermediate_pfs padded_pfs abridged_o_pfs intermediate_o_pfs padded_o_pfs"
	if ! command -v go > /dev/null; then
		skip_client $name "$modes" "no go here"
	elif ! build_go gotd "$root/tests/interop/gotd"; then
		skip_client $name "$modes" "$(install_failure)"
	else
		run_client $name gotd "$modes" "$cache/gotd/client"
	fi
}

# ---- Servers ----

gotd_server() {
	local name=gotd-tgtest-0.161.0
	local plain="full abridged intermediate" obfuscated="abridged_o intermediate_o"
	local rows="$plain $obfuscated padded padded_o"
	if ! command -v go > /dev/null; then
		skip_rows $name "$rows" "no go here"
	elif ! build_go gotd "$root/tests/interop/gotd"; then
		skip_rows $name "$rows" "$(install_failure)"
	else
		gotd_rows $name "$plain" padded
		gotd_rows $name "$obfuscated" padded_o -obfuscated
	fi
}

gotd_rows() { # name "modes" "padded modes" option...
	local name=$1 modes=$2 padded=$3
	shift 3
	start_server "$name" "$cache/gotd/server" "$@" "$work/server.pem" || return 0
	run_our_client_rows "$name" "$modes"
	run_our_client_padded_rows "$name" "$padded"
	stop_server || true
}

pypi_mtproto() {
	local name=pypi-mtproto-0.3.1
	local modes="full abridged abridged_o intermediate intermediate_o full_pfs abridged_pfs intermediate_pfs"
	local padded="padded padded_o"
	if ! install_venv $name mtproto,tgcrypto mtproto==0.3.1 tgcrypto==1.2.5; then
		skip_rows $name "$modes $padded" "$(install_failure)"
		return
	fi
	start_server $name "$cache/$name/bin/python" "$root/tests/interop/pypi_server.py" "$work/server.pem" || return 0
	run_our_client_rows $name "$modes"
	run_our_client_padded_rows $name "$padded"
	stop_server || true
}

# ---- Main ----

interop_clients() {
	local status=0
	start_server serve "$mtproto" serve --dc "$dc" --key "$work/server.pem" --listen || return 0
	telethon_from_debian
	telethon_from_pypi
	pyrogram
	mtcute
	gramjs
	gotd_client
	stop_server || status=$?
	report_result "serve/ends-cleanly" "$status" "$work/serve.err"
}

# They use the key that our server has made.
interop_servers() {
	[ -e "$work/server.pem" ] || return 0
	gotd_server
	pypi_mtproto
}

server=
work=$(mktemp -d)
trap clean_up EXIT
mkdir -p "$cache"
mtproto=${1:-}
if [ -z "$mtproto" ]; then
	build_command
	mtproto=$root/build/release/mtproto
fi
interop_clients
interop_servers
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
