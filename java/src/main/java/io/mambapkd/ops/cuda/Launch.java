package io.mambapkd.ops.cuda;

import io.mambapkd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** One kernel launch under construction: the arguments in the kernel's order, then the grid. */
@SuppressWarnings("DoNotCallSuggester") // Nothing works yet.
final class Launch {
    /** The address of the tensor's first element; a null pointer for null. */
    Launch tensor(@Nullable Tensor tensor) {
        throw unfinished();
    }

    /** An address on the device. */
    Launch address(long deviceAddress) {
        throw unfinished();
    }

    /** An {@code int}. */
    Launch int32(int value) {
        throw unfinished();
    }

    /** A {@code long long}. */
    Launch int64(long value) {
        throw unfinished();
    }

    /** A {@code float}. */
    Launch float32(float value) {
        throw unfinished();
    }

    /** Dynamic shared memory in bytes; 0 unless said. */
    Launch sharedBytes(int bytes) {
        throw unfinished();
    }

    /** Launches {@code x} blocks. */
    void grid(long x) {
        grid(x, 1, 1);
    }

    /** Launches {@code x} times {@code y} blocks. */
    void grid(long x, int y) {
        grid(x, y, 1);
    }

    /** Launches {@code x} times {@code y} times {@code z} blocks. */
    void grid(long x, int y, int z) {
        throw unfinished();
    }

    private static UnsupportedOperationException unfinished() {
        return new UnsupportedOperationException("launches are not built yet");
    }
}
