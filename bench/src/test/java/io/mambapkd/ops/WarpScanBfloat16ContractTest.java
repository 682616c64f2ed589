package io.mambapkd.ops;

import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("io.mambapkd.ops.VariantBackends#warp")
class WarpScanBfloat16ContractTest extends ScanBfloat16ContractTest {
    WarpScanBfloat16ContractTest(BackendUnderTest under) {
        super(under);
    }
}
