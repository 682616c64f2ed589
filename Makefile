MVN = mvn -B -ntp
PTXAS ?= ptxas
NVDISASM ?= nvdisasm
# The allocator settings help the peer; bench/README.md says how much.
# One thread for each call of our oneDNN; PyTorch is told its number of threads by the program.
PEER_JAVA = OMP_NUM_THREADS=1 MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=2000000000 java \
  --enable-native-access=ALL-UNNAMED -cp "bench/peers/djl/target/classes:$$(cat bench/peers/djl/target/classpath)" \
  io.mambapkd.bench.Main
LAUNCHER = bench/target/dist/mamba-pkd-*/bin/mamba-pkd

# Recipes and scripts change into folders of this tree, not into those that it names.
unexport CDPATH

.PHONY: demo test quick soak same validate kernels counts launches step-nodes golden-curves mutants bench bench-teachers bench-latency gpu-bundle gpu-check gpu-check-emulated gpu-check-chroot dist cuda-libs nvidia-check fmt

demo: dist
	$(LAUNCHER) distill --preset mnist-demo

# The compiler has one thread, so that the emulator is built beside it; what Maven has packed, it does not compile again.
test:
	@kernels-build/forwarder.sh
	@kernels-build/stale.sh
	@$(MVN) -q package -DskipTests & packing=$$!; trap "kill $$packing" INT TERM; kernels-build/prepare-tests.sh; prepared=$$?; wait $$packing && exit $$prepared
	$(MVN) verify -Phardware-rounding

# The tests for a change, about a minute on what is built: without whole runs, processes and variants of kernels.
quick:
	$(MVN) test -DexcludedGroups=process,run,variant

# What is too long for make test: validate with many cases, all orders of threads, mutants. make soak STEPS='validate orders' chooses.
soak:
	kernels-build/soak.sh

# Whether this tree computes what a commit does, the last one or BASE=commit: PTX, the checkpoints of a short run, golden vectors.
same:
	kernels-build/same.sh

# CUDA beside the CPU, on the GPU or else emulated: make validate ARGS='--cases 50 --seed 7'; with ROUNDING=hardware emulated, by arithmetic that rounds like a GPU's
validate: dist
	ROUNDING=$(ROUNDING) kernels-build/validate.sh $(LAUNCHER) $(ARGS)

# PTX and budgets anew, after a change in cuda/; needs nvcc. Counts of instructions anew, too, where there is a disassembler.
kernels:
	$(MAKE) -C kernels-build
	@if command -v $(NVDISASM) >/dev/null; then $(MAKE) counts; \
	else echo "kernels: not counted: $(NVDISASM) is missing; 'make counts NVDISASM=...' does it, and make test asks for it"; fi

# kernels-build/counts.tsv and bench/kernels/counts.tsv anew: the instructions of each loop. nvdisasm is in a CUDA toolkit, or in
# triton/backends/nvidia/bin of the Python wheel triton: make counts NVDISASM=/there/nvdisasm
counts:
	PTXAS=$(PTXAS) NVDISASM=$(NVDISASM) $(MVN) -q -pl bench -am test -Dtest=CountsRun -Dsurefire.failIfNoSpecifiedTests=false

# bench/kernels/launches.tsv anew, after a change of what an operation of bench kernels launches; needs g++.
launches:
	$(MAKE) -C kernels-build/emulator
	$(MVN) -q -pl bench -am test -Dtest=LaunchesRun -Dsurefire.failIfNoSpecifiedTests=false

# kernels-build/step-nodes.tsv and step-kernels.tsv anew, after a change of what a training step launches; needs g++.
# LARGE=1 counts those of large batches, too (ten minutes), which else stay as they are.
step-nodes:
	$(MAKE) -C kernels-build/emulator
	$(MVN) -q -pl bench -am test -Dtest=StepNodesRun -Dsurefire.failIfNoSpecifiedTests=false -Dstepnodes.large=$(if $(LARGE),true,false)

# java/engine/src/test/resources/golden-curves anew, after a change that is meant to move the bits of a training: losses, accuracies and hashes of
# checkpoints of a short run of each preset. GoldenCurvesTest compares them exactly.
golden-curves:
	$(MVN) -q -pl java/engine -am test -Dtest=GoldenCurvesRun -Dsurefire.failIfNoSpecifiedTests=false

