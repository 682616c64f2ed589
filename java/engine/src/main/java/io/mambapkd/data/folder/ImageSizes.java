package io.mambapkd.data.folder;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import io.mambapkd.data.formats.ImageFormat;
import io.mambapkd.data.formats.ImageHead;
import io.mambapkd.tensor.ImageShape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of all images say.
 *
 * @param counts how many images there are of each size, upright
 * @param channels the most that an image has
 */
record ImageSizes(Map<Size, Integer> counts, int channels) {
    /** Of an upright image. */
    record Size(int height, int width) {
        @Override
        public String toString() {
            return height + "x" + width;
        }
    }

    /** @param heads null for an image that cannot be read */
    static ImageSizes of(@Nullable ImageHead[] heads) {
        Map<Size, Integer> counts = new HashMap<>();
        int channels = 1;
        for (ImageHead head : heads) {
            if (head != null) {
                counts.merge(new Size(head.uprightHeight(), head.uprightWidth()), 1, Integer::sum);
                channels = Math.max(channels, head.channels());
            }
        }
        return new ImageSizes(counts, channels);
    }

    /** @throws InputException if no size is asked for, and the images differ in theirs */
    ImageShape shape(FolderRequest request) {
        if (counts.isEmpty()) {
            throw new InputException(new Problem(
                    "expected images, got none that can be read, at " + request.folder(), "name another folder"));
        }
        int wanted = request.channels() == 0 ? channels : request.channels();
        if (!request.size().isAuto()) {
            return new ImageShape(request.size().height(), request.size().width(), wanted);
        }
        Size most = counts.entrySet().stream()
                .max(Map.Entry.<Size, Integer>comparingByValue()
                        .thenComparing(entry -> -entry.getKey().height())
                        .thenComparing(entry -> -entry.getKey().width()))
                .orElseThrow()
                .getKey();
        if (counts.size() > 1) {
            Size least = counts.keySet().stream()
                    .min(Comparator.comparingLong((Size size) -> (long) size.height() * size.width())
                            .thenComparing(Size::height))
                    .orElseThrow();
            int side = Math.min(least.height(), least.width());
            throw new InputException(new Problem(
                    "expected images of one size, got " + counts.size() + " sizes, the smallest " + least
                            + ", the most frequent " + most + " (" + counts.get(most) + " images; rows x columns), at "
                            + request.folder(),
                    "bring all to one size with --image-size " + side + " or --image-size " + most));
        }
        return new ImageShape(most.height(), most.width(), wanted);
    }

    /** What is unusual about the files. */
    List<String> notes(List<FolderFile> files, @Nullable ImageHead[] heads) {
        int misnamed = 0;
        int animated = 0;
        String first = "";
        for (int i = 0; i < heads.length; i++) {
            ImageHead head = heads[i];
            if (head == null) {
                continue;
            }
            animated += head.isAnimated() ? 1 : 0;
            String name = files.get(i).name();
            if (ImageFormat.ofName(name) != head.format()) {
                first = misnamed == 0 ? name + " is a " + head.format() + " file" : first;
                misnamed++;
            }
        }
        List<String> notes = new ArrayList<>();
        if (misnamed > 0) {
            notes.add((misnamed == 1 ? "1 image has a name" : misnamed + " images have names")
                    + " of another format than its content, which decides: " + first + (misnamed > 1 ? ", ..." : ""));
        }
        if (animated > 0) {
            notes.add("of " + (animated == 1 ? "1 animated GIF file" : animated + " animated GIF files")
                    + " the first frame is used");
        }
        return notes;
    }
}
