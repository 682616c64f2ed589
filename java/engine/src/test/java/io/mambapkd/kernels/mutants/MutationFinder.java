package io.mambapkd.kernels.mutants;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds what {@code make mutants} takes out of a source, by its text alone. cuda/README.md tells kernel writers the forms:
 *
 * <ul>
 *   <li>a barrier, {@code __syncthreads();} or {@code __syncwarp();}: deleted;
 *   <li>a guard, in the condition of an {@code if}, before a {@code ?}, or in {@code const bool name = ...}: each comparison by {@code <}, {@code <=} or
 *       {@code >=} and each comparison with {@code nullptr} is left out of its {@code &&} or {@code ||}, one at a time; one that stands alone becomes
 *       what lets everything pass, true for {@code index < extent} and {@code pointer != nullptr}, false for the opposites. Comparisons with a float
 *       literal are arithmetic, not guards;
 *   <li>a clamp, {@code min(a, b)}: becomes each of the two.
 * </ul>
 *
 * Bounds of loops are left alone, and so is what stands in {@code if constexpr}, in a preprocessor line or in a comment.
 */
final class MutationFinder {
    private static final Pattern BARRIER = Pattern.compile("__sync(threads|warp)\\s*\\([^()]*\\)\\s*;");
    private static final Pattern IF = Pattern.compile("\\bif\\s*\\(");
    private static final Pattern BOOL = Pattern.compile("\\bbool\\s+\\w+\\s*=");
    private static final Pattern MIN = Pattern.compile("(?<![\\w:])min\\s*\\(");
    private static final Pattern TEMPLATE_ARGUMENTS = Pattern.compile("\\b[A-Za-z_]\\w*(<[\\w\\s,:*]+>)(?=\\s*[({])");
    private static final Pattern COMPARISON = Pattern.compile("(?<![<=>!-])(<=|>=|==|!=|<)(?![<=])");
    private static final Pattern FLOAT = Pattern.compile("\\b\\d+\\.\\d*(e-?\\d+)?f?\\b|\\b\\d+e-?\\d+f?");

    private final String original;
    /** The same without comments, strings, preprocessor lines and template arguments: blanks in their place. */
    private final String code;

    private final TreeMap<Integer, List<Mutation>> found = new TreeMap<>();

    private MutationFinder(String source) {
        this.original = source;
        this.code = codeOf(source);
    }

    /** All mutations of a source, in the order of the text. */
    static List<Mutation> mutationsOf(String source) {
        MutationFinder finder = new MutationFinder(source);
        finder.barriers();
        finder.conditions();
        finder.clamps();
        return finder.found.values().stream().flatMap(Collection::stream).toList();
    }

    private void barriers() {
        for (MatchResult match : BARRIER.matcher(code).results().toList()) {
            put(match.start(), match.end(), ";");
        }
    }

    private void conditions() {
        for (MatchResult match : IF.matcher(code).results().toList()) {
            guardsIn(match.end(), closing(match.end()));
        }
        for (MatchResult match : BOOL.matcher(code).results().toList()) {
            guardsIn(match.end(), code.indexOf(';', match.end()));
        }
        for (int at = code.indexOf('?'); at >= 0; at = code.indexOf('?', at + 1)) {
            guardsIn(beginOfOperand(at), at);
        }
    }

    private void clamps() {
        for (MatchResult match : MIN.matcher(code).results().toList()) {
            int end = closing(match.end());
            int comma = topLevelComma(match.end(), end);
            if (comma > 0) {
                put(
                        match.start(),
                        end + 1,
                        "(" + original.substring(match.end(), comma).strip() + ")");
                put(
                        match.start(),
                        end + 1,
                        "(" + original.substring(comma + 1, end).strip() + ")");
            }
        }
    }

    /** The comparisons among the operands of {@code &&} and {@code ||}, at whatever depth. */
    private void guardsIn(int begin, int end) {
        int from = begin;
        int depth = 0;
        boolean afterAnd = false;
        boolean afterOr = false;
        for (int at = begin; at <= end; at++) {
            char c = at < end ? code.charAt(at) : ';';
            boolean and = at < end && code.startsWith("&&", at);
            boolean or = at < end && code.startsWith("||", at);
            if (depth == 0 && (at == end || and || or || c == '?' || c == ':')) {
                operand(from, at, afterAnd || and ? "true" : afterOr || or ? "false" : "");
                at += and || or ? 1 : 0;
                from = at + 1;
                afterAnd = and;
                afterOr = or;
            } else if (c == '(' || c == '[') {
                depth++;
            } else if (c == ')' || c == ']') {
                depth--;
            }
        }
    }

