package io.mambapkd.bench.kernels;

import io.mambapkd.ops.Backend;
import io.mambapkd.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * As many sets of the tensors of an operation as it takes to be larger than the device's cache, so that going round them every launch finds its inputs in
 * memory.
 */
final class RotatingBuffers implements AutoCloseable {
    /** Each set is new to a cache when this many times its size went through it since. */
    private static final int CACHES = 2;

    static final int MOST = 256;
    /** For a run that only shows that everything works. */
    static final int QUICK = 3;

    private final List<KernelTensors> sets = new ArrayList<>();
    private final List<Runnable> launches = new ArrayList<>();

    /**
     * @param most sets, however small they are
     * @param cacheBytes of the device's last cache
     * @param room bytes that there is memory for
     * @throws NoRoomException if one set is larger than the room
     */
    RotatingBuffers(
            KernelOperation operation,
            KernelShape shape,
            DType activations,
            Backend backend,
            int most,
            long cacheBytes,
            long room)
            throws NoRoomException {
        int count = 1;
        for (int i = 0; i < count; i++) {
            KernelTensors tensors =
                    new KernelTensors(backend, shape, activations, KernelCheck.block(shape), KernelCheck.SEED);
            sets.add(tensors);
            launches.add(operation.declaration().declare(tensors, backend));
            if (i == 0) {
                count = Math.min(most, count(tensors, cacheBytes, room));
            }
        }
    }

    private static int count(KernelTensors one, long cacheBytes, long room) throws NoRoomException {
        if (one.reserved() > room) {
            throw new NoRoomException(one.reserved(), room);
        }
        long bytes = one.work().bytes();
        long wanted = 1 + (CACHES * cacheBytes + bytes - 1) / bytes;
        return (int) Math.max(1, Math.min(Math.min(wanted, Integer.MAX_VALUE), room / one.reserved()));
    }

    /** Reserves the memory of all. */
    void fill() {
        sets.forEach(KernelTensors::fill);
    }

    /** Launches the operation on each set. */
    void round() {
        launches.forEach(Runnable::run);
    }

    KernelTensors first() {
        return sets.get(0);
    }

    int count() {
        return sets.size();
    }

    @Override
    public void close() {
        sets.forEach(KernelTensors::close);
    }
}
