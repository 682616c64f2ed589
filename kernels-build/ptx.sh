#!/bin/sh
# ptx.sh build: the .cu files of each folder of kernels to PTX/compute_XX/FAMILY.ptx, and PTX/BUILD.txt, which says from what.
# ptx.sh check: whether those folders and the budgets are what was made from these sources, by the hashes of BUILD.txt. ptx.sh rebuild: whether a build gives them, byte by byte.
# Flags, targets and folders come from the Makefile.
# A target has a file of a family only where its code differs from that of the next older target: newer devices run the older text.
set -eu
unset CDPATH
export LC_ALL=C
cd "$(dirname "$0")/.."

fail() {
  echo "kernels: $1" >&2
  exit 1
}

# The parts of a name that nvcc makes from the path of the file are made constant; they only tell files apart that are linked together.
# Without its comments PTX holds nothing of the machine that wrote it, and no comment of the source.
normalise() {
  sed -E -e 's,_(INTERNAL|GLOBAL__N_)_[0-9a-f]{8}_,_\1_00000000_,g' -e 's,[[:space:]]*//.*$,,' -e '/^[[:space:]]*$/d' "$1"
}

assembles() { # PTX, target
  "$PTXAS" -arch="sm_$2" -o /dev/null "$1"
}

# The versions of $VERSIONS that have a target at all: sm_80 came with 7.0, sm_90 with 7.8.
versions_of() { # target
  case $1 in
    80) since=7.0 ;;
    90) since=7.8 ;;
    *) since=0 ;;
  esac
  for version in $VERSIONS; do
    [ "${version%.*}${version#*.}" -lt "${since%.*}${since#*.}" ] || echo "$version"
  done
}

# The same PTX with the oldest version line that ptxas takes for this target.
oldest_version() { # from to target
  for version in $(versions_of "$3"); do
    sed "s/^\.version .*/.version $version/" "$1" >"$2"
    if assembles "$2" "$3" >/dev/null 2>&1; then
      return
    fi
  done
  assembles "$2" "$3" || true
  fail "ptxas takes $1 in none of the versions $VERSIONS"
}

nvcc_release() {
  "$NVCC" --version | sed -n 's/.* V\([0-9.]*\)$/\1/p'
}

# Lines of hashes of one family's PTX, in the form of BUILD.txt.
ptx_hashes() { # PTX folder, family
  (cd "$1" && for file in compute_*/"$2".ptx; do
    [ ! -f "$file" ] || sha256sum "$file"
  done)
}

# Whether a folder already holds what a build of this family would give, by the hashes in its BUILD.txt.
is_built() { # source, PTX folder
  sed 3q "$2/BUILD.txt" >"$work/recorded-settings" 2>/dev/null || return 1
  settings | cmp -s - "$work/recorded-settings" || return 1
  for file in "$1" cuda/*.cuh; do
    grep -qxF "$(sha256sum "$file")" "$2/BUILD.txt" || return 1
  done
  found=$(ptx_hashes "$2" "$(basename "$1" .cu)")
  [ -n "$found" ] && [ "$found" = "$(grep -E "^[0-9a-f]+  compute_[0-9]+/$(basename "$1" .cu)\.ptx$" "$2/BUILD.txt")" ]
}

# PTX of one source for one target, as nvcc gives it now.
compile() { # source, target, to
  # shellcheck disable=SC2086 # the flags are several words
  (cd "$(dirname "$1")" && "$NVCC" $NVCC_FLAGS -I"$headers" -ptx -arch="compute_$2" -o "$work/raw.ptx" "$(basename "$1")")
  normalise "$work/raw.ptx" >"$work/normal.ptx"
  oldest_version "$work/normal.ptx" "$3" "$2"
}

same_code() {
  sed -e '/^\.version /d' -e '/^\.target /d' "$1" >"$work/one"
  sed -e '/^\.version /d' -e '/^\.target /d' "$2" | cmp -s - "$work/one"
}

build_family() { # source, PTX folder as it is, new PTX folder, all or changed
  family=$(basename "$1" .cu)
  # A source whose kernels no older device can run has a line "// from compute_XX on".
  since=$(sed -n 's,^// from compute_\([0-9]*\) on$,\1,p' "$1")
  reuse=false
  [ "$4" = all ] || ! is_built "$1" "$2" || reuse=true
  kept=
  for target in $TARGETS; do
    [ "$target" -ge "${since:-0}" ] || continue
    new=$work/new.ptx
    if $reuse; then
      new=$2/compute_$target/$family.ptx
      [ -f "$new" ] || continue
    else
      compile "$1" "$target" "$new"
    fi
    if [ -n "$kept" ] && same_code "$kept" "$new"; then
      assembles "$kept" "$target" || fail "ptxas does not take $kept for sm_$target"
    else
      mkdir -p "$3/compute_$target"
      kept=$3/compute_$target/$family.ptx
      cp "$new" "$kept"
    fi
  done
}

# The hashes stand in the order of the names, so that two branches that add a kernel each add lines. That of the budgets is from budgets.sh write.
hashes() { # folder of sources, PTX folder
  for file in "$1"/*.cu cuda/*.cuh; do
    [ ! -f "$file" ] || sha256sum "$file"
  done
  (cd "$2" && for file in compute_*/*.ptx ../budgets.tsv; do
    [ ! -f "$file" ] || sha256sum "$file"
  done)
}

