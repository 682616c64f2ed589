package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first bytes are those that the formats' own descriptions give. */
class FileKindTest {
    @TempDir
    Path folder;

    private void assertRefused(byte[] content, String what, String remedy) throws IOException {
        Path path = Files.write(folder.resolve("file"), content);
        assertThatThrownBy(() -> IdxReader.images(IdxFile.at(path)))
                .isInstanceOf(InputException.class)
                .hasMessage("expected an IDX file of images, got " + what + ", at " + path + "; " + remedy);
    }

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            \\x50\\x4b\\x03\\x04\\x14\\x00images   | a zip archive | unpack it
            BZh91AY&SY                          | a bzip2 file  | unpack it, as with bzip2 -dc FILE > NEW
            \\xfd7zXZ\\x00\\x00                   | an xz file    | unpack it, as with xz -dc FILE > NEW
            \\x28\\xb5\\x2f\\xfd\\x24              | a zstd file   | unpack it, as with zstd -dc FILE > NEW
            7z\\xbc\\xaf\\x27\\x1c\\x00            | a 7z archive  | unpack it
            Rar!\\x1a\\x07\\x00                   | a rar archive | unpack it
            \\x04\\x22\\x4d\\x18\\x64              | an lz4 file   | unpack it, as with lz4 -dc FILE > NEW
            \\x89PNG\\x0d\\x0a\\x1a\\x0a\\x00       | a PNG picture | pack the pictures into IDX files, all of one size
            \\xff\\xd8\\xff\\xe0\\x00              | a JPEG picture | pack the pictures into IDX files, all of one size
            \\x5d\\x00\\x00\\x80\\x00\\xff        | an lzma file  | unpack it, as with lzma -dc FILE > NEW
            \\x78\\x9c\\x74\\x9b                | a zlib stream, without the header of gzip | pack it with gzip, or unpack it
            GIF89a\\x01                          | a GIF picture | pack the pictures into IDX files, all of one size
            P5 28 28 255                        | a PNM picture | pack the pictures into IDX files, all of one size
            %PDF-1.7                            | a PDF document | get the data set itself
            \\x80\\x04\\x95\\x00\\x01              | a Python pickle | convert it to IDX files
            \\x93NUMPY\\x01\\x00                  | a file of one NumPy array (npy) | convert it to IDX files
            PK\\x03\\x04\\x14\\x00x_train.npy      | an archive of NumPy arrays (npz) | convert it to IDX files
            PK\\x03\\x04\\x00\\x00training/data.pkl | a PyTorch file | convert it to IDX files
            \\x89HDF\\x0d\\x0a\\x1a\\x0a           | an HDF5 file | convert it to IDX files
            MATLAB 5.0 MAT-file, Platform       | a MATLAB file (mat) | convert it to IDX files
            PAR1\\x15\\x04                        | a Parquet file | convert it to IDX files
            \\x00\\x05\\x16\\x07\\x00\\x02          | the notes of macOS about a file (AppleDouble) | take the file whose name has no ._ in front
            <!DOCTYPE html><html>               | an HTML page | a server sent a page in place of the file: get the file again, from its own address
            \\x0a  <HTML><head>                  | an HTML page | a server sent a page in place of the file: get the file again, from its own address
            <?xml version="1.0"?><Error>        | an XML document | a server may have sent a message in place of the file: get the file again
            {"message": "Not Found"}            | a JSON document | a server may have sent a message in place of the file: get the file again
            version https://git-lfs.github.com/spec/v1 | a Git LFS pointer | fetch the file itself with git lfs pull
            /annex/objects/SHA256E-s9912422--4  | a git-annex pointer | fetch the file itself with git annex get
            label,pixel0,pixel1\\x0a5,0,0         | a text file that starts with 'label,pixel0,pixel1' | IDX files are binary: get the file again, or convert it to IDX files
            \\xef\\xbb\\xbf404: Not Found          | a text file that starts with '404: Not Found' | IDX files are binary: get the file again, or convert it to IDX files
            \\xff\\xfe<\\x00h\\x00t\\x00m\\x00l\\x00 | an HTML page, written in UTF-16 | a server sent a page in place of the file: get the file again, from its own address
            \\xff\\xfe\\x00\\x00\\x00\\x00\\x08\\x00\\x03\\x00 | a binary file that was saved as text, with a byte order mark in front, as PowerShell's > does | get the file again, without writing it through a text editor or a redirection
            \\xef\\xbb\\xbf\\x00\\x00\\x08\\x03\\x00 | a binary file that was saved as text, with a byte order mark in front, as PowerShell's > does | get the file again, without writing it through a text editor or a redirection
            """)
    void whatTheFileReallyIsIsNamedWithTheRemedy(String content, String what, String remedy) throws IOException {
        assertRefused(unescaped(content), what, remedy);
    }

    /** With the bytes that {@code \xNN} stands for. */
    private static byte[] unescaped(String text) {
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.startsWith("\\x", i)) {
                bytes.append((char) Integer.parseInt(text.substring(i + 2, i + 4), 16));
                i += 3;
            } else {
                bytes.append(text.charAt(i));
            }
        }
        return bytes(bytes.toString());
    }

    @Test
    void tarArchivesAreKnownByTheirMarkInsideTheFirstBlock() throws IOException {
        byte[] archive = new byte[10_240];
        System.arraycopy(bytes("train-images-idx3-ubyte"), 0, archive, 0, 23);
        System.arraycopy(bytes("ustar"), 0, archive, 257, 5);

        assertRefused(archive, "a tar archive", "unpack it");
        assertRefused(IdxBytes.gzip(archive), "a tar archive inside a gzip file", "unpack it");
    }

    @Test
    void filesOfZerosAreUnfinishedDownloads() throws IOException {
        assertRefused(
                new byte[5000],
                "one that starts with 1024 zero bytes",
                "its download or copy was not finished: get the file again");
    }

    @Test
    void cifarsBinaryFormatIsSuspectedByItsSize() throws IOException {
        byte[] batch = new byte[10 * 3073];
        Arrays.fill(batch, (byte) 0xc8);
        batch[0] = 6;

        assertRefused(batch, "what may be CIFAR-10's binary format", "read it with --dataset cifar10:DIR");
    }

    @Test
    void filesPackedTwiceAreReadAndThoseOfThreeLayersNamed() throws IOException {
        byte[] twice = IdxBytes.gzip(IdxBytes.gzip(IdxBytes.images(2, 2, 3, IdxBytes.ramp(12))));
        Path path = Files.write(folder.resolve("twice"), twice);

        assertThat(IdxReader.images(IdxFile.at(path)).values()).containsExactly(IdxBytes.ramp(12));
        assertRefused(
                IdxBytes.gzip(twice),
                "a file packed with gzip more than twice",
                "unpack it, as with gzip -dc FILE > NEW");
    }

    @Test
    void anArchiveInPlaceOfTheFolderIsNamed() throws IOException {
        Path archive = Files.write(folder.resolve("mnist.zip"), bytes("PK\003\004\024"));

        assertThatThrownBy(() -> IdxNames.find(archive))
                .isInstanceOf(InputException.class)
                .hasMessage("expected a folder with the four IDX files, got a zip archive, at " + archive
                        + "; unpack it, and name the folder that holds them");
    }
}
