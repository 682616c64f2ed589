#!/bin/sh
# Runs bench/gpu/check.sh in a bare Debian that has this checkout and the small archive alone, with an empty environment. It is made of files of this machine: basic
# tools and Python without xz, the C and C++ libraries and zlib; no Java, no git, no X. The emulated driver is where an installed one is, the stand-ins
# of cuBLAS and cuDNN where Python's wheels put theirs. Called by `make gpu-check-chroot`. The arguments are those of check.sh
# instead of 1500 --quick.
set -eu
unset CDPATH
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- 1500 --quick
out=$PWD/bench/target/gpu
root=$out/chroot
archive=$out/mamba-pkd-gpu-beside-tree.tar.xz
emulation=$PWD/kernels-build/emulator/build

fail() {
  echo "gpu-check-chroot: $1" >&2
  exit 2
}

[ -f "$archive" ] || fail "there is no $archive; run make gpu-check-chroot, which builds it first"
[ -f "$emulation/libcuda.so.1" ] || fail "the emulated driver is not built; it needs g++"
python=$(command -v python3) || fail "there is no python3 on the PATH"

# How a root folder of its own is to be had: in a user namespace, as root with mounts of its own, or as root alone, then without /proc.
proc=yes
if unshare --user --map-root-user --mount --pid --fork true 2>/dev/null; then
  enter="unshare --user --map-root-user --mount --pid --fork"
elif unshare --mount --pid --fork true 2>/dev/null; then
  enter="unshare --mount --pid --fork"
elif [ "$(id -u)" = 0 ]; then
  enter=
  proc=
else
  fail "a root folder of its own needs root or user namespaces, and neither is to be had here; run it as root"
fi

# add FILE: the file and the libraries that it needs, by the names that they have here.
add() {
  for file in "$1" $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*'); do
    if [ ! -e "$root$file" ]; then
      mkdir -p "$root$(dirname "$file")"
      cp -L "$file" "$root$file"
    fi
  done
}

rm -rf "$root"
trap 'rm -rf "$root"' EXIT
for folder in bin sbin lib lib64; do
  mkdir -p "$root/usr/$folder"
  ln -s "usr/$folder" "$root/$folder"
done
mkdir -p "$root/tmp" "$root/dev" "$root/proc" "$root/etc" "$root/root" "$root/checkout/bench/target/gpu"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
for tool in sh awk basename cat chmod cksum cp cut date df dirname env expr find free grep gzip head id ln ls mkdir mktemp mv nproc paste readlink rm sed sort stty tail tar tee \
  timeout tr uname wc xargs; do
  path=$(command -v "$tool") || fail "there is no $tool on the PATH"
  add "$path"
  [ -e "$root/usr/bin/$tool" ] || ln -s "$path" "$root/usr/bin/$tool"
done
libraries=$(dirname "$(ldd "$(command -v cat)" | grep -o '/[^ ]*/libc\.so\.6')")
for library in libstdc++.so.6 libgcc_s.so.1 libm.so.6 libz.so.1 libdl.so.2 libpthread.so.0 librt.so.1; do
  add "$libraries/$library"
done
ldconfig=$(PATH=$PATH:/sbin:/usr/sbin command -v ldconfig) && add "$ldconfig"

# Python with its standard library alone.
interpreter=$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')
modules=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
wheels=$("$python" -c 'import site; print(site.getsitepackages()[0])')
add "$interpreter"
[ -e "$root/usr/bin/python3" ] || ln -s "$interpreter" "$root/usr/bin/python3"
mkdir -p "$root$modules"
tar -C "$modules" --exclude=__pycache__ --exclude=./test --exclude=./site-packages --exclude=./dist-packages --exclude='./config-*' -cf - . | tar -C "$root$modules" -xf -
for module in "$modules"/lib-dynload/_ctypes.*.so "$modules"/lib-dynload/_lzma.*.so; do
  [ ! -e "$module" ] || add "$module"
done

add "$emulation/libcuda.so.1"
mv "$root$emulation/libcuda.so.1" "$root$libraries/"
# The driver looks for its kernels beside itself.
cp -r "$emulation/kernels" "$root$libraries/"
for library in cublas/lib/libcublas.so.12 cudnn/lib/libcudnn.so.9; do
  mkdir -p "$root$wheels/nvidia/$(dirname "$library")"
  cp "$emulation/$(basename "$library")" "$root$wheels/nvidia/$library"
done
[ -z "$ldconfig" ] || "$ldconfig" -r "$root" 2>/dev/null || true

# The files that would travel: those that git tracks, or would.
git ls-files -z --cached --others --exclude-standard | tar --null -T - --ignore-failed-read -cf - | tar -C "$root/checkout" -xf -
tree=$(du -sb --exclude=target "$root/checkout" | cut -f 1)
cp "$archive" "$root/checkout/bench/target/gpu/"
echo "gpu-check-chroot: tree and archive have $(((tree + $(wc -c <"$archive")) / 1048576)) MiB"

status=0
# shellcheck disable=SC2016,SC2086 # expanded inside; several words, or none
$enter /bin/sh -c '
  root=$1 proc=$2
  shift 2
  [ -z "$proc" ] || mount -t proc proc "$root/proc" || exit 2
  for device in null zero random urandom; do
    if [ -n "$proc" ]; then
      : >"$root/dev/$device"
      mount --bind "/dev/$device" "$root/dev/$device" || exit 2
    else
      cp -a "/dev/$device" "$root/dev/" || exit 2
    fi
  done
  exec chroot "$root" /usr/bin/env -i /bin/sh -c "cd /checkout && exec bench/gpu/check.sh \"\$@\"" check.sh "$@"' enter "$root" "$proc" "$@" || status=$?
rm -rf "$out/chroot-results"
mkdir "$out/chroot-results"
cp "$root/checkout/bench/target/gpu/results"/* "$out/chroot-results/" 2>/dev/null || fail "check.sh left no results"
echo "gpu-check-chroot: results in $out/chroot-results"
exit "$status"
