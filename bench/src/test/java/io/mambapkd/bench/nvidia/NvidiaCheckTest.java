package io.mambapkd.bench.nvidia;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mambapkd.doctor.Finding;
import io.mambapkd.doctor.Finding.Verdict;
import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.ConvolutionCall;
import io.mambapkd.ops.ConvolutionCall.Direction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Libraries that g++ compiles, with one thing wrong in each. */
@Timeout(120)
@Tag("process")
class NvidiaCheckTest {
    private static final Conv2dOps.Options OPTIONS = new Conv2dOps.Options(5, 2, 1);
    /** Height and width differ, and so do all other extents. */
    private static final ConvolutionCall FORWARD = new ConvolutionCall(Direction.FORWARD, 7, 11, 13, 2, 16, OPTIONS);

    private static final ConvolutionCall DATA = new ConvolutionCall(Direction.BACKWARD_DATA, 7, 11, 13, 2, 16, OPTIONS);
    private static final ConvolutionCall FILTER =
            new ConvolutionCall(Direction.BACKWARD_FILTER, 7, 11, 13, 2, 16, OPTIONS);

    private static final String ENGINES = "engines of cuDNN on sm_90";

    @TempDir
    Path folder;

    private Path libs = Path.of("");
    private FakeLibraries libraries = new FakeLibraries(Path.of(""));

    @BeforeEach
    void compiler() throws IOException {
        FakeLibraries.require();
        libs = Files.createDirectory(folder.resolve("libs"));
        libraries = new FakeLibraries(Files.createDirectory(folder.resolve("sources")));
    }

    private static NvidiaCheck run(Path folder) {
        Map<ConvolutionCall, Set<String>> calls = new LinkedHashMap<>();
        List.of(FORWARD, DATA, FILTER).forEach(call -> calls.put(call, Set.of("model")));
        return NvidiaCheck.run("--libs", folder.toString(), () -> calls);
    }

    private static void assertFinding(NvidiaCheck check, String name, Verdict verdict, String text) {
        assertThat(check.findings())
                .filteredOn(finding -> finding.name().equals(name))
                .extracting(Finding::verdict, Finding::text)
                .contains(tuple(verdict, text));
    }

    @Test
    void everyDirectionIsDescribedAsItIs() throws Exception {
        libraries.cudnn(libs, "");
        NvidiaCheck check = run(libs);
        assertFinding(
                check,
                ENGINES,
                Verdict.OK,
                "6 of 6 convolutions of the presets, in f32 and bf16, have one; 0 of them not the first that is asked"
                        + " for");
        assertThat(check.hasProblems()).isFalse();
        assertThat(check.cudnnVersion()).isEqualTo("9.24.0");
        // KiB of workspace: 4 bytes, or 2, for each output channel.
        assertThat(check.engines())
                .containsExactly(
                        new EngineCheck.Row(FORWARD, "model", List.of("64", "64", "64", "64", "32", "32", "32", "32")),
                        new EngineCheck.Row(DATA, "model", List.of("64", "64", "64", "64", "32", "32", "32", "32")),
                        new EngineCheck.Row(FILTER, "model", List.of("64", "64", "64", "64", "32", "32", "32", "32")));
    }

    @Test
    void fallbacksAreCountedAndRefusalsShown() throws Exception {
        libraries.cudnn(libs, "", "REFUSED=(direction==FILTER&&engine==1&&!channels_first)");
        NvidiaCheck check = run(libs);
        assertFinding(
                check,
                ENGINES,
                Verdict.OK,
                "6 of 6 convolutions of the presets, in f32 and bf16, have one; 2 of them not the first that is asked"
                        + " for");
        String refused = "refused, status 3000";
        assertThat(check.engines().get(2).cells())
                .containsExactly(refused, "64", "64", "64", refused, "32", "32", "32");
    }

