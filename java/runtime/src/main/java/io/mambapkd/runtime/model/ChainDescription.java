package io.mambapkd.runtime.model;

import io.mambapkd.runtime.exit.Certificate;
import io.mambapkd.runtime.exit.ExitRule;
import io.mambapkd.runtime.exit.RegretPredictor;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@code model.json} of a run folder says.
 *
 * @param height H of the images as students see them
 * @param width W
 * @param channels C, 1 for grey or 3 for red, green, blue
 * @param orientation of the images in their files
 * @param classNames K of them
 * @param mean of the training images in each channel, of values from 0 to 1
 * @param standardDeviation of them
 * @param teacherFlops of the teacher for one image
 * @param students in the order of evaluation
 * @param thresholdRule the threshold of the largest probability that the run has chosen
 * @param regret predictors of the regret, and what they are certified for; none where the run was not calibrated
 */
public record ChainDescription(
        int height,
        int width,
        int channels,
        Orientation orientation,
        List<String> classNames,
        List<Float> mean,
        List<Float> standardDeviation,
        long teacherFlops,
        List<Member> students,
        ExitRule thresholdRule,
        List<RegretPredictor> regret,
        List<Certificate> certificates)
        implements Serializable {
    /** How images are in their files. */
    public enum Orientation {
        /** As students see them. */
        NORMAL,
        /** With rows and columns exchanged, as those of EMNIST: the runtime turns them. */
        TRANSPOSED
    }

    /** Of {@code model.json}. */
    public static final String FORMAT = "mamba-pkd chain";

    /** Of the format. */
    public static final int VERSION = 1;

    private static final int LARGEST_SIDE = 1 << 14;
    private static final int MOST_CLASSES = 1 << 16;
    private static final int MOST_STUDENTS = 256;

    /**
     * A student and how it joins those before it: {@code E_k = keep E_(k-1) + weight f_k}, of logits.
     *
     * @param architecture of it
     * @param file of its tensors, within the run folder
     * @param sha256 of that file, in hexadecimal digits
     * @param flops for one image
     */
    public record Member(
            StudentDescription architecture, String file, String sha256, long flops, double keep, double weight)
            implements Serializable {}

    public ChainDescription {
        classNames = List.copyOf(classNames);
        mean = List.copyOf(mean);
        standardDeviation = List.copyOf(standardDeviation);
        students = List.copyOf(students);
        regret = List.copyOf(regret);
        certificates = List.copyOf(certificates);
    }

    /**
     * @param text of the file
     * @param where names it in messages
     * @throws InvalidModelException if it is not a description of a chain, of another version, or one that this version does not compute
     */
    public static ChainDescription of(String text, String where) throws InvalidModelException {
        JsonValue json = Json.parse(text, where);
        requireFormat(json);
        json.requireKeys(Set.of(
                "format",
                "version",
                "image",
                "classNames",
                "mean",
                "standardDeviation",
                "teacherFlops",
                "students",
                "exit"));
        JsonValue image = json.get("image").requireKeys(Set.of("height", "width", "channels", "orientation"));
        int channels = (int) image.get("channels").integer(1, 3);
        if (channels == 2) {
            throw image.get("channels").wrong("1 or 3 channels");
        }
        List<Member> students = students(json.get("students"));
        JsonValue exit = json.get("exit").requireKeys(Set.of("threshold", "regret", "certificates"));
        List<RegretPredictor> regret = predictors(exit.get("regret"), students.size());
        return new ChainDescription(
                image.get("height").extent(LARGEST_SIDE),
                image.get("width").extent(LARGEST_SIDE),
                channels,
                image.get("orientation").one(Orientation.values()),
                classNames(json.get("classNames")),
                perChannel(json.get("mean"), channels, -1e6),
                perChannel(json.get("standardDeviation"), channels, 1e-9),
                json.get("teacherFlops").integer(1, 1L << 53),
                students,
                new ExitRule(ExitRule.Kind.CONFIDENCE, exit.get("threshold").number(0, 1)),
                regret,
                certificates(exit.get("certificates"), !regret.isEmpty()));
    }

    /** The text of a file that {@link #of} reads as this. */
    public String json() {
        return ChainWriter.write(this);
    }

    private static void requireFormat(JsonValue json) throws InvalidModelException {
        if (!json.has("format") || !json.get("format").string().equals(FORMAT)) {
            throw json.wrong("the model.json of a run folder");
        }
        long version = json.get("version").integer(0, Integer.MAX_VALUE);
        if (version != VERSION) {
            throw json.get("version").wrong("version " + VERSION + ", which this runtime reads");
        }
    }

    private static List<String> classNames(JsonValue json) throws InvalidModelException {
        List<String> names = new ArrayList<>();
        for (JsonValue name : json.list()) {
            names.add(name.string());
        }
        if (names.size() < 2 || names.size() > MOST_CLASSES) {
            throw json.wrong("names of 2 to " + MOST_CLASSES + " classes");
        }
        return names;
    }

    private static List<Float> perChannel(JsonValue json, int channels, double low) throws InvalidModelException {
        List<Float> values = new ArrayList<>();
        for (JsonValue value : json.list()) {
            values.add((float) value.number(low, 1e6));
        }
        if (values.size() != channels) {
            throw json.wrong("a number for each of " + channels + " channels");
        }
        return values;
    }

    private static List<Member> students(JsonValue json) throws InvalidModelException {
        List<Member> students = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonValue student : json.list()) {
            student.requireKeys(Set.of("architecture", "file", "sha256", "flops", "keep", "weight"));
            StudentDescription architecture = StudentDescription.of(student.get("architecture"));
            if (!names.add(architecture.name())) {
                throw student.get("architecture").get("name").wrong("another name for each student");
            }
            String file = student.get("file").string();
            if (!file.matches("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?") || file.contains("..")) {
                throw student.get("file").wrong("a file within the folder");
            }
            students.add(new Member(
                    architecture,
                    file,
                    student.get("sha256").string(),
                    student.get("flops").integer(1, 1L << 53),
                    student.get("keep").number(-1e6, 1e6),
                    student.get("weight").number(-1e6, 1e6)));
        }
        if (students.isEmpty() || students.size() > MOST_STUDENTS) {
            throw json.wrong("1 to " + MOST_STUDENTS + " students");
        }
        return students;
    }

    private static List<RegretPredictor> predictors(JsonValue json, int students) throws InvalidModelException {
        List<RegretPredictor> predictors = new ArrayList<>();
        for (JsonValue predictor : json.list()) {
            double[] coefficients = predictor.numbers();
            int expected = RegretPredictor.features(predictors.size()) + 1;
            if (coefficients.length != expected) {
                throw predictor.wrong(expected + " numbers");
            }
            predictors.add(new RegretPredictor(coefficients));
        }
        if (!predictors.isEmpty() && predictors.size() != students - 1) {
            throw json.wrong("a predictor for each student but the last");
        }
        return predictors;
    }

    private static List<Certificate> certificates(JsonValue json, boolean calibrated) throws InvalidModelException {
        List<Certificate> certificates = new ArrayList<>();
        Set<Double> drops = new TreeSet<>();
        for (JsonValue certificate : json.list()) {
            certificate.requireKeys(Set.of("maximumAccuracyDrop", "confidence", "rule", "threshold", "images"));
            ExitRule.Kind rule = certificate.get("rule").one(ExitRule.Kind.values());
            if (rule == ExitRule.Kind.REGRET && !calibrated) {
                throw certificate.get("rule").wrong("a rule that the file has predictors for");
            }
            certificates.add(new Certificate(
                    certificate.get("maximumAccuracyDrop").number(0, 100),
                    certificate.get("confidence").number(0, 1),
                    new ExitRule(rule, certificate.get("threshold").number(0, 1)),
                    (int) certificate.get("images").integer(1, Integer.MAX_VALUE)));
            if (!drops.add(certificates.get(certificates.size() - 1).maximumAccuracyDrop())) {
                throw certificate.get("maximumAccuracyDrop").wrong("another drop for each certificate");
            }
        }
        return certificates;
    }
}
