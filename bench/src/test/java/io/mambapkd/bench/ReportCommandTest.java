package io.mambapkd.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.Checkout;
import io.mambapkd.bench.cpu.CpuStepResult;
import io.mambapkd.bench.cpu.SampleResult;
import io.mambapkd.bench.result.DocumentSection;
import io.mambapkd.bench.result.ResultFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {
    private static final DocumentSection CPU_STEP = new DocumentSection(CpuStepResult.KIND);

    @TempDir
    Path folder;

    private final StringWriter output = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int report(Object... arguments) {
        String[] words = new String[arguments.length + 1];
        words[0] = "report";
        for (int i = 0; i < arguments.length; i++) {
            words[i + 1] = arguments[i].toString();
        }
        return Main.run(new PrintWriter(output), new PrintWriter(errors, true), words);
    }

    private Path result() {
        Path file = folder.resolve("cpu.json");
        ResultFile.write(SampleResult.RESULT, file);
        return file;
    }

    @Test
    void aTableIsWrittenIntoTheSectionOfItsKind() throws IOException {
        Path document = Files.writeString(
                folder.resolve("README.md"), "# Title\n" + CPU_STEP.begin() + "\n" + CPU_STEP.end() + "\nend\n");
        assertThat(report("--into", document, result())).as(errors.toString()).isZero();
        assertThat(document)
                .content()
                .startsWith("# Title\n")
                .contains("**2.00x**")
                .endsWith("\nend\n");
    }

    /** A replaced document is another file by the same name; one that is written over would be the same. */
    @Test
    void aDocumentIsReplacedAsAWholeBehindALink() throws IOException {
        Path document = Files.writeString(folder.resolve("README.md"), CPU_STEP.begin() + "\n" + CPU_STEP.end() + "\n");
        Path link = Files.createSymbolicLink(folder.resolve("link.md"), document);
        Object before = Files.getAttribute(document, "unix:ino");
        assertThat(report("--into", link, result())).as(errors.toString()).isZero();
        assertThat(Files.getAttribute(document, "unix:ino")).isNotEqualTo(before);
        assertThat(link).isSymbolicLink();
        assertThat(document).content().contains("**2.00x**");
    }

    @Test
    void aDocumentOfTwoNamesStaysOne() throws IOException {
        Path document = Files.writeString(folder.resolve("README.md"), CPU_STEP.begin() + "\n" + CPU_STEP.end() + "\n");
        Path secondName = Files.createLink(folder.resolve("second"), document);
        assertThat(report("--into", document, result())).as(errors.toString()).isZero();
        assertThat(secondName).content().contains("**2.00x**");
    }

    @Test
    void aDocumentThatLacksOneSectionIsLeftAsItIs() throws IOException {
        Path document = Files.writeString(folder.resolve("README.md"), CPU_STEP.begin() + "\n" + CPU_STEP.end() + "\n");
        Path run = Path.of("results/mnist-full/summary.json");
        assertThat(report("--into", document, result(), run)).isEqualTo(2);
        assertThat(errors.toString()).contains("<!-- run: begin").hasLineCount(1);
        assertThat(document).hasContent(CPU_STEP.begin() + "\n" + CPU_STEP.end() + "\n");
    }

    @Test
    void theTablesOfTheDocumentsAreThoseOfTheCommittedResults() throws IOException {
        Path run = Path.of("results/mnist-full/summary.json");
        assertThat(report("--markdown", run)).as(errors.toString()).isZero();
        assertThat(Files.readString(Checkout.path("README.md"))).contains(output.toString());
        output.getBuffer().setLength(0);
        assertThat(report("--markdown", Path.of("results/cpu-step.json")))
                .as(errors.toString())
                .isZero();
        assertThat(Files.readString(Path.of("README.md"))).contains(output.toString());
    }

    @Test
    void anUnknownKindIsRefusedWithTheKindsThereAre() throws IOException {
        Path file = Files.writeString(folder.resolve("x.json"), "{\"kind\": \"other\", \"formatVersion\": 1}");
        assertThat(report("--markdown", file)).isEqualTo(2);
        assertThat(errors.toString())
                .contains("expected a result of kind kernels, step, ", "got kind other", file.toString())
                .hasLineCount(1);
    }

    @Test
    void aFormatOfTheTablesMustBeGiven() {
        assertThat(report(result())).isEqualTo(2);
        assertThat(errors.toString()).contains("--markdown", "--into");
    }
}
