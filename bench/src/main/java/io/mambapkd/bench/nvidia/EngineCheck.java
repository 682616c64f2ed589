package io.mambapkd.bench.nvidia;

import io.mambapkd.bench.nvidia.EngineQuestion.Answer;
import io.mambapkd.doctor.Finding;
import io.mambapkd.ops.ConvolutionCall;
import io.mambapkd.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether cuDNN has an engine for each convolution of the presets on an H100, in F32 and in BF16. */
final class EngineCheck {
    static final List<DType> TYPES = List.of(DType.F32, DType.BF16);

    private static final String NAME = "engines of cuDNN on sm_90";
    private static final int MOST_FINDINGS = 8;

    /**
     * A row of the table.
     *
     * @param users which models of which presets compute it
     * @param cells for each of {@link #TYPES} and within it each of {@link CandidateEngine#ALL}, the KiB of workspace or why it does not work
     */
    record Row(ConvolutionCall call, String users, List<String> cells) {}

    /** The table, and what it comes to. */
    record Result(List<Row> rows, List<Finding> findings) {}

    private EngineCheck() {}

    /**
     * Asks cuDNN.
     *
     * @param calls each convolution with the models that compute it
     */
    static Result run(NvidiaLibraries libraries, Map<ConvolutionCall, Set<String>> calls) {
        List<EngineQuestion> questions = new ArrayList<>();
        calls.keySet().forEach(call -> TYPES.forEach(type -> questions.add(new EngineQuestion(call, type))));
        NvidiaLibraries.Engines engines = libraries.ask(questions);
        if (!engines.failure().isEmpty()) {
            return new Result(
                    List.of(),
                    List.of(Finding.problem(
                            NAME,
                            "cuDNN did not answer: " + engines.failure(),
                            "install all of cuDNN 9 from one package")));
        }
        List<Row> rows = new ArrayList<>();
        List<String> without = new ArrayList<>();
        int later = 0;
        for (Map.Entry<ConvolutionCall, Set<String>> entry : calls.entrySet()) {
            List<String> cells = new ArrayList<>();
            for (DType type : TYPES) {
                EngineQuestion question = new EngineQuestion(entry.getKey(), type);
                List<Answer> answers = engines.answers().getOrDefault(question, List.of());
                CandidateEngine.ALL.forEach(engine -> cells.add(engine.cell(answers, type)));
                int position = position(question, answers);
                if (position < 0) {
                    without.add(words(question) + " ("
                            + engines.refusals().getOrDefault(question, refusals(question, answers)) + ")");
                } else if (position > 0) {
                    later++;
                }
            }
            rows.add(new Row(entry.getKey(), String.join(", ", entry.getValue()), cells));
        }
        return new Result(rows, findings(questions.size(), later, without));
    }

    private static List<Finding> findings(int questions, int later, List<String> without) {
        int good = questions - without.size();
        String text = good + " of " + questions + " convolutions of the presets, in f32 and bf16, have one; " + later
                + " of them not the first that is asked for";
        if (without.isEmpty()) {
            return List.of(Finding.ok(NAME, text));
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.problem(NAME, text, ""));
        without.stream()
                .limit(MOST_FINDINGS)
                .forEach(words -> findings.add(Finding.problem(NAME, "none for " + words, "")));
        if (without.size() > MOST_FINDINGS) {
            findings.add(Finding.problem(
                    NAME, "none for " + (without.size() - MOST_FINDINGS) + " more, in the table below", ""));
        }
        return findings;
    }

    /** Which engine works, counted from 0 in the order of the program; -1 if none does. */
    private static int position(EngineQuestion question, List<Answer> answers) {
        List<CandidateEngine> engines = CandidateEngine.of(question.call().direction());
        for (int i = 0; i < engines.size(); i++) {
            if (engines.get(i).works(answers, question.dtype())) {
                return i;
            }
        }
        return -1;
    }

    private static String refusals(EngineQuestion question, List<Answer> answers) {
        return CandidateEngine.of(question.call().direction()).stream()
                .map(engine -> engine.words() + ": " + engine.cell(answers, question.dtype()))
                .collect(Collectors.joining("; "));
    }

    private static String words(EngineQuestion question) {
        return question.call().direction().words() + " of " + extents(question.call()) + " in "
                + words(question.dtype());
    }

    static String words(DType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    /** {@code (128, 28, 28, 1) to 16, kernel 3, stride 1, padding 1}. */
    static String extents(ConvolutionCall call) {
        return "(" + call.batch() + ", " + call.height() + ", " + call.width() + ", " + call.inputs() + ") to "
                + call.outputs() + ", kernel " + call.options().kernel() + ", stride "
                + call.options().stride() + ", padding " + call.options().padding();
    }
}
