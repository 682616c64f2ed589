#!/bin/sh
# Makes bench/target/gpu/mamba-pkd-gpu and mamba-pkd-gpu.tar.xz beside it: program, tests, PyTorch peers, reference vectors, and a Java of its own, for a
# machine that has a GPU, and neither Java, Maven nor a network. Called by `make gpu-bundle`, after the program and the tests were built.
set -eu
cd "$(dirname "$0")/../.."
LIMIT_MIB=55
out=bench/target/gpu
home=$out/mamba-pkd-gpu

fail() {
  echo "gpu-bundle: $1" >&2
  exit 2
}

dist=$(ls -d bench/target/dist/mamba-pkd-*/ 2>/dev/null | head -n 1)
[ -n "$dist" ] || fail "there is no bench/target/dist/mamba-pkd-*; run make gpu-bundle, which builds it first"
tests=java/target/gpu-tests
[ -d "$tests/classes" ] || fail "there is no $tests; run make gpu-bundle, which builds it first"
java=$(command -v java) || fail "there is no java on the PATH"
jdk=$(dirname "$(dirname "$(readlink -f "$java")")")
[ -d "$jdk/jmods" ] || fail "$jdk has no folder jmods, which jlink needs; use a whole JDK"

rm -rf "$out"
mkdir -p "$home/tests/lib" "$home/tests/classes"
cp -r "$dist"/. "$home/"
cp -r "$tests/classes"/. "$home/tests/classes/"
# The contract tests of the variants of kernels, which lie in bench, and their names.
variants=io/mambapkd/ops
cp bench/target/test-classes/$variants/*.class "$home/tests/classes/$variants/"
(cd bench/target/test-classes && ls $variants/*ContractTest.class | sed 's,/,.,g; s,\.class$,,') >"$home/tests/variants"
# Of the tests' libraries, those that the tests on a device need.
for name in junit- assertj-core opentest4j apiguardian; do
  cp "$tests"/lib/"$name"*.jar "$home/tests/lib/"
done

# Jars without compression, which the archive then does better; and without natives that nothing here loads.
store() {
  unpacked=$out/jar
  mkdir "$unpacked"
  (cd "$unpacked" && "$jdk/bin/jar" -xf "$1")
  rm -f "$unpacked"/lib/libJNvPTXCompiler-* "$unpacked"/lib/libJNvrtc-* "$unpacked"/org/bytedeco/openblas/*/libjniopenblas_full.so
  if [ -f "$unpacked/META-INF/MANIFEST.MF" ]; then
    "$jdk/bin/jar" --create --file "$1" --no-compress --manifest "$unpacked/META-INF/MANIFEST.MF" -C "$unpacked" .
  else
    "$jdk/bin/jar" --create --file "$1" --no-compress --no-manifest -C "$unpacked" .
  fi
  rm -rf "$unpacked"
}
for jar in "$home"/lib/*.jar; do
  store "$PWD/$jar"
done
cp -r bench/peers/torch "$home/peers"
cp bench/gpu/run "$home/run"
chmod 755 "$home/run"
git rev-parse --short=12 HEAD >"$home/commit" 2>/dev/null || echo unknown >"$home/commit"
[ -z "$(git status --porcelain 2>/dev/null)" ] || echo "$(cat "$home/commit")-dirty" >"$home/commit"

"$jdk/bin/jlink" --output "$home/jre" --strip-debug --no-header-files --no-man-pages \
  --add-modules java.base,java.desktop,java.logging,java.management,java.naming,java.sql,java.xml,jdk.management,jdk.unsupported,jdk.zipfs

tar -C "$out" -cf - mamba-pkd-gpu | xz -T0 -6 >"$out/mamba-pkd-gpu.tar.xz"
size=$(($(wc -c <"$out/mamba-pkd-gpu.tar.xz") / 1048576 + 1))
[ "$size" -le "$LIMIT_MIB" ] || fail "$out/mamba-pkd-gpu.tar.xz has $size MiB, more than the $LIMIT_MIB that fit one transfer"
echo "gpu-bundle: $out/mamba-pkd-gpu.tar.xz, $size MiB; unpack it on the machine with the GPU and start mamba-pkd-gpu/run"
