#!/usr/bin/env bash
# Configures, builds and runs all tests. usage: test.sh [PRESET], by default $PRESET or release.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:-${PRESET:-release}}

scripts/install-deps.sh
cmake --preset "$preset"
cmake --build --preset "$preset"
ctest --preset "$preset"
