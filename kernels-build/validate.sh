#!/bin/sh
# Compares CUDA with the CPU: on the GPU where there is a driver for one, else on the emulated driver. Usage: validate.sh LAUNCHER [ARGUMENTS]
set -eu
launcher=$1
shift
emulation=$(cd "$(dirname "$0")" && pwd)/emulator
if ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1'; then
  echo "validate: on the GPU"
else
  echo "validate: on the emulated driver, as libcuda.so.1 is not installed"
  make --no-print-directory -s -j "$(nproc)" -C "$emulation"
  MAMBA_PKD_OPTS="${MAMBA_PKD_OPTS:-} -Dmambapkd.cuda.driver=$emulation/build/libcuda.so.1 -Dmambapkd.cuda.libs=$emulation/build"
  export MAMBA_PKD_OPTS
fi
exec "$launcher" validate "$@"
