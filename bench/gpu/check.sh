#!/bin/sh
# The first pass on a machine with a GPU: facts, doctor, answers of cuDNN, validate in parts, job, training step, tests, kernels, variants.
#
#   bench/gpu/check.sh [SECONDS] [OPTIONS OF bench/gpu/run]
#
# Ends by itself before SECONDS, 500 where none are given.
case ${1:-} in
  '' | -*) ;;
  *)
    seconds=$1
    shift
    set -- --seconds "$seconds" "$@"
    ;;
esac
exec "$(dirname "$0")/run" --steps check "$@"
