package io.mambapkd.data.folder;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.storage.DurableFiles;
import io.mambapkd.storage.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps decoded images, one file for each folder and its settings, which holds a key of what else decides them: names, sizes and times of the folder's files. A file is written
 * under another name and gets its own when it is complete; one that is damaged, of another version, or of other images is written anew.
 */
final class ImageCache {
    private static final String ENDING = ".images";
    private static final int NAME_BYTES = 16;
    /** A file that is being written, or was until its process ended. */
    private static final Pattern TEMPORARY = Pattern.compile("\\.[0-9a-f]{32}-([0-9]{1,18})\\.new");

    private final @Nullable Path folder;
    private final String name;
    private final byte[] key;
    private final int threads;
    private final List<String> notes = new ArrayList<>();

    private ImageCache(@Nullable Path folder, String name, byte[] key, int threads) {
        this.folder = folder;
        this.name = name;
        this.key = key;
        this.threads = threads;
    }

    /** Where a user's caches are; null for a user without a folder. */
    static @Nullable Path usualFolder(Map<String, String> environment, String home) {
        String named = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path base = Path.of(named).isAbsolute() ? Path.of(named) : Path.of(home, ".cache");
        if (!base.isAbsolute()) {
            return null;
        }
        return base.resolve("mamba-pkd").resolve("images");
    }

    static ImageCache of(FolderRequest request, FolderListing listing) {
        String wish = wish(request);
        return new ImageCache(request.cacheFolder(), name(wish), key(wish, listing), request.threads());
    }

    /** What is asked for, which decides the name of the file. */
    private static String wish(FolderRequest request) {
        Path folder = request.folder().toAbsolutePath().normalize();
        return folder + "\n" + request.size() + "\n" + request.channels() + "\n" + request.badImages();
    }

    private static String name(String wish) {
        byte[] place = Sha256.digest().digest(wish.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(place, 0, NAME_BYTES);
    }

    /** A sentence on the file of a request, whatever images it is of, where it is not whole; empty where it is, or where there is none. */
    static Optional<String> damage(FolderRequest request) {
        Path cache = request.cacheFolder();
        if (cache == null) {
            return Optional.empty();
        }
        Path file = cache.resolve(name(wish(request)) + ENDING);
        try {
            CacheFile.check(file, request.threads());
            return Optional.empty();
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (CacheFile.DamagedException e) {
            return Optional.of("the cache of decoded images " + file + " is " + e.getMessage()
                    + ", so that the next start writes it anew");
        } catch (IOException e) {
            return Optional.of("the cache of decoded images " + file + " cannot be read (" + FileFailure.reason(e)
                    + "), so that the next start decodes the images again");
        }
    }

    private static byte[] key(String wish, FolderListing listing) {
        MessageDigest digest = Sha256.digest();
        text(digest, wish);
        listing.classNames().forEach(className -> text(digest, className));
        listing.bad().forEach(bad -> text(digest, bad.toString()));
        listing.notes().forEach(note -> text(digest, note));
        listing.fingerprints().forEach(fingerprint -> text(digest, fingerprint));
        return digest.digest();
    }

    private static void text(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
    }

    /** The images, if they are there, whole, and those of the files. */
    @Nullable
    PackedFolder read() {
        if (folder == null || !Files.isDirectory(folder)) {
            return null;
        }
        Path file = folder.resolve(name + ENDING);
        try {
            return CacheFile.read(file, key, threads);
        } catch (NoSuchFileException none) {
            return null;
        } catch (CacheFile.DamagedException e) {
            notes.add("the cache of decoded images " + file + " is " + e.getMessage() + ", so that it is written anew");
        } catch (IOException e) {
            notes.add("the cache of decoded images " + file + " cannot be read (" + FileFailure.reason(e)
                    + "), so that the images are decoded again");
        }
        return null;
    }

    /** What the user must know of what was read. */
    List<String> notes() {
        return notes;
    }

    /** Keeps images. Returns what the user must know if that is impossible: the run needs no cache. */
    List<String> write(PackedFolder packed) {
        if (folder == null) {
            return List.of();
        }
        try {
            if (!Files.isDirectory(folder)) {
                make(folder);
            }
            removeLeftOver(folder);
            String temporary = "." + name + "-" + ProcessHandle.current().pid() + ".new";
            DurableFiles.write(
                    folder.resolve(name + ENDING), folder.resolve(temporary), out -> CacheFile.write(out, key, packed));
            return List.of();
        } catch (IOException e) {
            return List.of(unwritable(FileFailure.reason(e)));
        } catch (InputException e) {
            String reason = e.getCause() instanceof IOException cause ? FileFailure.reason(cause) : "";
            return List.of(unwritable(reason));
        }
    }

    private String unwritable(String reason) {
        return "the decoded images cannot be kept in " + folder + (reason.isEmpty() ? "" : " (" + reason + ")")
                + ", so that the next start decodes them again; name another folder with --cache-dir";
    }

    private static void make(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectories(folder);
        }
    }

    /** Removes what processes left that were stopped while they wrote. */
    private static void removeLeftOver(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, ".*.new")) {
            for (Path file : files) {
                Matcher name = TEMPORARY.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) {
                    long writer = Long.parseLong(name.group(1));
                    if (ProcessHandle.of(writer).isEmpty()) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        }
    }
}
