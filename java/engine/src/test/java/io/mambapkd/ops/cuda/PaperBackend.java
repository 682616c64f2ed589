package io.mambapkd.ops.cuda;

import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.ops.cuda.driver.PaperContext;
import io.mambapkd.ops.cuda.kernels.CudaOperations;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.Map;

/**
 * The CPU backend, of which every operation is first launched on a {@link PaperContext}: whatever test uses it walks the CUDA launchers against the PTX
 * on a machine without a device, and gets the CPU's results.
 */
public final class PaperBackend {
    private PaperBackend() {}

    /** @param capability of the device that the launches are checked for, 80 for 8.0 */
    public static Backend open(int capability) {
        Backend cpu = new CpuBackend(2);
        Map<String, Object> families = new HashMap<>();
        CudaOperations operations = CudaOperations.in(new PaperContext(capability));
        for (RecordComponent family : CudaOperations.class.getRecordComponents()) {
            families.put(family.getName(), family(family, operations, cpu));
        }
        return proxy(Backend.class, (self, method, arguments) -> {
            Object family = families.get(method.getName());
            return family == null ? invoke(method, cpu, arguments) : family;
        });
    }

    private static Object family(RecordComponent family, CudaOperations operations, Backend cpu) {
        try {
            Object launcher = family.getAccessor().invoke(operations);
            Object specification = Backend.class.getMethod(family.getName()).invoke(cpu);
            return proxy(family.getType(), (self, method, arguments) -> {
                invoke(method, launcher, arguments);
                return invoke(method, specification, arguments);
            });
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("Backend has no family " + family.getName(), missing);
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object invoke(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException failure) {
            throw failure.getCause();
        }
    }
}
