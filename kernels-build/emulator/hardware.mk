# Included by Makefile: build/hardware, the emulated driver with kernels and libraries that round like hardware. The driver itself is the same file.

HARDWARE := $(BUILD)/hardware
# FMA3, which every result here depends on; a processor without it does not get this build.
HAS_FMA := $(shell grep -qw fma /proc/cpuinfo && echo yes)
# Products are contracted from -O2 on. Without debugging information, which only the checked kernels' reports need.
ROUNDING_FLAGS := -DCUEMU_HARDWARE_ROUNDING -O2 -ffp-contract=fast -mfma -g0

.PHONY: hardware
ifeq ($(HAS_FMA),yes)
driver-check: $(HARDWARE)/test/kernels/rounding.so
hardware: $(HARDWARE)/libcuda.so.1 $(KERNELS:%=$(HARDWARE)/kernels/%.so) $(HARDWARE)/libcublas.so.12 $(HARDWARE)/libcudnn.so.9
else
hardware:
	@echo "emulator: not built: $(HARDWARE), as this processor has no fused multiply-add (FMA3)"
	rm -rf $(HARDWARE)
endif

$(HARDWARE)/libcuda.so.1: $(BUILD)/libcuda.so.1
	@mkdir -p $(@D)
	ln -f $< $@

$(eval $(call PRECOMPILE,hardware,include/cuda_emulation.h $(HEADERS),$(KERNEL_FLAGS) $(ROUNDING_FLAGS)))
# $(1): folder of the build, $(2): where the generated sources are.
define HARDWARE_KERNELS
$(1)/kernels/%.so: $(2)/generated/%.cpp $(PRECOMPILED)/hardware.h.gch hardware.mk | $(BUILD)/libcuda.so.1
	@mkdir -p $$(@D)
	$(CXX) $(KERNEL_FLAGS) $(ROUNDING_FLAGS) -include $(PRECOMPILED)/hardware.h -o $$@ $$< $(LINK_KERNEL)
endef
$(eval $(call HARDWARE_KERNELS,$(HARDWARE),$(BUILD)))
$(eval $(call HARDWARE_KERNELS,$(HARDWARE)/test,$(BUILD)/test))

# ---- Libraries: the same objects, but for those that add ----
$(HARDWARE)/libraries/%.o: libraries/%.cpp hardware.mk
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(ROUNDING_FLAGS) -O3 -MMD -MP -c -o $@ $<

# $(1): the library's folder in libraries, $(2): its name.
define HARDWARE_LIBRARY
$(HARDWARE)/$(2): $(BUILD)/$(2) $(HARDWARE)/libraries/product.o $(patsubst %,$(HARDWARE)/libraries/%.o,$(3))
	$(CXX) -shared -pthread -Wl,-soname,$(2) -Wl,--version-script=$(BUILD)/libraries/$(1)/exports.map -Wl,--no-undefined -o $$@ $$(filter %.o,$$^) \
	    $(filter-out $(patsubst %,$(BUILD)/libraries/%.o,product $(3)),$(patsubst %.cpp,$(BUILD)/%.o,$(wildcard libraries/$(1)/*.cpp)) $(SHARED_OBJECTS)) \
	    $(BUILD)/libraries/$(1)/stubs.o -L$(BUILD) -l:libcuda.so.1 '-Wl,-rpath,$$$$ORIGIN' -ldl
endef
$(eval $(call HARDWARE_LIBRARY,cublas,libcublas.so.12,))
$(eval $(call HARDWARE_LIBRARY,cudnn,libcudnn.so.9,cudnn/convolution))

-include $(wildcard $(HARDWARE)/libraries/*.d $(HARDWARE)/libraries/*/*.d)
