package io.mambapkd.kernels.mutants;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Finds what {@code make mutants ARITHMETIC=1} breaks in a source, by its text alone: one mutation for every line in which there is arithmetic, that of
 * indices included. Where a line offers several, the line's number chooses. What is exchanged:
 *
 * <ul>
 *   <li>an operator between blanks, for its opposite: {@code + - * / % << >> & | ^} and their assignments;
 *   <li>a sign before an operand: left out;
 *   <li>a constant with a point: 0 for 1, any other for itself and a quarter;
 *   <li>a function of {@link #FUNCTIONS}, for another; the argument of an exponential is a quarter larger;
 *   <li>a comparison with such a constant: turned around.
 * </ul>
 *
 * Comments, preprocessor lines, template arguments and constants of whole numbers are left alone.
 */
final class ArithmeticFinder {
    private static final Map<String, String> OPERATORS = Map.ofEntries(
            Map.entry("+", "-"),
            Map.entry("-", "+"),
            Map.entry("*", "+"),
            Map.entry("/", "*"),
            Map.entry("%", "/"),
            Map.entry("+=", "-="),
            Map.entry("-=", "+="),
            Map.entry("*=", "+="),
            Map.entry("/=", "*="),
            Map.entry("<<", ">>"),
            Map.entry(">>", "<<"),
            Map.entry("&", "|"),
            Map.entry("|", "&"),
            Map.entry("^", "|"));

    private static final Map<String, String> FUNCTIONS = Map.ofEntries(
            Map.entry("fmaxf", "fminf"),
            Map.entry("fminf", "fmaxf"),
            Map.entry("max", "min"),
            Map.entry("min", "max"),
            Map.entry("fabsf", "static_cast<float>"),
            Map.entry("sqrtf", "fabsf"),
            Map.entry("sqrt", "fabs"),
            Map.entry("rsqrtf", "sqrtf"),
            Map.entry("cos", "sin"),
            Map.entry("sin", "cos"),
            Map.entry("tanhf", "sinf"),
            Map.entry("erfcf", "erff"),
            Map.entry("logf", "sqrtf"),
            Map.entry("log2_approx", "sqrtf"),
            Map.entry("reciprocal_approx", "static_cast<float>"),
            Map.entry("__fadd_rn", "__fsub_rn"),
            Map.entry("__fsub_rn", "__fadd_rn"),
            Map.entry("__fmul_rn", "__fadd_rn"),
            Map.entry("expf", "expf(1.25f * "),
            Map.entry("exp_approx", "exp_approx(1.25f * "),
            Map.entry("exp2_approx", "exp2_approx(1.25f * "));

    private static final Pattern OPERATOR = Pattern.compile("(?<=[\\w)\\]] )([-+*/%]=?|<<|>>|[&|^])(?= )");
    private static final Pattern SIGN = Pattern.compile("(?<=[(,=?:{] ?|return )-(?=[\\w(])");
    private static final Pattern CONSTANT =
            Pattern.compile("(?<![\\w.])\\d+\\.\\d*(e-?\\d+)?f?(?!\\w)|(?<![\\w.])\\d+e-?\\d+f?");
    private static final Pattern FUNCTION = Pattern.compile("(?<![\\w:.])(\\w+)\\(");
    private static final Pattern COMPARISON = Pattern.compile("(?<=[\\w)\\]] )(<=|>=|<|>)(?= \\d+\\.)");
    private static final Pattern SKIPPED = Pattern.compile(
            "constexpr (unsigned|int|long)|template|static_assert|__launch_bounds__|__device__ inline \\w+ (exp|exp2|max|min)");

    private final String original;
    private final List<Mutation> here = new ArrayList<>();

    private ArithmeticFinder(String source) {
        this.original = source;
    }

    /** One mutation for each line of arithmetic, in the order of the text. */
    static List<Mutation> mutationsOf(String source) {
        String code = MutationFinder.codeOf(source);
        List<Mutation> all = new ArrayList<>();
        int line = 1;
        for (int begin = 0; begin < code.length(); line++) {
            int newline = code.indexOf('\n', begin);
            int end = newline < 0 ? code.length() : newline;
            ArithmeticFinder finder = new ArithmeticFinder(source);
            finder.find(code.substring(begin, end), begin);
            if (!finder.here.isEmpty()) {
                all.add(finder.here.get(line % finder.here.size()));
            }
            begin = end + 1;
        }
        return all;
    }

    private void find(String line, int at) {
        if (SKIPPED.matcher(line).find()) {
            return;
        }
        for (MatchResult match : OPERATOR.matcher(line).results().toList()) {
            exchange(at, match, OPERATORS.get(match.group()));
        }
        for (MatchResult match : SIGN.matcher(line).results().toList()) {
            exchange(at, match, "");
        }
        for (MatchResult match : CONSTANT.matcher(line).results().toList()) {
            boolean zero = Double.parseDouble(match.group().replace("f", "")) == 0;
            exchange(at, match, zero ? match.group().replaceFirst("0", "1") : "(1.25f * " + match.group() + ")");
        }
        for (MatchResult match : COMPARISON.matcher(line).results().toList()) {
            exchange(at, match, match.group().startsWith("<") ? ">" : "<");
        }
        for (MatchResult match : FUNCTION.matcher(line).results().toList()) {
            String other = FUNCTIONS.get(match.group(1));
            if (other != null) {
                exchange(at, match, other.contains("(") ? other : other + "(");
            }
        }
    }

    private void exchange(int at, MatchResult match, String instead) {
        here.add(Mutation.replaced(original, at + match.start(), at + match.end(), instead));
    }
}
