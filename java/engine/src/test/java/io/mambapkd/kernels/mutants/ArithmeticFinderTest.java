package io.mambapkd.kernels.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ArithmeticFinderTest {
    private static List<String> broken(String source) {
        return ArithmeticFinder.mutationsOf(source).stream()
                .map(mutation -> mutation.source().lines().toList().get(mutation.line() - 1))
                .toList();
    }

    @Test
    void operatorsBecomeTheirOpposites() {
        assertThat(broken("a = b + c;\nx -= y;\nn = m >> 16;\nq = a * b;\nr = i % n;"))
                .containsExactly("a = b - c;", "x += y;", "n = m << 16;", "q = a + b;", "r = i / n;");
    }

    @Test
    void signsAreLeftOutAndConstantsChange() {
        assertThat(broken("f(-x);\nfloat sum = 0.0f;\nconst float q = 0.5f;"))
                .containsExactly("f(x);", "float sum = 1.0f;", "const float q = (1.25f * 0.5f);");
    }

    @Test
    void functionsAreExchangedAndExponentsGrow() {
        assertThat(broken("m = fmaxf(a, b);\ne = expf(x);\ns = sqrtf(v);"))
                .containsExactly("m = fminf(a, b);", "e = expf(1.25f * x);", "s = fabsf(v);");
    }

    @Test
    void theNumberOfTheLineChoosesAmongSeveral() {
        assertThat(broken("a = b + c * d;\na = b + c * d;")).containsExactly("a = b + c + d;", "a = b - c * d;");
    }

    @Test
    void linesWithoutArithmeticCommentsTypesAndConstantsOfWholeNumbersAreLeftAlone() {
        assertThat(
                        broken(
                                "// a + b\n#if A + B\nconst float* p = q;\nconstexpr int N = 4 * 8;\nfloat& r = s;\nf<A>(x);\ni++;"))
                .isEmpty();
    }
}
