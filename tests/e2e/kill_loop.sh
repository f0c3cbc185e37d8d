#!/usr/bin/env bash
# The real programs under kill -9 and power cuts; see kill_loop.py.
#
#   kill_loop.sh [MINUTES|SECONDSs] [--disk]    default 10; SEED in the environment repeats the choice of victims, not the timing
#   WATTLE_BIN                                  the built programs; default build/release
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PYTHONPATH="$top/.ci" exec python3 -B "$top/tests/e2e/kill_loop.py" "$@"