    @Test
    void aConvolutionWithoutAnEngineIsNamed() throws Exception {
        libraries.cudnn(libs, "", "REFUSED=(direction==FILTER&&type==9&&inputs==2&&outputs==16)");
        NvidiaCheck check = run(libs);
        assertFinding(
                check,
                ENGINES,
                Verdict.PROBLEM,
                "5 of 6 convolutions of the presets, in f32 and bf16, have one; 0 of them not the first that is asked"
                        + " for");
        assertFinding(
                check,
                ENGINES,
                Verdict.PROBLEM,
                "none for backward filter of (7, 11, 13, 2) to 16, kernel 5, stride 2, padding 1 in bf16 (engine 1:"
                        + " refused, status 3000; engine 1, filter channels-first: refused, status 3000; engine 0:"
                        + " refused, status 3000; engine 0, filter channels-first: refused, status 3000)");
    }

    /** Note 1: factors are rounded. */
    @Test
    void anEngineThatRoundsFloatsDoesNotCountInFloat() throws Exception {
        libraries.cudnn(libs, "", "NOTES=1");
        NvidiaCheck check = run(libs);
        assertThat(check.hasProblems()).isTrue();
        String rounds = "rounds to TF32";
        assertThat(check.engines())
                .allSatisfy(row -> assertThat(row.cells())
                        .containsExactly(rounds, rounds, rounds, rounds, "32", "32", "32", "32"));
    }

    /** Note 0: tensor cores, which bf16 is meant for. */
    @Test
    void tensorCoresAreShownInBfloat16() throws Exception {
        libraries.cudnn(libs, "", "NOTES=9,0");
        assertThat(run(libs).engines().get(0).cells()).element(4).isEqualTo("32, tensor cores");
    }

