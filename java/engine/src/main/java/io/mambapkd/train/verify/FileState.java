package io.mambapkd.train.verify;

/** What was found of a file. */
public enum FileState {
    /** Every byte is as it was written. */
    WHOLE("whole"),
    /** It can be read; a change that leaves it readable would not be found, as nothing has its hash. */
    READABLE("not fully checked"),
    DAMAGED("damaged"),
    MISSING("missing"),
    /** The system does not let it be read. */
    UNREADABLE("cannot be read"),
    /** It is whole, and of another run than the files beside it. */
    MISFIT("does not fit"),
    /** No run has left it there. */
    FOREIGN("no part of the run"),
    /** A process was killed while it wrote it, or is writing it. */
    LEFT_OVER("left over");

    private final String text;

    FileState(String text) {
        this.text = text;
    }

    /** For people. */
    public String text() {
        return text;
    }

    /** Whether something of the run is lost. */
    public boolean isProblem() {
        return this == DAMAGED || this == MISSING || this == UNREADABLE || this == MISFIT;
    }

    /** Whether the file is one of the run at all. */
    public boolean isOfRun() {
        return this != FOREIGN && this != LEFT_OVER;
    }
}
