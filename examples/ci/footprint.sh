#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Guards a Go project's footprint: measures the build and the run of two trees under limits, and
# fails when peak memory, time or outcome got worse beyond noise.
#
#   footprint.sh BASE_DIR CHANGED_DIR [OUT_DIR]
#
# Exit status: 0 no worse, 1 worse, anything else: could not be measured.
# REPEAT (10) runs each, THRESHOLD (10) percent of the median before a change counts.
set -euo pipefail

base=${1:?usage: footprint.sh BASE_DIR CHANGED_DIR [OUT_DIR]}
changed=${2:?usage: footprint.sh BASE_DIR CHANGED_DIR [OUT_DIR]}
out=${3:-footprint}
repeat=${REPEAT:-10}
threshold=${THRESHOLD:-10}
sandbox_run=${SANDBOX_RUN:-sandbox-run}

rm -rf "$out/base" "$out/changed"
mkdir -p "$out"

# measure TREE NAME ROUNDS: as many rounds as there are not yet
measure() {
  "$sandbox_run" sweep --repeat "$3" --out "$out/$2" \
    --compile-timeout 60s --run-timeout 30s --vary memory=256M "$1" >/dev/null 2>"$out/$2.log" ||
    { cat "$out/$2.log" >&2; exit 3; }
}

# In turn, so that a machine that gets busier meanwhile is no change of one side.
for ((round = 1; round <= repeat; round++)); do
  measure "$base" base "$round"
  measure "$changed" changed "$round"
done

status=0
"$sandbox_run" compare --threshold "$threshold" "$out/base/sweep.json" "$out/changed/sweep.json" |
  tee "$out/comparison.txt" || status=$?
exit "$status"
