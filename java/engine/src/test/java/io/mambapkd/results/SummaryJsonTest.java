package io.mambapkd.results;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.results.RunSummary.Control;
import io.mambapkd.results.RunSummary.Fallback;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class SummaryJsonTest {
    private static final String FILE = "runs/a/summary.json";

    @Test
    void whatIsWrittenReadsBackEqual() {
        RunSummary summary = SampleRun.summary();

        assertThat(SummaryJson.read(SummaryJson.write(summary), FILE)).isEqualTo(summary);
    }

    /** As the versions of the program before wrote it: fewer keys, in the same order. */
    private static String older(int version) {
        ObjectNode tree = (ObjectNode) JsonMapper.shared().readTree(text());
        tree.put("formatVersion", version);
        withoutComparisons(tree);
        ((ObjectNode) tree.get("teacher")).remove("views");
        tree.remove(List.of("earlyExitConfusion", "teacherConfusion", "classNames", "perClass"));
        if (version == 1) {
            tree.remove("fallbacks");
        }
        return tree.toString();
    }

    /** As before format 6, and of controls as before format 5. */
    private static void withoutComparisons(ObjectNode tree) {
        withoutParts(tree);
        for (JsonNode control : tree.get("controls")) {
            ((ObjectNode) control).remove("comparison");
        }
    }

    /** The last one without comparisons of controls. */
    @Test
    void theControlsOfFormat4HaveNoComparison() {
        ObjectNode tree = (ObjectNode) JsonMapper.shared().readTree(text());
        tree.put("formatVersion", 4);
        withoutComparisons(tree);

        RunSummary read = read(tree.toString());

        assertThat(read).isEqualTo(SampleRun.summary());
        assertThat(read.controls())
                .hasSize(4)
                .allMatch(control -> control.comparison().isEmpty());
    }

    private static void withoutParts(ObjectNode tree) {
        for (JsonNode student : tree.get("students")) {
            ((ObjectNode) student).remove(List.of("blocksShare", "padding"));
        }
    }

    /** The last one before there were calibration images; its record of the data told nothing of them, either. */
    @Test
    void theRunsOfFormat6HaveNoCalibrationImages() {
        RunSummary now = SampleRun.summary();
        ObjectNode tree = (ObjectNode) JsonMapper.shared().readTree(text());
        tree.put("formatVersion", 6);
        tree.remove("calibrationImages");
        ObjectNode data = tree.putObject("data");
        data.put("dataset", "mnist").put("imageShape", "28x28x1");
        data.putArray("classNames").add("0");
        data.put("mean", 0.1307).put("standardDeviation", 0.3081);
        data.put("trainingImages", 50_000).put("validationImages", 10_000).put("testImages", 10_000);
        data.put("trainingSha256", "a").put("validationSha256", "b").put("testSha256", "c");

        RunSummary read = read(tree.toString());

        assertThat(read.calibrationImages()).isZero();
        assertThat(read.students()).isEqualTo(now.students());
        assertThat(read.data())
                .isEqualTo(new DataRecord(
                        "mnist",
                        "28x28x1",
                        List.of("0"),
                        List.of(0.1307f),
                        List.of(0.3081f),
                        50_000,
                        0,
                        10_000,
                        10_000,
                        "a",
                        "",
                        "b",
                        "c"));
        assertThat(SummaryJson.read(SummaryJson.write(read), FILE)).isEqualTo(read);
    }

    /** The last one that told nothing of a student's parts. */
    @Test
    void theStudentsOfFormat5TellNothingOfTheirParts() {
        ObjectNode tree = (ObjectNode) JsonMapper.shared().readTree(text());
        tree.put("formatVersion", 5);
        withoutParts(tree);

        RunSummary read = read(tree.toString());

        assertThat(read).isEqualTo(SampleRun.summary());
        assertThat(read.students())
                .allMatch(student ->
                        student.blocksShare().isEmpty() && student.padding().isEmpty());
    }

    @Test
    void theShareOfBlocksAndThePaddingAreKept() {
        RunSummary summary = SampleRun.withParts(0.25, "28x28x1 to 30x28x1");

        RunSummary read = read(new String(SummaryJson.write(summary), UTF_8));

        assertThat(read).isEqualTo(summary);
        assertThat(read.students().get(0).blocksShare()).contains(0.25);
        assertThat(read.students().get(0).padding()).contains("28x28x1 to 30x28x1");
    }

    @Test
    void aComparisonIsKeptAsNumbers() {
        RunSummary summary = SampleRun.summary(List.of(new Control(
                "group-conv", "c", 1, 0.1, 0.9, 0.99, 1, Optional.of(GroupComparison.of(10_000, 80, 20, 0.25)))));

        byte[] json = SummaryJson.write(summary);

        assertThat(JsonMapper.shared()
                        .readTree(json)
                        .at("/controls/0/comparison")
                        .toString())
                .isEqualTo("{\"testImages\":10000,\"onlyGroup\":80,\"onlyControl\":20,\"difference\":0.006,"
                        + "\"standardError\":0.001,\"flopsSaved\":0.25}");
        assertThat(SummaryJson.read(json, FILE)).isEqualTo(summary);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void olderFormatsAreReadWithTheNumbersOfTheGroupsClasses(int version) {
        RunSummary now = SampleRun.summary();

        RunSummary read = read(older(version));

        assertThat(read.formatVersion()).isEqualTo(RunSummary.FORMAT_VERSION);
        assertThat(read.students()).isEqualTo(now.students());
        assertThat(read.confusion()).isEqualTo(now.confusion());
        assertThat(read.timing()).isEqualTo(now.timing());
        assertThat(read.fallbacks()).isEmpty();
        assertThat(read.classNames()).isEmpty();
        assertThat(read.className(7)).isEqualTo("7");
        assertThat(read.teacherConfusion()).isEmpty();
        assertThat(read.perClass().group()).isEqualTo(now.perClass().group());
        assertThat(read.perClass().teacher()).isNull();
        assertThat(read.perClass().earlyExit()).isNull();
    }

    /** The last one without views. */
    @Test
    void aSummaryOfFormat3HasNoViews() {
        ObjectNode tree = (ObjectNode) JsonMapper.shared().readTree(text());
        tree.put("formatVersion", 3);
        withoutComparisons(tree);
        ((ObjectNode) tree.get("teacher")).remove("views");

        assertThat(read(tree.toString())).isEqualTo(SampleRun.summary());
    }

    @Test
    void theFiguresWithViewsStandBesideThePlainOnes() {
        RunSummary summary = SampleRun.withViews();

        byte[] json = SummaryJson.write(summary);

        assertThat(JsonMapper.shared().readTree(json).at("/teacher/views").toString())
                .isEqualTo("{\"count\":6,\"validationAccuracy\":0.9963,\"testAccuracy\":0.9965}");
        assertThat(SummaryJson.read(json, FILE)).isEqualTo(summary);
    }

    @Test
    void aClassWithoutTestImagesHasNoNumberAndNoneIsWrittenAsNaN() {
        RunSummary summary = SampleRun.withClasses(
                        List.of("cat", "dog", "eel"),
                        List.of(List.of(3, 1, 0), List.of(0, 0, 0), List.of(2, 0, 0)),
                        List.of(),
                        List.of())
                .summary();

        byte[] json = SummaryJson.write(summary);

        JsonNode numbers = JsonMapper.shared().readTree(json).at("/perClass/group");
        assertThat(numbers.toString())
                .isEqualTo("{\"balancedAccuracy\":0.375,\"accuracy\":[0.75,null,0.0],\"precision\":[0.6,0.0,null]}");
        assertThat(new String(json, UTF_8)).contains("[ 4, 0, 2 ]").doesNotContain("NaN");
        assertThat(SummaryJson.read(json, FILE)).isEqualTo(summary);
    }

    @ParameterizedTest
    @ValueSource(strings = {"confusion", "earlyExitConfusion", "teacherConfusion"})
    void refusesAMatrixThatIsNotSquare(String key) {
        ObjectNode tree = (ObjectNode) JsonMapper.shared().readTree(text());
        ((ArrayNode) tree.get(key).get(1)).remove(0);

        assertThatThrownBy(() -> read(tree.toString()))
                .isInstanceOf(InputException.class)
                .hasMessage(FILE + ": " + key
                        + " must have as many columns as rows, got 10 rows, of which row 2 has 9 columns");
    }

    @Test
    void aTeacherWithoutTestAccuracyReadsBackEqual() {
        RunSummary summary = SampleRun.teacherOnly().summary();

        assertThat(SummaryJson.read(SummaryJson.write(summary), FILE)).isEqualTo(summary);
    }

    @Test
    void fallbacksReadBackEqualAndSayWhetherTheRunIsDeterministic() {
        List<Fallback> fallbacks = List.of(new Fallback("one", true), new Fallback("another", false));
        RunSummary summary = SampleRun.withFallbacks(fallbacks);

        assertThat(SummaryJson.read(SummaryJson.write(summary), FILE).fallbacks())
                .isEqualTo(fallbacks);
        assertThat(summary.deterministic()).isFalse();
        assertThat(SampleRun.withFallbacks(fallbacks.subList(0, 1)).deterministic())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/dataset",
                "/device",
                "/seed",
                "/threads",
                "/teacher/parameters",
                "/teacher/flops",
                "/teacher/validationAccuracy",
                "/teacher/testAccuracy",
                "/students/0/name",
                "/students/0/parameters",
                "/students/0/flops",
                "/students/0/flopsRatio",
                "/students/0/testAccuracy",
                "/students/0/cumulativeFlopsRatio",
                "/students/0/cumulativeTestAccuracy",
                "/earlyExit/0/threshold",
                "/earlyExit/0/averageFlopsRatio",
                "/earlyExit/0/testAccuracy",
                "/timing/totalSeconds",
                "/timing/teacherSeconds",
                "/timing/studentSeconds/0",
                "/timing/teacherImagesPerSecond",
                "/fallbacks",
                "/confusion/0/0",
                "/earlyExitConfusion/0/0",
                "/teacherConfusion/0/0",
                "/classNames/9",
                "/perClass/testImages/9",
                "/perClass/group/balancedAccuracy",
                "/perClass/group/accuracy/9",
                "/perClass/group/precision/9",
                "/perClass/earlyExit/accuracy/9",
                "/perClass/teacher/balancedAccuracy"
            })
    void holdsEveryKeyThatUsersRelyOn(String pointer) {
        JsonNode tree = JsonMapper.shared().readTree(SummaryJson.write(SampleRun.summary()));

        assertThat(tree.at(pointer).isMissingNode()).isFalse();
    }

    @Test
    void keysStandInTheOrderOfTheRecords() {
        String text = text();

        assertThat(text)
                .startsWith("{\n  \"formatVersion\" : 7,\n  \"dataset\" : \"mnist\",\n")
                .endsWith("}\n");
        assertThat(text.indexOf("\"parameters\"")).isLessThan(text.indexOf("\"flops\""));
        assertThat(text).doesNotContain("\r");
    }

    @Test
    void refusesToWriteANumberThatIsNotFinite() {
        RunSummary summary = SampleRun.summary(List.of(new Control("cnn", "plain CNN", 1, 0.1, 0.9, Double.NaN, 1)));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SummaryJson.write(summary))
                .withMessage("summary.json: controls[0].testAccuracy is NaN");
    }

    @Test
    void refusesAnotherFormatVersion() {
        String newer = text().replace("\"formatVersion\" : 7", "\"formatVersion\" : 8");

        assertThatThrownBy(() -> read(newer))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "runs/a/summary.json: expected format version 7, got 8; read it with the version of mamba-pkd"
                                + " that wrote it");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"threads\" : 2              | \"thread\" : 2                | key thread",
                "\"threads\" : 2              | \"threads\" : 2, \"more\" : 1 | key more",
                "\"threads\" : 2              | \"threads\" : \"2\"           | key threads",
                "\"threads\" : 2              | \"threads\" : 2.5             | key threads",
                "\"threads\" : 2              | \"threads\" : null            | threads must be",
                "\"threads\" : 2              | \"threads\" : 2, \"seed\" : 1 | seed",
                "\"totalSeconds\" : 757.0     | \"totalSeconds\" : 1e999      | timing.totalSeconds must be",
                "\"name\" : \"student-1\"     | \"name\" : null               | students[0].name must be"
            })
    void refusesWhatItDidNotWrite(String from, String to, String named) {
        String changed = text().replaceFirst(java.util.regex.Pattern.quote(from), to);
        assertThat(changed).isNotEqualTo(text());

        assertThatThrownBy(() -> read(changed))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(FILE)
                .hasMessageContaining(named)
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "7", "{}", "\u0000\u0001", "{\"formatVersion\" : \"1\"}"})
    void refusesWhatIsNoSummaryAtAll(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(InputException.class).hasMessageStartingWith(FILE);
    }

    @Test
    void refusesATruncatedFileAndSaysWhere() {
        String text = text();

        assertThatThrownBy(() -> read(text.substring(0, text.length() / 2)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("line ")
                .hasMessageContaining("expected the summary of a run");
    }

    private static String text() {
        return new String(SummaryJson.write(SampleRun.summary()), UTF_8);
    }

    private static RunSummary read(String text) {
        return SummaryJson.read(text.getBytes(UTF_8), FILE);
    }
}
