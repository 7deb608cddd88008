#!/usr/bin/env bash
# Builds the mtproto command and runs its demo: a client and a data centre of its own, without the internet.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/install-deps.sh --build
cmake --preset demo
cmake --build --preset demo
exec build/demo/mtproto demo "$@"
