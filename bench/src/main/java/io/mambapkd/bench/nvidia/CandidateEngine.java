package io.mambapkd.bench.nvidia;

import io.mambapkd.bench.nvidia.EngineQuestion.Answer;
import io.mambapkd.bench.nvidia.EngineQuestion.FilterLayout;
import io.mambapkd.ops.ConvolutionCall.Direction;
import io.mambapkd.tensor.DType;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The engines that a convolution may run on. An algorithm of cuDNN's calls for convolutions runs the engine of the same number.
 *
 * @param words name in a table
 */
record CandidateEngine(int engine, FilterLayout layout, String words) {
    private static final int STATUS_SUCCESS = 0;
    private static final int NOTE_TENSOR_CORES = 1 << 0;
    private static final int NOTE_ROUNDS_INPUTS = 1 << 1;
    private static final int KIB = 1 << 10;

    /** All of them, as the columns of a table. */
    static final List<CandidateEngine> ALL = List.of(
            new CandidateEngine(1, FilterLayout.CHANNELS_LAST, "engine 1"),
            new CandidateEngine(1, FilterLayout.CHANNELS_FIRST, "engine 1, filter channels-first"),
            new CandidateEngine(0, FilterLayout.CHANNELS_LAST, "engine 0"),
            new CandidateEngine(0, FilterLayout.CHANNELS_FIRST, "engine 0, filter channels-first"));

    /** Those of a direction in the order in which the program asks for their algorithms. */
    static List<CandidateEngine> of(Direction direction) {
        return EngineQuestion.ways(direction).stream().map(CandidateEngine::of).toList();
    }

    private static CandidateEngine of(EngineQuestion.Way way) {
        return ALL.stream()
                .filter(candidate -> candidate.engine == way.engine() && candidate.layout == way.layout())
                .findFirst()
                .orElseThrow();
    }

    /** What cuDNN answered about it. */
    private Optional<Answer> answer(List<Answer> answers) {
        return answers.stream()
                .filter(answer -> answer.engine() == engine && answer.layout() == layout)
                .findFirst();
    }

    /** Whether it computes the convolution, and floats as floats: the program forbids TF32. */
    boolean works(List<Answer> answers, DType dtype) {
        return answer(answers)
                .filter(answer -> answer.status() == STATUS_SUCCESS && !rounds(answer, dtype))
                .isPresent();
    }

    /** {@code 3,137} KiB of workspace, or why it does not work. */
    String cell(List<Answer> answers, DType dtype) {
        return answer(answers).map(answer -> cell(answer, dtype)).orElse("no answer");
    }

    private static String cell(Answer answer, DType dtype) {
        if (answer.status() != STATUS_SUCCESS) {
            return "refused, status " + answer.status();
        }
        if (rounds(answer, dtype)) {
            return "rounds to TF32";
        }
        String kib = String.format(Locale.ROOT, "%,d", (answer.workspaceBytes() + KIB - 1) / KIB);
        return (answer.notes() & NOTE_TENSOR_CORES) == 0 ? kib : kib + ", tensor cores";
    }

    private static boolean rounds(Answer answer, DType dtype) {
        return dtype == DType.F32 && (answer.notes() & (NOTE_TENSOR_CORES | NOTE_ROUNDS_INPUTS)) != 0;
    }
}
