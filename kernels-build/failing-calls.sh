#!/usr/bin/env bash
# failing-calls.sh LAUNCHER: a short training of a teacher in which the operating system refuses an fsync, a rename or writes to a file, by strace (which counts calls for each thread).
# It ends with 0, or with 2 and a sentence that names the error, and what it left is gone on with to the same checkpoint. EVERY=n takes every n-th case. Without strace, or where it may
# not trace, nothing is tried, and the script says so.
set -uo pipefail
unset CDPATH
[ $# = 1 ] || {
  echo "failing-calls: expected the launcher of mamba-pkd as the only argument, got $#; make soak STEPS=calls gives it" >&2
  exit 2
}
launcher=$(realpath "$1")
: "${EVERY:=1}"
strace -qq -o /dev/null true 2>/dev/null || {
  echo "failing-calls: skipped: strace is missing, or may not trace here"
  exit 0
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

settings=(--preset mnist-demo --set teacher.images=1280 --set 'teacher.channels=[4,8]' --set teacher.batch=32 --set teacher.epochs=3 --set validationImages=100 --set testImages=50)
common=(--device cpu --threads 1 --save-every 1)
files=(.run.json.new .config.yaml.new saves/.000001.safetensors.new metrics.jsonl checkpoints/.teacher.safetensors.new .summary.json.new .report.html.new .SHA256SUMS.new)
failed=0 cases=0 refused=0 ended_early=0
declare -A hit=()

train() { # a command of strace's; then the run in the folder run
  timeout 300 "$@" "$launcher" teacher "${settings[@]}" "${common[@]}" --out run >out 2>err
}

fail() {
  echo "failing-calls: FAILED: $*"
  sed 's/^/    /' err | tr '\r' '\n' | tail -5
  failed=$((failed + 1))
}

go_on() { # what a user does who is told that the run has ended early
  if [ -e run/run.json ] && [ -e run/config.yaml ]; then
    timeout 300 "$launcher" teacher --resume run "${common[@]}" >out 2>err
  else
    rm -rf run
    train env
  fi
}

try() { # name, options of strace
  local name=$1 code
  shift
  cases=$((cases + 1))
  [ $((cases % EVERY)) = 0 ] || return
  rm -rf run
  train strace -f -qq -o trace "$@"
  code=$?
  grep -q INJECTED trace || return # no thread has made so many calls
  refused=$((refused + 1))
  hit[$name]=1
  [ $code = 0 ] || ended_early=$((ended_early + 1))
  if { [ $code != 0 ] && [ $code != 2 ]; } || grep -qE '^\s+at |Exception|internal error' err; then
    fail "$name: exit code $code"
    return
  fi
  if [ $code = 2 ] && ! tr '\r' '\n' <err | grep -qE '^mamba-pkd: .*(no space left on device|input/output error)'; then
    fail "$name: no sentence names the error"
    return
  fi
  if [ $code = 2 ] && ! go_on; then
    fail "$name: the run cannot be gone on with"
    return
  fi
  cmp -s run/checkpoints/teacher.safetensors whole/checkpoints/teacher.safetensors || fail "$name: another checkpoint"
  "$launcher" verify run >out 2>err || fail "$name: verify finds something wrong"
}

train strace -f -qq -o trace -e trace=fsync,fdatasync,rename || {
  fail "the run without a failure"
  exit 1
}
mv run whole
syncs=$(grep -c 'f[a-z]*sync(' trace)
renames=$(grep -c 'rename(' trace)

for when in $(seq "$syncs"); do
  try "fsync $when fails once" -e trace=fsync,fdatasync -e inject=fsync,fdatasync:error=EIO:when="$when"
  try "fsync fails from $when on" -e trace=fsync,fdatasync -e inject=fsync,fdatasync:error=EIO:when="$when+"
done
for when in $(seq "$renames"); do
  try "rename $when fails once" -e trace=rename -e inject=rename:error=ENOSPC:when="$when"
  try "rename fails from $when on" -e trace=rename -e inject=rename:error=ENOSPC:when="$when+"
done
for file in "${files[@]}"; do
  for error in ENOSPC EIO; do
    name="a write to $file fails with $error"
    try "$name" -P "$folder/run/$file" -P "run/$file" -e trace=write,pwrite64,writev,pwritev \
      -e inject=write,pwrite64,writev,pwritev:error=$error:when=1+
    [ $((cases % EVERY)) != 0 ] || [ -n "${hit[$name]:-}" ] || fail "$name: no write to it was refused"
  done
done
echo "failing-calls: $((cases / EVERY)) of $cases cases were tried; in $refused a call was refused, of which $ended_early ended early with 2 and the others went on; $failed failed"
[ $failed = 0 ]
