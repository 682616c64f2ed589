# Included by ../Makefile: the stand-ins for cuBLAS and cuDNN, which put their work on the streams of libcuda.so.1.

libraries: $(BUILD)/libcublas.so.12 $(BUILD)/libcudnn.so.9 $(BUILD)/cuda13/libcublas.so.13
.PHONY: libraries

SHARED_OBJECTS := $(patsubst %.cpp,$(BUILD)/%.o,$(wildcard libraries/*.cpp))

# Weak stand-ins for every name that JCuda's natives import. $(1): library, $(2): status that says "not supported", $(3): version node
define LIBRARY_RULES
$(BUILD)/libraries/$(1)/stubs.cpp: libraries/$(1)/imported_symbols.txt stubs.awk
	@mkdir -p $$(@D)
	awk -v status=$(2) -f stubs.awk $$< > $$@.tmp && mv $$@.tmp $$@

$(BUILD)/libraries/$(1)/stubs.o: $(BUILD)/libraries/$(1)/stubs.cpp
	$(CXX) -fPIC -c -o $$@ $$<

# The natives ask for names at this version and are refused by a library without the node.
$(BUILD)/libraries/$(1)/exports.map: libraries/libraries.mk
	@mkdir -p $$(@D)
	echo '$(3) { global: $(1)*; local: *; };' > $$@

$(BUILD)/$(3): $(patsubst %.cpp,$(BUILD)/%.o,$(wildcard libraries/$(1)/*.cpp)) $(SHARED_OBJECTS) $(BUILD)/libraries/$(1)/stubs.o $(BUILD)/libraries/$(1)/exports.map | $(BUILD)/libcuda.so.1
	$(CXX) -shared -pthread -Wl,-soname,$(3) -Wl,--version-script=$(BUILD)/libraries/$(1)/exports.map -Wl,--no-undefined -o $$@ $$(filter %.o,$$^) \
	    -L$(BUILD) -l:libcuda.so.1 '-Wl,-rpath,$$$$ORIGIN' -ldl
endef
$(eval $(call LIBRARY_RULES,cublas,15,libcublas.so.12))
$(eval $(call LIBRARY_RULES,cudnn,3000,libcudnn.so.9))

# The same as cuBLAS of CUDA 13, in a folder without the other one, for the test of ../cublas13.
$(BUILD)/cuda13/libcublas.so.13: $(BUILD)/libcublas.so.12
	@mkdir -p $(@D)
	sed 's/libcublas\.so\.12/libcublas.so.13/' $(BUILD)/libraries/cublas/exports.map > $(@D)/exports.map
	$(CXX) -shared -pthread -Wl,-soname,libcublas.so.13 -Wl,--version-script=$(@D)/exports.map -Wl,--no-undefined -o $@ \
	    $(patsubst %.cpp,$(BUILD)/%.o,$(wildcard libraries/cublas/*.cpp)) $(SHARED_OBJECTS) $(BUILD)/libraries/cublas/stubs.o \
	    -L$(BUILD) -l:libcuda.so.1 '-Wl,-rpath,$$ORIGIN/..' -ldl

-include $(patsubst %.cpp,$(BUILD)/%.d,$(wildcard libraries/*.cpp libraries/*/*.cpp))

# ---- Tests, each case in a process of its own like those of the driver ----
LIBRARY_TEST_OBJECTS := $(patsubst %.cpp,$(BUILD)/%.o,$(wildcard libraries/test/*.cpp)) $(BUILD)/driver/test/harness.o

$(BUILD)/test/library_test: $(LIBRARY_TEST_OBJECTS) | libraries
	@mkdir -p $(@D)
	$(CXX) -pthread -o $@ $^ -L$(BUILD) -l:libcublas.so.12 -l:libcudnn.so.9 -l:libcuda.so.1 -Wl,-rpath,'$$ORIGIN/..'

.PHONY: library-check
library-check: libraries $(BUILD)/test/library_test $(BUILD)/test/kernels/kernels.so $(BUILD)/test/kernels_checked/kernels.so
	CUEMU_KERNELS_DIR=$(BUILD)/test DRIVER_TEST_FOLDER=$(BUILD)/test $(BUILD)/test/library_test
