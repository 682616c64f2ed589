package io.mambapkd.train.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mambapkd.InputException;
import io.mambapkd.data.Dataset;
import io.mambapkd.train.run.DistillRun.Extent;
import io.mambapkd.train.settings.RunSpec;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PreflightTest {
    private static final Dataset MNIST_SIZED = Data.of(1000, 28, 28);

    private static String refusal(Dataset dataset, Extent extent, String... settings) {
        InputException refusal = catchThrowableOfType(
                InputException.class, () -> Preflight.training(Data.spec(settings), dataset, extent));
        assertThat(refusal).as("refusal").isNotNull();
        return String.valueOf(refusal.getMessage());
    }

    /** What is refused is accepted once the settings that the sentence names are followed, literally and all at once. */
    private static void assertRemedyWorks(String sentence, Dataset dataset, String... settings) {
        String[] followed = Stream.concat(Stream.of(settings), Data.flags(sentence).stream())
                .toArray(String[]::new);
        assertThatCode(() -> Preflight.training(Data.spec(followed), dataset, Extent.GROUP_AND_CONTROLS))
                .as(sentence)
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            student.batch=1001                  | student.batch is 1001 but only 1000 training images are used; use --set student.batch=256
            student.batch=8192                  | student.batch is 8192 but only 1000 training images are used; use --set student.batch=256
            student.images=20                   | student.batch is 128 but only 20 training images are used; use --set student.batch=8
            students[1].batch=1001              | students[1].batch is 1001 but only 1000 training images are used; use --set 'students[1].batch=256'
            student.images=1                    | student.batch is 128 but only 1 training image is used; use --set student.batch=1
            teacher.images=16                   | teacher.batch is 128 but only 16 training images are used; use --set teacher.batch=8
            teacher.batch=2000                  | teacher.batch is 2000 but only 1000 training images are used; use --set teacher.batch=256
            teacher.channels=[1,2,3,4,5,6]      | a teacher of 6 stages halves its images 5 times, but images of 28x28x1 allow at most 5 stages; use --set 'teacher.channels=[1,2,3,4,5]'
            students[0].tokenSize=29            | student rows4-d4: tokens of 29 rows are larger than what they cut, 28x28x1; use --set 'students[0].tokenSize=28'
            students[1].tokenSize=4096          | student cols4-d8: tokens of 4096 columns are larger than what they cut, 28x28x1; use --set 'students[1].tokenSize=28'
            students[2].name=teacher            | a student is called teacher, which is the name of another stage of the run; use --set 'students[2].name=teacher-student'
            students[6].name=caching            | a student is called caching, which is the name of another stage of the run; use --set 'students[6].name=caching-student'
            augmentation.shiftPixels=64         | augmentation.shiftPixels is 64, which moves images of 28x28x1 out of the picture; use --set augmentation.shiftPixels=3
            augmentation.crop=28                | augmentation.crop is 28, but images of 28x28x1 can be continued by reflection over at most 27 pixels; use --set augmentation.crop=3
            augmentation.cutout=28              | augmentation.cutout is 28, a square that can cover the whole of images of 28x28x1; use --set augmentation.cutout=7
            augmentation.shiftPixels=28.5       | augmentation.shiftPixels is 28.5, which moves images of 28x28x1 out of the picture; use --set augmentation.shiftPixels=3
            """)
    void eachMistakeIsOneSentenceWithTheSettingThatMendsIt(String setting, String sentence) {
        assertThat(refusal(MNIST_SIZED, Extent.GROUP, setting)).isEqualTo(sentence);
        assertRemedyWorks(sentence, MNIST_SIZED, setting);
    }

    @Test
    void allMistakesAreToldAtOnce() {
        Dataset few = Data.of(100, 12, 30);
        String[] settings = {"teacher.channels=[4,8,16,32,64]", "students[3].tokenSize=31"};
        String sentence = refusal(few, Extent.GROUP, settings);
        assertThat(sentence)
                .isEqualTo(
                        "a teacher of 5 stages halves its images 4 times, but images of 12x30x1 allow at most 4 stages,"
                                + " and student cols2-d12: tokens of 31 columns are larger than what they cut, 12x30x1,"
                                + " and teacher.batch is 128 but only 100 training images are used,"
                                + " and student.batch is 128 but only 100 training images are used;"
                                + " use --set 'teacher.channels=[4,8,16,32]' --set 'students[3].tokenSize=30'"
                                + " --set teacher.batch=32 --set student.batch=32");
        assertRemedyWorks(sentence, few, settings);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 9, 2", "3, 3, 2", "4, 100, 3", "16, 31, 5", "28, 28, 5", "32, 32, 6", "64, 64, 7"})
    void theStagesThatFitAreThoseThatLeaveARow(int height, int width, int most) {
        String channels =
                "teacher.channels=" + java.util.Collections.nCopies(most, 1).toString();
        String more =
                "teacher.channels=" + java.util.Collections.nCopies(most + 1, 1).toString();
        Dataset dataset = Data.of(128, height, width);
        String shift = "augmentation.shiftPixels=0";
        assertThatCode(() -> Preflight.training(Data.spec(channels, shift), dataset, Extent.TEACHER_ONLY))
                .doesNotThrowAnyException();
        assertThat(refusal(dataset, Extent.TEACHER_ONLY, more, shift))
                .contains("allow " + (most == 1 ? "only 1 stage;" : "at most " + most + " stages;"));
    }

    /** A shift by more than 31 bits starts at 0 again. */
    @ParameterizedTest
    @ValueSource(ints = {33, 34, 65, 100})
    void veryManyStagesAreRefusedToo(int stages) {
        assertThat(refusal(
                        MNIST_SIZED,
                        Extent.TEACHER_ONLY,
                        "teacher.channels=" + java.util.Collections.nCopies(stages, 1)))
                .startsWith("a teacher of " + stages + " stages ");
    }

    @Test
    void moreStepsThanCanBePlannedAreRefused() {
        String[] settings = {"teacher.batch=1", "teacher.epochs=10000", "teacher.images=0"};
        Dataset many = Data.of(2001, 4, 4);
        String sentence = refusal(many, Extent.TEACHER_ONLY, settings);
        assertThat(sentence)
                .isEqualTo("teacher.epochs is 10000, which makes 20010000 steps of 1 images, more than 20000000;"
                        + " use --set teacher.epochs=9995");
    }

    @Test
    void theTeacherAloneDoesNotNeedTheStudentsToFit() {
        assertThatCode(() -> Preflight.training(
                        Data.spec("student.batch=8192", "students[0].tokenSize=29"), MNIST_SIZED, Extent.TEACHER_ONLY))
                .doesNotThrowAnyException();
    }

    @Test
    void aTeacherTrainedAloneIsEvaluatedWhereItsStudentsWouldNotFit() {
        RunSpec spec = Data.spec("students[0].tokenSize=29");
        assertThatCode(() -> Preflight.evaluation(spec, MNIST_SIZED, Extent.TEACHER_ONLY))
                .doesNotThrowAnyException();
        assertThat(catchThrowableOfType(
                        InputException.class, () -> Preflight.evaluation(spec, MNIST_SIZED, Extent.GROUP)))
                .hasMessageContaining("tokens of 29 rows are larger");
    }

    @Test
    void evaluationNeedsModelsThatFitAndNoBatches() {
        RunSpec spec = Data.spec("teacher.batch=8192", "student.batch=8192");
        assertThatCode(() -> Preflight.evaluation(spec, MNIST_SIZED, Extent.GROUP))
                .doesNotThrowAnyException();
        InputException refusal = catchThrowableOfType(
                InputException.class, () -> Preflight.evaluation(spec, Data.of(9, 3, 28), Extent.GROUP));
        assertThat(refusal).hasMessageStartingWith("a teacher of 3 stages halves its images 2 times");
    }

    @Test
    void aModelThatNeedsLargerImagesIsRefusedWithOneThatDoesNot() {
        Dataset small = Data.of(2000, 8, 9);
        String[] settings = {"teacher.model=airbench", "students[0].tokenSize=1"};
        String sentence = refusal(small, Extent.TEACHER_ONLY, settings);
        assertThat(sentence).contains("airbench needs images of at least 9x9, got 8x9", "--set teacher.model=cnn");
        assertThatCode(() -> Preflight.training(
                        Data.spec("teacher.model=airbench", "teacher.model=cnn"), small, Extent.TEACHER_ONLY))
                .doesNotThrowAnyException();
    }

    @Test
    void blurredImagesOfAirbenchGetANoteWithSettingsThatWork() {
        Dataset images = Data.of(60_000, 28, 28);
        String[] airbench = {"teacher.model=airbench"};
        List<String> notes = Preflight.training(Data.spec(airbench), images, Extent.TEACHER_ONLY);
        assertThat(notes).singleElement().asString().startsWith("augmentation that rotates, scales or shears blurs");
        String[] followed = Stream.concat(Stream.of(airbench), Data.flags(notes.get(0)).stream())
                .toArray(String[]::new);
        assertThat(Preflight.training(Data.spec(followed), images, Extent.TEACHER_ONLY))
                .isEmpty();
        assertThat(Preflight.training(Data.spec(), images, Extent.TEACHER_ONLY)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cnn      | teacher.momentum=0.5   | a teacher of model cnn with optimizer adamw does not use teacher.momentum=0.5, so it changes nothing
            resnet9  | teacher.biasScale=64   | a teacher of model resnet9 with optimizer sgd does not use teacher.biasScale=64.0, so it changes nothing
            airbench | teacher.optimizer=adamw | a teacher of model airbench with optimizer adamw does not use teacher.rateUnit=kilostep, teacher.startRate=0.2, teacher.endRate=0.07, teacher.momentum=0.85, teacher.biasScale=64.0, so they change nothing
            """)
    void settingsThatChangeNothingAreNoted(String model, String setting, String note) {
        Dataset images = Data.of(60_000, 28, 28);
        String chosen = "teacher.model=" + model;
        assertThat(Preflight.training(Data.spec(chosen, setting), images, Extent.TEACHER_ONLY))
                .contains(note);
        assertThat(Preflight.training(Data.spec(chosen), images, Extent.TEACHER_ONLY))
                .noneMatch(other -> other.contains("does not use"));
    }

    @Test
    void aStudentWithATrainingOfItsOwnGetsItsOwnNote() {
        Dataset images = Data.of(6400, 28, 28);
        String[] own = {"students[1].epochs=1", "student.epochs=6"};
        List<String> notes = Preflight.training(Data.spec(own), images, Extent.GROUP);
        assertThat(notes)
                .singleElement()
                .asString()
                .startsWith("6400 training images in batches of 128 give students[1] 50 steps in 1 epoch, which is few;"
                        + " more with --set 'students[1].epochs=6' (300 steps)");
        String[] followed = {own[0], own[1], Data.flags(notes.get(0)).get(0)};
        assertThat(Preflight.training(Data.spec(followed), images, Extent.GROUP))
                .isEmpty();
    }

    @Test
    void tokensThatShowMoreThanTheImageGetANote() {
        Dataset images = Data.of(60_000, 28, 28);
        assertThat(Preflight.training(Data.spec("students[2].tokenSize=5"), images, Extent.GROUP))
                .containsExactly("student rows2-d8: what it cuts into tokens of 5, 28x28x1, is continued with zeros to"
                        + " 30x28x1; they count in its FLOPs");
    }

    @Test
    void fewStepsGetANoteWithNumbersThatWork() {
        Dataset few = Data.of(167, 28, 28);
        List<String> notes = Preflight.training(Data.spec(), few, Extent.GROUP);
        assertThat(notes)
                .containsExactly(
                        "167 training images in batches of 128 give the teacher 2 steps in 2 epochs, which is few; more"
                                + " with --set teacher.epochs=300 (300 steps), or, sooner, with --set teacher.batch=16 --set"
                                + " teacher.epochs=30 (300 steps)",
                        "167 training images in batches of 128 give each student 3 steps in 3 epochs, which is few; more"
                                + " with --set student.epochs=300 (300 steps), or, sooner, with --set student.batch=16 --set"
                                + " student.epochs=30 (300 steps)");
        for (String note : notes) {
            List<String> flags = Data.flags(note);
            String section = flags.get(0).substring(0, "teacher".length());
            for (List<String> followed : List.of(flags.subList(0, 1), flags.subList(1, 3))) {
                assertThat(Preflight.training(Data.spec(followed.toArray(String[]::new)), few, Extent.GROUP))
                        .noneMatch(left -> left.contains("--set " + section + ".epochs"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"128, 99, 99, true", "128, 100, 100, false", "50000, 1, 390, false", "1000, 14, 98, true"})
    void fewIsFewerThanAHundred(int images, int epochs, int steps, boolean noted) {
        List<String> notes =
                Preflight.training(Data.spec("teacher.epochs=" + epochs), Data.of(images, 4, 4), Extent.TEACHER_ONLY);
        assertThat(notes.stream().anyMatch(note -> note.contains(" give the teacher " + steps + " steps in ")))
                .isEqualTo(noted);
    }

    @Test
    void aWideShiftIsNoted() {
        assertThat(Preflight.training(Data.spec("augmentation.shiftPixels=8"), MNIST_SIZED, Extent.TEACHER_ONLY))
                .anyMatch(note -> note.startsWith(
                        "augmentation.shiftPixels is 8, more than a quarter of images of" + " 28x28x1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[16,4096]", "[1,4096]", "[4096,1]", "[4096]", "[1]", "[3,5,7]"})
    void thePlainCnnOfTheControlsCanAlwaysBeMade(String channels) {
        assertThat(io.mambapkd.train.run.Controls.plainCnn(
                                Data.spec("teacher.channels=" + channels)
                                        .teacher()
                                        .spec(),
                                MNIST_SIZED.training().shape(),
                                3,
                                Long.MAX_VALUE)
                        .channels())
                .allMatch(width -> width >= 1 && width <= 4096);
    }
}
