package io.mambapkd.cli.session;

/** What the program returns to its caller. A process that a signal ends at once has 128 and the number of the signal, as shells count it. */
public final class ExitCode {
    public static final int OK = 0;
    /** Something given to the program is wrong: a file, an option, a value, the machine. */
    public static final int BAD_INPUT = 2;
    /** The device failed, and this process cannot use it any more: another one may. */
    public static final int DEVICE_LOST = 5;
    /** Another process has what this one needs, such as the run folder. */
    public static final int LOCKED = 8;
    /** The program is wrong (EX_SOFTWARE of sysexits.h). */
    public static final int INTERNAL = 70;
    /** A signal asked the run to stop, and another process can go on with it (EX_TEMPFAIL of sysexits.h). */
    public static final int INTERRUPTED = 75;

    /** Whoever read the output has gone, as shells count it: 128 + SIGPIPE. */
    public static final int NO_READER = 141;

    private ExitCode() {}
}
