#!/bin/sh
# Builds the forwarder to cuBLAS 13, which Maven then packs beside the PTX; says so where that is not possible.
set -eu
unset CDPATH
cd "$(dirname "$0")"

if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "forwarder to cuBLAS 13: not built, as it is for x86-64 Linux; machines that have only CUDA 13 cannot use this build"
elif ! command -v g++ >/dev/null; then
  echo "forwarder to cuBLAS 13: not built, as g++ is missing; machines that have only CUDA 13 cannot use this build"
else
  make --no-print-directory -s -C cublas13
fi
