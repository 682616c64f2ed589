package io.mambapkd.data;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
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
        Place.requireFile(path);
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
