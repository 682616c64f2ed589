package io.mambapkd.data.inputs;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.folder.MemoryBudget;
import io.mambapkd.data.folder.PassedOver;
import io.mambapkd.data.formats.ImageFormat;
import io.mambapkd.tensor.ImageShape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** All places that a user has named, and the images in them, in that order. Read once. */
public final class ImageInputs {
    private static final Path STANDARD_INPUT = Path.of("-");

    private final List<Path> places;
    private final Supplier<InputStream> standardInput;
    private final ImageShape shape;
    private final List<String> notes = new ArrayList<>();

    private ImageInputs(List<Path> places, Supplier<InputStream> standardInput, ImageShape shape) {
        this.places = places;
        this.standardInput = standardInput;
        this.shape = shape;
    }

    /**
     * Looks at each place, so that a wrong one is told before any work.
     *
     * @param places files, folders, and {@code -}
     * @param standardInput what {@code -} stands for
     * @param shape that the model takes; IDX files must have it
     * @throws InputException if there is nothing at a place, a folder has no image, or an IDX file holds anything else than images of that shape
     */
    public static ImageInputs of(List<Path> places, Supplier<InputStream> standardInput, ImageShape shape) {
        ImageInputs inputs = new ImageInputs(List.copyOf(places), standardInput, shape);
        if (places.stream().filter(STANDARD_INPUT::equals).count() > 1) {
            throw new InputException(new Problem(
                    "expected - once, as the standard input has one end, got it more often", "name it once"));
        }
        inputs.places.forEach(inputs::check);
        return inputs;
    }

    private void check(Path place) {
        if (place.equals(STANDARD_INPUT)) {
            return;
        }
        if (Files.isDirectory(place)) {
            FolderInput.requireImage(place);
            return;
        }
        try {
            if (!Files.readAttributes(place, "isRegularFile")
                            .get("isRegularFile")
                            .equals(true)
                    || isImage(place)) {
                return;
            }
            try (InputStream in = Files.newInputStream(place)) {
                new StreamInput(place.toString(), shape).check(in);
            }
        } catch (IOException e) {
            throw Places.unreadable(place, e);
        }
    }

    /** By its name, so that a thread that decodes it opens it. */
    private static boolean isImage(Path file) {
        return ImageFormat.ofName(String.valueOf(file.getFileName())) != null;
    }

    /**
     * Gives the images to {@code sink}, which may throw to end this.
     *
     * @param memory is free again for a file of an archive when {@code sink} gets it
     * @throws InputException if a stream is an IDX file of anything else than images for the model, or the only place is an empty stream
     */
    public void each(MemoryBudget memory, Consumer<InputImage> sink) {
        for (Path place : places) {
            PassedOver passedOver = new PassedOver();
            read(place, memory, passedOver, sink);
            notes.addAll(passedOver.notes(place));
        }
    }

    private void read(Path place, MemoryBudget memory, PassedOver passedOver, Consumer<InputImage> sink) {
        if (place.equals(STANDARD_INPUT)) {
            read(standardInput.get(), place, memory, passedOver, sink);
        } else if (Files.isDirectory(place)) {
            FolderInput.read(place, passedOver, sink);
        } else if (isImage(place) && Files.isRegularFile(place)) {
            sink.accept(new InputImage.Stored(place.toString(), place));
        } else {
            try (InputStream in = Files.newInputStream(place)) {
                read(in, place, memory, passedOver, sink);
            } catch (IOException e) {
                sink.accept(new InputImage.Unreadable(
                        place.toString(),
                        String.valueOf(ImageDecoder.unreadable(e).getMessage())));
            }
        }
    }

    private void read(
            InputStream in, Path place, MemoryBudget memory, PassedOver passedOver, Consumer<InputImage> sink) {
        if (new StreamInput(place.toString(), shape).read(in, memory, passedOver, sink)) {
            return;
        }
        if (places.equals(List.of(STANDARD_INPUT))) {
            throw new InputException(
                    new Problem("expected images, got nothing, at " + place, "send an image, an IDX file or a tar"));
        }
        sink.accept(new InputImage.Unreadable(place.toString(), "an empty file"));
    }

    /** What was passed over; known when all was read. */
    public List<String> notes() {
        return List.copyOf(notes);
    }
}
