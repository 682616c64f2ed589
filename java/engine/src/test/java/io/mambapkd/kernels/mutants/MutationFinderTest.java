package io.mambapkd.kernels.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MutationFinderTest {
    private static List<String> found(String source) {
        return MutationFinder.mutationsOf(source).stream()
                .map(Mutation::description)
                .toList();
    }

    @Test
    void barriersAreDeletedOneAtATime() {
        String source = "a();\n__syncthreads();\nb();\n  __syncwarp(mask);\n";

        List<Mutation> mutations = MutationFinder.mutationsOf(source);

        assertThat(mutations).extracting(Mutation::line).containsExactly(2, 4);
        assertThat(mutations).extracting(Mutation::what).containsExactly("__syncthreads();", "__syncwarp(mask);");
        assertThat(mutations.get(0).source()).isEqualTo("a();\n;               \nb();\n  __syncwarp(mask);\n");
    }

    @Test
    void aGuardThatReturnsNoLongerReturns() {
        assertThat(found("if (row >= rows) return;")).containsExactly("row >= rows -> false");
    }

    @Test
    void aGuardAroundABlockLetsEverythingIn() {
        assertThat(found("if (column < n) {\n x[column] = 1;\n}")).containsExactly("column < n -> true");
        assertThat(found("if (at + 4 <= n) {}")).containsExactly("at + 4 <= n -> true");
    }

    @Test
    void eachConditionOfAConjunctionIsLeftOutByItself() {
        assertThat(found("if (lane < 32 && column < n && k == 0) {}"))
                .containsExactly("lane < 32 -> true", "column < n -> true");
        assertThat(found("const bool known = label >= 0 && label < classes;"))
                .containsExactly("label >= 0 -> true", "label < classes -> true");
    }

    @Test
    void eachConditionOfADisjunctionIsLeftOutByItself() {
        assertThat(found("if (row >= rows || (i < n && j < m)) return;"))
                .containsExactly("row >= rows -> false", "i < n -> true", "j < m -> true");
    }

    @Test
    void aGuardedLoadIsAGuard() {
        assertThat(found("const float v = i < n ? x[i] : 0.0f;")).containsExactly("i < n -> true");
        assertThat(found("f(a, at.inside && i + 1 < n ? x[i] : 0.0f);")).containsExactly("i + 1 < n -> true");
        assertThat(found("return i >= n ? 0 : x[i];")).containsExactly("i >= n -> false");
    }

    @Test
    void anAbsentTensorIsAGuard() {
        assertThat(found("float b = bias == nullptr ? 0.0f : bias[d];")).containsExactly("bias == nullptr -> false");
        assertThat(found("if (inside && z != nullptr) {}")).containsExactly("z != nullptr -> true");
    }

    @Test
    void aClampIsLeftOutEitherWay() {
        assertThat(found("const int steps = min(TILE, length - first);"))
                .containsExactly(
                        "min(TILE, length - first) -> (TILE)", "min(TILE, length - first) -> (length - first)");
    }

    @Test
    void templateArgumentsAreNoComparisons() {
        assertThat(found("if (f<4>(x)) {}\nif (static_cast<int>(x) >= n) return;"))
                .containsExactly("static_cast<int>(x) >= n -> false");
    }

    @Test
    void arithmeticAndLoopsAreLeftAlone() {
        assertThat(
                        found(
                                "for (int i = 0; i < n; i++) {}\ny = x < 0.0f ? e : r;\nif (t == 0) {}\nm = fminf(a, b);\nint s = 1 << 3;\nb = x > y ? 1 : 2;"))
                .isEmpty();
    }

    @Test
    void commentsAndPreprocessorLinesAreLeftAlone() {
        assertThat(found("// if (a < b) return;\n#if X >= 3\n/* __syncthreads(); */\nif constexpr (N < 3) {}"))
                .isEmpty();
    }

    @Test
    void aMacroOfSeveralLinesStaysOne() {
        String source = "#define F \\\n  if (row < \\\n  rows) {} \\\n  g();\n";

        List<Mutation> mutations = MutationFinder.mutationsOf(source);

        assertThat(mutations).hasSize(1);
        assertThat(mutations.get(0).description()).isEqualTo("row < rows -> true");
        assertThat(mutations.get(0).source()).isEqualTo("#define F \\\n  if (true  \\\n      ) {} \\\n  g();\n");
    }
}