    @Test
    void aProcessThatEndsIsAProblemOfItsOwn() throws Exception {
        libraries.cudnn(libs, "", "ABORTS");
        NvidiaCheck check = run(libs);
        assertThat(check.findings())
                .filteredOn(finding -> finding.name().equals(ENGINES))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.verdict()).isEqualTo(Verdict.PROBLEM);
                    assertThat(finding.text()).startsWith("cuDNN did not answer: ended with status 134 (");
                });
        assertThat(check.engines()).isEmpty();
    }

    @Test
    void anOlderCudnnGetsSymbolsOnly() throws Exception {
        libraries.cudnn(libs, "", "VERSION=90701");
        NvidiaCheck check = run(libs);
        assertFinding(check, "JCudnn in libcudnn.so.9", Verdict.OK, "215 of 215 symbols");
        assertFinding(
                check,
                "engines of cuDNN",
                Verdict.NOTE,
                "symbols only, as cuDNN 9.7.1 takes no description of a device, which 9.8 and later do");
    }

    @Test
    void aSymbolThatCudnnLacksIsNamedAndTheEnginesAreAsked() throws Exception {
        libraries.cudnn(libs, "cudnnConvolutionForward");
        NvidiaCheck check = run(libs);
        assertFinding(
                check,
                "JCudnn in libcudnn.so.9",
                Verdict.PROBLEM,
                "214 of 215 symbols: libcudnn.so.9 does not export cudnnConvolutionForward@libcudnn.so.9");
        assertThat(check.engines()).hasSize(3);
    }

    @Test
    void aCudnnOfAnotherMajorVersionIsRefused() throws Exception {
        libraries.cudnn(libs, "", "VERSION=8905");
        assertFinding(run(libs), "cuDNN", Verdict.PROBLEM, "cuDNN 9 is needed but version 8905 was found");
    }

    /** The result is to be kept where others read it. */
    @Test
    void whatTheLoaderRefusesIsSaidWithoutTheFolder() throws Exception {
        Path other = libs.resolve("libother.so");
        libraries.stubs(other, List.of("cudnnNew"));
        libraries.calling(libs.resolve("libcudnn.so.9"), "cudnnNew", other);
        Files.delete(other);
        assertThat(run(libs).findings())
                .filteredOn(finding -> finding.name().equals("cuDNN"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.verdict()).isEqualTo(Verdict.PROBLEM);
                    assertThat(finding.text()).isEqualTo("libcudnn.so.9 needs libother.so, which was not found");
                });
    }

    @Test
    void aCudnnWithoutItsPartsIsNotAsked() throws Exception {
        libraries.cudnn(libs, "", "PARTS");
        for (String part : List.of("ops", "cnn", "engines_precompiled", "engines_runtime_compiled")) {
            libraries.stubs(libs.resolve("libcudnn_" + part + ".so.9"), List.of());
        }
        NvidiaCheck check = run(libs);
        assertFinding(
                check,
                "parts of cuDNN",
                Verdict.PROBLEM,
                "missing beside libcudnn.so.9: libcudnn_graph.so.9, libcudnn_heuristic.so.9");
        assertFinding(check, "engines of cuDNN", Verdict.NOTE, "not asked, as cuDNN is not whole");
    }

    /** As where parts of two releases are mixed. */
    @Test
    void aPartThatLacksWhatAnotherNeedsIsNamed() throws Exception {
        libraries.cudnn(libs, "", "PARTS");
        Path graph = libs.resolve("libcudnn_graph.so.9");
        libraries.stubs(graph, List.of("cudnnNew"));
        for (String part : NvidiaLibraries.cudnnParts()) {
            if (!libs.resolve(part).equals(graph)) {
                libraries.calling(libs.resolve(part), "cudnnNew", graph);
            }
        }
        assertFinding(run(libs), "parts of cuDNN", Verdict.OK, "all 6 of them");
        libraries.stubs(graph, List.of("cudnnOld"));
        NvidiaCheck check = run(libs);
        assertFinding(
                check,
                "libcudnn_ops.so.9 in libcudnn_graph.so.9",
                Verdict.PROBLEM,
                "0 of 1 symbols: libcudnn_graph.so.9 does not export cudnnNew@libcudnn_graph.so.9");
        assertFinding(check, "engines of cuDNN", Verdict.NOTE, "not asked, as cuDNN is not whole");
    }

    @Test
    void aCublas13WithoutASymbolAndWithoutItsOtherHalfIsNamed() throws Exception {
        assumeTrue(
                getClass().getResource("/io/mambapkd/natives/libcublas.so.12") != null,
                "the forwarder to cuBLAS 13 is not built; 'kernels-build/forwarder.sh' builds it and needs g++");
        List<String> symbols = new ArrayList<>(FakeLibraries.imports("libraries/cublas"));
        symbols.remove("cublasGemmEx");
        Path other = libs.resolve("libcublasLt.so.13");
        libraries.stubs(other, List.of("cublasLtCreate"));
        libraries.stubs(libs.resolve("libcublas.so.13"), symbols, other);
        Files.delete(other);
        Files.createFile(libs.resolve("libcudnn.so.8"));
        NvidiaCheck check = run(libs);
        assertFinding(check, "JCublas2 in the forwarder", Verdict.OK, "494 of 494 symbols");
        assertFinding(
                check,
                "forwarder in libcublas.so.13",
                Verdict.PROBLEM,
                "493 of 494 symbols: libcublas.so.13 does not export cublasGemmEx");
        assertFinding(
                check,
                "libcublas.so.13 in libcublasLt.so.13",
                Verdict.PROBLEM,
                "libcublas.so.13 needs libcublasLt.so.13, which is not there");
        assertFinding(check, "cuDNN", Verdict.PROBLEM, "expected libcudnn.so.9, got libcudnn.so.8");
    }

    @Test
    void wheelsAreUnpackedForTheTimeOfTheCheck() throws Exception {
        libraries.cudnn(libs, "", "VERSION=90701");
        Path wheels = Files.createDirectory(folder.resolve("wheels"));
        try (ZipOutputStream zip =
                new ZipOutputStream(Files.newOutputStream(wheels.resolve("nvidia_cudnn_cu13.whl")))) {
            zip.putNextEntry(new ZipEntry("nvidia/cudnn/lib/libcudnn.so.9"));
            Files.copy(libs.resolve("libcudnn.so.9"), zip);
            zip.closeEntry();
        }
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        String before = System.getProperty("java.io.tmpdir");
        System.setProperty("java.io.tmpdir", temporary.toString());
        try {
            NvidiaCheck check = run(wheels);
            assertThat(check.hasProblems()).isFalse();
            assertThat(check.cudnnVersion()).isEqualTo("9.7.1");
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left).isEmpty();
        }
    }
}
