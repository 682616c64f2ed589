# Included by ../Makefile: what the driver's entry points need beyond its rules for *.cpp.

# Weak stand-ins for every name that JCuda's natives import, so that a call of one that is not emulated is an error code and not the end of the process.
$(BUILD)/generated/stubs.cpp: driver/imported_symbols.txt
	@mkdir -p $(@D)
	awk 'BEGIN { print "extern \"C\" int cuemu_not_emulated(const char*);" } \
	     { printf "extern \"C\" __attribute__((weak, visibility(\"default\"))) int %s() { return cuemu_not_emulated(\"%s\"); }\n", $$1, $$1 }' $< > $@

$(BUILD)/driver/stubs.o: $(BUILD)/generated/stubs.cpp
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) -c -o $@ $<

# ---- Tests of the entry points: build/test/driver_test with kernels of its own ----
DRIVER_TEST := $(BUILD)/test/driver_test
DRIVER_TEST_KERNELS := $(BUILD)/test/kernels/driver_test.so $(BUILD)/test/kernels_checked/driver_test.so

$(DRIVER_TEST): $(wildcard driver/test/*.cpp) driver/test/harness.h driver/cuda_abi.h driver/controls.h $(BUILD)/libcuda.so.1
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -O1 -g1 -Wall -Wextra -pthread -o $@ $(filter %.cpp,$^) -L$(BUILD) -l:libcuda.so.1 -Wl,-rpath,'$$ORIGIN/..'

$(BUILD)/test/generated/driver_test.cpp: driver/test/kernels.cu $(wildcard $(CUDA)/*.cuh) $(HEADERS) entries.awk
	@mkdir -p $(@D)
	{ echo '#include "$(abspath $<)"'; $(CXX) $(KERNEL_FLAGS) -DCUEMU_SCAN -E $< | awk -f entries.awk; } > $@.tmp
	mv $@.tmp $@

$(BUILD)/test/kernels/driver_test.so: $(BUILD)/test/generated/driver_test.cpp | $(BUILD)/libcuda.so.1
	@mkdir -p $(@D)
	$(CXX) $(KERNEL_FLAGS) -c -o $(@:.so=.o) $<
	$(CXX) -o $@ $(@:.so=.o) $(LINK_KERNEL)

$(BUILD)/test/kernels_checked/driver_test.so: $(BUILD)/test/generated/driver_test.cpp | $(BUILD)/libcuda.so.1
	@mkdir -p $(@D)
	$(CXX) $(KERNEL_FLAGS) $(CHECK_FLAGS) -c -o $(@:.so=.o) $<
	$(CXX) -o $@ $(@:.so=.o) $(LINK_KERNEL)

.PHONY: driver-check
driver-check: $(DRIVER_TEST) $(DRIVER_TEST_KERNELS)
	CUEMU_KERNELS_DIR=$(BUILD)/test DRIVER_TEST_FOLDER=$(BUILD)/test $(DRIVER_TEST)