# Whether a test misses each barrier and guard of the kernels; ONLY=family limits it to one source. Goes on where it was stopped.
# ARITHMETIC=1: whether validate misses each line of arithmetic, or with EVERY=k every k-th of all.
mutants:
	$(MAKE) -C kernels-build/emulator
	$(MVN) -pl java/engine -am test -Dtest=$(if $(ARITHMETIC),ArithmeticRun,MutantRun) \
	  -Dsurefire.failIfNoSpecifiedTests=false -Dmutants.only=$(ONLY) -Dmutants.every=$(EVERY)

# Beside PyTorch on the CPU (downloads it); writes bench/results/cpu-step.json and the table of bench/README.md.
bench:
	$(MVN) -q -Ppeer -pl bench/peers/djl -am -DskipTests package
	$(PEER_JAVA) cpu-step --threads 2 --batch 128 --out bench/results/cpu-step.json
	$(PEER_JAVA) report --into bench/README.md bench/results/cpu-step.json

# All kinds of teachers beside PyTorch on the CPU, or those of ARGS='--teachers ...'; writes bench/results/cpu-teachers.json and its table.
bench-teachers:
	$(MVN) -q -Ppeer -pl bench/peers/djl -am -DskipTests package
	$(PEER_JAVA) cpu-teachers --threads 2 $(ARGS) --out bench/results/cpu-teachers.json
	$(PEER_JAVA) report --into bench/README.md bench/results/cpu-teachers.json

# The latency of the runtime beside ONNX Runtime (downloads it), one image after the other, on one thread; RUN is a run of mnist-full.
RUN = bench/results/mnist-full
bench-latency:
	$(MVN) -q -Ppeer -pl bench/peers/onnx -am -DskipTests package
	java -cp "bench/peers/onnx/target/classes:$$(cat bench/peers/onnx/target/classpath)" org.openjdk.jmh.Main LatencyBenchmark \
	  -p run=$(RUN) -p images=java/engine/src/main/resources/datasets/mnist/t10k-images-idx3-ubyte.gz $(ARGS)

# One archive for a machine with a GPU and without Java, Maven or a network: bench/target/gpu/mamba-pkd-gpu.tar.xz. BESIDE_TREE=1: the small one for a
# machine that has this checkout, too, mamba-pkd-gpu-beside-tree.tar.xz; OPENBLAS=0 makes it smaller still.
gpu-bundle: dist
	$(MVN) -q -pl java/engine -am package -DskipTests -Pgpu-tests
	BESIDE_TREE=$(or $(BESIDE_TREE),0) OPENBLAS=$(or $(OPENBLAS),1) bench/gpu/bundle.sh

# All checks and measurements on the GPU of this machine: make gpu-check ARGS='--steps doctor,tests'
gpu-check: gpu-bundle
	bench/gpu/run $(ARGS)

# The same from the unpacked archive on the emulated driver, with an empty environment, small sizes and no Java on the PATH.
gpu-check-emulated: gpu-bundle
	$(MAKE) -C kernels-build/emulator
	bench/gpu/emulated.sh $(ARGS)

# bench/gpu/check.sh on the emulated driver, in a bare Debian that has the checkout and the small archive alone; needs root or user namespaces.
gpu-check-chroot:
	$(MAKE) gpu-bundle BESIDE_TREE=1
	$(MAKE) -C kernels-build/emulator
	bench/gpu/chroot.sh $(ARGS)

dist:
	kernels-build/forwarder.sh
	kernels-build/stale.sh
	$(MVN) -q -pl bench -am package -DskipTests -Pdist

# java/engine/target/cuda-libs, for machines that have only the driver; says where NVIDIA's licences are, and how to accept them.
cuda-libs:
	$(MVN) -q -Pcuda-libs -pl java/engine generate-resources -Dspotless.check.skip -Dnvidia.license.accepted=$(or $(ACCEPT_NVIDIA_LICENSE),false)

# NVIDIA's libraries without a device, LIBS=DIR: symbols, and cuDNN's engines; OUT=FILE.md keeps the tables. Takes what make cuda-libs left, if LIBS names none.
nvidia-check: LIBS ?= $(wildcard java/engine/target/cuda-libs)
nvidia-check: dist
	$(LAUNCHER) bench nvidia-check $(if $(LIBS),--libs '$(LIBS)') $(if $(OUT),--out '$(OUT)')

fmt:
	$(MVN) -q spotless:apply
