package io.mambapkd.data.inputs;

import io.mambapkd.data.archive.TarReader;
import io.mambapkd.data.folder.Children;
import io.mambapkd.data.folder.MemoryBudget;
import io.mambapkd.data.folder.PassedOver;
import io.mambapkd.data.formats.EncodedImage;
import io.mambapkd.data.formats.ImageFormat;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The images of a tar archive, in its order. What is no image by its name is passed over, as are hidden files. */
final class TarInput {
    private final String name;
    private final TarReader tar;
    private final MemoryBudget memory;
    private final PassedOver passedOver;
    private final Consumer<InputImage> sink;
    private long images;

    private TarInput(
            String name, TarReader tar, MemoryBudget memory, PassedOver passedOver, Consumer<InputImage> sink) {
        this.name = name;
        this.tar = tar;
        this.memory = memory;
        this.passedOver = passedOver;
        this.sink = sink;
    }

    /**
     * Gives all images to {@code sink}, and what is wrong with the archive.
     *
     * @param in the archive, unpacked, at its first byte
     * @param memory is free again for a file when {@code sink} gets it
     * @throws IOException if it cannot be read, or cannot be unpacked
     */
    static void read(String name, InputStream in, MemoryBudget memory, PassedOver passedOver, Consumer<InputImage> sink)
            throws IOException {
        TarReader tar = new TarReader(in, TarReader.Bounds.NONE, TarReader.Others.PASSED_OVER);
        new TarInput(name, tar, memory, passedOver, sink).read();
    }

    private void read() throws IOException {
        String wrong = wrong();
        passedOver.links(tar.links());
        passedOver.special(tar.special());
        if (wrong != null || images == 0) {
            String found = images == 0 ? "without images" : "of which " + images + " images could be reached";
            sink.accept(new InputImage.Unreadable(
                    name, wrong == null ? "a tar archive without images" : "a tar archive " + wrong + ", " + found));
        }
    }

    /** What is wrong with the archive; null for nothing. */
    private @Nullable String wrong() throws IOException {
        try {
            for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
                entry(entry);
            }
            if (!tar.isEnded()) {
                return "that is cut off";
            }
            tar.finish();
            return null;
        } catch (EOFException e) {
            return "that is cut off";
        } catch (TarReader.Damaged e) {
            return "with " + e.getMessage();
        }
    }

    private void entry(TarReader.Entry entry) throws IOException {
        String last = entry.lastName();
        if (!counts(entry.name())) {
            return;
        }
        if (ImageFormat.ofName(last) == null) {
            passedOver.other(last);
            return;
        }
        String where = name + ":" + entry.name();
        images++;
        if (entry.size() > EncodedImage.LARGEST_FILE) {
            sink.accept(new InputImage.Unreadable(where, EncodedImage.tooLarge(entry.size())));
            return;
        }
        sink.accept(new InputImage.Encoded(where, file(entry.size())));
    }

    /** Waits for its share of the memory, which whoever gets the file takes again. */
    private byte[] file(long size) throws IOException {
        long taken = memory.take(size);
        try {
            return tar.rest();
        } catch (EOFException e) {
            images--;
            throw e;
        } finally {
            memory.giveBack(taken);
        }
    }

    /** Whether neither the file nor a folder above it is hidden or what systems leave behind. */
    private static boolean counts(String name) {
        for (String part : name.split("/", -1)) {
            if (!part.equals(".") && !part.equals("..") && !Children.counts(part)) {
                return false;
            }
        }
        return true;
    }
}
