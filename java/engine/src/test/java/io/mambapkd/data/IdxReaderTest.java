package io.mambapkd.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxReaderTest {
    @TempDir
    Path folder;

    @Test
    void plainAndGzippedFilesGiveTheSameImages() throws IOException {
        byte[] file = IdxBytes.images(2, 2, 3, IdxBytes.ramp(12));
        for (byte[] content : new byte[][] {file, IdxBytes.gzip(file)}) {
            IdxArray images = IdxReader.images(at(content));
            assertThat(images.count()).isEqualTo(2);
            assertThat(images.extent(1)).isEqualTo(2);
            assertThat(images.extent(2)).isEqualTo(3);
            assertThat(images.values()).containsExactly(IdxBytes.ramp(12));
        }
    }

    @Test
    void labelsAreRead() throws IOException {
        assertThat(IdxReader.labels(at(IdxBytes.labels((byte) 3, (byte) 200))).values())
                .containsExactly((byte) 3, (byte) 200);
    }

    @Test
    void everyTruncationOfAPlainFileIsRefused() throws IOException {
        byte[] file = IdxBytes.images(2, 2, 3, IdxBytes.ramp(12));
        for (int length = 0; length < file.length; length++) {
            assertRefused(Arrays.copyOf(file, length), "expected an IDX file of images, got");
        }
    }

    @Test
    void everyTruncationOfAGzippedFileIsRefused() throws IOException {
        byte[] file = IdxBytes.gzip(IdxBytes.images(2, 2, 3, IdxBytes.ramp(12)));
        for (int length = 0; length < file.length; length++) {
            assertRefused(Arrays.copyOf(file, length), "expected an IDX file of images, got");
        }
    }

    @Test
    void everyBitFlipOfAGzippedFileIsRefusedOrHarmless() throws IOException {
        byte[] content = IdxBytes.images(2, 2, 3, IdxBytes.ramp(12));
        byte[] file = IdxBytes.gzip(content);
        int refused = 0;
        for (int bit = 0; bit < 8 * file.length; bit++) {
            byte[] flipped = file.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            try {
                // Bits that say nothing about the content: time, system and level in gzip's header, padding after the
                // last code.
                assertThat(IdxReader.images(at(flipped)).values()).containsExactly(IdxBytes.ramp(12));
            } catch (InputException e) {
                assertThat(e).hasMessageContaining(folder.resolve("file").toString());
                refused++;
            }
        }
        assertThat(refused).isGreaterThanOrEqualTo(8 * (file.length - 8));
    }

    @Test
    void trailingBytesAreRefused() throws IOException {
        byte[] file = IdxBytes.images(1, 2, 2, IdxBytes.ramp(5));
        assertRefused(file, "a header that promises 1 images of 2x2, which is 20 bytes, in a file that holds 21");
        assertRefused(IdxBytes.gzip(file), "more bytes than the 4 that 1 images of 2x2 need");
    }

    @Test
    void aWholeGzipFileWithTooFewBytesInItIsRefused() throws IOException {
        byte[] file = IdxBytes.images(2, 2, 3, IdxBytes.ramp(11));
        assertRefused(IdxBytes.gzip(file), "only 11 of the 12 bytes that 2 images of 2x3 need");
    }

    @Test
    void labelsInPlaceOfImagesAreNamed() throws IOException {
        assertRefused(IdxBytes.labels((byte) 1), "got one that starts with the magic number of labels, at");
        assertThatThrownBy(() -> IdxReader.labels(at(IdxBytes.images(1, 1, 1, (byte) 0))))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("expected an IDX file of labels")
                .hasMessageContaining("the magic number of images");
    }

    @Test
    void filesOfNoKnownKindAreNamedByTheirFirstBytes() throws IOException {
        assertRefused(new byte[] {7, 0x11, 0x22, (byte) 0x93, 5}, "got one that starts with 0x07112293, at");
    }

    @Test
    void aFileOfAnotherSizeThanPromisedIsToldWithWhatMayHaveHappened() throws IOException {
        byte[] file = IdxBytes.images(2, 2, 3, IdxBytes.ramp(12));

        assertRefused(Arrays.copyOf(file, 20), "; if its download or copy was not finished, get the file again");
        assertRefused(Arrays.copyOf(file, 40), "; if it was copied as text, which changes bytes, get the file again");
    }

    @Test
    void moreAxesThanAnyImageHasAreCounted() throws IOException {
        assertRefused(IdxBytes.file(0x805, new int[] {1, 1, 1, 1, 1}, (byte) 3), "got one with 5 axes, at");
    }

    @Test
    void anEmptyFileIsRefused() throws IOException {
        assertRefused(new byte[0], "got an empty file");
    }

    @Test
    void sizesThatOverflowOrDoNotFitIntoTheFileAreRefusedBeforeAnyMemoryIsReserved() throws IOException {
        int huge = Integer.MAX_VALUE;
        assertRefused(IdxBytes.images(huge, huge, huge), "a header that promises 2147483647 images of");
        assertRefused(IdxBytes.images(2_000_000_000, 1, 1), "in a file that holds 16");
        assertRefused(IdxBytes.images(65_536, 256, 256), "more than fits into memory");
        assertRefused(IdxBytes.images(0, 28, 28), "got one without images (an extent of 0), at");
        assertRefused(IdxBytes.images(-1, 28, 28), "an extent of 4294967295");
        assertRefused(IdxBytes.images(1, 1, 16_385, new byte[16_385]), "with a side above 16384");
        assertRefused(IdxBytes.gzip(IdxBytes.images(2_000_000, 28, 28)), "in a file that holds at most");
    }

    @Test
    void aFolderInPlaceOfAFileIsRefused() {
        assertThatThrownBy(() -> IdxFile.at(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("expected an IDX file, got a folder, at " + folder);
    }

    @Test
    void aMissingFileIsRefused() {
        assertThatThrownBy(() -> IdxFile.at(folder.resolve("absent")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("expected an IDX file, got nothing, at " + folder.resolve("absent"));
        assertThatThrownBy(() -> IdxNames.find(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "expected a file train-images-idx3-ubyte or train-images-idx3-ubyte.gz, got neither");
    }

    @Test
    void aFileThatMayNotBeReadIsNamedWithTheReason() {
        IdxFile closed = new IdxFile("/data/images", "get it again", new IdxFile.Bytes() {
            @Override
            public long size() {
                return 100;
            }

            @Override
            public InputStream open() throws IOException {
                throw new AccessDeniedException("/data/images");
            }
        });
        assertThatThrownBy(() -> IdxReader.images(closed))
                .isInstanceOf(InputException.class)
                .hasMessage("cannot read the IDX file of images /data/images: permission denied;"
                        + " make it readable, or name another folder");
    }

    private IdxFile at(byte[] content) throws IOException {
        Path path = folder.resolve("file");
        Files.write(path, content);
        return IdxFile.at(path);
    }

    private void assertRefused(byte[] content, String part) throws IOException {
        IdxFile file = at(content);
        assertThatThrownBy(() -> IdxReader.images(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(part)
                .hasMessageContaining(folder.resolve("file").toString());
    }
}
