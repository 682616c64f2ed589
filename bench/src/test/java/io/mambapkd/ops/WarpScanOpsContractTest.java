package io.mambapkd.ops;

import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("io.mambapkd.ops.VariantBackends#warp")
class WarpScanOpsContractTest extends ScanOpsContractTest {
    WarpScanOpsContractTest(BackendUnderTest under) {
        super(under);
    }
}
