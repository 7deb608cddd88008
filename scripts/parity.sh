#!/usr/bin/env bash
# Proves docs/parity.md: each row names headers and functions that exist, a test that runs something, skips nothing and
# passes, and there is a mutation (a patch in tests/mutations with a line "Parity: ROW") that one of the row's tests
# has to notice; scripts/mutation-test.sh tries those.
# usage: parity.sh [BUILD]   (default: the release preset, built first)
set -euo pipefail
cd "$(dirname "$0")/.."
rows=24
table=docs/parity.md
build=${1:-}

if [ -z "$build" ]; then
	scripts/install-deps.sh
	cmake --preset release > /dev/null
	cmake --build --preset release
	build=build/release
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# One column of one row: 2 number, 3 capability, 5 header, 6 test.
column() { # row column
	awk -F ' *\\| *' -v row="$1" -v column="$2" '$2 == row { print $column }' "$table"
}

# ---- What can be wrong with a row: each prints a reason and returns 1 ----

check_headers() { # text of the column
	local header name headers=()
	for header in $(grep -o '[a-z_]*\.h' <<< "$1"); do
		headers+=("include/mtproto/$header")
		[ -e "${headers[-1]}" ] || { echo "there is no <mtproto/$header>"; return 1; }
	done
	[ ${#headers[@]} -gt 0 ] || { echo "no header is named"; return 1; }
	grep -q 'mtproto_' <<< "$1" || { echo "no function is named"; return 1; }
	for name in $(grep -o 'mtproto_[a-z0-9_]*' <<< "$1"); do
		grep -qw "$name" "${headers[@]}" || { echo "$name is in none of its headers"; return 1; }
	done
}

# How many cases a test ran, by the last words of cmocka or of Python's unittest.
cases_run() {
	sed -n -e 's/.*\[==========\] \([0-9]*\) test(s) run\..*/\1/p' \
		-e 's/.*Ran \([0-9]*\) tests\? in .*/\1/p' "$log" |
		awk '{ sum += $1 } END { print sum + 0 }'
}

check_test() { # name
	if ! ctest --test-dir "$build" --no-tests=error -V -R "^$1\$" > "$log" 2>&1; then
		if grep -q 'No tests were found' "$log"; then
			echo "there is no test $1"
		else
			tail -n 20 "$log" >&2
			echo "$1 fails"
		fi
		return 1
	fi
	if grep -q -e '\[  SKIPPED \]' -e 'skipped=' -e '\*\*\*Skipped' "$log"; then
		echo "$1 skips something"
		return 1
	fi
	[ "$(cases_run)" -gt 0 ] || { echo "$1 runs nothing"; return 1; }
}

# A patch for this row whose "Caught by" is one of the tests.
check_mutation() { # row test...
	local row=$1 patch caught_by test
	shift
	for patch in $(grep -lx "Parity: $row" tests/mutations/*.patch); do
		caught_by=$(sed -n 's/^Caught by: //p' "$patch")
		for test in "$@"; do
			! grep -Eq "$caught_by" <<< "$test" || return 0
		done
		echo "$patch is not for one of its tests"
		return 1
	done
	echo "no mutation"
	return 1
}

check_row() { # row
	local test tests
	[ -n "$(column "$1" 3)" ] || { echo "not in $table"; return 1; }
	check_headers "$(column "$1" 5)" || return 1
	mapfile -t tests < <(column "$1" 6 | grep -o '[a-z0-9_]\+/[a-z0-9_]\+')
	[ ${#tests[@]} -gt 0 ] || { echo "no test is named"; return 1; }
	for test in "${tests[@]}"; do
		check_test "$test" || return 1
	done
	check_mutation "$1" "${tests[@]}"
}

# ---- Main ----

passed=0
for ((row = 1; row <= rows; row++)); do
	if reason=$(check_row "$row"); then
		echo "OK   $row: $(column "$row" 3)"
		passed=$((passed + 1))
	else
		echo "FAIL $row: $reason"
	fi
done
echo "$passed of $rows"
[ "$passed" -eq "$rows" ]
