package io.mambapkd.cli.predict;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.OutOfMemory;
import io.mambapkd.cli.session.ProgressListener;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.session.StopSignal;
import io.mambapkd.data.inputs.ImageInputs;
import io.mambapkd.runtime.AnytimeClassifier;
import io.mambapkd.runtime.model.InvalidModelException;
import io.mambapkd.runtime.model.ModelFolder;
import io.mambapkd.storage.OutputFile;
import io.mambapkd.terminal.ProgressDisplay;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mamba-pkd predict}. */
@Command(
        name = "predict",
        description =
                "Classifies images with the chain of a run, which needs nothing but its model.json and its students: a line for each"
                        + " image, in the order of the input. Exit status 1 if one cannot be read; the others are classified.")
public final class PredictCommand implements Callable<Integer> {
    private static final int UNREADABLE = 1;
    private static final int MOST_THREADS = 256;
    private static final String OUT = "--out";
    private static final Path TO_OUTPUT = Path.of("-");

    private final Session session;
    private final Supplier<InputStream> standardInput;

    @Mixin
    private final BudgetOptions budgets = new BudgetOptions();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            converter = PredictionFormat.Converter.class,
            completionCandidates = PredictionFormat.Names.class,
            description = "${COMPLETION-CANDIDATES}; default table. jsonl is a JSON object in each line.")
    private PredictionFormat format = PredictionFormat.TABLE;

    @Option(
            names = OUT,
            paramLabel = "FILE",
            description = "Write the results to a file, as a whole or not at all, instead of the output.")
    private @Nullable Path out;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "CPU threads; default all processors. Results do not depend on it.")
    private @Nullable Integer threads;

    @Parameters(index = "0", paramLabel = "RUN", description = "The run folder.")
    private @Nullable Path run;

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "INPUT",
            description =
                    "An image (PNG, JPEG, GIF, BMP), a folder of images and of folders, a tar archive of images, an IDX file of images, the"
                            + " last two also packed with gzip; - for the standard input, which may be any of these but a folder.")
    private List<Path> inputs = new ArrayList<>();

    /** @param standardInput what {@code -} stands for */
    public PredictCommand(Session session, Supplier<InputStream> standardInput) {
        this.session = session;
        this.standardInput = standardInput;
    }

    @Override
    public Integer call() {
        try {
            return predict();
        } catch (OutOfMemoryError e) {
            if (OutOfMemory.isOfThreads(e)) {
                throw e;
            }
            throw new InputException(OutOfMemory.problem("use fewer threads with --threads"), e);
        }
    }

    private int predict() {
        int count = threads();
        Path folder = Objects.requireNonNull(run);
        OutputFile file = output(folder);
        AnytimeClassifier classifier = load(folder);
        ProgressDisplay display = ProgressListener.display(session.err());
        PredictionJob job = new PredictionJob(
                classifier,
                budgets.budget(classifier, folder),
                format,
                display,
                file != null || !ProgressListener.isAmongResults());
        ImageInputs images = ImageInputs.of(inputs, standardInput, PredictionJob.shape(classifier));
        return StopSignal.during(session.err(), stop -> {
            try {
                return predict(job, images, count, file, stop);
            } finally {
                display.clear();
            }
        });
    }

    private int predict(PredictionJob job, ImageInputs images, int count, @Nullable OutputFile file, StopSignal stop) {
        if (file != null) {
            file.write(channel -> job.run(images, count, lines -> write(channel, lines), stop));
        } else {
            stop.leaves("the results before are printed");
            if (!print(job, images, count, stop)) {
                // Whoever read the output has gone, or it is full; the program's end tells.
                return ExitCode.OK;
            }
        }
        job.end(images);
        return job.counts().unreadableFiles() > 0 ? UNREADABLE : ExitCode.OK;
    }

    private boolean print(PredictionJob job, ImageInputs images, int count, StopSignal stop) {
        PrintWriter output = session.out();
        try {
            return job.run(
                    images,
                    count,
                    lines -> {
                        output.print(lines);
                        return !output.checkError();
                    },
                    stop);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean write(WritableByteChannel channel, String lines) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8));
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
        return true;
    }

    /** Null for the standard output. */
    private @Nullable OutputFile output(Path folder) {
        if (out == null || TO_OUTPUT.equals(out)) {
            return null;
        }
        OutputFile file = OutputFile.of(OUT, out);
        OutputCheck.require(OUT, out, folder, inputs);
        return file;
    }

    private int threads() {
        int count = threads == null ? Math.min(Runtime.getRuntime().availableProcessors(), MOST_THREADS) : threads;
        if (count < 1 || count > MOST_THREADS) {
            throw new InputException("--threads must be from 1 to " + MOST_THREADS + ", got " + count);
        }
        return count;
    }

    private static AnytimeClassifier load(Path folder) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new InputException(new Problem(
                    "expected a run folder, got a file, at " + folder,
                    "name the folder that holds its " + ModelFolder.DESCRIPTION));
        }
        try {
            return AnytimeClassifier.load(folder);
        } catch (InvalidModelException e) {
            String text = String.valueOf(e.getMessage());
            String remedy = text.contains("; ")
                    ? ""
                    : "copy the run folder again, or make its model.json anew with mamba-pkd calibrate " + folder;
            throw new InputException(new Problem(text, remedy), e);
        } catch (IOException e) {
            throw new InputException(
                    new Problem(
                            "cannot read the model of the run " + folder + ": " + FileFailure.reason(e),
                            "make its files readable"),
                    e);
        }
    }
}
