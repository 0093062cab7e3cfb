#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds a project of N small packages as a build system would: each compile an action in a sandbox of
# its own, which gets exactly its inputs on standard input and gives its output back. Prints the number
# of actions, the time, and the peak of the largest one.
#
#   actions.sh [N]
set -euo pipefail

packages=${1:-40}
sandbox_run=${SANDBOX_RUN:-sandbox-run}
go=$(command -v go || ls -d /usr/local/go/bin/go /usr/lib/go-*/bin/go 2>/dev/null | head -1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/in" "$work/archives"

# action NAME COMMAND: the files of $work/in go in; out.a of /work comes back as archives/NAME.
action() {
  tar -C "$work/in" -c . >"$work/in.tar"
  rm -rf "$work/kept"
  "$sandbox_run" exec --json --stdin "$work/in.tar" --memory 256M --disk 256M --keep "$work/kept" -- \
    sh -c "cd /work && tar -x && $2" >"$work/result.json"
  cp "$work/kept/out.a" "$work/archives/$1"
  grep -o '"memory_peak_bytes":[0-9]*' "$work/result.json" | head -1 | cut -d: -f2 >>"$work/peaks"
}

start=$(date +%s%N)
{ echo 'package main'; echo; } >"$work/main.go"
: >"$work/importcfg"
for ((i = 0; i < packages; i++)); do
  rm -rf "$work/in"
  mkdir "$work/in"
  printf 'package p%d\n\nfunc Total(n int) int {\n\tif n < 2 {\n\t\treturn %d\n\t}\n\treturn Total(n-1) + Total(n-2)\n}\n' \
    "$i" "$i" >"$work/in/p.go"
  action "p$i.a" "$go tool compile -p example.com/p$i -pack -o out.a p.go"
  echo "import \"example.com/p$i\"" >>"$work/main.go"
  echo "packagefile example.com/p$i=p$i.a" >>"$work/importcfg"
done
{
  printf '\nfunc main() {\n\ttotal := 0\n'
  for ((i = 0; i < packages; i++)); do echo "	total += p$i.Total(5)"; done
  printf '\tprintln(total)\n}\n'
} >>"$work/main.go"
rm -rf "$work/in"
mkdir "$work/in"
cp "$work/main.go" "$work/importcfg" "$work/archives/"*.a "$work/in/"
action main.a "$go tool compile -p main -importcfg importcfg -pack -o out.a main.go"
end=$(date +%s%N)

peak=$(sort -n "$work/peaks" | tail -1)
echo "actions=$((packages + 1))"
echo "time_ms=$(((end - start) / 1000000))"
echo "largest_action_mib=$((peak / 1048576))"
