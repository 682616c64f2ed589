package io.mambapkd.cli.session;

import io.mambapkd.InputException;
import io.mambapkd.ops.cuda.options.CudaFailure;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into a sentence and an exit code, for this program and for others that take a command line. */
public final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private static final long MEBIBYTE = 1 << 20;

    private final String program;
    private final PrintWriter err;
    private final BooleanSupplier stacktrace;

    /**
     * @param program what the user types, before every sentence
     * @param err where sentences go
     * @param stacktrace whether the user wants to see stack traces
     */
    public Failures(String program, PrintWriter err, BooleanSupplier stacktrace) {
        this.program = program;
        this.err = err;
        this.stacktrace = stacktrace;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        say(String.valueOf(failure.getMessage()).replaceFirst("^Error: ", "") + suggestion(failure));
        err.println("see: " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.BAD_INPUT;
    }

    private static String suggestion(ParameterException failure) {
        if (failure instanceof UnmatchedArgumentException unmatched) {
            List<String> similar = unmatched.getSuggestions();
            return similar.isEmpty() ? "" : "; did you mean " + String.join(" or ", similar) + "?";
        }
        return "";
    }

    /** Whether it is a call of CUDA that this program should never have made. Another sentence may be around it. */
    private static boolean isOurs(@Nullable Throwable failure) {
        return failure instanceof CudaFailure call && call.origin() == CudaFailure.Origin.PROGRAM;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        boolean ours = isOurs(failure) || isOurs(failure.getCause());
        if (failure instanceof InputException bad && !ours) {
            say(String.valueOf(bad.getMessage()));
            traceIfAsked(bad);
            return ExitCode.BAD_INPUT;
        }
        return internal(failure);
    }

    /** For what the program did not foresee. */
    public int internal(Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            say("the " + Runtime.getRuntime().maxMemory() / MEBIBYTE
                    + " MiB of memory that Java may use are not enough; allow more, as in MAMBA_PKD_OPTS=-Xmx4g");
        } else {
            say("internal error: " + failure + (stacktrace.getAsBoolean() ? "" : "; re-run with --stacktrace"));
        }
        traceIfAsked(failure);
        return ExitCode.INTERNAL;
    }

    private void traceIfAsked(Throwable failure) {
        if (stacktrace.getAsBoolean()) {
            failure.printStackTrace(err);
        }
    }

    /** On one line, without anything that a terminal would obey. */
    public void say(String sentence) {
        err.println(program + ": " + sentence.replaceAll("\\s+", " ").replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "?"));
    }
}
