#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of a checkout on a sandbox-api and prints them; exits 0 when all passed.
#   farm.sh URL DIR        the token, if the server wants one, in SANDBOX_API_TOKEN
set -eu
url=$1
dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The files git knows, by their paths.
(cd "$dir" && git ls-files) | while IFS= read -r file; do
  [ -f "$dir/$file" ] && [ ! -L "$dir/$file" ] || continue
  jq -n --arg path "$file" --rawfile text "$dir/$file" '{($path): $text}'
done | jq -s '{kind: "test", policy: "ci", packages: ["./..."], cache: "pull-requests",
               cache_write: false, files: add}' > "$work/request.json"

curl -sS --fail-with-body -H 'Content-Type: application/json' \
  ${SANDBOX_API_TOKEN:+-H "Authorization: Bearer $SANDBOX_API_TOKEN"} \
  --data-binary @"$work/request.json" "$url/v1/runs" > "$work/result.json" || {
  cat "$work/result.json" >&2
  exit 2
}
jq -r '.tests[] | (.tests[] | select(.outcome | IN("pass", "skip") | not) |
         "--- \(.outcome): \(.name)\n\(.output)"), "\(.outcome)\t\(.package)"' "$work/result.json"
jq -r '"--- \(.outcome): \(.message)"' "$work/result.json"
jq -e '.outcome == "ok"' "$work/result.json" > /dev/null
