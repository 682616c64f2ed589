#!/bin/sh
# Makes bench/target/gpu/mamba-pkd-gpu.tar.xz: program, tests, PyTorch peers, reference vectors, and a Java of its own, for a machine that has a GPU, and
# neither Java, Maven nor a network. Called by `make gpu-bundle`, after the program and the tests were built. Variables:
#
#   BESIDE_TREE=1  makes mamba-pkd-gpu-beside-tree.tar.xz instead, for a checkout of the same commit, whose MNIST and reference vectors bench/gpu/run takes
#   OPENBLAS=0     leaves OpenBLAS out: 7 MiB less, and products on the CPU are computed in plain Java
#   LIMIT_MIB=N    the largest size allowed, in MiB, instead of 55, or beside a checkout 25 and without OpenBLAS 17
set -eu
unset CDPATH
cd "$(dirname "$0")/../.."
: "${BESIDE_TREE:=0}" "${OPENBLAS:=1}"
out=bench/target/gpu

fail() {
  echo "gpu-bundle: $1" >&2
  exit 2
}

case $BESIDE_TREE$OPENBLAS in [01][01]) ;; *) fail "BESIDE_TREE and OPENBLAS must be 0 or 1, got '$BESIDE_TREE' and '$OPENBLAS'" ;; esac
name=mamba-pkd-gpu
home=$out/mamba-pkd-gpu
limit=55
if [ "$BESIDE_TREE" = 1 ]; then
  name=mamba-pkd-gpu-beside-tree
  home=$out/beside-tree/mamba-pkd-gpu
  limit=25
  [ "$OPENBLAS" = 1 ] || limit=17
fi
: "${LIMIT_MIB:=$limit}"
case $LIMIT_MIB in '' | *[!0-9]*) fail "LIMIT_MIB must be a whole number of MiB, got '$LIMIT_MIB'" ;; esac

dist=$(ls -d bench/target/dist/mamba-pkd-*/ 2>/dev/null | head -n 1)
[ -n "$dist" ] || fail "there is no bench/target/dist/mamba-pkd-*; run make gpu-bundle, which builds it first"
tests=java/engine/target/gpu-tests
[ -d "$tests/classes" ] || fail "there is no $tests; run make gpu-bundle, which builds it first"
command -v xz >/dev/null || fail "there is no xz on the PATH; install the package xz-utils"
java=$(command -v java) || fail "there is no java on the PATH"
jdk=$(dirname "$(dirname "$(readlink -f "$java")")")
[ -d "$jdk/jmods" ] || fail "$jdk has no folder jmods, which jlink needs; use a whole JDK"

archive=$out/$name.tar.xz
rm -rf "$home" "$archive" "$archive.new"
mkdir -p "$home/tests/lib" "$home/tests/classes"
cp -r "$dist"/. "$home/"
cp -r "$tests/classes"/. "$home/tests/classes/"
# The contract tests of the variants of kernels, which lie in bench, and their names.
variants=io/mambapkd/bench/variants
mkdir -p "$home/tests/classes/$variants"
cp bench/target/test-classes/$variants/*.class "$home/tests/classes/$variants/"
(cd bench/target/test-classes && ls $variants/*ContractTest.class | sed 's,/,.,g; s,\.class$,,') >"$home/tests/variants"
# Of the tests' libraries, those that the tests on a device need.
for library in junit- assertj-core opentest4j apiguardian; do
  cp "$tests"/lib/"$library"*.jar "$home/tests/lib/"
done
# Convolutions are cuDNN's on a GPU, and matrix products on the CPU beside it.
rm -f "$home"/lib/dnnl-*.jar "$home"/lib/opencl-*.jar
if [ "$OPENBLAS" = 0 ]; then
  rm "$home"/lib/openblas-*-linux-x86_64.jar "$home"/lib/javacpp-*-linux-x86_64.jar
fi
if [ "$BESIDE_TREE" = 1 ]; then
  rm -r "$home/tests/classes/golden"
fi

# Jars without compression, which the archive then does better; and without what nothing here loads or the checkout has.
store() {
  unpacked=$home/jar
  mkdir "$unpacked"
  (cd "$unpacked" && "$jdk/bin/jar" -xf "$1")
  rm -rf "$unpacked"/lib/libJNvPTXCompiler-* "$unpacked"/lib/libJNvrtc-* "$unpacked"/lib/libJCudaRuntime-* "$unpacked"/lib/libJCublas-* \
    "$unpacked"/org/bytedeco/openblas/*/libjniopenblas_full.so "$unpacked"/org/bytedeco/openblas/*/libjniopenblas_nolapack.so \
    "$unpacked"/org/bytedeco/openblas/*/include
  if [ "$BESIDE_TREE" = 1 ]; then
    rm -rf "$unpacked/datasets"
  fi
  if [ -f "$unpacked/META-INF/MANIFEST.MF" ]; then
    "$jdk/bin/jar" --create --file "$1" --no-compress --manifest "$unpacked/META-INF/MANIFEST.MF" -C "$unpacked" .
  else
    "$jdk/bin/jar" --create --file "$1" --no-compress --no-manifest -C "$unpacked" .
  fi
  rm -rf "$unpacked"
}
for jar in "$home"/lib/*.jar "$home"/tests/lib/*.jar; do
  store "$PWD/$jar"
done
mkdir "$home/peers"
cp bench/peers/torch/*.py "$home/peers/"
cp bench/gpu/run bench/gpu/steps.sh bench/gpu/place.sh bench/gpu/commands.sh bench/gpu/libraries.sh bench/gpu/cudnn_matrix.py "$home/"
chmod 755 "$home/run"
git rev-parse --short=12 HEAD >"$home/commit" 2>/dev/null || echo unknown >"$home/commit"
[ -z "$(git status --porcelain 2>/dev/null)" ] || echo "$(cat "$home/commit")-dirty" >"$home/commit"

# com.sun.management, of jdk.management, is for the tests; jdk.unsupported is for JavaCPP and signals, java.xml and java.logging are for the tests' libraries.
"$jdk/bin/jlink" --output "$home/jre" --strip-debug --no-header-files --no-man-pages --vm=server \
  --add-modules java.base,java.logging,java.management,java.xml,jdk.management,jdk.unsupported

tar -C "$(dirname "$home")" --sort=name --owner=0 --group=0 --numeric-owner -cf - mamba-pkd-gpu | nice xz --x86 --lzma2=preset=9e >"$archive.new"
size=$(wc -c <"$archive.new")
mib=$(awk "BEGIN {printf \"%.1f\", $size / 1048576}")
if [ "$size" -gt $((LIMIT_MIB * 1048576)) ]; then
  rm "$archive.new"
  echo "the largest files of $home, in MiB before packing:" >&2
  find "$home" -type f -printf '%s %P\n' | sort -rn | head -n 12 | awk '{printf "%8.1f  %s\n", $1 / 1048576, $2}' >&2
  fail "expected an archive of at most $LIMIT_MIB MiB, got $mib MiB; leave out what is largest, listed above"
fi
mv "$archive.new" "$archive"
echo "gpu-bundle: $archive, $mib MiB"
