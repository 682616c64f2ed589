# The steps of run: what each of them does, its limit, and the plans. They run in the folder of results, whose files name no folder of the machine.
# shellcheck shell=sh disable=SC2154,SC2086 # set by run; options are several words, or none

# The order is that of importance: what is first gets its time.
CHECK="doctor cudnn validate-own validate-gemm validate-steps validate-golden validate-conv validate-all-conv job step tests kernels variants"
MEASURE="step-reference step-patches8x8 memcheck racecheck synccheck torch-student-graph torch-student-eager torch-teacher-graph torch-teacher-eager kernels initcheck peers compiled"

# Seconds after which a step is ended. They guard against a hang, so together they are more than the whole. With --quick four times as long, for the emulated driver.
limit_of() { echo $(($(seconds_of "$1") * ${quick:+4 *} 1)); }

seconds_of() {
  case $1 in
    doctor) echo 90 ;;
    job) echo 100 ;;
    step-*) echo 40 ;;
    step) echo 70 ;;
    tests) echo 150 ;;
    variants) echo 40 ;;
    racecheck) echo 45 ;;
    synccheck | initcheck | torch-*) echo 20 ;;
    peers | compiled) echo 120 ;;
    *) echo 60 ;;
  esac
}

# Steps that need Python rather than the program.
needs_program() { case $1 in facts | cudnn | torch-*) false ;; *) ;; esac }

mamba() {
  echo "$ mamba-pkd $*"
  "$program" "$@"
}

# Everything about the machine that explains a result.
facts() {
  uname -a
  nproc
  free -g | head -n 2
  df -h / /tmp "$work"
  grep -E ' /(tmp)? ' /proc/mounts
  ldd --version | head -n 1
  nvidia-smi
  for tool in xz python3 nvcc ncu compute-sanitizer; do command -v "$tool" || echo "no $tool"; done
  env | grep -i -E '^(LD_LIBRARY|CUDA|NVIDIA|MAMBA|PATH|HOME)'
  ls -l /dev/nvidia*
  PATH=$PATH:/sbin ldconfig -p | grep -E 'libcuda\.|libcublas|libcudnn|ptxjit'
  library_roots
  true
} 2>&1

# Its own limit comes first, so that its file is written.
doctor() { mamba doctor --seconds "$((seconds > 20 ? seconds - 10 : 10))" --json doctor.json; }

# What cuDNN's own calls answer for each shape, type, layout and algorithm.
cudnn() {
  command -v python3 >/dev/null || { echo "there is no python3"; return 77; }
  [ -n "$CUDNN_FOLDER" ] || { echo "there is no cuDNN 9"; return 77; }
  echo "$ cudnn_matrix.py ${quick:+--quick}"
  python3 "$scripts/cudnn_matrix.py" "$CUDNN_FOLDER" "${driver:-libcuda.so.1}" ${quick:+--quick}
}

# validate NAME OPTIONS...: in processes of their own, as a library may end one.
validate() {
  name=validate-$1
  shift
  mkdir -p "$name"
  mamba validate --cases "$([ -n "$quick" ] && echo 2 || echo 20)" --seed 7 --commit "$commit" --out "$name" "$@"
}

validate_own() {
  validate own --ops scan,scan_pairs,mixing,decay,conv1d,conv_projection,rms_norm,layer_norm,norm_projection,projection,activation,softmax,pointwise,gate,mean_over_tokens,patch,padded_patch,reorder,embedding,batch_norm,pool,draw_batch,image_pipeline,augmentation,placement,mix_rows,loss,head,adamw,sgd,lookahead,gradient_norm,step_books,gradient_assembly,dropout
}
validate_gemm() { validate gemm --ops gemm; }
validate_steps() { validate steps --ops teacher_step,resnet9_step,airbench_step,student_step,stem_student_step; }
validate_golden() {
  validate golden --ops golden/selective_scan,golden/causal_conv1d,golden/mamba_block,golden/conv2d,golden/linear,golden/distill_loss,golden/adamw --golden "$golden"
}
# Shapes that cuDNN takes, then random ones, some of which it may refuse.
validate_conv() {
  validate conv --ops conv2d --shapes 'B=2,H=14,C=8,D=16;B=5,H=7,C=16,D=8;B=1,H=8,C=1,D=4;B=2,H=3,C=3,D=8'
}
validate_all_conv() { validate all-conv --ops conv2d; }

# settings IMAGES BATCH PRESET: what is trained. With --quick so few images, which shows that everything works, also on the emulated driver.
settings() {
  if [ -n "$quick" ]; then
    echo "--preset mnist-demo --set validationImages=$1 --set testImages=$1 --set teacher.images=$1 --set teacher.batch=$2 --set teacher.epochs=1" \
      "--set student.images=$1 --set student.batch=$2 --set student.copies=2 --set student.epochs=1"
  else
    echo "--preset $3"
  fi
}

