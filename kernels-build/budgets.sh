#!/bin/sh
# budgets.sh write: budgets.tsv of each folder of kernels, what ptxas says that each kernel needs, and its hash in BUILD.txt. budgets.sh check: fails where a kernel needs more, or spills.
set -eu
unset CDPATH
export LC_ALL=C
cd "$(dirname "$0")/.."

if ! command -v "$PTXAS" >/dev/null; then
  [ "${1:-}" = check ] || { echo "kernels: there is no $PTXAS on the PATH" >&2; exit 1; }
  echo "kernels: not run: registers, spills and shared memory against budgets.tsv, as ptxas is missing"
  exit 0
fi

# The file of a family that a device of this target loads: that of the newest target that it runs.
loaded() { # PTX folder, family, target
  for candidate in $TARGETS; do
    [ "$candidate" -gt "$3" ] || [ ! -f "$1/compute_$candidate/$2.ptx" ] || newest=$1/compute_$candidate/$2.ptx
  done
  echo "$newest"
}

# Lines: kernel, target, registers, bytes of spill stores and loads, static shared bytes.
measure() { # PTX folder
  for family in $(for file in "$1"/compute_*/*.ptx; do [ ! -f "$file" ] || basename "$file" .ptx; done | sort -u); do
    for target in $BUDGET_TARGETS; do
      "$PTXAS" -v -arch="sm_$target" -o /dev/null "$(loaded "$1" "$family" "$target")" 2>&1 | awk -v target="sm_$target" '
        /Compiling entry function/ { split($0, part, "\047"); kernel = part[2]; spill = 0 }
        /Function properties for/ { entry = ($NF == kernel) }
        /bytes spill stores/ {
          for (i = 2; i < NF; i++) if ($i == "bytes" && $(i + 1) == "spill") spill += $(i - 1)
        }
        entry && /Used [0-9]+ registers/ {
          registers = shared = 0
          for (i = 2; i <= NF; i++) {
            if ($i ~ /^registers/) registers = $(i - 1)
            if ($i == "bytes" && $(i + 1) ~ /^smem/) shared = $(i - 1)
          }
          printf "%s\t%s\t%d\t%d\t%d\n", kernel, target, registers, spill, shared
        }'
    done
  done | sort
}

header='kernel\ttarget\tregisters\tspill bytes\tstatic shared bytes\n'
measured=$(mktemp)
build=$(mktemp)
trap 'rm -f "$measured" "$build"' EXIT

for folder in $FOLDERS; do
  home=${folder#*:}
  measure "$home/ptx" >"$measured"

  if [ "${1:-}" = write ]; then
    # shellcheck disable=SC2059 # the header is the format
    { printf "$header"; cat "$measured"; } >"$home/budgets.tsv"
  fi

  awk -F '\t' -v list="$home/budgets.tsv" '
    function bad(text) { print "kernels: " text > "/dev/stderr"; failed = 1 }
    { key = $1 " on " $2 }
    FNR == 1 && NR == 1 { next }
    NR == FNR { if (key in registers) bad(key " stands twice in " list "; rename one of two kernels of that name, or run make kernels after a merge"); registers[key] = $3; shared[key] = $5; next }
    $4 > 0 { bad(key " spills " $4 " bytes; give it fewer live values or a smaller block") }
    !(key in registers) { bad(key " has no line in " list "; run make kernels"); next }
    $3 + 0 > registers[key] + 0 { bad(key " takes " $3 " registers, its budget is " registers[key]) }
    $5 + 0 > shared[key] + 0 { bad(key " takes " $5 " bytes of static shared memory, its budget is " shared[key]) }
    { delete registers[key]; kernels++ }
    END {
      for (key in registers) bad(key " is in " list " but in no PTX; run make kernels")
      if (failed) exit 1
      print "kernels: " kernels + 0 " entries within " list ", none spills"
    }' "$home/budgets.tsv" "$measured"

  # Only now: check and make test then refuse what spills.
  if [ "${1:-}" = write ]; then
    { grep -v ' \.\./budgets\.tsv$' "$home/ptx/BUILD.txt"; (cd "$home/ptx" && sha256sum ../budgets.tsv); } >"$build"
    cp "$build" "$home/ptx/BUILD.txt"
  fi
done
