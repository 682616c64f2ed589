package io.mambapkd.train.run;

import io.mambapkd.model.CnnSpec;
import io.mambapkd.model.Flops;
import io.mambapkd.model.StudentSpec;
import io.mambapkd.model.TeacherSpec;
import io.mambapkd.nn.Precision;
import io.mambapkd.tensor.ImageShape;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** What a group is to be compared with: other models of about the same FLOPs. Only their sizes are found here. */
public final class Controls {
    private static final int LARGEST_WIDTH = 512;

    private Controls() {}

    /** The last student made wider or narrower until it costs about {@code flops}; it stands alone, so it reads no group. */
    public static StudentSpec singleStudent(StudentSpec last, ImageShape image, int classes, long flops) {
        return IntStream.rangeClosed(1, LARGEST_WIDTH)
                .mapToObj(width -> last.with("single-d" + width, width).with(StudentSpec.Reuse.NONE))
                .reduce((a, b) -> closer(
                                Flops.student(a, image, classes).total(),
                                Flops.student(b, image, classes).total(),
                                flops)
                        ? a
                        : b)
                .orElseThrow();
    }

    /**
     * The teacher, or where it is another kind of model the default {@link CnnSpec} with as many of its stages as the images allow, made narrower or wider, all stages by
     * the same factor, until it costs about {@code flops}.
     */
    public static CnnSpec plainCnn(TeacherSpec model, ImageShape image, int classes, long flops) {
        CnnSpec teacher = model instanceof CnnSpec cnn ? cnn : plain(model.precision(), image);
        int first = teacher.channels().get(0);
        int widest = Collections.max(teacher.channels());
        // No stage may be wider than a teacher's can be.
        int most = (int) Math.min(4L * first, (long) TeacherSpec.MOST_CHANNELS * first / widest);
        return IntStream.rangeClosed(1, Math.max(1, most))
                .mapToObj(channels -> withFirstStage(teacher, channels))
                .reduce((a, b) -> closer(
                                Flops.teacher(a, image, classes).total(),
                                Flops.teacher(b, image, classes).total(),
                                flops)
                        ? a
                        : b)
                .orElseThrow();
    }

    private static CnnSpec plain(Precision precision, ImageShape image) {
        CnnSpec spec = CnnSpec.DEFAULT;
        int stages = Math.min(spec.channels().size(), CnnSpec.mostStages(image));
        return new CnnSpec(spec.channels().subList(0, stages), spec.convsPerStage(), spec.dropout(), precision);
    }

    private static boolean closer(long a, long b, long target) {
        return Math.abs(a - target) <= Math.abs(b - target);
    }

    private static CnnSpec withFirstStage(CnnSpec teacher, int first) {
        List<Integer> channels = teacher.channels().stream()
                .map(c -> Math.max(
                        1, Math.round((float) c * first / teacher.channels().get(0))))
                .toList();
        return new CnnSpec(channels, teacher.convsPerStage(), teacher.dropout(), teacher.precision());
    }
}
