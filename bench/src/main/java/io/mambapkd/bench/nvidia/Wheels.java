package io.mambapkd.bench.nvidia;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** NVIDIA's Python wheels as they were downloaded, and the libraries in them. */
final class Wheels {
    /** All of cuBLAS, and of cuDNN what convolutions use. */
    private static final Pattern LIBRARY = Pattern.compile("lib(cublas|cublasLt|cudnn|cudnn_(?!adv).*)\\.so(\\.\\d+)+");

    private static final long MIB = 1 << 20;

    private Wheels() {}

    /** The wheels that a folder contains, in the order of their names. */
    static List<Path> in(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".whl"))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        } catch (IOException unreadable) {
            throw new InputException(
                    "cannot read the folder " + folder + ": " + FileFailure.reason(unreadable)
                            + "; name one that can be read",
                    unreadable);
        }
    }

    /**
     * Unpacks the libraries of wheels into one folder.
     *
     * @throws InputException if a wheel cannot be read, none or two have a library, or the disk has no room
     */
    static void unpack(List<Path> wheels, Path folder) {
        Map<String, Path> from = new HashMap<>();
        try {
            requireRoom(bytes(wheels), Files.getFileStore(folder).getUsableSpace(), folder);
        } catch (IOException failure) {
            throw unwritable(folder, failure);
        }
        for (Path wheel : wheels) {
            try (ZipFile zip = open(wheel)) {
                for (ZipEntry entry : libraries(zip)) {
                    Path other = from.putIfAbsent(name(entry), wheel);
                    if (other != null) {
                        throw new InputException("expected one wheel with " + name(entry) + ", got "
                                + other.getFileName() + " and " + wheel.getFileName()
                                + "; leave one of them in the folder");
                    }
                    unpack(zip, entry, wheel, folder.resolve(name(entry)));
                }
            } catch (IOException failure) {
                throw unreadable(wheel, failure);
            }
        }
        if (from.isEmpty()) {
            throw new InputException("expected wheels of cuBLAS 12 or 13 or of cuDNN 9, got "
                    + wheels.stream()
                            .map(wheel -> wheel.getFileName().toString())
                            .collect(Collectors.joining(" and "))
                    + "; download nvidia-cublas and nvidia-cudnn-cu13");
        }
    }

    private static void unpack(ZipFile zip, ZipEntry entry, Path wheel, Path target) {
        try (InputStream in = zip.getInputStream(entry)) {
            Files.copy(in, target);
        } catch (ZipException damaged) {
            throw unreadable(wheel, damaged);
        } catch (IOException failure) {
            throw unwritable(target, failure);
        }
    }

    private static long bytes(List<Path> wheels) {
        long bytes = 0;
        for (Path wheel : wheels) {
            try (ZipFile zip = open(wheel)) {
                bytes += libraries(zip).stream().mapToLong(ZipEntry::getSize).sum();
            } catch (IOException failure) {
                throw unreadable(wheel, failure);
            }
        }
        return bytes;
    }

    private static ZipFile open(Path wheel) {
        try {
            return new ZipFile(wheel.toFile());
        } catch (IOException failure) {
            throw unreadable(wheel, failure);
        }
    }

    private static List<ZipEntry> libraries(ZipFile zip) {
        return zip.stream()
                .map(ZipEntry.class::cast)
                .filter(entry -> LIBRARY.matcher(name(entry)).matches())
                .toList();
    }

    /** Without the folders, so that nothing is written elsewhere. */
    private static String name(ZipEntry entry) {
        return entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
    }

    /** @throws InputException if there is less room than is needed */
    static void requireRoom(long needed, long free, Path folder) {
        if (needed > free) {
            throw new InputException("unpacking the wheels needs " + (needed + MIB - 1) / MIB + " MiB, of which "
                    + free / MIB + " are free in " + folder.getParent()
                    + "; make room, or name another folder with MAMBA_PKD_OPTS=-Djava.io.tmpdir=FOLDER");
        }
    }

    private static InputException unreadable(Path wheel, IOException failure) {
        return new InputException(
                "the wheel " + wheel + " cannot be read: " + FileFailure.reason(failure) + "; download it again",
                failure);
    }

    private static InputException unwritable(Path file, IOException failure) {
        return new InputException(
                "cannot write " + file + ": " + FileFailure.reason(failure)
                        + "; make room, or name another folder with MAMBA_PKD_OPTS=-Djava.io.tmpdir=FOLDER",
                failure);
    }
}
