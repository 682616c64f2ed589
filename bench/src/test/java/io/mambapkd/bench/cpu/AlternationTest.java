package io.mambapkd.bench.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AlternationTest {
    private long now;
    private final List<String> order = new ArrayList<>();

    /** A subject whose steps take a given time of the test's clock. */
    private StepSubject taking(String name, long nanos) {
        return new FakeSubject(name, new float[0], step -> 0) {
            @Override
            public void step() {
                super.step();
                now += nanos;
                if (order.isEmpty() || !order.get(order.size() - 1).equals(name)) {
                    order.add(name);
                }
            }
        };
    }

    @Test
    void everyBlockGivesTheMeanTimeOfItsSteps() {
        Alternation alternation = new Alternation(5_000_000, 2, 10_000_000, () -> now);
        List<Alternation.Timing> timings =
                alternation.run(List.of(taking("ours", 2_000_000), taking("peer", 4_000_000)));
        assertThat(timings.get(0).stepMilliseconds()).containsExactly(2.0, 2.0);
        assertThat(timings.get(1).stepMilliseconds()).containsExactly(4.0, 4.0);
    }

    @Test
    void blocksOfTheSubjectsAlternate() {
        new Alternation(0, 2, 10, () -> now).run(List.of(taking("ours", 1), taking("peer", 1)));
        // The warm-up is the first turn of each.
        assertThat(order).containsExactly("ours", "peer", "ours", "peer", "ours", "peer");
    }

    @Test
    void throughputCountsTheImagesOfABatch() {
        Samples samples = new Alternation.Timing(List.of(64.0)).throughput(128);
        assertThat(samples.median()).isCloseTo(2000, within(1e-9));
    }
}
