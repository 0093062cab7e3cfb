#!/bin/bash
# tests/soak/run.sh BUILD_DIR MINUTES
# Mixes every kind of run at full load against a server of its own, and prints what grew. Ends with
# status 1 if something did.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: tests/soak/run.sh BUILD_DIR MINUTES" >&2; exit 2; }
exec python3 "$(dirname "${BASH_SOURCE[0]}")/soak.py" "$1" "$2"
