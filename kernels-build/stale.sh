#!/bin/sh
# Removes what Maven still holds of PTX that is no longer there, and the jars with it: it copies what is new and takes nothing away, and the program would load
# an old text for a newer target before that of an older target, which has replaced it. `make test` and `make dist` call it.
set -eu
unset CDPATH
cd "$(dirname "$0")/.."

remove() { # PTX folder, module that packs it
  stale=false
  for file in "$2"/target/classes/io/mambapkd/kernels/compute_*/*.ptx; do
    name=${file#"$2"/target/classes/io/mambapkd/kernels/}
    if [ -f "$file" ] && [ ! -f "$1/$name" ]; then
      rm "$file"
      stale=true
    fi
  done
  # Nor does Maven take notice that an entry of its jar has gone.
  if $stale; then
    rm -f "$2"/target/*.jar
  fi
}

remove kernels-build/ptx kernels-build
remove bench/kernels/ptx bench
