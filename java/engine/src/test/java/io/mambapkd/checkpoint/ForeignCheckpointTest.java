package io.mambapkd.checkpoint;

import static io.mambapkd.checkpoint.SafetensorsFile.file;
import static io.mambapkd.checkpoint.SafetensorsFile.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.nn.Decay;
import io.mambapkd.nn.Initializer;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.cpu.CpuBackend;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints as PyTorch and others write them, and files that are no safetensors files. */
final class ForeignCheckpointTest {
    private static final String COUNTER = tensor("bn.num_batches_tracked", "I64", "[]", 8, 16);

    @TempDir
    private Path folder;

    private final CpuBackend backend = new CpuBackend(1);
    private final Parameters model = new Parameters(backend, "model");
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void declare() {
        model.declare("bn.weight", Decay.NO, Initializer.constant(9), 2);
        model.seal();
        model.initialise(0, 0);
    }

    @AfterEach
    void close() {
        model.close();
        backend.close();
    }

    private float[] load(byte[] content) throws IOException {
        Path path = Files.write(folder.resolve("x.safetensors"), content);
        Checkpoint.load(path, model, backend, notes::add);
        return backend.download(model.all().get(0).value());
    }

    private String refusal(byte[] content) throws IOException {
        Path path = Files.write(folder.resolve("x.safetensors"), content);
        float[] before = backend.download(model.all().get(0).value());
        InputException refusal = org.assertj.core.api.Assertions.catchThrowableOfType(
                InputException.class, () -> Checkpoint.load(path, model, backend, notes::add));
        assertThat(backend.download(model.all().get(0).value())).containsExactly(before);
        assertThat(refusal).isNotNull();
        return String.valueOf(refusal.getMessage()).replace(path.toString(), "FILE");
    }

    /** A file whose data are the given bits, {@code width} bytes each. */
    private static byte[] withBits(String header, int width, long... bits) {
        byte[] content = file(header, width * bits.length);
        ByteBuffer data = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        data.position(content.length - width * bits.length);
        for (long value : bits) {
            for (int i = 0; i < width; i++) {
                data.put((byte) (value >> 8 * i));
            }
        }
        return content;
    }

    /** The values are from the tables of IEEE 754 binary16. */
    @ParameterizedTest
    @CsvSource({
        "0x3c00, 1",
        "0xc000, -2",
        "0x7bff, 65504",
        "0x0001, 0x1p-24",
        "0x8001, -0x1p-24",
        "0x03ff, 6.097555160522461e-5",
        "0x0400, 0x1p-14",
        "0x3555, 0.333251953125",
        "0x8000, -0.0",
        "0x0000, 0.0"
    })
    void halfPrecisionIsExact(String bits, double value) throws IOException {
        float[] loaded =
                load(withBits("{" + tensor("bn.weight", "F16", "[2]", 0, 4) + "}", 2, Long.decode(bits), 0x4200));
        assertThat(loaded).containsExactly((float) value, 3f);
        assertThat(notes)
                .containsExactly("1 tensor from F16 to F32: converted on reading " + folder.resolve("x.safetensors"));
    }

    @Test
    void bfloat16IsTheUpperHalfOfAFloat() throws IOException {
        String header = "{" + tensor("bn.weight", "BF16", "[2]", 0, 4) + "}";
        assertThat(load(withBits(header, 2, 0x3f80, 0xc049))).containsExactly(1f, -3.140625f);
        assertThat(notes).singleElement().asString().startsWith("1 tensor from BF16 to F32: ");
    }

    @Test
    void doublesAreRounded() throws IOException {
        String header = "{" + tensor("bn.weight", "F64", "[2]", 0, 16) + "}";
        long[] bits = {Double.doubleToLongBits(0.1), Double.doubleToLongBits(-3)};
        assertThat(load(withBits(header, 8, bits))).containsExactly(0.1f, -3f);
    }