settings() {
  echo "nvcc $(nvcc_release)"
  echo "flags $NVCC_FLAGS"
  echo "targets $TARGETS"
}

# A whole new PTX folder with its BUILD.txt.
build_folder() { # folder of sources, PTX folder as it is, new PTX folder, all or changed
  mkdir -p "$3"
  # Side by side, the longest first.
  ls -S "$1" | sed -n "s,.*\.cu\$,$1/&,p" | xargs -P "$(nproc)" -I @ "$script" family @ "$2" "$3" "$4"
  { settings; hashes "$1" "$3"; } >"$work/build"
  mv "$work/build" "$3/BUILD.txt"
}

check_folder() { # folder of sources, PTX folder
  sed '1,3d' "$2/BUILD.txt" >"$work/recorded"
  hashes "$1" "$2" >"$work/found"
  diff "$work/recorded" "$work/found" >&2 ||
    fail "the PTX and its budgets are not those of these sources (<: recorded in $2/BUILD.txt, >: found); run make kernels where nvcc is"
  echo "kernels: $2 and its budgets belong to the sources, by the hashes of BUILD.txt"
}

rebuild_folder() { # folder of sources, PTX folder
  check_folder "$1" "$2"
  recorded=$(sed -n '1s/nvcc //p' "$2/BUILD.txt")
  if ! command -v "$NVCC" >/dev/null || ! command -v "$PTXAS" >/dev/null; then
    echo "kernels: not run: rebuilding $2 to compare its bytes, as nvcc is missing; its hashes agree"
  elif [ "$(nvcc_release)" != "$recorded" ]; then
    echo "kernels: not run: rebuilding $2 to compare its bytes, as nvcc is $(nvcc_release) but the PTX is from $recorded; its hashes agree"
  else
    mkdir -p "$work/ptx/$1"
    cp "$2/../budgets.tsv" "$work/ptx/$1/.."
    build_folder "$1" "$2" "$work/ptx/$1" all
    diff -rq "$work/ptx/$1" "$2" >&2 || fail "$2 differs from what nvcc gives now; run make kernels"
    echo "kernels: $2 is what nvcc $recorded gives, byte by byte"
  fi
}

headers=$PWD/cuda
script=$PWD/kernels-build/ptx.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case ${1:-} in
  build)
    command -v "$NVCC" >/dev/null || fail "there is no $NVCC on the PATH; PTX is only built where the CUDA toolkit is, all else uses the committed PTX"
    command -v "$PTXAS" >/dev/null || fail "there is no $PTXAS on the PATH"
    for folder in $FOLDERS; do
      sources=${folder%%:*}
      ptx=${folder#*:}/ptx
      build_folder "$sources" "$ptx" "$work/ptx/$sources" changed
      rm -rf "$ptx"
      cp -r "$work/ptx/$sources" "$ptx"
    done
    ;;
  check | rebuild)
    for folder in $FOLDERS; do
      "$1_folder" "${folder%%:*}" "${folder#*:}/ptx"
    done
    ;;
  family)
    shift
    build_family "$@"
    ;;
  *)
    fail "expected ptx.sh build, check or rebuild, got: $*"
    ;;
esac
