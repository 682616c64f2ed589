package io.mambapkd.ops.cuda.driver;

import io.mambapkd.ops.cuda.ptx.Kernel;
import io.mambapkd.ops.cuda.ptx.PtxEntry;
import io.mambapkd.ops.cuda.ptx.PtxFamily;
import io.mambapkd.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUfunction;

/** A context without a device: launches are checked against the PTX of the class path and noted, and nothing runs. */
public final class PaperContext extends CudaContext {
    /** A launch that passed the checks. */
    public record Noted(String kernel, List<Integer> grid, int sharedBytes) {}

    private static final long BASE = 1 << 20;
    private static final int COMMON_SHARED_BYTES = 48 << 10;
    private static final int LEAST_SHARED_LIMIT = 64 << 10;

    private final int capability;
    private final Map<String, PtxFamily> families = new HashMap<>();
    private final ByteBuffer arguments;
    public final List<Noted> launches = new ArrayList<>();

    public PaperContext(int capability) {
        this(capability, ByteBuffer.allocate(ARGUMENT_BYTES).order(ByteOrder.nativeOrder()));
    }

    private PaperContext(int capability, ByteBuffer arguments) {
        super(arguments);
        this.capability = capability;
        this.arguments = arguments;
    }

    /** Where launches put their arguments, eight bytes each. */
    public ByteBuffer arguments() {
        return arguments;
    }

    @Override
    public Kernel kernel(String family, String entry) {
        PtxEntry found = families.computeIfAbsent(family, name -> PtxFamily.read(name, capability))
                .entry(entry);
        return new Kernel(found, new CUfunction(), COMMON_SHARED_BYTES);
    }

    /** What a device of compute capability 7.5 gives a block at most, the least of those that are supported. */
    @Override
    public int sharedLimit() {
        return LEAST_SHARED_LIMIT;
    }

    @Override
    public long scratch(long bytes) {
        return BASE;
    }

    /** As if the memory of every tensor began at one address; asks for the memory, so that its life is checked. */
    @Override
    public long address(Tensor tensor) {
        tensor.memory();
        return BASE + tensor.offset() * tensor.dtype().bytes();
    }

    @Override
    void run(Kernel kernel, int gridX, int gridY, int gridZ, int sharedBytes) {
        launches.add(new Noted(kernel.name(), List.of(gridX, gridY, gridZ), sharedBytes));
    }

    @Override
    public void close() {}
}
