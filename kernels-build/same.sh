#!/usr/bin/env bash
# make same: whether this working tree computes what a commit computes. Compares PTX byte for byte; then the checkpoints, losses and accuracies of a
# short seeded run on the CPU; then the golden vectors, on the emulated driver too where g++ is. BASE names the commit, the last one by default.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."

base=${BASE:-HEAD}
commit=$(git rev-parse --verify --quiet "$base^{commit}") || {
  echo "same: expected a commit in BASE, got '$base'; name one that git log lists" >&2
  exit 2
}
work=$(mktemp -d)
finish() {
  git worktree remove --force "$work/base" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
git worktree add --quiet --detach "$work/base" "$commit"

different=0
verdict() { # what, status of the comparison
  if [ "$2" = 0 ]; then
    echo "same       $1"
  else
    echo "DIFFERENT  $1"
    different=1
  fi
}

short_run() { # folder of a tree, folder of the run
  make --no-print-directory -s -C "$1" dist >"$2.build" 2>&1 || {
    echo "same: $1 does not build:" >&2
    tail -n 20 "$2.build" >&2
    exit 2
  }
  "$(ls "$1"/bench/target/dist/mamba-pkd-*/bin/mamba-pkd)" distill --preset mnist-demo --seed 7 --device cpu --out "$2" \
    --set teacher.epochs=1 --set teacher.images=1500 --set student.epochs=1 --set student.images=600 --set validationImages=1000 \
    --set testImages=1000 --set student.copies=1 >"$2.log" 2>&1 || {
    echo "same: the run of $1 failed:" >&2
    tail -n 5 "$2.log" >&2
    exit 2
  }
}

# What of a run's results does not depend on how fast the machine was.
without_times() { # folder of a run
  sed -E 's/"(seconds|imagesPerSecond)":[^,}]+,?//g' "$1/metrics.jsonl" >"$1/losses"
  grep -vE '"([a-zA-Z]+Seconds|[a-zA-Z]+PerSecond|deviceDescription)" :' "$1/summary.json" >"$1/accuracies"
}

for ptx in kernels-build/ptx bench/kernels/ptx; do
  status=0
  diff -rq --exclude BUILD.txt "$work/base/$ptx" "$ptx" || status=1
  verdict "$ptx ($(find "$ptx" -name '*.ptx' | wc -l) files)" $status
done
status=0
make --no-print-directory -s -C kernels-build rebuild || status=1
verdict "PTX built anew, where nvcc is" $status
short_run "$work/base" "$work/before"
short_run . "$work/after"
without_times "$work/before"
without_times "$work/after"
for name in $(cd "$work" && ls -d before/config.yaml before/losses before/accuracies before/checkpoints/* after/checkpoints/* | sed 's,^[a-z]*/,,' | sort -u); do
  status=0
  cmp -s "$work/before/$name" "$work/after/$name" || status=1
  verdict "$name" $status
done
if command -v g++ >/dev/null; then
  make --no-print-directory -s -j "$(nproc)" -C kernels-build/emulator all hardware >"$work/emulator.log" 2>&1 || {
    tail -n 20 "$work/emulator.log" >&2
    exit 2
  }
else
  echo "same: not run: the golden vectors on the emulated driver, as g++ is missing"
fi
status=0
mvn -B -ntp -q -pl java/engine -am test -Dtest=GoldenVectorsTest,CommittedPtxTest -Dsurefire.failIfNoSpecifiedTests=false >"$work/golden.log" 2>&1 || status=1
[ $status = 0 ] || tail -n 30 "$work/golden.log"
verdict "golden vectors, and PTX of the sources" $status
exit $different
