package io.mambapkd.bench.sass;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder of kernels, as {@code kernels-build} and {@code bench/kernels} are: PTX below {@code ptx}, one folder for each target.
 *
 * @param home the folder
 */
public record PtxFolder(Path home) {
    private static final String PREFIX = "compute_";
    private static final int COUNTED = 90;

    /** The PTX that a device of {@link CountTable#TARGET} loads: for each family that of the newest target that it can run. */
    public SortedMap<String, Path> loaded() {
        Map<String, Path> newest = new TreeMap<>();
        for (Path target : list(home.resolve("ptx"))) {
            String name = target.getFileName().toString();
            if (name.startsWith(PREFIX) && Integer.parseInt(name.substring(PREFIX.length())) <= COUNTED) {
                // Folders come in the order of their names, the newest last.
                list(target).forEach(file -> newest.put(file.getFileName().toString(), file));
            }
        }
        SortedMap<String, Path> loaded = new TreeMap<>();
        newest.values().forEach(file -> loaded.put(file.getParent().getFileName() + "/" + file.getFileName(), file));
        return loaded;
    }

    /** SHA-256 of these files, by the same paths. */
    public SortedMap<String, String> hashes() {
        SortedMap<String, String> hashes = new TreeMap<>();
        loaded().forEach((name, file) -> hashes.put(name, sha256(file)));
        return hashes;
    }

    public Path counts() {
        return home.resolve("counts.tsv");
    }

    public Path loops() {
        return home.resolve("loops.tsv");
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String sha256(Path file) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (NoSuchAlgorithmException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