    @ParameterizedTest
    @CsvSource({
        "F16, 2, 0x7c00, ''",
        "F16, 2, 0xfe00, ''",
        "BF16, 2, 0x7f80, ''",
        "BF16, 2, 0x7fc0, ''",
        "F32, 4, 0x7f800000, ''",
        "F64, 8, 0x47f0000000000000, ' in F32'"
    })
    void whatIsNotFiniteInF32IsRefused(String type, int width, String bits, String where) throws IOException {
        String header = "{" + tensor("bn.weight", type, "[2]", 0, 2L * width) + "}";
        assertThat(refusal(withBits(header, width, Long.decode(bits), 0)))
                .isEqualTo(
                        "expected the tensors of the configured model, got a file where bn.weight has values that are"
                                + " not finite" + where
                                + ", at FILE; use a checkpoint of a model with the same settings");
        assertThat(notes).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"F8_E4M3, 1", "F8_E5M2, 1", "F8_E8M0, 1", "I8, 1", "U8, 1", "I16, 2", "I32, 4", "I64, 8", "BOOL, 1"})
    void typesThatDoNotConvertAreNamed(String type, int width) throws IOException {
        String header = "{" + tensor("bn.weight", type, "[2]", 0, 2L * width) + "}";
        assertThat(refusal(file(header, 2 * width)))
                .contains("bn.weight is " + type + " (2), not F32 (2), at FILE; save the tensors as F32, or use");
    }

    @ParameterizedTest
    @ValueSource(strings = {"F4", "F6_E2M3", "F6_E3M2", "C64"})
    void typesThatAreNotReadAreNamedAndTheFileIsNotCalledDamaged(String type) throws IOException {
        assertThat(refusal(file("{" + tensor("bn.weight", type, "[2]", 0, 16) + "}", 16)))
                .isEqualTo("expected a whole safetensors file, got tensor bn.weight of the type " + type
                        + ", which this" + " program does not read, at FILE; save its tensors as F32");
    }

    private static String weight(String prefix) {
        return tensor(prefix + "bn.weight", "F32", "[2]", 0, 8);
    }

    /** Two floats, 1 and 2, and a counter's 7. */
    private static byte[] withCounter(String header) {
        return withBits(header, 4, 0x3f800000, 0x40000000, 7, 0);
    }

    @Test
    void countersOfBatchNormArePassedOver() throws IOException {
        assertThat(load(withCounter("{" + weight("") + "," + COUNTER + "}"))).containsExactly(1f, 2f);
        assertThat(load(withCounter("{" + weight("") + "," + COUNTER.replace("[]", "[1]") + "}")))
                .containsExactly(1f, 2f);
        assertThat(notes).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bn.num_batches", "bnnum_batches_tracked", "num_batches_tracked.weight"})
    void otherNamesAreNoCounters(String name) throws IOException {
        assertThat(refusal(withCounter("{" + weight("") + "," + COUNTER.replace("bn.num_batches_tracked", name) + "}")))
                .contains(name + " () is not part of the model");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[0]", "[0,3]", "[3,0]"})
    void tensorsWithoutElementsArePassedOver(String shape) throws IOException {
        String empty = tensor("extra", "F32", shape, 8, 8);
        byte[] last = withBits("{" + weight("") + "," + empty + "}", 4, 0x3f800000, 0x40000000);
        assertThat(load(last)).containsExactly(1f, 2f);
        String first = tensor("extra", "F32", shape, 0, 0);
        assertThat(load(withBits("{" + weight("") + "," + first + "}", 4, 0x3f800000, 0x40000000)))
                .containsExactly(1f, 2f);
    }

    @Test
    void aParameterWithoutElementsIsRefused() throws IOException {
        assertThat(refusal(file("{" + tensor("bn.weight", "F32", "[0]", 0, 0) + "}", 0)))
                .contains("bn.weight is F32 (0), not F32 (2)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"module.", "_orig_mod.", "model.", "module._orig_mod.", "model.module.", "net.backbone."})
    void aPrefixOfAllNamesIsLeftOut(String prefix) throws IOException {
        String counter = COUNTER.replace("bn.", prefix + "bn.");
        assertThat(load(withCounter("{" + weight(prefix) + "," + counter + "}")))
                .containsExactly(1f, 2f);
        assertThat(notes)
                .containsExactly("all tensors of " + folder.resolve("x.safetensors") + " have the prefix " + prefix
                        + " in their names, which was left out");
    }

    @Test
    void aPrefixOfSomeNamesIsNamed() throws IOException {
        String other = tensor("ema.decay", "F32", "[1]", 8, 12);
        assertThat(refusal(file("{" + weight("module.") + "," + other + "}", 12)))
                .isEqualTo("expected the tensors of the configured model, got a file where bn.weight (2) is missing,"
                        + " module.bn.weight (2) is not part of the model, ema.decay (1) is not part of the model, at"
                        + " FILE; save the tensors under module. alone, and without this prefix in their names, or use a"
                        + " checkpoint of a model with the same settings");
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] zip(String entry) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry(entry));
            zip.write(new byte[100]);
            zip.closeEntry();
        }
        return bytes.toByteArray();
    }

    private void assertNamed(byte[] content, String what, String remedy) throws IOException {
        assertThat(refusal(content))
                .isEqualTo("expected a whole safetensors file, got " + what + ", at FILE; " + remedy);
        // Cut off as well, and with more behind it.
        assertThat(refusal(Arrays.copyOf(content, content.length + 5000))).contains(what);
    }

    @Test
    void filesOfOtherFormatsAreNamed() throws IOException {
        String save = "save the model's state_dict with safetensors.torch.save_file";
        String convert = "save its tensors as safetensors, under the names of this program's checkpoints";
        String download = "get the file itself from where this one came from";
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
            out.write(latin1("hello"));
        }
        assertNamed(zip("archive/data.pkl"), "a PyTorch file, as torch.save writes it", save);
        assertNamed(zip("weight.npy"), "a NumPy archive (.npz)", convert);
        assertNamed(
                zip("metadata.json"),
                "a zip archive",
                "unpack it if it holds a safetensors file; if torch.save wrote it, " + save);
        assertNamed(
                latin1("\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019."),
                "a Python pickle, as PyTorch's torch.save writes it",
                save);
        assertNamed(latin1("\u0080\u0004\u0095\u0010\0\0\0\0\0\0\0}"), "a Python pickle", save);
        assertNamed(latin1("GGUF\3\0\0\0"), "a GGUF file, as llama.cpp reads it", convert);
        assertNamed(latin1("\u0089HDF\r\n\u001a\n\0"), "an HDF5 file, as Keras saves it", convert);
        assertNamed(latin1("\b\7\u0012\7pytorch\u001a\0052.1.0"), "an ONNX file", convert);
        assertNamed(latin1("\u001c\0\0\0TFL3"), "a TensorFlow Lite file", convert);
        assertNamed(latin1("\u0093NUMPY\1\0"), "a NumPy array", convert);
        assertNamed(gzip.toByteArray(), "a gzip file", "unpack it first");
        assertNamed(
                latin1("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"),
                "a pointer of Git LFS",
                "fetch the file itself with git lfs pull");
        String page = "a page of HTML, as a download that needs a login gives";
        assertNamed(latin1("\n<!DOCTYPE html><html>"), page, download);
        assertNamed(latin1("<html lang=en>"), page, download);
        assertNamed(latin1("<?xml version='1.0'?>"), "a page of XML, as a download that failed gives", download);
        assertNamed(latin1("{\"error\":\"Not Found\"}"), "a JSON text without tensors", download);
    }

    /** A header of a length whose bytes are those of a pickle or an ONNX file. */
    @ParameterizedTest
    @ValueSource(ints = {0x0280, 0x0380, 0x1208, 0x8b1f})
    void aSafetensorsFileIsTakenForNothingElse(int headerLength) throws IOException {
        String header = "{" + weight("") + "}";
        String padded = header + " ".repeat(headerLength - header.length());
        assertThat(load(withBits(padded, 4, 0x3f800000, 0x40000000))).containsExactly(1f, 2f);
    }

    @Test
    void axesInAnotherOrderAreSaidToBe() throws IOException {
        try (Parameters convolution = new Parameters(backend, "convolution")) {
            convolution.declare("conv.weight", Decay.YES, Initializer.constant(0), 4, 2, 3, 3);
            convolution.seal();
            Path path = Files.write(
                    folder.resolve("x"), file("{" + tensor("conv.weight", "F32", "[3,3,2,4]", 0, 288) + "}", 288));
            assertThatThrownBy(() -> Checkpoint.load(path, convolution, backend))
                    .hasMessage("expected the tensors of the configured model, got a file where conv.weight is F32"
                            + " (3, 3, 2, 4), not F32 (4, 2, 3, 3), which has the same axes in another order, at "
                            + path
                            + "; bring the axes into the order of PyTorch, (outputs, inputs, rows, columns) for a"
                            + " convolution and (outputs, inputs) for a linear layer, or use a checkpoint of a model with"
                            + " the same settings");
        }
    }
}
