package io.mambapkd.data.folder;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.formats.BadImageException;
import io.mambapkd.data.formats.EncodedImage;
import io.mambapkd.data.formats.ImageHead;
import io.mambapkd.image.PixelSums;
import io.mambapkd.random.Permutation;
import io.mambapkd.random.Purpose;
import io.mambapkd.tensor.ImageShape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Decodes the images of a folder, in parallel: first the headers of all, which decide size and channels, then the images. */
final class FolderPacker {
    /** The headers of nearly all JPEG files end before. */
    private static final int HEAD_BYTES = 1 << 16;

    /** Not the seed of a run, so that all runs on the same data see their images in the same order. */
    private static final long SEED = 0;

    private final FolderRequest request;
    private final FolderListing listing;
    private final List<FolderFile> files;
    private final @Nullable ImageHead[] heads;
    private final @Nullable BadFile[] bad;

    private FolderPacker(FolderRequest request, FolderListing listing) {
        this.request = request;
        this.listing = listing;
        this.files = listing.files();
        this.heads = new ImageHead[files.size()];
        this.bad = new BadFile[files.size()];
    }

    /** @throws InputException if an image cannot be read, or they differ in size where no size is asked for */
    static PackedFolder pack(FolderRequest request, FolderListing listing, PackingListener listener) {
        return new FolderPacker(request, listing).all(listener);
    }

    private PackedFolder all(PackingListener listener) {
        MemoryBudget toLook = MemoryBudget.ofHeap();
        Workers.each(files.size(), request.threads(), i -> look(i, toLook), (done, rate) -> listener.stopIfAsked());
        refuseBad();
        ImageSizes sizes = ImageSizes.of(heads);
        ImageShape shape = sizes.shape(request);
        int[] places = places();
        Map<Part, Buffers> parts = allocated(shape);
        MemoryBudget budget = MemoryBudget.ofHeap();
        Workers.each(files.size(), request.threads(), i -> decode(i, places[i], shape, parts, budget), (done, rate) -> {
            listener.stopIfAsked();
            listener.progress(done, files.size(), rate);
        });
        refuseBad();
        requireClasses();
        List<String> notes = new ArrayList<>(listing.notes());
        notes.addAll(sizes.notes(files, heads));
        List<BadFile> all = allBad();
        if (!all.isEmpty()) {
            notes.add(FolderImages.leftOut(all));
        }
        return new PackedFolder(shape, listing.classNames(), closed(parts, places, shape), notes);
    }

    private List<BadFile> allBad() {
        List<BadFile> all = new ArrayList<>(listing.bad());
        Arrays.stream(bad).filter(Objects::nonNull).forEach(all::add);
        return all;
    }

    private void refuseBad() {
        List<BadFile> all = allBad();
        if (!all.isEmpty() && request.badImages() == BadImages.REFUSE) {
            throw FolderImages.refused(
                    request.folder(), files.size() + listing.bad().size(), all);
        }
    }

    /** A class of which every training image was left out would be missing from the run. */
    private void requireClasses() {
        int classes = listing.classNames().size();
        int[] all = new int[classes];
        int[] read = new int[classes];
        @Nullable BadFile[] first = new BadFile[classes];
        for (int i = 0; i < files.size(); i++) {
            FolderFile file = files.get(i);
            if (file.part() == Part.TRAINING) {
                all[file.label()]++;
                read[file.label()] += bad[i] == null ? 1 : 0;
                first[file.label()] = first[file.label()] == null ? bad[i] : first[file.label()];
            }
        }
        for (int label = 0; label < classes; label++) {
            if (read[label] == 0 && first[label] != null) {
                throw new InputException(new Problem(
                        "expected images of the class " + listing.classNames().get(label)
                                + " that can be read, got none of " + all[label] + ", at " + request.folder() + ": "
                                + first[label],
                        "mend them, or remove the folder of the class"));
            }
        }
    }

    private void look(int i, MemoryBudget budget) {
        FolderFile file = files.get(i);
        attempt(i, () -> {
            if (file.size() > EncodedImage.LARGEST_FILE) {
                throw new BadImageException(EncodedImage.tooLarge(file.size()));
            }
            ImageHead head = EncodedImage.head(bytes(file, HEAD_BYTES), file.size());
            heads[i] = head != null ? head : headOfWhole(file, budget);
        });
    }

    private static @Nullable ImageHead headOfWhole(FolderFile file, MemoryBudget budget)
            throws BadImageException, IOException {
        long taken = budget.take(file.size());
        try {
            return EncodedImage.head(bytes(file, EncodedImage.LARGEST_FILE), 0);
        } finally {
            budget.giveBack(taken);
        }
    }

