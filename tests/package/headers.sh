#!/usr/bin/env bash
# usage: headers.sh CC CXX INCLUDE_DIR
# Every public header compiles on its own, first in its file and twice, as C11 and as C++17.
set -euo pipefail
cc=$1 cxx=$2 include=$3
strict=(-Wall -Wextra -Wpedantic -Wundef -Werror -fsyntax-only -I "$include")

headers=("$include"/mtproto/*.h)
for path in "${headers[@]}"; do
	header=mtproto/${path##*/}
	unit="#include <$header>
#include <$header>
int translation_unit_is_not_empty;"
	"$cc" -std=c11 -Wstrict-prototypes "${strict[@]}" -x c - <<<"$unit" || { echo "not C11: $header"; exit 1; }
	"$cxx" -std=c++17 "${strict[@]}" -x c++ - <<<"$unit" || { echo "not C++17: $header"; exit 1; }
done
echo "${#headers[@]} headers"
