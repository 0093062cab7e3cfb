#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/soak/run.sh BUILD_DIR MINUTES [HELLO]
# Mixes every kind of run at full load against a server of its own, and prints what grew. Ends with
# status 1 if something did.
set -euo pipefail
case $# in
  2 | 3) exec python3 "$(dirname "${BASH_SOURCE[0]}")/soak.py" "$@" ;;
  *) echo "usage: tests/soak/run.sh BUILD_DIR MINUTES [HELLO]" >&2; exit 2 ;;
esac
