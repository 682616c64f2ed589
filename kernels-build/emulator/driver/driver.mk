# Included by ../Makefile: what the driver's entry points need beyond its rules for *.cpp.

# Weak stand-ins for every name that JCuda's natives import.
$(BUILD)/driver/stubs.cpp: driver/imported_symbols.txt stubs.awk
	@mkdir -p $(@D)
	awk -v status=801 -f stubs.awk $< > $@.tmp && mv $@.tmp $@

$(BUILD)/driver/stubs.o: $(BUILD)/driver/stubs.cpp
	$(CXX) $(CXXFLAGS) -c -o $@ $<

# ---- Tests of the entry points, with kernels of their own in $(BUILD)/test ----
$(eval $(call SOURCE_RULES,$(BUILD)/test,driver/test))
$(eval $(call KERNEL_RULES,$(BUILD)/test))
TEST_KERNELS := $(patsubst driver/test/%.cu,%,$(wildcard driver/test/*.cu))
TEST_OBJECTS := $(patsubst %.cpp,$(BUILD)/%.o,$(wildcard driver/test/*.cpp))

$(BUILD)/test/driver_test: $(TEST_OBJECTS) | $(BUILD)/libcuda.so.1
	@mkdir -p $(@D)
	$(CXX) -pthread -o $@ $^ -L$(BUILD) -l:libcuda.so.1 -Wl,-rpath,'$$ORIGIN/..'

.PHONY: driver-check
driver-check: all $(BUILD)/test/driver_test $(TEST_KERNELS:%=$(BUILD)/test/kernels/%.so) $(BUILD)/test/kernels_checked/kernels.so
	CUEMU_KERNELS_DIR=$(BUILD)/test DRIVER_TEST_FOLDER=$(BUILD)/test $(BUILD)/test/driver_test

-include $(TEST_OBJECTS:.o=.d)
