package io.mambapkd.bench.result;

import io.mambapkd.results.Origin;
import java.util.List;

/** What a command measured; one JSON file, whose members are the components of the record. */
public interface Result {
    /** What {@link #incomplete} says while a command measures; it stays in a file whose command was ended from outside. */
    String UNFINISHED = "the command was ended before it had measured everything";

    /** Of the record, raised with every change of its components. */
    int formatVersion();

    /** What was measured; the name of a {@link ResultKind}. */
    String kind();

    Origin origin();

    /** Why there is less in it than was asked for, as a sentence; empty if it is whole. */
    default String incomplete() {
        return "";
    }

    /** What of it is wrong or failed, a sentence each; empty if there is nothing. */
    default List<String> problems() {
        return List.of();
    }
}
