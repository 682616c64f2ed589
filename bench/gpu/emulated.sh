#!/bin/sh
# What `make gpu-check` does on a machine with a GPU, here: unpacks the archive into an empty folder and starts its run on the emulated driver, with an empty
# environment and neither Java nor Python on the PATH. Called by `make gpu-check-emulated`, after archive and emulation were built.
set -eu
unset CDPATH
cd "$(dirname "$0")/../.."
archive=$PWD/bench/target/gpu/mamba-pkd-gpu.tar.xz
emulation=$PWD/kernels-build/emulator/build
[ -f "$archive" ] || { echo "gpu-check-emulated: there is no $archive; run make gpu-check-emulated, which builds it first" >&2; exit 2; }
[ -f "$emulation/libcuda.so.1" ] || { echo "gpu-check-emulated: the emulated driver is not built; it needs g++" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -C "$work" -xf "$archive"
mkdir "$work/bin"
for tool in awk basename cat chmod cksum cp cut date df dirname env expr find grep gzip head id ln ls mkdir mktemp mv paste readlink rm sed sh sort stty tail tar tee timeout tr \
  uname xargs; do
  ln -s "$(command -v "$tool")" "$work/bin/$tool"
done
results=bench/target/gpu/emulated
mkdir -p "$results"
env -i PATH="$work/bin" "$work/mamba-pkd-gpu/run" --quick --driver "$emulation/libcuda.so.1" --cuda-libs "$emulation" --out "$PWD/$results" "$@"
