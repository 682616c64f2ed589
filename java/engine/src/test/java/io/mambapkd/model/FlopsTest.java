package io.mambapkd.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.mambapkd.model.StudentSpec.ReadOut;
import io.mambapkd.nn.PositionEmbedding;
import io.mambapkd.nn.Precision;
import io.mambapkd.nn.mamba.MixerSpec;
import io.mambapkd.ops.PatchOps.Cut;
import io.mambapkd.tensor.ImageShape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FlopsTest {
    private static final ImageShape MNIST = new ImageShape(28, 28, 1);

    /** A 4x6 image of one channel cut into L = 2 strips of P = 12; M = 2, D = 4, N = 3, R = 1, W = 4, K = 5. */
    private static final ImageShape SMALL = new ImageShape(4, 6, 1);

    private static StudentSpec small(ReadOut readOut, MixerSpec.Kind mixer, MixerSpec.Direction direction) {
        return new StudentSpec("s", Cut.ROWS, 2, 2, 1, 3, 4, 2, readOut, mixer, direction);
    }

    /** The seven students that the recipe measured; figures counted there by another program. */
    @ParameterizedTest
    @CsvSource({
        "ROWS,    4,  4, 1, 4,    9744,   2016,  1326,   13086",
        "COLUMNS, 4,  8, 1, 4,   22176,   4032,  2642,   28850",
        "ROWS,    2,  8, 1, 4,   31808,   8064,  5274,   45146",
        "COLUMNS, 2, 12, 1, 4,   55776,  12096,  7906,   75778",
        "ROWS,    2, 16, 1, 4,   85120,  16128, 10538,  111786",
        "COLUMNS, 2, 32, 1, 4,  259840,  32256, 21066,  313162",
        "ROWS,    2, 48, 2, 8, 1002624, 193536, 59146, 1255306"
    })
    void studentsOfTheRecipeCostWhatTheRecipeCounted(
            Cut cut,
            int tokenSize,
            int width,
            int blocks,
            int state,
            long multiplyAccumulates,
            long scan,
            long elementwise,
            long total) {
        StudentSpec spec = new StudentSpec(
                "s",
                cut,
                tokenSize,
                width,
                blocks,
                state,
                4,
                2,
                ReadOut.FLAT,
                MixerSpec.Kind.SCAN,
                MixerSpec.Direction.FORWARD);

        Flops flops = Flops.student(spec, MNIST, 10);

        assertThat(List.of(flops.multiplyAccumulates(), flops.scan(), flops.elementwise(), flops.total()))
                .containsExactly(multiplyAccumulates, scan, elementwise, total);
    }

    @Test
    void teacherOfTheRecipeCostsWhatTheRecipeCounted() {
        Flops flops = Flops.teacher(CnnSpec.DEFAULT, MNIST, 10);

        assertThat(flops.total()).isEqualTo(14_677_760);
        assertThat(flops.multiplyAccumulates()).isEqualTo(flops.total());
    }

    /**
     * 5x7 image of 2 channels, stages of 3 and 4 channels, one convolution each, 5 classes. Stage 1: 5*7 pixels x 3 channels x 9*2 products =
     * 1890, doubled 3780. The pool leaves 2x3 pixels. Stage 2: 6 x 4 x 9*3 = 648, doubled 1296. Head: 4*5 = 20, doubled 40.
     */
    @Test
    void teacherLinesAreConvolutionsAndHeadWithOddExtentsHalvedDownwards() {
        Flops flops = Flops.teacher(new CnnSpec(List.of(3, 4), 1, 0), new ImageShape(5, 7, 2), 5);

        assertThat(flops.layers())
                .containsExactly(
                        new Flops.Line("stage 1 conv 1", "5x7x3", 3780, 0, 0),
                        new Flops.Line("stage 2 conv 1", "2x3x4", 1296, 0, 0),
                        new Flops.Line("head", "5", 40, 0, 0));
    }

    /** The figures of the recipe, by w: prep 2*32*32*w*3*9; layers 1, 2 and 3 and the two residual branches 2*32*32*9 w*2w, and so on; head 2*8w*10. */
    @Test
    void residualNetworksCostWhatTheRecipeCounted() {
        ImageShape cifar = new ImageShape(32, 32, 3);
        assertThat(Flops.teacher(new ResNet9Spec(16, Precision.F32), cifar, 10).total())
                .isEqualTo(884_736 + 3 * 9_437_184 + 4 * 4_718_592 + 2560);
        assertThat(Flops.teacher(new ResNet9Spec(24, Precision.F32), cifar, 10).total() / 1e6)
                .isEqualTo(107.50, within(0.005));
    }

    /**
     * 31*31 pixels x 24 filters x 12; group 1 31*31*64*24*9 and 15*15*64*64*9; group 2 15*15*256*64*9 and 7*7*256*256*9; group 3 7*7*256*256*9 and 3*3*256*256*9; head
     * 256*10; all doubled.
     */
    @Test
    void airbenchCostsWhatItsPaperCounts() {
        Flops flops = Flops.teacher(new AirbenchSpec(64, Precision.F32), new ImageShape(32, 32, 3), 10);
        assertThat(flops.layers())
                .extracting(Flops.Line::output, Flops.Line::multiplyAccumulates)
                .containsExactly(
                        tuple("31x31x24", 553_536L),
                        tuple("31x31x64", 26_569_728L),
                        tuple("15x15x64", 16_588_800L),
                        tuple("15x15x256", 66_355_200L),
                        tuple("7x7x256", 57_802_752L),
                        tuple("7x7x256", 57_802_752L),
                        tuple("3x3x256", 10_616_832L),
                        tuple("10", 5120L));
        assertThat(flops.total() / 1e6).isEqualTo(236, within(0.5));
    }

    /**
     * LM = 4 elements outside the inner part, LD = 8 inside. embed 2*2*12*2 = 96 and bias 4; position 4; norm 4*4; in_proj 2*2*2*8 = 64; conv
     * 2*8*4 = 64 and bias 8; SiLU 5*8; x_proj 2*2*4*(1+6) = 112; dt_proj 2*2*1*4 = 16 and bias 8; softplus 3*8; scan 9*2*4*3 = 216 and skip 2*8;
     * gate (5+1)*8; out_proj 2*2*4*2 = 32; residual 4; norm 4*4; head 2*4*5 = 40 and bias 5.
     */
    @Test
    void everyLayerOfASmallStudentIsCountedAsByHand() {
        Flops flops = Flops.student(small(ReadOut.FLAT, MixerSpec.Kind.SCAN, MixerSpec.Direction.FORWARD), SMALL, 5);

        assertThat(flops.layers())
                .containsExactly(
                        new Flops.Line("embed", "2x2", 96, 0, 4),
                        new Flops.Line("position", "2x2", 0, 0, 4),
                        new Flops.Line("block 1 norm", "2x2", 0, 0, 16),
                        new Flops.Line("block 1 in_proj", "2x8", 64, 0, 0),
                        new Flops.Line("block 1 conv1d", "2x4", 64, 0, 8),
                        new Flops.Line("block 1 silu", "2x4", 0, 0, 40),
                        new Flops.Line("block 1 x_proj", "2x7", 112, 0, 0),
                        new Flops.Line("block 1 dt_proj", "2x4", 16, 0, 8),
                        new Flops.Line("block 1 softplus", "2x4", 0, 0, 24),
                        new Flops.Line("block 1 scan", "2x4", 0, 216, 16),
                        new Flops.Line("block 1 gate", "2x4", 0, 0, 48),
                        new Flops.Line("block 1 out_proj", "2x2", 32, 0, 0),
                        new Flops.Line("block 1 residual", "2x2", 0, 0, 4),
                        new Flops.Line("norm", "2x2", 0, 0, 16),
                        new Flops.Line("head", "5", 40, 0, 5));
        // 96+64+64+112+16+32+40, 216, 4+4+16+8+40+8+24+16+48+4+16+5
        assertThat(List.of(flops.multiplyAccumulates(), flops.scan(), flops.elementwise(), flops.total()))
                .containsExactly(424L, 216L, 193L, 833L);
    }

    /** Against the block above: the scan again (216), its skip again (16), the sum of both (8). */
    @Test
    void secondDirectionAddsOneScanItsSkipAndTheSum() {
        Flops flops =
                Flops.student(small(ReadOut.FLAT, MixerSpec.Kind.SCAN, MixerSpec.Direction.BIDIRECTIONAL), SMALL, 5);

        assertThat(flops.scan()).isEqualTo(432);
        assertThat(flops.elementwise()).isEqualTo(193 + 16 + 8);
        assertThat(flops.multiplyAccumulates()).isEqualTo(424);
    }

    /** Against the block above: no x_proj (112), dt_proj (16, 8), softplus (24), scan (216); the skip is 8 instead of 16. */
    @Test
    void withoutTheScanItsProjectionsGoAndTheSkipMultipliesOnly() {
        Flops flops = Flops.student(small(ReadOut.FLAT, MixerSpec.Kind.CONV, MixerSpec.Direction.FORWARD), SMALL, 5);

        assertThat(flops.scan()).isZero();
        assertThat(flops.multiplyAccumulates()).isEqualTo(424 - 112 - 16);
        assertThat(flops.elementwise()).isEqualTo(193 - 8 - 24 - 8);
    }

    /** Against the block without a scan: no convolution (64) and no bias of it (8). */
    @Test
    void withoutAMixerTheConvolutionGoesToo() {
        Flops flops = Flops.student(small(ReadOut.FLAT, MixerSpec.Kind.NONE, MixerSpec.Direction.FORWARD), SMALL, 5);

        assertThat(flops.multiplyAccumulates()).isEqualTo(296 - 64);
        assertThat(flops.elementwise()).isEqualTo(153 - 8);
    }

    @Test
    void directionCostsNothingWhereNothingIsScanned() {
        for (MixerSpec.Kind mixer : List.of(MixerSpec.Kind.CONV, MixerSpec.Kind.NONE)) {
            assertThat(Flops.student(small(ReadOut.FLAT, mixer, MixerSpec.Direction.BIDIRECTIONAL), SMALL, 5))
                    .isEqualTo(Flops.student(small(ReadOut.FLAT, mixer, MixerSpec.Direction.FORWARD), SMALL, 5));
        }
    }

    /** The mean adds LM = 4, and the head sees 2 values: 2*2*5 = 20 instead of 40. */
    @Test
    void meanReadOutAveragesAndShrinksTheHead() {
        Flops flops = Flops.student(small(ReadOut.MEAN, MixerSpec.Kind.SCAN, MixerSpec.Direction.FORWARD), SMALL, 5);

        assertThat(flops.multiplyAccumulates()).isEqualTo(424 - 20);
        assertThat(flops.elementwise()).isEqualTo(193 + 4);
    }

    /** 1-pixel patches of a 1024x1024 image at M = 4096: in_proj alone is 2 * 2^20 * 2^12 * 2^14 = 2^47. */
    @Test
    void largeModelsDoNotOverflow() {
        StudentSpec spec = new StudentSpec(
                "s", Cut.PATCHES, 1, 4096, 1, 16, 4, 2, ReadOut.MEAN, MixerSpec.Kind.SCAN, MixerSpec.Direction.FORWARD);

        Flops flops = Flops.student(spec, new ImageShape(1024, 1024, 1), 10);

        assertThat(flops.layers())
                .contains(new Flops.Line("block 1 in_proj", "1048576x16384", 140_737_488_355_328L, 0, 0));
    }

    /** Of 5 classes: a product of a 5 by 5 matrix, 2*5*5 = 50, and 5 sums. */
    @Test
    void logitsOfTheGroupCostAMatrixAndASumOnTopOfTheHead() {
        StudentSpec alone = small(ReadOut.FLAT, MixerSpec.Kind.SCAN, MixerSpec.Direction.FORWARD);

        List<Flops.Line> expected =
                new ArrayList<>(Flops.student(alone, SMALL, 5).layers());
        expected.add(new Flops.Line("reuse", "5", 50, 0, 5));
        assertThat(Flops.student(alone.with(StudentSpec.Reuse.LOGITS), SMALL, 5).layers())
                .containsExactlyElementsOf(expected);
    }

    /** 28 rows are 6 tokens of 5 rows, the last of which has two rows of zeros: 6 tokens of 5 * 28 values. */
    @Test
    void zerosThatContinueAnImageToWholeTokensCountLikePixels() {
        StudentSpec spec = new StudentSpec(
                "rows5", Cut.ROWS, 5, 4, 1, 4, 4, 2, ReadOut.FLAT, MixerSpec.Kind.SCAN, MixerSpec.Direction.FORWARD);

        assertThat(Flops.student(spec, MNIST, 10).layers())
                .startsWith(
                        new Flops.Line("padding", "30x28x1", 0, 0, 0),
                        new Flops.Line("embed", "6x4", 2 * 6 * 140 * 4, 0, 6 * 4));
    }

    /** 3x3 convolutions of stride 2 and 1 on 7x8x3: 4x4x6 and 4x4x5, by hand; then 2x2 patches of 5 channels. */
    @Test
    void convolutionsOfAStemCountWithBiasAndSilu() {
        StudentSpec spec = new StudentSpec(
                "stem",
                new Tokenizer(
                        new StemSpec(List.of(6, 5), List.of(2, 1)),
                        Cut.PATCHES,
                        2,
                        PositionEmbedding.Kind.GRID,
                        TokenOrder.ALTERNATING),
                4,
                2,
                4,
                4,
                2,
                ReadOut.FLAT,
                MixerSpec.Kind.SCAN,
                MixerSpec.Direction.FORWARD,
                StudentSpec.Reuse.NONE,
                StudentPrecision.F32);

        Flops flops = Flops.student(spec, new ImageShape(7, 8, 3), 10);

        assertThat(flops.layers())
                .startsWith(
                        new Flops.Line("stem 1 conv", "4x4x6", 2 * 4 * 4 * 6 * 27, 0, 96),
                        new Flops.Line("stem 1 silu", "4x4x6", 0, 0, 5 * 96),
                        new Flops.Line("stem 2 conv", "4x4x5", 2 * 4 * 4 * 5 * 54, 0, 80),
                        new Flops.Line("stem 2 silu", "4x4x5", 0, 0, 5 * 80),
                        new Flops.Line("embed", "4x4", 2 * 4 * 20 * 4, 0, 16));
        long head = 2 * 16 * 10 + 10;
        long stem = 2 * 16 * (6 * 27 + 5 * 54) + 6 * (96 + 80);
        assertThat(flops.blocks()).isEqualTo(flops.total() - stem - (2 * 320 + 16) - 16 - 4 * 16 - head);
    }
}
