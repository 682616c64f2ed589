#!/bin/sh
# The second pass on a machine with a GPU: steps with and without fused kernels, compute-sanitizer, PyTorch alone and in turns with us, kernels. On the same machine it takes what check.sh unpacked.
#
#   bench/gpu/measure.sh [SECONDS] [OPTIONS OF bench/gpu/run]
#
# Ends by itself before SECONDS, 215 where none are given.
case ${1:-} in
  '' | -*) ;;
  *)
    seconds=$1
    shift
    set -- --seconds "$seconds" "$@"
    ;;
esac
exec "$(dirname "$0")/run" --steps measure "$@"
