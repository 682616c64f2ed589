#!/bin/sh
# What the tests of the kernels need before Maven runs them: the emulated driver, and PTX that belongs to the sources. Says what it leaves out.
set -eu
unset CDPATH
cd "$(dirname "$0")"

make --no-print-directory -s check
if ! command -v g++ >/dev/null; then
  echo "kernels: not run: the kernels on the emulated driver, as g++ is missing; Maven skips those tests"
else
  make --no-print-directory -j "$(nproc)" -C emulator all hardware check
fi
