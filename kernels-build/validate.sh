#!/bin/sh
# Compares CUDA with the CPU: on the GPU where there is a driver for one, else on the emulated driver; with ROUNDING=hardware on the emulated driver, in the
# build that rounds like hardware. Usage: validate.sh LAUNCHER [ARGUMENTS]
set -eu
unset CDPATH
launcher=$1
shift
emulation=$(cd "$(dirname "$0")" && pwd)/emulator

emulate() { # target and folder of the emulator's build
  make --no-print-directory -s -j "$(nproc)" -C "$emulation" "$1"
  if [ ! -e "$2/libcuda.so.1" ]; then
    echo "validate: expected $2/libcuda.so.1 from make -C $emulation $1, got none; leave ROUNDING out on this processor" >&2
    exit 2
  fi
  MAMBA_PKD_OPTS="${MAMBA_PKD_OPTS:-} -Dmambapkd.cuda.driver=$2/libcuda.so.1 -Dmambapkd.cuda.libs=$2"
  export MAMBA_PKD_OPTS
}

case ${ROUNDING:-} in
  hardware)
    echo "validate: on the emulated driver, with arithmetic that rounds like hardware"
    emulate hardware "$emulation/build/hardware"
    ;;
  '')
    if ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1'; then
      echo "validate: on the GPU"
    else
      echo "validate: on the emulated driver, as libcuda.so.1 is not installed"
      emulate all "$emulation/build"
    fi
    ;;
  *)
    echo "validate: expected ROUNDING to be hardware or left out, got $ROUNDING" >&2
    exit 2
    ;;
esac
exec "$launcher" validate "$@"
