package io.mambapkd.train.identity;

import io.mambapkd.data.Dataset;
import io.mambapkd.data.ImageSet;
import io.mambapkd.results.DataRecord;
import io.mambapkd.storage.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/** SHA-256 of what models see of data: number, size, labels and pixels of the images, wherever and however they are stored. */
public final class DataFingerprint {
    private DataFingerprint() {}

    /** The record of a data set. */
    public static DataRecord of(Dataset dataset) {
        return new DataRecord(
                dataset.name(),
                dataset.training().shape().toString(),
                dataset.classNames(),
                dataset.mean(),
                dataset.standardDeviation(),
                dataset.training().size(),
                dataset.calibrationImages(),
                dataset.validation().size(),
                dataset.test().size(),
                sha256(dataset.training()),
                dataset.calibration().map(DataFingerprint::sha256).orElse(""),
                sha256(dataset.validation()),
                sha256(dataset.test()));
    }

    /** Whether models that were trained on the recorded data have learned the training images of a data set. */
    public static boolean isTrainedOn(Dataset dataset, DataRecord record) {
        return dataset.training().size() == record.trainingImages()
                && sha256(dataset.training()).equals(record.trainingSha256());
    }

    /** Of {@code n H W C} as four big-endian integers, the labels as integers, then the pixels. */
    static String sha256(ImageSet images) {
        ByteBuffer head = ByteBuffer.allocate(Integer.BYTES * (4 + images.size()));
        head.putInt(images.size())
                .putInt(images.shape().height())
                .putInt(images.shape().width())
                .putInt(images.shape().channels());
        for (int label : images.labels()) {
            head.putInt(label);
        }
        MessageDigest digest = Sha256.digest();
        digest.update(head.array());
        digest.update(images.pixels(), 0, images.size() * images.shape().elements());
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The first 16 digits of the SHA-256 of a text: an id. */
    static String id(String text) {
        byte[] hash = Sha256.digest().digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(hash, 0, 8);
    }
}
