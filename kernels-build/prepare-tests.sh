#!/bin/sh
# What the tests of the kernels need before Maven runs them: the emulated driver, and PTX that belongs to the sources. Says what it leaves out.
set -eu
cd "$(dirname "$0")"

# Beside the emulator, as each of the two waits for its longest part.
checked=$(mktemp)
make --no-print-directory -s check >"$checked" 2>&1 &
check=$!
trap 'kill "$check" 2>/dev/null || true; rm -f "$checked"' EXIT

if ! command -v g++ >/dev/null; then
  echo "kernels: not run: the kernels on the emulated driver, as g++ is missing; Maven skips those tests"
else
  make --no-print-directory -j "$(nproc)" -C emulator all hardware check
fi
./stale.sh
status=0
wait "$check" || status=$?
cat "$checked"
exit $status
