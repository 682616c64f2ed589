# Finds NVIDIA's libraries without an option: Python wheels, toolkits, and what the system's linker knows. Sourced by run.
# shellcheck shell=sh

# find_in ROOT FILE: the folder that has the file, in a folder of libraries, a toolkit, an environment of conda, or the folder of NVIDIA's wheels.
find_in() {
  for folder in "$1" "$1/lib64" "$1/targets/x86_64-linux/lib" "$1/lib" "$1"/*/lib "$1/nvidia"/*/lib; do
    if [ -e "$folder/$2" ]; then
      echo "$folder"
      return
    fi
  done
}

# Where to look, a line each: what is named, or else the folder nvidia of the wheels (without an import of torch), then the toolkits.
library_roots() {
  if [ -n "${MAMBA_PKD_CUDA_LIBS:-}" ]; then
    echo "$MAMBA_PKD_CUDA_LIBS" | tr ':' '\n'
    return
  fi
  timeout -k 2 10 python3 -c '
import os, site, sys
folders = [*site.getsitepackages(), site.getusersitepackages(), *sys.path]
print("\n".join(dict.fromkeys(f for f in (os.path.join(p, "nvidia") for p in folders if p) if os.path.isdir(f))))' 2>/dev/null
  ls -d /usr/local/cuda /usr/local/cuda-* /usr/lib/x86_64-linux-gnu /usr/local/lib 2>/dev/null
}

# find_library FILE...: the folder of the first of the files that is found, the roots in their order.
find_library() {
  library_roots | while read -r root; do
    for file in "$@"; do
      found=$(find_in "$root" "$file")
      if [ -n "$found" ]; then
        echo "$found"
        return
      fi
    done
  done
}

# missing NAME EXPECTED STEM: a sentence on a library that was not found in a version of use.
missing() {
  other=$(library_roots | while read -r root; do
    for folder in "$root" "$root/lib64" "$root/targets/x86_64-linux/lib" "$root/lib" "$root"/*/lib "$root/nvidia"/*/lib; do
      ls "$folder/$3".so.[0-9]* 2>/dev/null
    done
  done | grep -E '\.so\.[0-9]+$' | head -n 1)
  where=$(library_roots | paste -s -d ' ' -)
  echo "$1: expected $2, got ${other:-none} in ${where:-any usual place}; install it, or name its folder with --cuda-libs DIR"
}

# Sets MAMBA_PKD_CUDA_LIBS to the folders of cuBLAS and cuDNN, CUDNN_FOLDER, and libraries_text. Returns 1 where one is missing.
find_libraries() {
  cublas=$(find_library libcublas.so.13 libcublas.so.12)
  CUDNN_FOLDER=$(find_library libcudnn.so.9)
  libraries_text="cuBLAS in $cublas, cuDNN in $CUDNN_FOLDER"
  if [ -z "$cublas" ]; then
    libraries_text=$(missing cuBLAS "libcublas.so.13 or libcublas.so.12" libcublas)
  fi
  if [ -z "$CUDNN_FOLDER" ]; then
    libraries_text="$([ -n "$cublas" ] || echo "$libraries_text; ")$(missing cuDNN libcudnn.so.9 libcudnn)"
  fi
  if [ "$cublas" = "$CUDNN_FOLDER" ]; then
    MAMBA_PKD_CUDA_LIBS=$cublas
  else
    MAMBA_PKD_CUDA_LIBS=$cublas${cublas:+${CUDNN_FOLDER:+:}}$CUDNN_FOLDER
  fi
  export MAMBA_PKD_CUDA_LIBS CUDNN_FOLDER
  [ -n "$cublas" ] && [ -n "$CUDNN_FOLDER" ]
}
