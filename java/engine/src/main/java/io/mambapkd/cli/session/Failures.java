package io.mambapkd.cli.session;

import io.mambapkd.InputException;
import io.mambapkd.PlainText;
import io.mambapkd.ProgramError;
import io.mambapkd.cli.text.PathOption;
import io.mambapkd.ops.cuda.failures.CudaCallError;
import io.mambapkd.ops.cuda.failures.DeviceLostException;
import io.mambapkd.storage.RunLockedException;
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
    private static final String SET = "--set";

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
        if (failure.getCause() instanceof InputException bad && failure.getArgSpec() != null) {
            say(PathOption.refusal(failure.getArgSpec(), bad.problem()).sentence());
            return ExitCode.BAD_INPUT;
        }
        String assignment = splitAssignment(failure, args);
        if (!assignment.isEmpty()) {
            say(assignment);
            return ExitCode.BAD_INPUT;
        }
        String unknown = unknownCommand(failure);
        say(unknown == null ? WrongUsage.sentence(failure) : unknown);
        err.println("see: " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.BAD_INPUT;
    }

    /** A sentence about {@code --set KEY VALUE} or {@code --set KEY = VALUE}, whose last words belong to nothing; empty if that is not what failed. */
    private static String splitAssignment(ParameterException failure, String[] args) {
        if (failure instanceof UnmatchedArgumentException unmatched) {
            for (int i = 0; i + 2 < args.length; i++) {
                boolean spaced = i + 3 < args.length && args[i + 2].equals("=");
                String value = args[spaced ? i + 3 : i + 2];
                boolean split = args[i].equals(SET)
                        && !args[i + 1].contains("=")
                        && unmatched.getUnmatched().contains(value);
                if (split) {
                    return SET + " " + args[i + 1] + (spaced ? " = " : " ") + value
                            + ": expected KEY=VALUE without spaces; write " + SET + " " + args[i + 1] + "=" + value;
                }
            }
        }
        return "";
    }

    /** A sentence about a word that stands where a command is expected; null where something else is wrong. */
    private static @Nullable String unknownCommand(ParameterException failure) {
        CommandLine command = failure.getCommandLine();
        if (failure instanceof UnmatchedArgumentException unmatched
                && !command.getSubcommands().isEmpty()
                && !unmatched.getUnmatched().get(0).isEmpty()
                && !unmatched.isUnknownOption()) {
            String word = unmatched.getUnmatched().get(0);
            // Two letters anywhere in a word are enough for picocli.
            List<String> similar = unmatched.getSuggestions().stream()
                    .filter(name -> name.charAt(0) == word.charAt(0))
                    .toList();
            String remedy = similar.isEmpty()
                    ? "expected one of "
                            + String.join(", ", command.getSubcommands().keySet())
                    : "did you mean " + String.join(" or ", similar) + "?";
            return "unknown command '" + word + "'; " + remedy;
        }
        return null;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        if (failure instanceof InputException bad && CudaCallError.in(bad).isEmpty()) {
            say(String.valueOf(bad.getMessage()));
            traceIfAsked(bad);
            return exitCode(bad);
        }
        return internal(failure);
    }

    private static int exitCode(InputException bad) {
        if (DeviceLostException.in(bad).isPresent()) {
            return ExitCode.DEVICE_LOST;
        }
        return bad instanceof RunLockedException ? ExitCode.LOCKED : ExitCode.BAD_INPUT;
    }

    /** For what the program did not foresee; a heap that is too small is the user's to change. A call of CUDA that it should never have made is named, whatever sentence is around it. */
    public int internal(Throwable failure) {
        Throwable error = CudaCallError.in(failure).map(Throwable.class::cast).orElse(failure);
        if (OutOfMemory.isOfThreads(failure)) {
            say("the system lets this program start no more threads; allow more, as with ulimit -u, or use fewer with"
                    + " --threads");
            traceIfAsked(failure);
            return ExitCode.BAD_INPUT;
        }
        if (OutOfMemory.in(failure).isPresent()) {
            say(OutOfMemory.problem().sentence());
            traceIfAsked(failure);
            return ExitCode.BAD_INPUT;
        }
        String what = error instanceof ProgramError ours ? ours.problem().sentence() : error.toString();
        say("internal error: " + what + (stacktrace.getAsBoolean() ? "" : "; re-run with --stacktrace"));
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
        err.println(program + ": " + PlainText.line(sentence));
    }
}