# The whole distillation; its folder is kept as it is.
job() {
  rm -rf job
  mamba bench job $(settings 256 64 mnist-demo) --run-dir job --commit "$commit" --out job.json
}

# Each model's step, in each precision, replayed and eager.
training_step() { mamba bench step $(settings 32 4 mnist-full) $quick --commit "$commit" --out step.json; }

# workload NAME: the step of one student in batches as a GPU wants them, with and without fused kernels.
workload() { mamba bench step --workload "$1" --unfused ${quick:+--set student.batch=4} $quick --commit "$commit" --out "step-$1.json"; }

# Every operation beside the CPU, then its time. What is measured until then is written, which the limit of the step would not allow.
kernels() { mamba bench kernels $quick --seconds "$((seconds * 4 / 5))" --commit "$commit" --out kernels.json; }

java_program() { "$JAVA_HOME/bin/java" $MAMBA_PKD_OPTS --enable-native-access=ALL-UNNAMED "$@"; }

# The tests of the engine, or of the classes that are named, with the device required.
device_tests() {
  echo "$ java io.mambapkd.DeviceTests $*"
  java_program -Dmambapkd.require=cuda "-Dgolden.dir=$golden" \
    -cp "$home/tests/classes:$home/lib/*:$home/tests/lib/*" io.mambapkd.DeviceTests "$@"
}
variants() { device_tests $(cat "$home/tests/variants"); }

# sanitizer TOOL OPERATIONS: on java itself, as its own children would be instrumented too. Tensors lie apart, so that an access past one of them is seen.
sanitizer() {
  sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | head -n 1)
  if [ -z "$sanitizer" ]; then
    echo "compute-sanitizer was not found; it comes with the CUDA toolkit"
    return 77
  fi
  echo "$ compute-sanitizer --tool $1 mamba-pkd validate --cases 1 --seed 3 --ops $2"
  MAMBA_PKD_CUDA_SEPARATE=1 "$sanitizer" --tool "$1" --launch-timeout 120 --target-processes application-only --report-api-errors no --error-exitcode 3 --print-limit 20 \
    "$JAVA_HOME/bin/java" $MAMBA_PKD_OPTS --enable-native-access=ALL-UNNAMED -Dmambapkd.columns= -cp "$home/lib/*" io.mambapkd.cli.Main \
    validate --cases 1 --seed 3 --ops "$2"
}

# has_torch: whether python3 has PyTorch, without the seconds of its import.
has_torch() {
  command -v python3 >/dev/null || { echo "there is no python3"; return 77; }
  python3 -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)' || { echo "python3 has no torch"; return 77; }
}

# torch MODEL MODE: a training step of PyTorch alone.
torch() {
  has_torch || return
  echo "$ step.py --model $1 --mode $2 --batch 128 --steps 30"
  python3 -Wignore "$peers/step.py" --model "$1" --mode "$2" --batch "$([ -n "$quick" ] && echo 4 || echo 128)" --steps 30
}

# peers FILE MODES: our step and loss and PyTorch's in turns.
peers() {
  has_torch || return
  mamba bench peers --python python3 --programs "$peers" --modes "$2" $(settings 32 4 mnist-full) $quick --seconds "$((seconds * 4 / 5))" \
    --commit "$commit" --out "$1"
}

# perform STEP
perform() {
  case $1 in
    facts | unpack | doctor | cudnn | job | kernels | variants) "$1" ;;
    validate-*) "$(echo "$1" | tr '-' '_')" ;;
    step) training_step ;;
    step-*) workload "${1#step-}" ;;
    tests) device_tests ;;
    memcheck | initcheck) sanitizer "$1" scan,scan_pairs,mixing,conv1d,conv_projection,rms_norm,layer_norm,norm_projection,projection,batch_norm,loss,head,adamw,gradient_norm,step_books,gradient_assembly,pool,draw_batch,mix_rows,image_pipeline ;;
    racecheck) sanitizer racecheck scan,scan_pairs,mixing,conv1d,conv_projection,rms_norm,layer_norm,norm_projection,projection,batch_norm,loss,head,gradient_norm,step_books,gradient_assembly,draw_batch ;;
    synccheck) sanitizer synccheck scan,scan_pairs,mixing,layer_norm,norm_projection,projection ;;
    torch-*)
      model=${1#torch-}
      torch "${model%-*}" "${model#*-}"
      ;;
    peers) peers peers.json eager,graph ;;
    # Minutes of compiling, so they come last.
    compiled) peers compiled.json compile ;;
    *) echo "run: there is no step '$1'"; return 2 ;;
  esac
}
