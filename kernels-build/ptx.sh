#!/bin/sh
# ptx.sh build: cuda/*.cu and bench/kernels/*.cu to ptx/compute_XX/*.ptx, and ptx/BUILD.txt, which says from what.
# ptx.sh check: whether that folder is what a build gives. Flags and targets come from the Makefile.
set -eu
export LC_ALL=C
cd "$(dirname "$0")"

fail() {
  echo "kernels: $1" >&2
  exit 1
}

# The parts of a name that nvcc makes from the path of the file are made constant; they only tell files apart that are linked together.
# Without its comments PTX holds nothing of the machine that wrote it, and no comment of the source.
normalise() {
  sed -E -e 's,_(INTERNAL|GLOBAL__N_)_[0-9a-f]{8}_,_\1_00000000_,g' -e 's,[[:space:]]*//.*$,,' -e '/^[[:space:]]*$/d' "$1"
}

# The same PTX with the oldest version line that ptxas takes for this target.
oldest_version() { # from to target
  for version in $VERSIONS; do
    sed "s/^\.version .*/.version $version/" "$1" >"$2"
    if "$PTXAS" -arch="sm_$3" -o /dev/null "$2" >/dev/null 2>&1; then
      return
    fi
  done
  "$PTXAS" -arch="sm_$3" -o /dev/null "$1" || true
  fail "ptxas takes $1 in none of the versions $VERSIONS"
}

nvcc_release() {
  "$NVCC" --version | sed -n 's/.* V\([0-9.]*\)$/\1/p'
}

# Whether ptx/ already holds what a build of this family for this target would give, by the hashes in BUILD.txt.
is_built() { # source target
  settings | cmp -s - "$work/recorded-settings" &&
    for file in "$1" ../cuda/*.cuh; do
      grep -qxF "$(cd .. && sha256sum "${file#../}")" ptx/BUILD.txt || return 1
    done &&
    grep -qxF "$(cd ptx && sha256sum "compute_$2/$(basename "$1" .cu).ptx" 2>/dev/null)" ptx/BUILD.txt
}

compile() { # into the folder $1; $2 is all, or changed to copy what is_built
  for target in $TARGETS; do
    mkdir -p "$1/compute_$target"
    for source in ../cuda/*.cu ../bench/kernels/*.cu; do
      [ -f "$source" ] || continue
      family=$(basename "$source" .cu)
      if [ "$2" = changed ] && is_built "$source" "$target"; then
        cp "ptx/compute_$target/$family.ptx" "$1/compute_$target/"
        continue
      fi
      # shellcheck disable=SC2086 # the flags are several words
      (cd "$(dirname "$source")" && "$NVCC" $NVCC_FLAGS -I"$headers" -ptx -arch="compute_$target" -o "$work/raw.ptx" "$family.cu")
      normalise "$work/raw.ptx" >"$work/new.ptx"
      oldest_version "$work/new.ptx" "$1/compute_$target/$family.ptx" "$target"
    done
  done
}

# The hashes stand in the order of the names, so that two branches that add a kernel each add lines.
hashes() { # of the folder $1
  (cd .. && for file in bench/kernels/*.cu cuda/*.cu cuda/*.cuh; do
    [ ! -f "$file" ] || sha256sum "$file"
  done)
  (cd "$1" && for file in compute_*/*.ptx; do
    [ ! -f "$file" ] || sha256sum "$file"
  done)
}

settings() {
  echo "nvcc $(nvcc_release)"
  echo "flags $NVCC_FLAGS"
  echo "targets $TARGETS"
}

headers=$(cd ../cuda && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case ${1:-} in
  build)
    command -v "$NVCC" >/dev/null || fail "there is no $NVCC on the PATH; PTX is only built where the CUDA toolkit is, all else uses the committed PTX"
    command -v "$PTXAS" >/dev/null || fail "there is no $PTXAS on the PATH"
    sed 3q ptx/BUILD.txt >"$work/recorded-settings" 2>/dev/null || true
    compile "$work/ptx" changed
    { settings; hashes "$work/ptx"; } >"$work/ptx/BUILD.txt"
    rm -rf ptx
    cp -r "$work/ptx" ptx
    ;;
  check)
    sed '1,3d' ptx/BUILD.txt >"$work/recorded"
    hashes ptx >"$work/found"
    diff "$work/recorded" "$work/found" >&2 ||
      fail "the PTX is not that of these sources (<: recorded in kernels-build/ptx/BUILD.txt, >: found); run make kernels where nvcc is"
    recorded=$(sed -n '1s/nvcc //p' ptx/BUILD.txt)
    if ! command -v "$NVCC" >/dev/null || ! command -v "$PTXAS" >/dev/null; then
      echo "kernels: not run: rebuilding the PTX to compare its bytes, as nvcc is missing; its hashes agree"
    elif [ "$(nvcc_release)" != "$recorded" ]; then
      echo "kernels: not run: rebuilding the PTX to compare its bytes, as nvcc is $(nvcc_release) but the PTX is from $recorded; its hashes agree"
    else
      compile "$work/ptx" all
      { settings; hashes "$work/ptx"; } >"$work/ptx/BUILD.txt"
      diff -rq "$work/ptx" ptx >&2 || fail "the PTX differs from what nvcc gives now; run make kernels"
      echo "kernels: the PTX is what nvcc $recorded gives, byte by byte"
    fi
    ;;
  *)
    fail "expected ptx.sh build or ptx.sh check, got: $*"
    ;;
esac
