package io.mambapkd.data;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Where an IDX array is stored: a file, or a resource of the program.
 *
 * @param where for messages
 * @param remedy what to do when it is damaged, for messages
 * @param bytes its content
 */
record IdxFile(String where, String remedy, Bytes bytes) {
    /** A finite sequence of bytes of known length. */
    interface Bytes {
        long size() throws IOException;

        InputStream open() throws IOException;
    }

    static final String MISPLACED = "get the file again, or correct the folder";

    /** @throws InputException if there is no regular file at {@code path} */
    static IdxFile at(Path path) {
        if (Files.isDirectory(path)) {
            throw new InputException(
                    "expected an IDX file, got a folder, at " + path + "; put the file itself under this name");
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(path)) {
            throw new InputException("expected an IDX file, got something that is not a regular file, at " + path
                    + "; put the file itself under this name");
        }
        return new IdxFile(path.toString(), MISPLACED, new Bytes() {
            @Override
            public long size() throws IOException {
                return Files.size(path);
            }

            @Override
            public InputStream open() throws IOException {
                return Files.newInputStream(path);
            }
        });
    }

    /** The file {@code name} or {@code name.gz} of a folder. */
    static IdxFile in(Path folder, String name) {
        if (!Files.isDirectory(folder)) {
            throw new InputException("expected a folder with the file " + name + ", got "
                    + (Files.exists(folder) ? "something that is not a folder" : "nothing") + ", at " + folder
                    + "; name the folder that holds the four IDX files");
        }
        Path plain = folder.resolve(name);
        Path packed = folder.resolve(name + ".gz");
        if (Files.exists(plain, LinkOption.NOFOLLOW_LINKS)) {
            return at(plain);
        }
        if (Files.exists(packed, LinkOption.NOFOLLOW_LINKS)) {
            return at(packed);
        }
        throw new InputException("expected a file " + name + " or " + name + ".gz, got neither, in " + folder
                + "; put the four IDX files there under their standard names");
    }

    /** A resource that the program brings along. */
    static IdxFile resource(String name) {
        String remedy = "the program's files are damaged: build or install it again";
        byte[] content;
        try (InputStream in = IdxFile.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new InputException("expected the resource " + name + " in the program, got nothing; " + remedy);
            }
            content = in.readAllBytes();
        } catch (IOException e) {
            throw new InputException(
                    "cannot read the program's resource " + name + ": " + FileFailure.reason(e) + "; " + remedy, e);
        }
        return new IdxFile("the program's resource " + name, remedy, new Bytes() {
            @Override
            public long size() {
                return content.length;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream(content);
            }
        });
    }
}
