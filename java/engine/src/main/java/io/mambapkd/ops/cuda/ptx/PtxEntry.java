package io.mambapkd.ops.cuda.ptx;

import java.util.List;

/**
 * What PTX says of one kernel.
 *
 * @param name as the driver looks it up
 * @param parameters types in order
 * @param block threads of a block along x, y and z, from {@code __launch_bounds__}
 */
public record PtxEntry(String name, List<ParameterType> parameters, Block block) {
    /** Threads of a block. */
    public record Block(int x, int y, int z) {
        /** {@code 128} or {@code 32x8}. */
        @Override
        public String toString() {
            return z > 1 ? x + "x" + y + "x" + z : y > 1 ? x + "x" + y : Integer.toString(x);
        }
    }

    public PtxEntry {
        parameters = List.copyOf(parameters);
    }
}
