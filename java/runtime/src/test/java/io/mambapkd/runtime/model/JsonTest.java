package io.mambapkd.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void valuesOfEveryKindAreRead() throws InvalidModelException {
        JsonValue json = Json.parse(
                " {\"a\" : [1, -2.5e3, 0], \"b\":{\"c\":\"x\\n\\u00e9\\\"\\/\"}, \"d\": true, \"e\": [], \"f\": {}} ",
                "f");
        assertThat(json.get("a").numbers()).containsExactly(1, -2500, 0);
        assertThat(json.get("b").get("c").string()).isEqualTo("x\né\"/");
        assertThat(json.get("e").list()).isEmpty();
        assertThat(json.keys()).containsExactly("a", "b", "d", "e", "f");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "[1,]",
                "[1 2]",
                "01",
                "+1",
                "1.",
                ".5",
                "1e",
                "NaN",
                "nul",
                "null",
                "\"a",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"a\nb\"",
                "{a:1}",
                "1 2",
                "{\"a\":1,\"a\":2}",
                "tru",
                "--1"
            })
    void whatIsNotJsonIsRefused(String text) {
        assertThatThrownBy(() -> Json.parse(text, "f"))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith("f: expected JSON, got ")
                .hasMessageContaining(" at character ");
    }

    @Test
    void deepNestingIsRefusedBeforeTheStackEnds() {
        assertThatThrownBy(() -> Json.parse("[".repeat(100_000), "f")).hasMessageContaining("more than 32 levels");
    }

    @Test
    void writtenNumbersAndTextsAreReadAsTheyWere() throws InvalidModelException {
        List<Double> numbers =
                List.of(0.1, 1e-300, 123456789.0, -0.30000000000000004, 1.0, Double.MIN_VALUE, Double.MAX_VALUE);
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("numbers", numbers);
        map.put("floats", List.of(0.1f, 0.491385f));
        map.put("text", "a\"\\\n\u202e\u007fé😀");
        String text = JsonText.of(map);
        JsonValue json = Json.parse(text, "f");
        assertThat(json.get("numbers").numbers())
                .containsExactly(numbers.stream().mapToDouble(n -> n).toArray());
        assertThat((float) json.get("floats").numbers()[1]).isEqualTo(0.491385f);
        assertThat(json.get("text").string()).isEqualTo("a\"\\\n\u202e\u007fé😀");
        assertThat(text)
                .contains("[0.1, ", "\"floats\": [0.1, 0.491385]", "\\u202E", "\\u007F")
                .doesNotContain("\u202e");
    }
}
