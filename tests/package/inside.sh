#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What run.sh runs inside the bare Debian, as its root: the life of the packages from installing to purging.
set -uo pipefail

readonly hello_seconds=60    # from the end of the installation to the end of a hello
readonly server_seconds=90   # the same for a server's answer
readonly policy=/etc/gobox/policies/run.json
readonly settings=/etc/default/sandbox-api
passed=0
failed=0

# check NAME COMMAND...
check() {
  local name=$1
  shift
  if "$@"; then
    echo "ok    $name"
    passed=$((passed + 1))
  else
    echo "FAIL  $name"
    failed=$((failed + 1))
  fi
}

gone() {
  [ ! -e "$1" ]
}

quietly() {
  "$@" >/tmp/apt.log 2>&1 || { tail -n 20 /tmp/apt.log; return 1; }
}

install() {
  quietly apt-get -q -y install --no-install-recommends "$@"
}

# What no package owns, without what apt, dpkg and the caches of other packages write anyway.
unowned() {
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /packages -o -path /tmp \
    -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache/apt -o -path /var/cache/debconf \
    -o -path /var/log -o -path /etc/alternatives -o -path /etc/ssl \) -prune -o -print |
    sort | comm -23 - <(cat /var/lib/dpkg/info/*.list | sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,' | sort -u)
}

# --- the command -----------------------------------------------------------------------------

hello() {
  local started=$SECONDS output seconds
  output=$(sandbox-run /usr/share/doc/gobox/examples/hello.go 2>/tmp/hello.log) || { cat /tmp/hello.log; return 1; }
  seconds=$((SECONDS - started))
  echo "      $seconds s; load average $(cut -d' ' -f1 /proc/loadavg)"
  [ "$output" = 'Hello from inside the sandbox.' ] && [ "$seconds" -le "$hello_seconds" ]
}

ends() {
  local wanted=$1 status=0
  shift
  sandbox-run "$@" >/tmp/run.log 2>&1 || status=$?
  [ "$status" -eq "$wanted" ] || { echo "      exit status $status"; cat /tmp/run.log; return 1; }
}

brings() {
  local path
  for path in "$@"; do
    [ -e "$path" ] || { echo "      no $path"; return 1; }
  done
}

# --- the server ------------------------------------------------------------------------------

server=

# Without systemd: what the unit starts, on a port that is free.
start_server() {
  rm -f /tmp/server.out
  set -a
  # shellcheck disable=SC1090  # EnvironmentFile= of the unit
  . "$settings"
  set +a
  sandbox-api --address 127.0.0.1:0 --data-dir /var/lib/gobox >/tmp/server.out 2>/tmp/server.log &
  server=$!
}

address() {
  local line
  line=$(head -n 1 /tmp/server.out 2>/dev/null)
  [[ $line =~ (127\.0\.0\.1:[0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# post PATH BODY: by bash alone, so that nothing more need be installed.
post() {
  local at
  at=$(address) || return 1
  exec 9<>"/dev/tcp/${at/://}" || return 1
  printf 'POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
    "$1" "$at" "${#2}" "$2" >&9
  timeout "$server_seconds" cat <&9
  exec 9>&-
}

server_answers() {
  local started=$SECONDS answer='' body='{"source":"package main\nfunc main() { print(\"hi there\") }"}'
  until [[ $answer == *'"outcome":"ok"'*'hi there'* || $answer == *'hi there'*'"outcome":"ok"'* ]]; do
    if [ $((SECONDS - started)) -gt "$server_seconds" ]; then
      echo "$answer"
      cat /tmp/server.log
      return 1
    fi
    kill -0 "$server" || { cat /tmp/server.log; return 1; }
    [ -z "$answer" ] || read -r -t 0.5 <> <(:) || true
    answer=$(post /v1/runs "$body" 2>/dev/null)
  done
  echo "      $((SECONDS - started)) s; load average $(cut -d' ' -f1 /proc/loadavg)"
}

stops() {
  kill -TERM "$server" && wait "$server"
}

# --- the operator ----------------------------------------------------------------------------

change_policy() {
  sed -E 's/("memory": *)"?256[A-Za-z]*"?/\1"96M"/' /usr/share/gobox/policies/run.json >/etc/gobox/policies/run.json
  sandbox-run policy check /etc/gobox/policies/run.json >/dev/null
}

policy_holds() {
  sandbox-run --json /usr/share/doc/gobox/examples/hello.go 2>/dev/null >/tmp/result.json
  grep -q '"memory_limit_bytes": *100663296' /tmp/result.json || { head -c 3000 /tmp/result.json; return 1; }
}

same() {
  [ "$(sha256sum <"$1")" = "$2" ]
}

version_is_next() {
  [[ $(dpkg-query -W -f '${Version}' "$1") == *+next ]]
}

# --- the whole life --------------------------------------------------------------------------

apt-get -q update >/tmp/apt.log 2>&1 || { tail -n 5 /tmp/apt.log; exit 3; }
unowned >/tmp/before

check "the command is installed, with Debian's Go" install /packages/gobox_*.deb golang-go
check "a hello ends within $hello_seconds s of that" hello
check "out of memory is told" ends 137 --memory 64M /usr/share/doc/gobox/examples/oom.go
check "a leaked process is told" ends 121 /usr/share/doc/gobox/examples/leaked_processes.go
check "manual, completions, policies and documents are there" brings /usr/share/man/man1/sandbox-run.1.gz \
  /usr/share/bash-completion/completions/sandbox-run /usr/share/zsh/vendor-completions/_sandbox-run \
  /usr/share/fish/vendor_completions.d/sandbox-run.fish /usr/share/gobox/policies/default.json \
  /etc/gobox/policies /usr/share/doc/gobox/README.md /usr/share/doc/gobox/docs/operations.md \
  /usr/share/doc/gobox/copyright /usr/share/doc/gobox/changelog.gz

rm -rf /var/cache/gobox  # the server too shall start on a host that has prepared nothing
check "the server is installed" install /packages/gobox-server_*.deb
check "unit, settings and a folder for tokens are there" brings /usr/lib/systemd/system/sandbox-api.service \
  "$settings" /etc/gobox/tokens /usr/share/man/man8/sandbox-api.8.gz
start_server
check "the server answers a hello within $server_seconds s" server_answers
check "the server ends when told to" stops

check "the operator writes a policy" change_policy
check "the operator's policy wins over the shipped one" policy_holds
echo 'SANDBOX_API_QUEUE_LENGTH=32' >>"$settings"
policy_sum=$(sha256sum <"$policy")
settings_sum=$(sha256sum <"$settings")
check "both are upgraded" install /packages/next/gobox_*.deb /packages/next/gobox-server_*.deb
check "to the later version" version_is_next gobox-server
check "the upgrade leaves the policy as it was" same "$policy" "$policy_sum"
check "the upgrade leaves the settings as they were" same "$settings" "$settings_sum"
check "the operator's policy still wins" policy_holds
start_server
check "the server of the later version answers" server_answers
check "and ends" stops

check "both are removed" quietly apt-get -q -y remove gobox gobox-server
check "the command is gone" gone /usr/bin/sandbox-run
check "the server is gone" gone /usr/bin/sandbox-api
check "removing keeps the policy" same "$policy" "$policy_sum"
check "removing keeps the settings" same "$settings" "$settings_sum"
check "both are purged" quietly dpkg --purge gobox gobox-server
unowned >/tmp/after
check "purging leaves nothing" diff /tmp/before /tmp/after

echo "package: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
