package io.mambapkd.data.folder;

import java.util.List;

/** What images of a folder are for, and the names of folders that say so. */
public enum Part {
    TRAINING(List.of("train", "training")),
    VALIDATION(List.of("val", "valid", "validation")),
    TEST(List.of("test", "testing"));

    private final String names;

    Part(List<String> names) {
        this.names = String.join(" ", names);
    }

    /** In order of preference. */
    List<String> names() {
        return List.of(names.split(" "));
    }
}
