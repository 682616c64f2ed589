package io.mambapkd.ops.cuda.ptx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Needs no device. */
class PtxFamilyTest {
    private static final String TEXT = """
            .version 7.8
            .target sm_80
            .address_size 64
            .extern .shared .align 16 .b8 sh[];
            .visible .entry plain_fwd_f32(
            	.param .u64 plain_fwd_f32_param_0,
            	.param .u64 .ptr .align 1 plain_fwd_f32_param_1,
            	.param .u32 plain_fwd_f32_param_2,
            	.param .f32 plain_fwd_f32_param_3
            )
            .maxntid 32, 8, 1
            .minnctapersm 2
            {
            	ret;
            }
            .visible .entry bare()
            .maxntid 128
            {
            	ret;
            }
            """;

    @Test
    void entriesCarryTheirNameTheirParametersAndTheirBlock() {
        PtxFamily family = PtxFamily.parse("sample", TEXT);
        assertThat(family.version()).isEqualTo(78);
        assertThat(family.entries())
                .containsExactly(
                        new PtxEntry(
                                "plain_fwd_f32",
                                List.of(
                                        ParameterType.WIDE,
                                        ParameterType.WIDE,
                                        ParameterType.INT32,
                                        ParameterType.FLOAT32),
                                new PtxEntry.Block(32, 8, 1)),
                        new PtxEntry("bare", List.of(), new PtxEntry.Block(128, 1, 1)));
    }

    @Test
    void anUnknownEntryIsRefusedWithThoseThatThereAre() {
        assertThatThrownBy(() -> PtxFamily.parse("sample", TEXT).entry("plain_bwd_f32"))
                .hasMessage("kernel family sample has no entry plain_bwd_f32; it has plain_fwd_f32, bare");
    }

    @Test
    void anUnknownFamilyIsRefusedWithTheResourceThatIsMissing() {
        assertThatThrownBy(() -> PtxFamily.read("no_such_family", 80))
                .hasMessageStartingWith("kernel family no_such_family has no PTX at"
                        + " /io/mambapkd/kernels/compute_80/no_such_family.ptx, nor for an older target, on the class"
                        + " path");
    }

    /** The gradient of the scan has a text for each target, the scan two, and the code of reduce is the same for all. */
    @ParameterizedTest
    @CsvSource({
        "selective_scan_gradient, 75, sm_75",
        "selective_scan_gradient, 79, sm_75",
        "selective_scan_gradient, 80, sm_80",
        "selective_scan_gradient, 89, sm_80",
        "selective_scan_gradient, 90, sm_90",
        "selective_scan_gradient, 120, sm_90",
        "selective_scan_tile, 80, sm_80",
        "selective_scan_tile, 90, sm_90",
        "selective_scan, 75, sm_75",
        "selective_scan, 80, sm_80",
        "selective_scan, 90, sm_80",
        "reduce, 90, sm_75"
    })
    void aDeviceGetsTheNewestTextThatItRuns(String family, int capability, String target) {
        assertThat(PtxFamily.read(family, capability).text()).contains(".target " + target + "\n");
    }

    @Test
    void whatALaunchCannotPassIsRefusedByEntryAndPosition() {
        assertThatThrownBy(() -> PtxFamily.parse("sample", TEXT.replace(".param .f32", ".param .f64")))
                .hasMessage("sample.ptx: entry plain_fwd_f32, parameter 3: parameter type .f64 cannot be passed");
        assertThatThrownBy(() -> PtxFamily.parse("sample", TEXT.replace(".param .f32", ".param .align 8 .b8")))
                .hasMessageContaining("parameter type .b8 cannot be passed");
    }

    @Test
    void anEntryWithoutABlockSizeIsRefused() {
        assertThatThrownBy(() -> PtxFamily.parse("sample", TEXT.replace(".maxntid 128", "")))
                .hasMessage("sample.ptx: entry bare has no .maxntid; give the kernel __launch_bounds__");
    }

    /** Cut and flipped text: a family, or a refusal in words; nothing else. */
    @Test
    void damagedTextIsReadOrRefused() {
        Random random = new Random(20_251);
        for (int i = 0; i < 20_000; i++) {
            char[] text = TEXT.substring(0, random.nextInt(TEXT.length() + 1)).toCharArray();
            for (int flips = random.nextInt(4); flips > 0 && text.length > 0; flips--) {
                text[random.nextInt(text.length)] = (char) (random.nextInt(96) + 32);
            }
            try {
                PtxFamily.parse("damaged", new String(text)).entries();
            } catch (IllegalArgumentException refused) {
                assertThat(refused).hasMessageStartingWith("damaged.ptx");
            }
        }
    }

    /** From the release notes in NVIDIA's PTX manual. */
    @ParameterizedTest
    @CsvSource({
        "63, 10020",
        "70, 11000",
        "78, 11080",
        "80, 12000",
        "84, 12040",
        "85, 12050",
        "86, 12070",
        "87, 12080",
        "88, 12090",
        "90, 13000",
        "91, 13010"
    })
    void aVersionOfPtxCameWithARelease(int version, int driver) {
        assertThat(PtxFamily.neededDriver(version)).isEqualTo(driver);
    }
}
