package io.mambapkd.bench.variants;

import io.mambapkd.emulator.EmulatedDriver;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.BackendUnderTest;
import io.mambapkd.ops.Backends;
import io.mambapkd.ops.ScanOps;
import io.mambapkd.ops.cuda.CudaBackend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** CUDA backends of this machine with a variant in the place of the scan, for the contract tests of the scan. */
public final class VariantBackends {
    private VariantBackends() {}

    public static Stream<BackendUnderTest> warp() {
        return with("warp", ScanVariants::warp);
    }

    private static Stream<BackendUnderTest> with(String name, Function<CudaBackend, ScanOps> variant) {
        return Backends.cuda()
                .map(under -> new BackendUnderTest(
                        name + " on " + under.name(),
                        () -> open(under.opener(), variant),
                        under.variations().stream()
                                .map(opener -> (Supplier<Backend>) () -> open(opener, variant))
                                .toList()));
    }

    /** Opens a backend that has a device, or an emulation of one; aborts the test elsewhere. */
    static CudaBackend device(Supplier<Backend> opener) {
        Backend backend = opener.get();
        if (backend instanceof CudaBackend device) {
            return device;
        }
        backend.close();
        return Assumptions.abort(EmulatedDriver.HOW_TO_BUILD);
    }

    private static Backend open(Supplier<Backend> opener, Function<CudaBackend, ScanOps> variant) {
        CudaBackend device = device(opener);
        ScanOps scan = variant.apply(device);
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("scan")) {
                        return scan;
                    }
                    try {
                        return method.invoke(device, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                });
    }
}
