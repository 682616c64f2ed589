package io.mambapkd.ops;

import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("io.mambapkd.ops.VariantBackends#fused")
class FusedScanOpsContractTest extends ScanOpsContractTest {
    FusedScanOpsContractTest(BackendUnderTest under) {
        super(under);
    }
}
