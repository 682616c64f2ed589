package io.mambapkd.data.cifar;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.archive.TarReader;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.BiFunction;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the files of a data set: unpacked in a folder, or from the archive as it is published. Neither is trusted: sizes and labels are checked, and of an archive no more is
 * unpacked than the data set has.
 */
public final class CifarReader {
    private static final int BUFFER_BYTES = 1 << 17;
    private static final int MOST_ENTRIES = 1000;
    private static final int MOST_NAME_BYTES = 1 << 16;

    /** Of an archive beside the images: names, a page of text, headers, padding. */
    private static final long BESIDE_BYTES = 1 << 24;

    private final Cifar set;
    private final Path place;
    private final Refusal.Kinds kinds;
    private final CifarPart training;
    private final CifarPart test;
    private @Nullable List<String> names;

    private CifarReader(Cifar set, Path place, Refusal.Kinds kinds) {
        this.set = set;
        this.place = place;
        this.kinds = kinds;
        this.training = new CifarPart(set, set.trainingFiles(), set.mostRecords());
        this.test = new CifarPart(set, List.of(set.testFile()), Cifar.TEST_IMAGES);
    }

    /**
     * @param place the folder with the unpacked files or with the archive, or above the former, or the archive itself
     * @param kindOf tells what a file is by its first bytes and its size; null where that is not known
     * @throws InputException if the files are not there, or not what they should be
     */
    public static CifarData read(Cifar set, Path place, BiFunction<byte[], Long, @Nullable Problem> kindOf) {
        return new CifarReader(set, place, kindOf::apply).read();
    }

    private CifarData read() {
        CifarPlace found = CifarPlace.find(set, place);
        if (found.isArchive()) {
            archive(found.path());
        } else {
            folder(found.path());
        }
        List<String> notes = new ArrayList<>();
        note(notes, training, Cifar.TRAINING_IMAGES, "training", found.path());
        note(notes, test, Cifar.TEST_IMAGES, "test", found.path());
        return new CifarData(
                training.images(found.path().toString()),
                test.images(found.path().toString()),
                names == null ? set.classNames() : names,
                notes);
    }

    private void note(List<String> notes, CifarPart part, int original, String name, Path where) {
        if (part.images() != original) {
            notes.add(where + " holds " + part.images() + " " + name + " images, where " + set.id() + " has " + original
                    + "; get the original with mamba-pkd data fetch " + set.fetched() + " if you want all");
        }
    }

    private Refusal refusal(String what, String where) {
        return new Refusal(what, where, kinds);
    }

    private void folder(Path folder) {
        for (CifarPart part : List.of(training, test)) {
            for (String name = part.missing(); name != null; name = part.missing()) {
                file(part, name, folder.resolve(name));
            }
        }
        Path namesFile = folder.resolve(set.namesFile());
        if (Files.isRegularFile(namesFile)) {
            try (InputStream in = Files.newInputStream(namesFile)) {
                takeNames(in.readNBytes(MOST_NAME_BYTES + 1), namesFile.toString());
            } catch (IOException e) {
                throw unreadable(namesFile, e);
            }
        }
    }

    private void file(CifarPart part, String name, Path path) {
        Refusal refusal = refusal("a file of the binary version of " + set.id(), path.toString());
        if (!Files.isRegularFile(path)) {
            throw refusal.of(
                    Files.exists(path) ? "something that is not a regular file" : "nothing",
                    "put the file there, or get all of them with mamba-pkd data fetch " + set.fetched(),
                    null);
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES)) {
            part.take(name, Files.size(path), (target, length) -> in.readNBytes(target, 0, length), refusal);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private void archive(Path path) {
        Refusal refusal = refusal("the archive " + set.archive(), path.toString());
        try (InputStream file = new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES);
                InputStream in = unpacked(file)) {
            byte[] head = head(in);
            if (!TarReader.isHeader(head)) {
                throw refusal.ofContent(
                        head,
                        Files.size(path),
                        head.length == 0 ? "an empty file" : "something that is no tar archive");
            }
            TarReader.Bounds bounds = new TarReader.Bounds(most(), MOST_ENTRIES);
            entries(new TarReader(in, bounds, TarReader.Others.REFUSED), path);
        } catch (EOFException e) {
            throw refusal.of("one that is cut off", "get it again with mamba-pkd data fetch " + set.fetched(), e);
        } catch (TarReader.Damaged e) {
            throw refusal.of(String.valueOf(e.getMessage()), Refusal.AGAIN, e);
        } catch (ZipException e) {
            throw refusal.of("a damaged gzip file (" + FileFailure.reason(e) + ")", Refusal.AGAIN, e);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private long most() {
        return (long) set.recordBytes() * (Cifar.TRAINING_IMAGES + Cifar.TEST_IMAGES) + BESIDE_BYTES;
    }

    private static byte[] head(InputStream in) throws IOException {
        in.mark(Refusal.HEAD_BYTES);
        byte[] head = in.readNBytes(Refusal.HEAD_BYTES);
        in.reset();
        return head;
    }

    private static InputStream unpacked(InputStream file) throws IOException {
        byte[] head = head(file);
        boolean gzip = head.length > 2 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b;
        return gzip ? new BufferedInputStream(new GZIPInputStream(file, BUFFER_BYTES), BUFFER_BYTES) : file;
    }

    private void entries(TarReader tar, Path path) throws IOException {
        List<String> met = new ArrayList<>();
        for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
            String name = entry.lastName();
            met.add(entry.name());
            Refusal ofEntry = refusal("a file of the binary version of " + set.id(), entry.name() + " in " + path);
            if (training.has(name)) {
                training.take(name, entry.size(), tar::read, ofEntry);
            } else if (test.has(name)) {
                test.take(name, entry.size(), tar::read, ofEntry);
            } else if (name.equals(set.namesFile())) {
                byte[] text = new byte[(int) Math.min(entry.size(), MOST_NAME_BYTES + 1)];
                tar.read(text, text.length);
                takeNames(text, entry.name() + " in " + path);
            }
        }
        tar.finish();
        String missing = training.missing() == null ? test.missing() : training.missing();
        if (missing != null) {
            throw CifarPlace.lacking(set, path, met, missing);
        }
    }

    private void takeNames(byte[] bytes, String where) {
        Refusal refusal = refusal("the names of " + set.classes() + " classes, one a line", where);
        if (bytes.length > MOST_NAME_BYTES) {
            throw refusal.of("more than " + MOST_NAME_BYTES + " bytes");
        }
        List<String> lines = new String(bytes, StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        if (lines.size() != set.classes() || new HashSet<>(lines).size() != lines.size()) {
            throw refusal.of(
                    lines.size() == set.classes() ? "names that are not all different" : lines.size() + " of them",
                    Refusal.AGAIN + ", or remove it: the published names are then taken",
                    null);
        }
        names = lines;
    }

    private InputException unreadable(Path path, IOException failure) {
        return new InputException(
                new Problem(
                        "cannot read " + path + " of " + set.id() + ": " + FileFailure.reason(failure),
                        "make it readable, or name another folder with " + set.id() + ":DIR"),
                failure);
    }
}
