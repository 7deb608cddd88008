#!/usr/bin/env bash
# usage: size.sh STRIP LIBRARY LIMIT
# The stripped library is smaller than LIMIT bytes.
set -euo pipefail
strip=$1 library=$2 limit=$3

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
"$strip" -o "$stripped" "$library"
size=$(wc -c <"$stripped")
echo "${library##*/}: $size bytes stripped, limit $limit"
((size < limit))
