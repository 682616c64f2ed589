package io.mambapkd.ops.cuda.kernels;

import io.mambapkd.ops.cuda.driver.Launch;
import io.mambapkd.tensor.Tensor;

/**
 * How the elements of a (rows, columns) matrix are shared among blocks: {@code for_each_element} of cuda/rows.cuh. A tile is some whole rows
 * if they are short, else a piece of one row.
 */
record Tiles(int rows, long columns, int blockRows, int blockColumns) {
    /** A matrix with about {@code blockElements} elements for a block. */
    static Tiles of(int rows, long columns, int blockElements) {
        return columns >= blockElements
                ? new Tiles(rows, columns, 1, blockElements)
                : new Tiles(rows, columns, Math.min(rows, blockElements / (int) columns), (int) columns);
    }

    /** The rows of tensors of one shape; dense ones are one long row. */
    static Tiles of(int blockElements, Tensor first, Tensor... others) {
        boolean dense = first.isDense();
        for (Tensor other : others) {
            dense &= other.isDense();
        }
        return dense
                ? of(1, first.shape().elements(), blockElements)
                : of(first.shape().rows(), first.shape().last(), blockElements);
    }

    private int columnTiles() {
        return Grids.blocks(columns, blockColumns);
    }

    long blocks() {
        return (long) Grids.blocks(rows, blockRows) * columnTiles();
    }

    /** Gives a kernel the extents and the tile. */
    Launch extentsOf(Launch launch) {
        return tileOf(launch.int32(rows).int64(columns));
    }

    /** Gives a kernel that knows the extents the tile. */
    Launch tileOf(Launch launch) {
        return launch.int32(blockRows).int32(blockColumns).int32(columnTiles());
    }
}
