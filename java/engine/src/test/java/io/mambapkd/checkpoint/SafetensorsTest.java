package io.mambapkd.checkpoint;

import static io.mambapkd.checkpoint.SafetensorsFile.file;
import static io.mambapkd.checkpoint.SafetensorsFile.tensor;
import static io.mambapkd.checkpoint.SafetensorsFile.withLength;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.random.CounterRandom;
import io.mambapkd.random.Purpose;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {
    private static final String A = tensor("a", "F32", "[2,3]", 0, 24);
    private static final Safetensors SMALL = new Safetensors(
            Map.of("note", "größer \"quoted\" \\ \n"),
            List.of(
                    StoredTensor.of("b.weight", List.of(2, 3), new float[] {1, -2, 3.5f, 0, -0f, Float.MIN_VALUE}),
                    StoredTensor.of("a/0", List.of(1), new float[] {7})));

    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        Path file = Files.write(folder.resolve("small.safetensors"), SMALL.toBytes());
        Safetensors read = Safetensors.read(file);
        assertThat(read.metadata()).isEqualTo(SMALL.metadata());
        assertThat(read.tensors()).extracting(StoredTensor::name).containsExactly("b.weight", "a/0");
        assertThat(read.tensors().get(0).extents()).containsExactly(2, 3);
        assertThat(read.tensors().get(0).floats()).containsExactly(1, -2, 3.5f, 0, -0f, Float.MIN_VALUE);
        assertThat(read.tensors().get(1).floats()).containsExactly(7);
        assertThat(read.toBytes()).isEqualTo(SMALL.toBytes());
    }

    @Test
    void theBytesAreThoseOfTheSpecification() {
        byte[] file = new Safetensors(Map.of("k", "v"), List.of(StoredTensor.of("x", List.of(2), new float[] {1, 2})))
                .toBytes();
        String header =
                "{\"__metadata__\":{\"k\":\"v\"},\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
        String padded = header + " ".repeat((8 - header.length() % 8) % 8);
        byte[] data = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40};
        byte[] expected = file(padded, 8);
        System.arraycopy(data, 0, expected, expected.length - 8, 8);
        assertThat(file).isEqualTo(expected);
    }

    @Test
    void allTypesAreReadInTheirOwnWidth() {
        String header = "{" + tensor("d", "F64", "[1]", 0, 8) + "," + tensor("i", "I32", "[1]", 8, 12) + ","
                + tensor("l", "I64", "[]", 12, 20) + "," + tensor("u", "U8", "[3]", 20, 23) + "}";
        List<StoredTensor> tensors = Safetensors.parse(file(header, 23), "file").tensors();
        assertThat(tensors.get(0).doubles()).containsExactly(Double.longBitsToDouble(0x0706050403020100L));
        assertThat(tensors.get(1).integers()).containsExactly(0x0b0a0908);
        assertThat(tensors.get(2).longs()).containsExactly(0x131211100f0e0d0cL);
        assertThat(tensors.get(2).extents()).isEmpty();
        ByteBuffer bytes = tensors.get(3).bytes();
        assertThat(new byte[] {bytes.get(), bytes.get(), bytes.get()}).containsExactly(20, 21, 22);
        assertThatThrownBy(() -> tensors.get(0).floats()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void tensorsMayBeListedInAnyOrder() {
        String header = "{" + tensor("second", "U8", "[2]", 3, 5) + "," + tensor("first", "U8", "[3]", 0, 3) + "}";
        assertThat(Safetensors.parse(file(header, 5), "file").tensors())
                .extracting(StoredTensor::name)
                .containsExactly("first", "second");
    }

    static Stream<Arguments> brokenFiles() {
        String deep = "[".repeat(50) + "]".repeat(50);
        String many = IntStream.rangeClosed(0, Safetensors.MOST_TENSORS)
                .mapToObj(i -> tensor("t" + i, "U8", "[1]", i, i + 1))
                .collect(Collectors.joining(",", "{", "}"));
        byte[] notUtf8 = ("{" + A + "}").getBytes(StandardCharsets.UTF_8);
        notUtf8[2] = (byte) 0xff;
        return Stream.of(
                Arguments.of("only 0 bytes", new byte[0]),
                Arguments.of("only 7 bytes", new byte[7]),
                Arguments.of("a header of 0 bytes", file("", 0)),
                Arguments.of("a header of 1048577 bytes", withLength(1_048_577, new byte[1_048_577], 0)),
                Arguments.of("a header of 18446744073709551615 bytes", withLength(-1, new byte[8], 0)),
                Arguments.of("a header of 100 bytes in a file of 12", withLength(100, new byte[4], 0)),
                Arguments.of("does not start with '{'", file(" {" + A + "}", 24)),
                Arguments.of("does not start with '{'", file("[]", 0)),
                Arguments.of("not UTF-8", file(notUtf8, 24)),
                Arguments.of("not valid JSON", file("{" + A, 24)),
                Arguments.of("not valid JSON", file("{" + A + "} x", 24)),
                Arguments.of("not valid JSON", file("{" + A + "}{}", 24)),
                Arguments.of("not valid JSON", file("{\"a\":" + deep + "}", 0)),
                Arguments.of("not valid JSON", file(("{" + A + "}").getBytes(StandardCharsets.UTF_16LE), 24)),
                Arguments.of("not valid JSON", file("{" + A + "," + A + "}", 24)),
                Arguments.of("not valid JSON", file("{" + A.replace("[2,3]", "[2,3],\"shape\":[6]") + "}", 24)),
                Arguments.of("not valid JSON", file("{\"__metadata__\":{\"k\":\"v\",\"k\":\"w\"}," + A + "}", 24)),
                Arguments.of("not valid JSON", file("{\"__metadata__\":{},\"__metadata__\":{}," + A + "}", 24)),
                Arguments.of("__metadata__ that is not an object", file("{\"__metadata__\":[]," + A + "}", 24)),
                Arguments.of("metadata that is not a string", file("{\"__metadata__\":{\"k\":1}," + A + "}", 24)),
                Arguments.of("10001 tensors", file(many, 10_001)),
                Arguments.of("name that is not allowed", file("{" + A.replace("\"a\"", "\"\"") + "}", 24)),
                Arguments.of("name that is not allowed", file("{" + A.replace("\"a\"", "\"../a\"") + "}", 24)),
                Arguments.of("name that is not allowed", file("{" + A.replace("\"a\"", "\"a b\"") + "}", 24)),
                Arguments.of(
                        "name that is not allowed, 'a?[31m'",
                        file("{" + A.replace("\"a\"", "\"a\\u001b[31m\"") + "}", 24)),
                Arguments.of(
                        "name that is not allowed",
                        file("{" + A.replace("\"a\"", "\"" + "a".repeat(257) + "\"") + "}", 24)),
                Arguments.of("exactly the fields", file("{\"a\":7}", 0)),
                Arguments.of("exactly the fields", file("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4)),
                Arguments.of("exactly the fields", file("{" + A.replace("[2,3]", "[2,3],\"x\":1") + "}", 24)),
                Arguments.of("of the type F15", file("{" + tensor("a", "F15", "[2]", 0, 4) + "}", 4)),
                Arguments.of("of the type 4", file("{" + A.replace("\"F32\"", "4") + "}", 24)),
                Arguments.of("list of at most 8", file("{" + tensor("a", "U8", "[1,1,1,1,1,1,1,1,1]", 0, 1) + "}", 1)),
                Arguments.of("list of at most 8", file("{" + tensor("a", "U8", "6", 0, 6) + "}", 6)),
                Arguments.of("do not hold the 0 bytes", file("{" + tensor("a", "U8", "[0]", 0, 1) + "}", 1)),
                Arguments.of("in place of a whole number", file("{" + tensor("a", "U8", "[-1]", 0, 1) + "}", 1)),
                Arguments.of("in place of a whole number", file("{" + tensor("a", "U8", "[1.0]", 0, 1) + "}", 1)),
                Arguments.of("in place of a whole number", file("{" + tensor("a", "U8", "[\"1\"]", 0, 1) + "}", 1)),
                Arguments.of("an extent of 4294967297", file("{" + tensor("a", "U8", "[4294967297]", 0, 1) + "}", 1)),
                Arguments.of(
                        "in place of a whole number",
                        file("{" + tensor("a", "U8", "[18446744073709551617]", 0, 1) + "}", 1)),
                Arguments.of(
                        "more elements than can be counted",
                        file("{" + tensor("a", "F32", "[2147483647,2147483647,4]", 0, 4) + "}", 4)),
                Arguments.of("without two data_offsets", file("{" + A.replace("[0,24]", "[0]") + "}", 24)),
                Arguments.of("do not hold the 24 bytes", file("{" + A.replace("[0,24]", "[0,20]") + "}", 20)),
                Arguments.of("do not hold the 24 bytes", file("{" + A.replace("[0,24]", "[24,0]") + "}", 24)),
                Arguments.of("starts at byte 4", file("{" + A.replace("[0,24]", "[4,28]") + "}", 28)),
                Arguments.of(
                        "tensor b that starts at byte 20",
                        file("{" + A + "," + tensor("b", "U8", "[8]", 20, 28) + "}", 28)),
                Arguments.of(
                        "tensor b that starts at byte 25",
                        file("{" + A + "," + tensor("b", "U8", "[3]", 25, 28) + "}", 28)),
                Arguments.of("23 bytes of data for tensors of 24", file("{" + A + "}", 23)),
                Arguments.of("25 bytes of data for tensors of 24", file("{" + A + "}", 25)));
    }

    @ParameterizedTest
    @MethodSource("brokenFiles")
    void aFileThatBreaksARuleIsRefused(String got, byte[] file) {
        assertThatThrownBy(() -> Safetensors.parse(file, "some.safetensors"))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("expected a whole safetensors file, got ")
                .hasMessageContaining(got)
                .hasMessageEndingWith(", at some.safetensors; get the file again");
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] file = SMALL.toBytes();
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> Safetensors.parse(cut, "x")).isInstanceOf(InputException.class);
        }
    }

    @Test
    void randomDamageIsRefusedOrGivesAValidFile() {
        CounterRandom random = new CounterRandom(1, Purpose.TEST_INPUT);
        byte[] file = SMALL.toBytes();
        int refused = 0;
        int accepted = 0;
        for (int trial = 0; trial < 20_000; trial++) {
            byte[] damaged = file.clone();
            for (int change = 0; change <= trial % 3; change++) {
                damaged[random.below(trial, change, 0, file.length)] = (byte) random.below(trial, change, 1, 256);
            }
            try {
                for (StoredTensor tensor : Safetensors.parse(damaged, "x").tensors()) {
                    assertThat(tensor.bytes().capacity() % tensor.type().bytes())
                            .isZero();
                }
                accepted++;
            } catch (InputException e) {
                refused++;
            }
        }
        // Most bytes are in the header, where few changes are harmless.
        assertThat(refused).isGreaterThan(accepted);
        assertThat(accepted).isPositive();
    }

    @Test
    void whatCannotBeReadIsNamed() throws IOException {
        assertThatThrownBy(() -> Safetensors.read(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("got a folder, at " + folder);
        assertThatThrownBy(() -> Safetensors.read(folder.resolve("absent")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("absent: there is no such file or folder");
        assertThatThrownBy(() -> Safetensors.read(Path.of("/dev/null")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("/dev/null");
    }

    @Test
    void whatBreaksARuleIsNotWritten() {
        StoredTensor good = StoredTensor.of("a", List.of(1), new float[] {1});
        assertNotWritten(good, good);
        assertNotWritten(StoredTensor.of("a b", List.of(1), new float[] {1}));
        assertNotWritten(StoredTensor.of("__metadata__", List.of(1), new float[] {1}));
        assertNotWritten(StoredTensor.of("a", List.of(2), new float[] {1}));
        assertNotWritten(StoredTensor.of("a", List.of(0), new float[0]));
        assertNotWritten(StoredTensor.of("a", List.of(1, 1, 1, 1, 1, 1, 1, 1, 1), new float[] {1}));
    }

    private static void assertNotWritten(StoredTensor... tensors) {
        assertThatThrownBy(() -> new Safetensors(Map.of(), List.of(tensors)).toBytes())
                .isInstanceOf(IllegalArgumentException.class);
    }
}
