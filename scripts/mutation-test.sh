#!/usr/bin/env bash
# Proves that the tests notice: applies each patch of tests/mutations to a copy of the tree, builds the tests that
# the patch names and demands that at least one of them fails. A patch begins with lines of the form
#     Rule: what the mutation takes away
#     Caught by: regular expression of names of tests that are programs of their own: folder/unit
# usage: mutation-test.sh [PATCH...]   (default: all)
set -euo pipefail

tree=$(cd "$(dirname "$0")/.." && pwd)
work=$tree/build/mutation
copy=$work/tree
build=$work/build

"$tree/scripts/install-deps.sh"

copy_tree() {
	mkdir -p "$copy"
	rm -rf "$work/new" && mkdir "$work/new"
	(cd "$tree" && git ls-files -z --cached --others --exclude-standard |
		tar --null --files-from=- --ignore-failed-read -cf - 2>/dev/null) | tar -C "$work/new" -xf -
	# Only what differs is copied, so that the build of the last run can be gone on with.
	(cd "$work/new" && find . -type f -print0) | while IFS= read -r -d '' file; do
		cmp -s "$work/new/$file" "$copy/$file" && continue
		mkdir -p "$copy/$(dirname "$file")"
		cp "$work/new/$file" "$copy/$file"
	done
	(cd "$copy" && find . -type f -print0) | while IFS= read -r -d '' file; do
		[ -e "$work/new/$file" ] || rm -f "$copy/$file"
	done
	rm -rf "$work/new"
}

field() {
	sed -n "s/^$1: //p" "$2" | head -n 1
}

# The programs of the tests whose names match.
targets_of() {
	(cd "$build" && ctest -N -R "$1") | sed -n 's|^ *Test *#[0-9]*: \([a-z0-9_-]*\)/\([a-z0-9_-]*\)$|test-\1-\2|p'
}

build_tests() {
	local targets
	mapfile -t targets < <(targets_of "$1")
	[ ${#targets[@]} -gt 0 ] && ninja -C "$build" "${targets[@]}" >"$work/build.log" 2>&1
}

run_tests() {
	(cd "$build" && timeout 600 ctest --no-tests=error -R "$1" -j2 >"$work/test.log" 2>&1)
}

# All named tests must pass without a mutation.
check_unmutated() {
	local patch all=
	for patch in "$@"; do
		if [ -z "$(field Rule "$patch")" ] || [ -z "$(field 'Caught by' "$patch")" ]; then
			echo "$patch has no Rule or no Caught by line"
			return 1
		fi
		all+=${all:+|}$(field 'Caught by' "$patch")
	done
	if ! build_tests "$all"; then
		tail -n 30 "$work/build.log"
		return 1
	fi
	run_tests "$all" && return
	tail -n 30 "$work/test.log"
	return 1
}

try_mutation() {
	local patch=$1 name rule caught_by
	name=$(basename "$patch" .patch)
	rule=$(field Rule "$patch")
	caught_by=$(field 'Caught by' "$patch")
	if ! patch -d "$copy" -p1 --dry-run --silent <"$patch" >/dev/null; then
		echo "FAIL $name: it does not apply any more"
		return 1
	fi
	patch -d "$copy" -p1 --silent --no-backup-if-mismatch <"$patch"
	local result=1
	if ! build_tests "$caught_by"; then
		echo "FAIL $name: the mutated tree does not build"
	elif run_tests "$caught_by"; then
		echo "FAIL $name: not noticed by $caught_by ($rule)"
	else
		echo "OK   $name: $rule"
		result=0
	fi
	patch -d "$copy" -p1 --silent --no-backup-if-mismatch -R <"$patch"
	return "$result"
}

patches=("$@")
[ ${#patches[@]} -gt 0 ] || patches=("$tree"/tests/mutations/*.patch)

copy_tree
cmake -S "$copy" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DMTPROTO_BUILD_EXAMPLES=OFF >"$work/cmake.log"
check_unmutated "${patches[@]}"
passed=0
failed=0
for patch in "${patches[@]}"; do
	if try_mutation "$patch"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
