package io.mambapkd.ops;

import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("io.mambapkd.ops.VariantBackends#warp")
class WarpScanSizesContractTest extends ScanSizesContractTest {
    WarpScanSizesContractTest(BackendUnderTest under) {
        super(under);
    }
}
