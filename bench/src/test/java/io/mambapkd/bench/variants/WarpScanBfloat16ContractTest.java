package io.mambapkd.bench.variants;

import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.ScanBfloat16ContractTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("io.mambapkd.bench.variants.VariantBackends#warp")
@Tag("variant")
class WarpScanBfloat16ContractTest extends ScanBfloat16ContractTest {
    WarpScanBfloat16ContractTest(BackendUnderTest under) {
        super(under);
    }
}
