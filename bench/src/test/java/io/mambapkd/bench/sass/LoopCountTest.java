package io.mambapkd.bench.sass;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Counts of a listing written by hand: two loops, one in the other, a way out of line, and a second kernel. */
class LoopCountTest {
    private List<LoopCount> counts = List.of();

    @BeforeEach
    void count() throws IOException {
        counts = LoopCount.of(listing());
    }

    static String listing() throws IOException {
        try (InputStream file = LoopCountTest.class.getResourceAsStream("listing.sass")) {
            return new String(java.util.Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void loopsComeInTheOrderOfTheCodeWithTheirDepths() {
        assertThat(counts).extracting(LoopCount::kernel).containsExactly("scale", "scale", "scale", "nothing");
        assertThat(counts).extracting(LoopCount::loop).containsExactly(0, 1, 2, 0);
        assertThat(counts).extracting(LoopCount::depth).containsExactly(0, 1, 2, 0);
    }

    @Test
    void aLoopHasItsOwnInstructionsWithoutThoseOfTheInnerLoop() {
        assertThat(counts.get(1).counts())
                .isEqualTo(Map.of(
                        Kind.LDG,
                        1,
                        Kind.MUFU,
                        1,
                        Kind.CONTROL,
                        2,
                        Kind.SHFL,
                        1,
                        Kind.FMA,
                        1,
                        Kind.ALU,
                        1,
                        Kind.STG,
                        1));
        assertThat(counts.get(2).counts()).isEqualTo(Map.of(Kind.FMA, 1, Kind.UNIFORM, 1, Kind.CONTROL, 1));
        assertThat(counts.get(2).instructions()).isEqualTo(3);
    }

    @Test
    void ofTwoSidesOfABranchTheLongerOneCounts() {
        String code = """
                	.section	.text.sides,"ax",@progbits
                .L_x_1:
                        /*0000*/                   ISETP.LT.AND P0, PT, R7, R8, PT ;
                        /*0010*/               @P0 BRA `(.L_x_2) ;
                        /*0020*/                   FADD R1, R1, R2 ;
                        /*0030*/                   FADD R1, R1, R2 ;
                        /*0040*/                   BRA `(.L_x_3) ;
                .L_x_2:
                        /*0050*/                   MUFU.EX2 R1, R2 ;
                .L_x_3:
                        /*0060*/               @P1 BRA `(.L_x_1) ;
                        /*0070*/               @P2 EXIT ;
                        /*0080*/                   STG.E desc[UR4][R2.64], R1 ;
                        /*0090*/                   EXIT ;
                """;
        List<LoopCount> loops = LoopCount.of(code);
        assertThat(loops.get(1).counts()).isEqualTo(Map.of(Kind.ALU, 1, Kind.CONTROL, 3, Kind.FMA, 2));
        assertThat(loops.get(0).counts()).isEqualTo(Map.of(Kind.CONTROL, 2, Kind.STG, 1));
    }

    @Test
    void whatTheCompilerLaidBehindTheKernelIsCountedApart() {
        assertThat(counts.get(1).outOfLine()).isEqualTo(4);
        assertThat(counts.get(2).outOfLine()).isZero();
    }

    @Test
    void whatIsInNoLoopComesFirstWithoutThePadding() {
        assertThat(counts.get(0).counts())
                .isEqualTo(Map.of(Kind.CONSTANT, 2, Kind.ALU, 1, Kind.LOCAL, 1, Kind.CONTROL, 2));
    }

    @Test
    void anUnknownOpcodeIsOther() {
        assertThat(counts.get(3).counts()).isEqualTo(Map.of(Kind.CONTROL, 1, Kind.OTHER, 1));
    }
}
