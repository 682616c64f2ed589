# Steps with time limits, and one archive of results that is renewed after each. Sourced by run.
# shellcheck shell=sh disable=SC2154 # what is not set here, run sets

# Kept at the end: what a step may take to die after its limit, the last packing, and the report.
RESERVE=10
# A step with less is not begun.
SHORTEST=3
# A log longer than this keeps its first and last 400,000 bytes.
LOG_BYTES=1000000

# Seconds that are left for steps.
left() { echo $((total - RESERVE - ($(date +%s) - begin))); }

# The card and the driver, from nvidia-smi, the kernel module, or what doctor found. An H100 and an H200 differ by 1.4 in memory, so no result is without it.
find_card() {
  if [ -z "${card:-}" ]; then
    card=$(timeout -k 2 10 nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null | sed -n '1s/, */, driver /p')
    if [ -z "$card" ] && [ -r /proc/driver/nvidia/version ]; then
      card="$(sed -n 's/^Model:[[:space:]]*//p' /proc/driver/nvidia/gpus/*/information | head -n 1), $(sed -n 's/^NVRM version: *//p' /proc/driver/nvidia/version)"
    fi
    : "${card:=$NO_CARD}"
  fi
  if [ "$card" = "$NO_CARD" ] && [ -f "$results/doctor.json" ]; then
    card=$(sed -n 's/.*"description" *: *"\([^"]*\)".*/\1/p' "$results/doctor.json" | head -n 1)
    : "${card:=$NO_CARD}"
  fi
}
NO_CARD="no card was found"

# What every result names.
origin() { echo "$card; $(date -u +%Y-%m-%dT%H:%M:%SZ); commit $commit; command: $command_line"; }

# note NAME OUTCOME TEXT: a line of steps.txt.
note() { printf '%-19s %-10s %s\n' "$1" "$2" "$3" | tee -a "$work/steps"; }

# Replaces results.tgz and steps.txt where that succeeds, and else keeps the last ones.
pack() {
  find_card
  { origin; cat "$work/steps"; } >"$results/steps.txt"
  find "$results" -name '*.log' -size +${LOG_BYTES}c | while read -r log; do
    { head -c 400000 "$log"; echo; echo "[... cut ...]"; tail -c 400000 "$log"; } >"$log.cut" && mv "$log.cut" "$log"
  done
  if ! { tar -C "$work" -czf "$out/results.tgz.new" results && mv "$out/results.tgz.new" "$out/results.tgz" \
    && cp "$results/steps.txt" "$out/steps.txt.new" && mv "$out/steps.txt.new" "$out/steps.txt"; } 2>"$work/pack.log"; then
    rm -f "$out/results.tgz.new" "$out/steps.txt.new"
    echo "run: results.tgz and steps.txt in $out were not renewed: $(head -n 1 "$work/pack.log")" >&2
  fi
}

# step NAME LIMIT: runs a step of commands.sh under its limit, keeps its output, notes how it ended, packs.
step() {
  name=$1
  limit=$2
  rest=$(left)
  log=$results/$name.log
  [ "$limit" -le "$rest" ] || limit=$rest
  if [ "$limit" -lt $SHORTEST ]; then
    note "$name" "NO TIME" "of $total s nothing was left; give more seconds, or fewer steps with --steps"
    return
  fi
  started=$(date +%s)
  find_card
  echo "# $(origin)" >"$log"
  # In the background, so that a signal to this script is answered at once, also where the step cannot be ended.
  (cd "$results" && exec timeout -k 5 "$limit" "$self" --step "$name" "$limit") >>"$log" 2>&1 &
  running=$!
  wait $running
  status=$?
  # What the step started and left running would hold the GPU.
  kill -s KILL -- "-$running" 2>/dev/null
  running=
  took=$(($(date +%s) - started))
  last=$(grep -v -e '^ *$' -e '^# ' -e '^cuemu: ' "$log" | tail -n 1 | cut -c 1-160)
  case $status in
    0) outcome=passed ;;
    77) outcome="not run" ;;
    124) outcome="TIME LIMIT" ;;
    137) if [ "$took" -ge "$limit" ]; then outcome="TIME LIMIT"; else outcome=KILLED; fi ;;
    *) if [ "$status" -gt 128 ]; then outcome=CRASHED; else outcome=FAILED; fi ;;
  esac
  note "$name" "$outcome" "status $status, $took s of $limit: $last"
  pack
}

# The last call for a step that cannot be ended: results as they are, then the end.
give_up() {
  trap '' TERM INT HUP
  if [ -n "${running:-}" ]; then
    kill -s KILL -- "-$running" 2>/dev/null
    note "$name" STOPPED "after $(($(date +%s) - started)) s, with the whole, by a signal or by its time"
  fi
  pack
  report
  exit 1
}

# The steps that went wrong, then rows of the logs that name something wrong, twelve of a step: of tests, validate, bench kernels, compute-sanitizer and Java.
wrong_rows() {
  grep -E "^[^ ]+ +(FAILED|CRASHED|KILLED|TIME LIMIT|STOPPED) " "$work/steps" | cut -c 1-220
  (cd "$results" && grep -H -E 'failed:|WRONG|FAILED|ERROR SUMMARY: [1-9]|RACECHECK SUMMARY: [1-9]|^=+ +(Invalid|Error:|Race|Barrier|Uninitialized)|^Exception|^mamba-pkd: ' ./*.log 2>/dev/null) |
    sed 's,^\./\([^:]*\)\.log:,\1: ,' | cut -c 1-220 | awk 'count[$1]++ < 12' | head -n 60
}

# Tables of the results in one document, the steps, and what is wrong at the end.
report() {
  wrong_rows >"$results/wrong.txt"
  {
    echo "# mamba-pkd on a GPU"
    echo
    echo '```'
    cat "$results/steps.txt"
    echo '```'
    if [ "$(left)" -ge 0 ]; then
      for kind in kernels step step-reference step-patches8x8 job peers compiled; do
        [ ! -f "$results/$kind.json" ] || echo "$results/$kind.json"
      done | timeout -k 2 $((RESERVE - 4)) xargs -r "$program" bench report --markdown --allow-emulated 2>&1
    fi
    echo
    echo '```'
    cat "$results/wrong.txt"
    echo '```'
  } >"$results/summary.md"
  cp "$results/summary.md" "$out/summary.md" 2>/dev/null
  pack
  echo "-- steps; everything is in $out/results.tgz"
  cat "$results/steps.txt"
  echo "-- wrong rows"
  cat "$results/wrong.txt"
  [ -s "$results/wrong.txt" ] || echo "none"
}
