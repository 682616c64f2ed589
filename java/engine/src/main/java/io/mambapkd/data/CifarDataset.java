package io.mambapkd.data;

import io.mambapkd.Problem;
import io.mambapkd.data.archive.FileKind;
import io.mambapkd.data.cifar.Cifar;
import io.mambapkd.data.cifar.CifarData;
import io.mambapkd.data.cifar.CifarImages;
import io.mambapkd.data.cifar.CifarReader;
import io.mambapkd.tensor.ImageShape;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** CIFAR-10 and CIFAR-100 as datasets. */
final class CifarDataset {
    static final ImageShape SHAPE = new ImageShape(Cifar.SIDE, Cifar.SIDE, Cifar.CHANNELS);

    private CifarDataset() {}

    /** @param place as in {@link CifarReader#read} */
    static Dataset read(Cifar set, Path place, DatasetRequest request) {
        CifarData files = CifarReader.read(set, place, CifarDataset::kind);
        return Split.dataset(
                set.id(),
                request,
                images(files.training(), set),
                images(files.test(), set),
                files.classNames(),
                Optional.empty(),
                files.training().where(),
                files.notes());
    }

    private static ImageSet images(CifarImages images, Cifar set) {
        return new ImageSet(SHAPE, set.classes(), images.pixels(), images.labels());
    }

    private static @Nullable Problem kind(byte[] head, long size) {
        FileKind kind = FileKind.of(head, size);
        if (kind == null) {
            return null;
        }
        // Remedies for IDX files are of no use here.
        return new Problem(kind.what(), kind.remedy().contains("IDX") ? "get the file again" : kind.remedy());
    }
}
