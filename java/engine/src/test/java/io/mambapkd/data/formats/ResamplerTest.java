package io.mambapkd.data.formats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class ResamplerTest {
    /** Grey rows of numbers. */
    private static Rows rows(int[]... values) {
        return new StoredRows(values[0].length, values.length, 1) {
            @Override
            public void read(int y, byte[] into) {
                for (int x = 0; x < width(); x++) {
                    into[x] = (byte) values[y][x];
                }
            }
        };
    }

    private static int[] resampled(int height, int width, int[]... values) throws BadImageException {
        byte[] pixels = Resampler.resample(rows(values), height, width);
        int[] numbers = new int[pixels.length];
        Arrays.setAll(numbers, i -> pixels[i] & 0xff);
        return numbers;
    }

    @Test
    void aShorterAxisIsAveragedOverTheAreaOfEachNewPixel() throws Exception {
        int[] above = {0, 10, 20, 30};
        int[] below = {40, 50, 60, 255};

        assertThat(resampled(1, 2, above, below)).containsExactly(25, 91);
    }

    @Test
    void aPixelThatTwoNewOnesShareCountsInBoth() throws Exception {
        int[][] three = {{0, 90, 240}, {0, 90, 240}, {0, 90, 240}};

        // (0 + 90 / 2) / 1.5 and (90 / 2 + 240) / 1.5.
        assertThat(resampled(2, 2, three)).containsExactly(30, 190, 30, 190);
    }

    @Test
    void aLongerAxisIsInterpolatedBetweenCentres() throws Exception {
        int[][] two = {{0, 80}, {160, 240}};

        // Centres of the new pixels are at -0.25, 0.25, 0.75 and 1.25 old pixels.
        assertThat(resampled(4, 4, two))
                .containsExactly(0, 20, 60, 80, 40, 60, 100, 120, 120, 140, 180, 200, 160, 180, 220, 240);
    }

    @Test
    void theMiddleIsKeptWhereProportionsDiffer() throws Exception {
        int[] row = {1, 2, 3, 4, 5, 6};

        assertThat(resampled(2, 2, row, row)).containsExactly(3, 4, 3, 4);
        assertThat(resampled(1, 1, new int[] {7}, new int[] {8}, new int[] {9})).containsExactly(8);
    }

    @Test
    void aFlatImageStaysAsItIs() throws Exception {
        for (int side = 1; side < 40; side++) {
            int[][] flat = new int[23][37];
            for (int[] row : flat) {
                Arrays.fill(row, 201);
            }
            assertThat(resampled(side, side, flat)).containsOnly(201);
        }
    }
}