    private void decode(int i, int place, ImageShape shape, Map<Part, Buffers> parts, MemoryBudget budget) {
        ImageHead head = heads[i];
        if (head == null) {
            return;
        }
        FolderFile file = files.get(i);
        Buffers images = Objects.requireNonNull(parts.get(file.part()));
        long taken = budget.take(EncodedImage.decodingBytes(head.pixels()) + file.size());
        try {
            attempt(
                    i,
                    () -> EncodedImage.decode(
                            bytes(file, EncodedImage.LARGEST_FILE),
                            shape.height(),
                            shape.width(),
                            shape.channels(),
                            images.pixels(),
                            place * shape.elements()));
        } finally {
            budget.giveBack(taken);
        }
        images.labels()[place] = (byte) file.label();
    }

    /** What is done with one file. */
    private interface Attempt {
        void run() throws BadImageException, IOException;
    }

    /** Whatever goes wrong with a file is the file's fault, but for a lack of memory. */
    private void attempt(int i, Attempt attempt) {
        String what;
        try {
            attempt.run();
            return;
        } catch (BadImageException e) {
            what = String.valueOf(e.getMessage());
        } catch (IOException e) {
            what = "a file that cannot be read (" + FileFailure.reason(e) + ")";
        } catch (OutOfMemoryError e) {
            // Not the file's fault: what is left out must not depend on the machine.
            throw new InputException(
                    new Problem(
                            "the memory that Java may use is not enough to decode "
                                    + files.get(i).name() + " in " + request.folder(),
                            "allow more, as with MAMBA_PKD_OPTS=-Xmx4g, or use fewer threads with --threads"),
                    e);
        } catch (RuntimeException e) {
            what = "a damaged file (" + e.getClass().getSimpleName() + ")";
        }
        bad[i] = new BadFile(files.get(i).name(), what);
        heads[i] = null;
    }

    private static byte[] bytes(FolderFile file, long most) throws IOException {
        int count = (int) Math.min(most, file.size());
        byte[] bytes = new byte[count];
        try (InputStream in = Files.newInputStream(file.path())) {
            int got = in.readNBytes(bytes, 0, count);
            return got < count ? Arrays.copyOf(bytes, got) : bytes;
        }
    }

    /** Where each image of a part goes: the files are in the order of their classes, and whoever takes the first images must get some of each. */
    private int[] places() {
        int[] places = new int[files.size()];
        int from = 0;
        int number = 0;
        for (Part part : Part.values()) {
            int count = count(part);
            if (count > 0) {
                Permutation order = new Permutation(SEED, Purpose.FILE_ORDER, number, count);
                for (int i = 0; i < count; i++) {
                    places[from + i] = order.at(i);
                }
            }
            from += count;
            number++;
        }
        return places;
    }

    /** Room for the pixels and labels of a part, with places for images that turn out to be bad. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Buffers(byte[] pixels, byte[] labels) {}

    private int count(Part part) {
        return (int) files.stream().filter(file -> file.part() == part).count();
    }

    private Map<Part, Buffers> allocated(ImageShape shape) {
        Map<Part, Buffers> parts = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
            int count = count(part);
            long bytes = (long) count * shape.height() * shape.width() * shape.channels();
            if (bytes > Integer.MAX_VALUE - 8) {
                throw new InputException(new Problem(
                        "expected images of at most 2 GiB in each part, got " + count + " of " + shape + ", at "
                                + request.folder(),
                        "make them smaller with --image-size N"));
            }
            if (count > 0) {
                parts.put(part, new Buffers(new byte[(int) bytes], new byte[count]));
            }
        }
        return parts;
    }

    /** The same without the places of images that could not be read. */
    private Map<Part, PackedFolder.Images> closed(Map<Part, Buffers> parts, int[] places, ImageShape shape) {
        Map<Part, PackedFolder.Images> closed = new EnumMap<>(Part.class);
        int elements = shape.elements();
        int from = 0;
        for (Part part : Part.values()) {
            Buffers images = parts.get(part);
            if (images == null) {
                continue;
            }
            int count = images.labels().length;
            boolean[] isBad = new boolean[count];
            for (int i = 0; i < count; i++) {
                isBad[places[from + i]] = bad[from + i] != null;
            }
            int to = 0;
            for (int i = 0; i < count; i++) {
                if (!isBad[i]) {
                    System.arraycopy(images.pixels(), i * elements, images.pixels(), to * elements, elements);
                    images.labels()[to++] = images.labels()[i];
                }
            }
            from += count;
            PixelSums sums = PixelSums.of(images.pixels(), to * elements, shape.channels());
            closed.put(part, new PackedFolder.Images(images.pixels(), Arrays.copyOf(images.labels(), to), sums));
        }
        return closed;
    }
}
