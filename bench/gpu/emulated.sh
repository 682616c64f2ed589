#!/bin/sh
# What `make gpu-check` does on a machine with a GPU, here: unpacks the bundle into an empty folder and starts its run on the emulated driver, with an empty
# environment and neither Java nor Python on the PATH. Called by `make gpu-check-emulated`, after bundle and emulation were built.
set -eu
cd "$(dirname "$0")/../.."
archive=$PWD/bench/target/gpu/mamba-pkd-gpu.tar.xz
emulation=$PWD/kernels-build/emulator/build
[ -f "$archive" ] || { echo "gpu-check-emulated: there is no $archive; run make gpu-check-emulated, which builds it first" >&2; exit 2; }
[ -f "$emulation/libcuda.so.1" ] || { echo "gpu-check-emulated: the emulated driver is not built; it needs g++" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -C "$work" -xf "$archive"
mkdir "$work/bin"
for tool in basename cat cut date dirname env expr find grep head ls mkdir mktemp mv readlink rm sed sh stty tail timeout tr uname xargs; do
  ln -s "$(command -v "$tool")" "$work/bin/$tool"
done
results=bench/target/gpu/emulated
mkdir -p "$results"
env -i PATH="$work/bin" MAMBA_PKD_OPTS="-Xmx2g -Dmambapkd.cuda.driver=$emulation/libcuda.so.1 -Dmambapkd.cuda.libs=$emulation" \
  "$work/mamba-pkd-gpu/run" --quick --out "$PWD/$results" "$@"
