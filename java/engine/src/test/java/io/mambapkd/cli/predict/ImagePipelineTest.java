package io.mambapkd.cli.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import io.mambapkd.data.inputs.InputImage;
import io.mambapkd.train.RunStopped;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class ImagePipelineTest {
    private static void never() {}

    private static InputImage image(int number, int bytes) {
        return new InputImage.Encoded(Integer.toString(number), new byte[bytes]);
    }

    private static Consumer<Consumer<InputImage>> source(int count, int bytes, AtomicInteger given) {
        return sink -> {
            for (int i = 0; i < count; i++) {
                given.incrementAndGet();
                sink.accept(image(i, bytes));
            }
        };
    }

    private static List<String> names(List<InputImage> images) {
        return images.stream().map(InputImage::name).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void resultsComeInTheOrderOfTheImages(int threads) {
        List<String> taken = new ArrayList<>();
        AtomicInteger calls = new AtomicInteger();
        // Batches take different times: each second one waits for the one after it to begin, where there is a thread
        // for it.
        ImagePipeline<List<String>> pipeline = new ImagePipeline<>(
                threads,
                images -> {
                    int call = calls.incrementAndGet();
                    while (threads > 1 && call % 2 == 1 && call < 40 && calls.get() == call) {
                        Thread.onSpinWait();
                    }
                    return names(images);
                },
                ImagePipelineTest::never);

        pipeline.<RuntimeException>run(source(5000, 1, new AtomicInteger()), taken::addAll);

        assertThat(taken)
                .isEqualTo(IntStream.range(0, 5000).mapToObj(Integer::toString).toList());
    }

    /** Whoever finds the images is never far ahead of whoever takes the results; large images are not put together. */
    @ParameterizedTest
    @ValueSource(ints = {1, 1 << 19})
    void theImagesAheadAreFew(int bytes) {
        AtomicInteger given = new AtomicInteger();
        int batch = bytes == 1 ? 64 : 2;
        int[] taken = new int[1];
        ImagePipeline<Integer> pipeline = new ImagePipeline<>(2, List::size, ImagePipelineTest::never);

        pipeline.<RuntimeException>run(source(200 * batch, bytes, given), count -> {
            taken[0] += count;
            // Eight wait, one is being handed over, one is being filled.
            assertThat(given.get() - taken[0]).isLessThanOrEqualTo(10 * batch);
            return true;
        });

        assertThat(taken[0]).isEqualTo(200 * batch);
    }

    @Test
    void whatTheSourceThrowsIsThrownBehindItsResults() {
        List<String> taken = new ArrayList<>();
        ImagePipeline<List<String>> pipeline =
                new ImagePipeline<>(2, ImagePipelineTest::names, ImagePipelineTest::never);

        assertThatThrownBy(() -> pipeline.<RuntimeException>run(
                        sink -> {
                            source(100, 1, new AtomicInteger()).accept(sink);
                            throw new InputException("wrong");
                        },
                        taken::addAll))
                .isInstanceOf(InputException.class)
                .hasMessage("wrong");
        assertThat(taken).hasSize(100);
    }

    /** As where the memory ends: what the source has given then may be too much to hand over, too. */
    @Test
    void anErrorOfTheSourceIsThrown() {
        ImagePipeline<Integer> pipeline = new ImagePipeline<>(2, List::size, ImagePipelineTest::never);

        assertThatThrownBy(() -> pipeline.<RuntimeException>run(
                        sink -> {
                            sink.accept(image(0, 1));
                            throw new OutOfMemoryError("of the test");
                        },
                        count -> true))
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessage("of the test");
    }

    @Test
    void whatTheWorkThrowsIsThrown() {
        ImagePipeline<Integer> pipeline = new ImagePipeline<>(
                2,
                images -> {
                    throw new OutOfMemoryError("of the test");
                },
                ImagePipelineTest::never);

        assertThatThrownBy(() -> pipeline.<RuntimeException>run(source(1000, 1, new AtomicInteger()), count -> true))
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessage("of the test");
    }

    /** The source waits for something that never comes. */
    @Test
    void aSourceThatWaitsDoesNotKeepTheWorkFromStopping() {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        ImagePipeline<Integer> pipeline = new ImagePipeline<>(1, List::size, () -> {
            if (asked.incrementAndGet() == 3) {
                throw new RunStopped("by the test");
            }
        });

        assertThatThrownBy(() -> pipeline.<RuntimeException>run(
                        sink -> {
                            try {
                                never.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        count -> true))
                .isInstanceOf(RunStopped.class);
    }
}
