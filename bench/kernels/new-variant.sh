#!/bin/sh
# new-variant.sh FROM NAME: a new variant of the scan, as a copy of variant FROM in all files that a variant needs. Then change the kernels of
# selective_scan_NAME.cu and their header; README.md has the steps. Names are lower-case words: new-variant.sh warp quad.
set -eu
unset CDPATH
cd "$(dirname "$0")/../.."

fail() {
  echo "new-variant: $1" >&2
  exit 1
}

[ $# -eq 2 ] || fail "expected the variant to copy and a new name, for example: bench/kernels/new-variant.sh warp quad"
from=$1
name=$2
reserved="abstract assert boolean break byte case catch char class const continue default do double else enum extends false final finally float for goto \
if implements import instanceof int interface long native new null package private protected public return short static strictfp super switch \
synchronized this throw throws transient true try void volatile while clone finalize notify wait"
case $name in
  *[!a-z0-9]* | [0-9]* | '') fail "expected a name of small letters and digits, got '$name'" ;;
esac
[ -f "bench/kernels/selective_scan_$from.cu" ] || fail "there is no bench/kernels/selective_scan_$from.cu; name a variant of the scan"
grep -q "ScanOps $from(" bench/src/main/java/io/mambapkd/bench/variants/ScanVariants.java ||
  fail "$from takes other inputs than the scan, so its copy would be no variant of it; copy another one"
[ ! -e "bench/kernels/selective_scan_$name.cu" ] || fail "there is a variant $name already"
# Names of PTX files, which one class path has once; names of bench kernels for what is no file here; and what Java keeps to itself.
[ ! -e "cuda/selective_scan_$name.cu" ] || fail "cuda/selective_scan_$name.cu ships; choose a name that is not taken"
! grep -q "\"$name\"" bench/src/main/java/io/mambapkd/bench/kernels/*Kernel*.java ||
  fail "bench kernels calls something else '$name'; choose a name that is not taken"
case " $reserved " in
  *" $name "*) fail "'$name' is a word of Java, and names a method; choose another one" ;;
esac

capital() {
  printf '%s%s' "$(printf %s "$1" | cut -c1 | tr a-z A-Z)" "$(printf %s "$1" | cut -c2-)"
}
From=$(capital "$from")
Name=$(capital "$name")
main=bench/src/main/java/io/mambapkd/bench
tests=bench/src/test/java/io/mambapkd/bench/variants

renamed() {
  sed -e "s/selective_scan_$from/selective_scan_$name/g" -e "s/${From}Scan/${Name}Scan/g" -e "s/ScanVariants::$from/ScanVariants::$name/g" \
    -e "s/ScanVariants\.$from/ScanVariants.$name/g" -e "s/VariantBackends#$from/VariantBackends#$name/g" -e "s/\"$from\"/\"$name\"/g" \
    -e "s/ $from(/ $name(/g" "$@"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Where the new text of a file is put together; all of them take their places at the end, or none.
staged() {
  mkdir -p "$work/tree/$(dirname "$1")"
  printf %s "$work/tree/$1"
}

# Repeats the part of a file that has `mark`, with the new name, behind that part.
doubled() { # file, mark, pattern of the first line of a part, pattern of its last line
  awk -v mark="$2" -v first="$3" -v last="$4" '
    { line[NR] = $0 }
    END {
      for (at = 1; at <= NR && index(line[at], mark) == 0; at++);
      if (at > NR) { print "no " mark " in " FILENAME > "/dev/stderr"; exit 1 }
      for (begin = at; begin > 1 && line[begin] !~ first; begin--);
      for (end = at; end < NR && line[end] !~ last; end++);
      for (i = 1; i <= NR; i++) print (i >= begin && i <= end ? "=" : "-") line[i]
      print end > "/dev/stderr"
    }' "$1" >"$work/marked" 2>"$work/end" || fail "$(cat "$work/end")"
  sed -n 's/^=//p' "$work/marked" | renamed >"$work/part"
  sed 's/^.//' "$work/marked" | sed "$(cat "$work/end")r $work/part" >"$(staged "$1")"
}

renamed "bench/kernels/selective_scan_$from.cu" >"$(staged "bench/kernels/selective_scan_$name.cu")"
renamed "$main/variants/${From}Scan.java" >"$(staged "$main/variants/${Name}Scan.java")"
for test in "$tests/${From}Scan"*Test.java; do
  renamed "$test" >"$(staged "$tests/$(basename "$test" | sed "s/^$From/$Name/")")"
done
doubled "$main/variants/ScanVariants.java" "new ${From}Scan(" '^$' '^    }$'
doubled "$tests/VariantBackends.java" "with(\"$from\"" '^$' '^    }$'
doubled "$main/kernels/ScanKernels.java" "ScanVariants::$from)" '^ *inBothTypes\($' '\)\)\)\),?$|\)\)\),$'
doubled "$tests/VariantTrafficTest.java" "ScanVariants.$from(" '^$' '^    }$'
# The name of that test is the only one that says nothing of the variant.
awk -v name="$Name" -v mark="ScanVariants.$name(" '
  { line[NR] = $0 }
  END {
    for (at = 1; at < NR && index(line[at], mark) == 0; at++);
    for (; at > 1 && line[at] !~ /^    void /; at--);
    sub(/void [A-Za-z]+/, "void theVariant" name, line[at])
    for (i = 1; i <= NR; i++) print line[i]
  }' "$(staged "$tests/VariantTrafficTest.java")" >"$work/new"
cp "$work/new" "$(staged "$tests/VariantTrafficTest.java")"
grep "^selective_scan_${from}_" bench/kernels/loops.tsv | renamed | cat bench/kernels/loops.tsv - >"$(staged bench/kernels/loops.tsv)"
(cd "$work/tree" && find . -type f) | while read -r file; do
  cp "$work/tree/$file" "$file"
done
echo "new-variant: $name is a copy of $from; now change bench/kernels/selective_scan_$name.cu"
