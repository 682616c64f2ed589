package io.mambapkd.runtime;

import io.mambapkd.runtime.compute.Student;
import io.mambapkd.runtime.exit.ExitFeatures;
import io.mambapkd.runtime.exit.ExitRule;
import io.mambapkd.runtime.exit.RegretPredictor;
import io.mambapkd.runtime.model.ChainDescription;
import java.util.NoSuchElementException;

/** The students of a chain on one image, evaluated one by one. For one thread. */
public final class Steps {
    private final ChainDescription description;
    private final Student[] students;
    private final Student.Room[] rooms;
    private final float[] table;
    private final long[] flops;
    private final float[] own;
    private final float[] group;
    private final double[] features = ExitFeatures.room();
    /** (H, W, C), normalised. */
    private final float[] image;

    private int done;
    /** Of the students before the newest one; negative where there are none. */
    private int answerBefore;

    Steps(ChainDescription description, Student[] students, float[] table, long[] flops) {
        this.description = description;
        this.students = students;
        this.table = table;
        this.flops = flops;
        rooms = new Student.Room[students.length];
        image = new float[description.height() * description.width() * description.channels()];
        own = new float[description.classNames().size()];
        group = new float[own.length];
    }

    void start(byte[] pixels) {
        int channels = description.channels();
        boolean transposed = description.orientation() == ChainDescription.Orientation.TRANSPOSED;
        for (int c = 0; c < channels; c++) {
            if (transposed) {
                turn(pixels, c);
                continue;
            }
            for (int i = c; i < image.length; i += channels) {
                image[i] = table[c * 256 + (pixels[i] & 0xff)];
            }
        }
        done = 0;
    }

    /** One channel of an image whose rows are columns. */
    private void turn(byte[] pixels, int c) {
        int height = description.height();
        int width = description.width();
        int channels = description.channels();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image[(y * width + x) * channels + c] =
                        table[c * 256 + (pixels[(x * height + y) * channels + c] & 0xff)];
            }
        }
    }

    /** Number of students evaluated so far. */
    public int evaluated() {
        return done;
    }

    /** Whether there is another student. */
    public boolean hasNext() {
        return done < students.length;
    }

    /**
     * Evaluates the next student and says what all students so far say.
     *
     * @throws NoSuchElementException if all are evaluated
     */
    public Answer step() {
        advance();
        return answer();
    }

    /**
     * Copies the logits of the students so far.
     *
     * @param logits (K), overwritten
     */
    public void logits(float[] logits) {
        System.arraycopy(group, 0, logits, 0, group.length);
    }

    /** Copies the logits of the newest student alone. */
    public void ownLogits(float[] logits) {
        System.arraycopy(own, 0, logits, 0, own.length);
    }

    Answer run(Budget budget, ExitRule rule) {
        boolean timed = budget.nanoseconds() != Long.MAX_VALUE;
        long begin = timed ? System.nanoTime() : 0;
        advance();
        while (done < students.length
                && done < budget.students()
                && flops[done] <= budget.flops()
                && (!timed || fits(budget.nanoseconds(), System.nanoTime() - begin))
                && !stops(rule)) {
            advance();
        }
        return answer();
    }

    /** Whether the next student would end in time, at the speed of those before it. */
    private boolean fits(long most, long taken) {
        return (double) taken * flops[done] / flops[done - 1] <= most;
    }

    private void advance() {
        if (done == students.length) {
            throw new NoSuchElementException("all " + done + " students are evaluated");
        }
        if (rooms[done] == null) {
            rooms[done] = students[done].room();
        }
        answerBefore = done == 0 ? -1 : ExitFeatures.largest(group, group.length);
        students[done].classify(image, group, own, rooms[done]);
        ChainDescription.Member member = description.students().get(done);
        for (int c = 0; c < group.length; c++) {
            float before = done == 0 ? 0 : group[c];
            group[c] = (float) (member.keep() * before + member.weight() * own[c]);
        }
        done++;
    }

    private boolean stops(ExitRule rule) {
        if (rule.kind() == ExitRule.Kind.CONFIDENCE) {
            return confidence(ExitFeatures.largest(group, group.length)) >= rule.threshold();
        }
        RegretPredictor predictor = description.regret().get(done - 1);
        ExitFeatures.of(group, own, 0, group.length, answerBefore, features);
        return predictor.regret(features) <= rule.threshold();
    }

    private double confidence(int label) {
        double sum = 0;
        for (float logit : group) {
            sum += StrictMath.exp((double) logit - group[label]);
        }
        return 1 / sum;
    }

    private Answer answer() {
        int label = ExitFeatures.largest(group, group.length);
        return new Answer(label, description.classNames().get(label), confidence(label), done, flops[done - 1]);
    }
}
