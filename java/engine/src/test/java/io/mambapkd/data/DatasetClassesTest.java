package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.tensor.ImageShape;
import java.util.List;
import org.junit.jupiter.api.Test;

class DatasetClassesTest {
    private static ImageSet set(int... labels) {
        byte[] bytes = new byte[labels.length];
        for (int i = 0; i < labels.length; i++) {
            bytes[i] = (byte) labels[i];
        }
        return new ImageSet(new ImageShape(1, 1, 1), 3, new byte[labels.length], bytes);
    }

    private static Dataset named(String... names) {
        return new Dataset(
                "x",
                set(0, 1, 2, 0),
                set(2, 1),
                set(1, 0),
                List.of(0f),
                List.of(1f),
                List.of(names),
                SplitKind.LAST,
                List.of("a note"));
    }

    @Test
    void labelsFollowTheNamesOfTheClasses() {
        List<String> known = List.of("eel", "cat", "fox", "dog");
        Dataset matched = named("cat", "dog", "eel").withClasses(known).orElseThrow();

        assertThat(matched.training().labels()).containsExactly(1, 3, 0, 1);
        assertThat(matched.validation().labels()).containsExactly(0, 3);
        assertThat(matched.test().labels()).containsExactly(3, 1);
        assertThat(matched.training().classes()).isEqualTo(4);
        assertThat(matched.classNames()).isEqualTo(known);
        assertThat(matched.notes()).containsExactly("a note");
    }

    @Test
    void aNameThatIsNotKnownOrNotOfOneClassMatchesNothing() {
        assertThat(named("cat", "dog", "cow").withClasses(List.of("cat", "dog", "eel")))
                .isEmpty();
        assertThat(named("cat", "dog", "dog").withClasses(List.of("cat", "dog", "eel")))
                .isEmpty();
    }
}
