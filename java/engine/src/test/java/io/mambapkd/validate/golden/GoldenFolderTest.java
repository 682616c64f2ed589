package io.mambapkd.validate.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.ops.Backend;
import io.mambapkd.ops.cpu.CpuBackend;
import io.mambapkd.results.ValidationRecord.Row;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder of one case, silu of two numbers, that is damaged in one way at a time. */
final class GoldenFolderTest {
    private static final double X = 0.5;
    private static final double SIGMOID = 1 / (1 + StrictMath.exp(-X));

    @TempDir
    private Path folder;

    private String operation = "silu";
    private String outputs = "\"out\"";
    private String tolerances = "";
    private byte[] file = new byte[0];

    @BeforeEach
    void makeACase() {
        double slope = SIGMOID * (1 + X * (1 - SIGMOID));
        file = safetensors(
                "x", X, -X, "dout", 1, 2, "out", X * SIGMOID, -X * (1 - SIGMOID), "dx", slope, 2 * (1 - slope));
        tolerances = rule("out", "tensor") + "," + rule("dx", "element");
    }

    private static String rule(String tensor, String scale) {
        return "\"" + tensor + "\": {\"tol\": 2e-6, \"floor\": 0.0, \"scale\": \"" + scale + "\"}";
    }

    /** Four tensors of two numbers each. */
    private static byte[] safetensors(Object... parts) {
        StringBuilder header = new StringBuilder("{");
        ByteBuffer data = ByteBuffer.allocate(parts.length / 3 * 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < parts.length; i += 3) {
            header.append(String.format(
                    Locale.ROOT,
                    "%s\"%s\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[%d,%d]}",
                    i == 0 ? "" : ",",
                    parts[i],
                    i / 3 * 16,
                    i / 3 * 16 + 16));
            data.putDouble(((Number) parts[i + 1]).doubleValue()).putDouble(((Number) parts[i + 2]).doubleValue());
        }
        byte[] text = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + data.capacity())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(data.array())
                .array();
    }

    private void write() throws IOException, NoSuchAlgorithmException {
        String hash =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
        Files.write(folder.resolve("silu_01.safetensors"), file);
        Files.writeString(
                folder.resolve("index.json"),
                "{\"cases\": [{\"file\": \"silu_01.safetensors\", \"op\": \"" + operation
                        + "\", \"options\": {}, \"inputs\": [\"x\"], \"outputs\": [" + outputs
                        + "], \"upstream_gradients\": [\"dout\"], \"gradients\": [\"dx\"], \"float32\": {" + tolerances
                        + "}, \"sha256\": \"" + hash + "\"}]}");
    }

    private List<Row> rows() throws IOException, NoSuchAlgorithmException {
        write();
        try (Backend cpu = new CpuBackend(1)) {
            return GoldenRunners.compare(cpu, GoldenFolder.load(folder).get(0), 1);
        }
    }

    private static void refused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(InputException.class).hasMessageContaining(message);
    }

    @Test
    void aRightCasePassesWithARowForEachOutputAndGradient() throws Exception {
        assertThat(rows()).hasSize(2).allMatch(Row::passed).allSatisfy(row -> {
            assertThat(row.operation()).isEqualTo("golden/silu");
            assertThat(row.extents()).isEqualTo("silu_01.safetensors");
        });
    }

    @Test
    void aWrongValueFailsAtItsCoordinate() throws Exception {
        file = safetensors("x", X, -X, "dout", 1, 2, "out", X * SIGMOID, -0.25, "dx", 1, 1);

        assertThat(rows()).allMatch(row -> !row.passed());
        assertThat(rows().get(0).at()).isEqualTo("[1]");
        assertThat(rows().get(0).expected()).isEqualTo("-0.25");
    }

    @Test
    void anUnknownOperationIsAFailureThatNamesThoseThatAreKnown() throws Exception {
        operation = "sillu";

        assertThat(rows()).hasSize(1).allSatisfy(row -> {
            assertThat(row.passed()).isFalse();
            assertThat(row.operation()).isEqualTo("golden/sillu");
            assertThat(row.actual()).isEqualTo("unknown");
            assertThat(row.expected()).startsWith("one of adamw, batchnorm2d, ");
        });
    }

    @Test
    void anOutputThatTheOperationDoesNotHaveIsAFailure() throws Exception {
        outputs = "\"out\", \"x\"";
        tolerances += "," + rule("x", "row");

        assertThat(rows())
                .filteredOn(row -> !row.passed())
                .singleElement()
                .satisfies(row -> assertThat(row.actual()).isEqualTo("not computed"));
    }

    @Test
    void aMissingFolderIndexOrFileIsRefused() throws Exception {
        refused(
                () -> GoldenFolder.load(folder.resolve("none")),
                "expected a folder of reference vectors, got nothing at ");
        refused(() -> GoldenFolder.load(folder), "index.json: there is no such file or folder; name a folder of ");
        write();
        Files.delete(folder.resolve("silu_01.safetensors"));
        refused(() -> GoldenFolder.load(folder), "silu_01.safetensors, which index.json names: there is no such file");
    }

    @Test
    void anIndexThatIsNoIndexIsRefused() throws Exception {
        Files.writeString(folder.resolve("index.json"), "{\"cases\": [\n{]");
        refused(() -> GoldenFolder.load(folder), "expected JSON, got text that is damaged in line 2");
        Files.writeString(folder.resolve("index.json"), "{\"cases\": 3}");
        refused(() -> GoldenFolder.load(folder), "expected an array of reference cases under 'cases', got none");
        Files.writeString(folder.resolve("index.json"), "{\"cases\": [{\"file\": \"../secret\"}]}");
        refused(() -> GoldenFolder.load(folder), "expected the name of a file in the same folder under 'file', got");
    }

    @Test
    void aFileOfAnotherHashIsRefused() throws Exception {
        write();
        file[file.length - 1] ^= 1;
        Files.write(folder.resolve("silu_01.safetensors"), file);

        refused(() -> GoldenFolder.load(folder), "silu_01.safetensors: expected the sha256 of index.json, ");
    }

    @Test
    void aTensorBeyondTheEndOfItsFileIsRefused() throws Exception {
        file = java.util.Arrays.copyOf(file, file.length - 8);
        write();

        refused(() -> GoldenFolder.load(folder), "silu_01.safetensors");
    }

    @Test
    void aMissingTensorOrToleranceIsRefused() throws Exception {
        outputs = "\"out\", \"y\"";
        write();
        refused(() -> GoldenFolder.load(folder), "expected a tensor 'y' for silu, got none");
        outputs = "\"out\"";
        tolerances = rule("out", "tensor");
        write();
        refused(() -> GoldenFolder.load(folder), "expected numbers 'tol' and 'floor' for dx under float32");
    }

    @Test
    void aCaseThatLacksAnOptionOfItsOperationIsRefused() {
        operation = "rmsnorm";

        refused(this::rows, "expected the option 'eps' in index.json, got none");
    }
}
