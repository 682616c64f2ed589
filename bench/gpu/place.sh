# Where run works: a folder for the unpacked program, temporary files and compiled kernels. Sourced by run, which sets home, scripts and tree.
# shellcheck shell=sh disable=SC2154 # set there

WORK_MIB=500

# unfit DIR: why a folder is not one to work in, or nothing; it is made for that.
unfit() {
  case $1 in *[[:space:]]*) echo "$1 has a space in its name"; return ;; esac
  # A folder of someone else in /tmp is not to be trusted.
  if ! { mkdir -p -m 700 "$1" && [ -O "$1" ] && echo '#!/bin/sh' >"$1/probe" && chmod 700 "$1/probe"; } 2>/dev/null; then
    reason="cannot be written"
  elif ! "$1/probe" 2>/dev/null; then
    reason="does not let programs run"
  else
    free=$(df -Pk "$1" | awk 'NR == 2 {print int($4 / 1024)}')
    reason="has ${free:-0} MiB free of the $WORK_MIB that are needed"
    [ "${free:-0}" -lt $WORK_MIB ] || reason=
  fi
  rm -f "$1/probe"
  if [ -n "$reason" ]; then
    rmdir "$1" 2>/dev/null
    echo "$1 $reason"
  fi
}

# Sets work, or where no folder fits, place_problem and, for the results alone, a temporary one.
find_work() {
  work=
  place_problem=
  for folder in "${tree:-$scripts}/${tree:+bench/target/gpu/}work" "${TMPDIR:-/tmp}/mamba-pkd-gpu-$(id -u)" "/dev/shm/mamba-pkd-gpu-$(id -u)"; do
    problem=$(unfit "$folder")
    if [ -z "$problem" ]; then
      work=$folder
      place_problem=
      return
    fi
    place_problem="$place_problem${place_problem:+, }$problem"
  done
  work=$(mktemp -d)
}

# find_archive: the newest that make gpu-bundle left in the checkout, unless one is named.
find_archive() {
  [ -n "$archive" ] || archive=$(ls -t "$tree"/bench/target/gpu/mamba-pkd-gpu*.tar.xz 2>/dev/null | head -n 1)
}

# The step unpack: the program from the archive, unless an earlier call unpacked the same one.
unpack() {
  if [ -n "$place_problem" ]; then
    echo "there is no folder to unpack in: $place_problem"
    return 1
  fi
  if [ ! -f "$archive" ]; then
    echo "expected the archive of the program, got ${archive:-none in bench/target/gpu}; make it with make gpu-bundle BESIDE_TREE=1, or name it with --archive FILE"
    return 1
  fi
  sum=$(cksum <"$archive")
  if [ "$(cat "$work/unpacked" 2>/dev/null)" != "$sum" ]; then
    rm -rf "$work/unpacked" "$work/mamba-pkd-gpu"
    if command -v xz >/dev/null; then
      tar -C "$work" -xf "$archive"
    elif command -v python3 >/dev/null; then
      python3 -m tarfile -e "$archive" "$work"
    else
      echo "there is neither xz nor python3 to unpack $archive with"
      return 1
    fi || { echo "$archive could not be unpacked in $work; it may be damaged, or the disk full"; return 1; }
    echo "$sum" >"$work/unpacked"
  fi
  java=$("$home/jre/bin/java" -version 2>&1) || {
    echo "the Java of the archive does not start ($(echo "$java" | head -n 1)); it needs glibc 2.35 or newer, libstdc++.so.6 and libz.so.1"
    return 1
  }
  echo "$archive in $work, commit $(cat "$home/commit")"
}

# Notes an archive that was made from other steps than those of the checkout: its program may lack the options that they use. The steps go on.
check_steps() {
  if [ -n "$tree" ] && [ "$(cksum <"$home/commands.sh")" != "$(cksum <"$scripts/commands.sh")" ]; then
    note archive FAILED "expected an archive of this checkout, got one of commit $commit, made when bench/gpu/commands.sh was another; make it anew with make gpu-bundle BESIDE_TREE=1"
  fi
}

# What an archive for a checkout takes from there: MNIST behind the class path, and the reference vectors. Links, as options of Java have no spaces.
use_tree() {
  data_option=
  golden=$home/tests/classes/golden
  if [ ! -d "$golden" ]; then
    [ -n "$tree" ] || fail "this archive was made for a checkout; start bench/gpu/run in one, or make the other archive with make gpu-bundle"
    mkdir -p "$work/data"
    ln -sfn "$tree/java/engine/src/main/resources/datasets" "$work/data/datasets"
    ln -sfn "$tree/java/engine/src/test/resources/golden" "$work/golden"
    golden=$work/golden
    data_option=-Xbootclasspath/a:$work/data
  fi
}
