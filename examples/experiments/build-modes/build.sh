# SPDX-License-Identifier: Apache-2.0

# usage: sh build.sh GO MODE. Builds main.go beside it in one of the ways people compare, and prints
# the size of the binary.
#
#   warm      the standard library is in the cache
#   again     the same build a second time, everything in the cache
#   stripped  warm, with -ldflags='-s -w'
#   cold      an empty cache: the standard library is compiled too
#   all       -a: everything is compiled although it is in the cache
set -eu
go=$1
cd /work
case $2 in
  warm) "$go" build -o /tmp/out main.go ;;
  again) "$go" build -o /tmp/first main.go; "$go" build -o /tmp/out main.go ;;
  stripped) "$go" build -ldflags='-s -w' -o /tmp/out main.go ;;
  cold) GOCACHE=/tmp/cache "$go" build -o /tmp/out main.go ;;
  all) GOCACHE=/tmp/cache "$go" build -a -o /tmp/out main.go ;;
  *) echo "unknown mode $2" >&2; exit 2 ;;
esac
echo "binary_kib=$(($(wc -c < /tmp/out) / 1024))"
