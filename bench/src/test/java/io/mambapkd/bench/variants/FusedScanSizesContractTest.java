package io.mambapkd.bench.variants;

import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.ScanSizesContractTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("io.mambapkd.bench.variants.VariantBackends#fused")
@Tag("variant")
class FusedScanSizesContractTest extends ScanSizesContractTest {
    FusedScanSizesContractTest(BackendUnderTest under) {
        super(under);
    }
}
