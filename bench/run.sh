#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures, side by side with bubblewrap, runc and crun where they run, and prints one table.
# bench/run.sh BUILD_DIR [--rounds N] [--seconds N] [--growth N]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1
shift
results=$here/results
bundle=$(mktemp -d)
trap 'rm -rf "$bundle"' EXIT
mkdir -p "$results"

# One OCI bundle with the same static program for runc and crun. A runtime that cannot run here (crun
# refuses hybrid control groups) is left out of the table.
make_bundle() {
  mkdir -p "$bundle/rootfs/proc" "$bundle/rootfs/dev" "$bundle/rootfs/sys"
  cp "$build/bench/bench-true" "$bundle/rootfs/true"
  (cd "$bundle" && runc spec)
  sed -i 's/"terminal": true/"terminal": false/; s/"sh"/"\/true"/' "$bundle/config.json"
  local runtime
  for runtime in runc crun; do
    if "$runtime" run --bundle "$bundle" gobox-bench-probe >/dev/null 2>&1; then
      touch "$bundle/$runtime.works"
    else
      echo "bench: $runtime does not run on this host; left out"
      "$runtime" delete -f gobox-bench-probe >/dev/null 2>&1 || true
    fi
  done
}

if command -v runc >/dev/null; then make_bundle; fi
echo "parts, one by one (Google Benchmark)"
"$build/bin/parts-bench" --benchmark_out="$results/parts.json" --benchmark_out_format=json \
  --benchmark_repetitions=5 --benchmark_report_aggregates_only=true 2>/dev/null
# Of the machine the numbers are kept, not its names.
sed -i '/"host_name"\|"executable"/d' "$results/parts.json"
"$build/bin/sandbox-bench" "$build/bench/bench-true" "$build/bench/bench-busy" "$results" \
  --bundle "$bundle" "$@"
for part in compile-bench api-bench; do
  if [ -x "$build/bin/$part" ]; then "$build/bin/$part" "$results" "$@"; fi
done
