package io.mambapkd.bench;

/** What a command measured; one JSON file, whose members are the components of the record. */
public interface Result {
    /** Of the record, raised with every change of its components. */
    int formatVersion();

    /** What was measured; one of {@link ResultKinds}. */
    String kind();

    Origin origin();
}