    /** {@code neutral} is what leaves an operand out of its {@code &&} or {@code ||}, or empty where it stands alone. */
    private void operand(int from, int to, String neutral) {
        int begin = from;
        int end = to;
        while (begin < end && Character.isWhitespace(code.charAt(begin))) {
            begin++;
        }
        while (end > begin && Character.isWhitespace(code.charAt(end - 1))) {
            end--;
        }
        if (begin == end) {
            return;
        }
        if (code.charAt(begin) == '(' && closing(begin + 1) == end - 1) {
            guardsIn(begin + 1, end - 1);
            return;
        }
        String text = code.substring(begin, end);
        Matcher comparison = COMPARISON.matcher(text);
        if (!comparison.find() || FLOAT.matcher(text).find()) {
            return;
        }
        String operator = comparison.group();
        boolean equality = operator.equals("==") || operator.equals("!=");
        if (!equality || text.contains("nullptr")) {
            boolean passes = operator.startsWith("<") || operator.equals("!=");
            put(begin, end, neutral.isEmpty() ? String.valueOf(passes) : neutral);
        }
    }

    private void put(int begin, int end, String instead) {
        Mutation mutation = Mutation.of(original, begin, end, instead);
        List<Mutation> here = found.computeIfAbsent(begin, key -> new ArrayList<>());
        if (!here.contains(mutation)) {
            here.add(mutation);
        }
    }

    /** The bracket that closes the one before {@code from}. */
    private int closing(int from) {
        int depth = 1;
        for (int at = from; at < code.length(); at++) {
            char c = code.charAt(at);
            depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
            if (depth == 0) {
                return at;
            }
        }
        throw new IllegalArgumentException(
                "a bracket is opened in \"" + code.substring(Math.max(0, from - 40), from) + "\" and never closed");
    }

    private int topLevelComma(int from, int to) {
        int depth = 0;
        for (int at = from; at < to; at++) {
            char c = code.charAt(at);
            depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
            if (c == ',' && depth == 0) {
                return at;
            }
        }
        return -1;
    }

    /** Where the condition before the {@code ?} at {@code end} begins. */
    private int beginOfOperand(int end) {
        int depth = 0;
        for (int at = end - 1; at >= 0; at--) {
            char c = code.charAt(at);
            depth += c == ')' || c == ']' ? 1 : c == '(' || c == '[' ? -1 : 0;
            boolean assigns = c == '=' && "=<>!".indexOf(code.charAt(at - 1)) < 0 && code.charAt(at + 1) != '=';
            boolean returns = c == 'n'
                    && code.startsWith("return", at - 5)
                    && !Character.isJavaIdentifierPart(code.charAt(at + 1));
            if (depth < 0 || depth == 0 && (assigns || returns || "{};,?:".indexOf(c) >= 0)) {
                return at + 1;
            }
        }
        return 0;
    }

    /** A source without comments, strings, preprocessor lines and template arguments: blanks in their place. */
    static String codeOf(String source) {
        return blankTemplateArguments(blank(source));
    }

    private static String blankTemplateArguments(String text) {
        StringBuilder blanked = new StringBuilder(text);
        for (MatchResult match : TEMPLATE_ARGUMENTS.matcher(text).results().toList()) {
            blank(blanked, match.start(1), match.end(1));
        }
        return blanked.toString();
    }

    private static String blank(String source) {
        StringBuilder code = new StringBuilder(source);
        Pattern skipped = Pattern.compile(
                "//[^\n]*|\\\\(?=\n)|/\\*.*?\\*/|\"(\\\\.|[^\"\\\\\n])*\"|'(\\\\.|[^'\\\\\n])+'|(?m:^)[ \t]*#(?!define)[^\n]*",
                Pattern.DOTALL);
        for (MatchResult match : skipped.matcher(source).results().toList()) {
            blank(code, match.start(), match.end());
        }
        return code.toString();
    }

    private static void blank(StringBuilder text, int begin, int end) {
        for (int at = begin; at < end; at++) {
            if (text.charAt(at) != '\n') {
                text.setCharAt(at, ' ');
            }
        }
    }
}
