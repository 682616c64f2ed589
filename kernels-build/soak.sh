#!/usr/bin/env bash
# make soak: what is too long for make test, step by step; a step that fails does not end the others. STEPS names some of them:
#   ptx        the PTX built anew from its sources, byte by byte; needs nvcc
#   validate   200 random cases of every operation and the reference vectors, CASES and SEEDS change that, on the emulated driver with exact arithmetic
#   rounding   the same where arithmetic rounds like a GPU's; needs FMA3
#   orders     the tests of every backend under 20 random orders of each kernel's threads; ORDERS changes that
#   resume     a run that is stopped after each of its 60 steps and gone on with, on the CPU and on the emulated driver
#   kills      processes killed at 100 random moments of a run; KILLS changes that, KILL_SEED the moments
#   faults     a small run on the emulated driver in which each call of the driver, cuBLAS and cuDNN fails once; FAULTS=n takes every n-th
#   calls      the operating system refuses an fsync, a rename or a write of a training, by strace; CALLS=n takes every n-th case
#   mutants    barriers and guards taken out of the kernels one by one, then every 20th line of arithmetic broken (hours)
set -uo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."

: "${STEPS:=ptx validate rounding orders resume kills faults calls mutants}" "${CASES:=200}" "${SEEDS:=1 2 3}" "${ORDERS:=20}" "${KILLS:=100}" "${KILL_SEED:=1}" "${FAULTS:=1}" "${CALLS:=1}"
for step in $STEPS; do
  case $step in
    ptx | validate | rounding | orders | resume | kills | faults | calls | mutants) ;;
    *)
      echo "soak: expected ptx, validate, rounding, orders, resume, kills, faults, calls or mutants in STEPS, got '$step'" >&2
      exit 2
      ;;
  esac
done
failed=()
run() { # name, command...
  local name=$1 start=$SECONDS
  shift
  echo "soak: $name: $*"
  if "$@"; then
    echo "soak: $name passed after $((SECONDS - start)) s"
  else
    echo "soak: $name FAILED after $((SECONDS - start)) s"
    failed+=("$name")
  fi
}

make --no-print-directory -s dist || exit 1
launcher=$(ls bench/target/dist/mamba-pkd-*/bin/mamba-pkd)
for step in $STEPS; do
  case $step in
    ptx) run ptx make --no-print-directory -s -C kernels-build rebuild ;;
    validate | rounding)
      rounding=
      [ "$step" = validate ] || rounding=hardware
      for seed in $SEEDS; do
        run "$step, seed $seed" env ROUNDING=$rounding kernels-build/validate.sh "$launcher" --cases "$CASES" --seed "$seed" \
          --golden java/engine/src/test/resources/golden
      done
      ;;
    orders)
      make --no-print-directory -s -j "$(nproc)" -C kernels-build/emulator all || exit 1
      run orders mvn -B -ntp -q -pl java/engine -am test -Dgroups=device "-Dmambapkd.orders=$ORDERS" -Dsurefire.failIfNoSpecifiedTests=false
      ;;
    resume | kills)
      make --no-print-directory -s -j "$(nproc)" -C kernels-build/emulator all || exit 1
      class=KilledAnywhereTest
      [ "$step" = kills ] || class=ResumedRunTest
      run "$step" mvn -B -ntp -q -pl java/engine -am test "-Dtest=$class" -Dmambapkd.resume.every=1 "-Dmambapkd.kills=$KILLS" \
        "-Dmambapkd.kills.seed=$KILL_SEED" -Dsurefire.failIfNoSpecifiedTests=false
      ;;
    faults)
      make --no-print-directory -s -j "$(nproc)" -C kernels-build/emulator all || exit 1
      run faults mvn -B -ntp -q -pl java/engine -am test -Dtest=EveryDriverCallFailsTest "-Dmambapkd.faults=$FAULTS" -Dsurefire.failIfNoSpecifiedTests=false
      ;;
    calls) run calls env EVERY="$CALLS" kernels-build/failing-calls.sh "$launcher" ;;
    mutants)
      run mutants make mutants
      run "mutants of arithmetic" make mutants ARITHMETIC=1 EVERY=20
      ;;
  esac
done
[ ${#failed[@]} = 0 ] || {
  echo "soak: failed: ${failed[*]}" >&2
  exit 1
}
