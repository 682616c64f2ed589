package io.mambapkd.ops;

import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("io.mambapkd.ops.VariantBackends#fused")
class FusedScanBfloat16ContractTest extends ScanBfloat16ContractTest {
    FusedScanBfloat16ContractTest(BackendUnderTest under) {
        super(under);
    }
}
