package io.mambapkd.bench.nvidia;

import io.mambapkd.ops.Conv2dOps;
import io.mambapkd.ops.ConvolutionCall;
import io.mambapkd.ops.ConvolutionCall.Direction;
import io.mambapkd.ops.cuda.libraries.CudnnDirection;
import io.mambapkd.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * A convolution of which cuDNN is asked whether its engines can compute it. Images are channels-last and, like filters, of one type; sums are float.
 *
 * @param dtype F32 or BF16
 */
public record EngineQuestion(ConvolutionCall call, DType dtype) {
    /** Engines of cuDNN that its algorithms of the same numbers run: both exist for each direction. */
    static final int ENGINES = 2;

    private static final String SEPARATOR = ",";
    private static final String ANSWER_SEPARATOR = ";";

    /** Order of a filter's values in memory. */
    public enum FilterLayout {
        /** (Cout, kernel, kernel, Cin). */
        CHANNELS_LAST,
        /** (Cout, Cin, kernel, kernel). */
        CHANNELS_FIRST
    }

    /** An engine, with the filter in a layout. */
    public record Way(int engine, FilterLayout layout) {}

    /** The engines of a direction in the order in which {@link CudnnDirection} asks for their algorithms. */
    public static List<Way> ways(Direction direction) {
        return CudnnDirection.valueOf(direction.name()).ways().stream()
                .map(way -> new Way(
                        way.algorithm(), FilterLayout.valueOf(way.filter().name())))
                .toList();
    }

    /**
     * What cuDNN answered about one engine.
     *
     * @param status 0 if it can, else the status of cuDNN that refused
     * @param workspaceBytes that it needs then
     * @param notes numerical notes that cuDNN has on it, a bit each
     */
    public record Answer(int engine, FilterLayout layout, int status, long workspaceBytes, int notes) {
        private static final int FIELDS = 5;

        String line() {
            return String.join(
                    SEPARATOR,
                    Integer.toString(engine),
                    layout.name(),
                    Integer.toString(status),
                    Long.toString(workspaceBytes),
                    Integer.toString(notes));
        }

        private static Answer parse(String line) {
            String[] fields = line.split(SEPARATOR, FIELDS);
            return new Answer(
                    Integer.parseInt(fields[0]),
                    FilterLayout.valueOf(fields[1]),
                    Integer.parseInt(fields[2]),
                    Long.parseLong(fields[3]),
                    Integer.parseInt(fields[4]));
        }
    }

    /** As one word, for another process. */
    String line() {
        Conv2dOps.Options options = call.options();
        return String.join(
                SEPARATOR,
                call.direction().name(),
                dtype.name(),
                Integer.toString(call.batch()),
                Integer.toString(call.height()),
                Integer.toString(call.width()),
                Integer.toString(call.inputs()),
                Integer.toString(call.outputs()),
                Integer.toString(options.kernel()),
                Integer.toString(options.stride()),
                Integer.toString(options.padding()));
    }

    static EngineQuestion parse(String line) {
        String[] words = line.split(SEPARATOR, -1);
        int[] numbers = new int[words.length];
        for (int i = 2; i < words.length; i++) {
            numbers[i] = Integer.parseInt(words[i]);
        }
        return new EngineQuestion(
                new ConvolutionCall(
                        Direction.valueOf(words[0]),
                        numbers[2],
                        numbers[3],
                        numbers[4],
                        numbers[5],
                        numbers[6],
                        new Conv2dOps.Options(numbers[7], numbers[8], numbers[9])),
                DType.valueOf(words[1]));
    }

    static String lines(List<Answer> answers) {
        return String.join(ANSWER_SEPARATOR, answers.stream().map(Answer::line).toList());
    }

    static List<Answer> answers(String lines) {
        List<Answer> answers = new ArrayList<>();
        for (String line : lines.split(ANSWER_SEPARATOR, -1)) {
            answers.add(Answer.parse(line));
        }
        return answers;
    }
}
