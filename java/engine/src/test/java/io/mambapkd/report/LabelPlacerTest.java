package io.mambapkd.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.mambapkd.report.LabelPlacer.Place;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LabelPlacerTest {
    private final LabelPlacer placer = new LabelPlacer(0, 0, 400, 200, 12);

    @Test
    void aLabelStandsToTheRightOfItsPointWhereNothingIsInTheWay() {
        assertThat(placer.place("label", 100, 100)).hasValue(new Place(109, 104.2, "start"));
    }

    @Test
    void atTheRightEdgeItStandsToTheLeft() {
        assertThat(placer.place("label", 390, 100)).hasValueSatisfying(place -> {
            assertThat(place.anchor()).isEqualTo("end");
            assertThat(place.x()).isEqualTo(381);
        });
    }

    @Test
    void twoLabelsOfOnePointDoNotOverlap() {
        Optional<Place> first = placer.place("label", 100, 100);
        Optional<Place> second = placer.place("label", 100, 100);

        assertThat(second).isPresent().isNotEqualTo(first);
    }

    @Test
    void aMarkerInTheWayMovesTheLabel() {
        placer.addMarker(115, 100, 5);

        assertThat(placer.place("label", 100, 100))
                .hasValueSatisfying(place -> assertThat(place.anchor()).isEqualTo("end"));
    }

    @Test
    void aLineInTheWayMovesTheLabelWhereThereIsRoom() {
        placer.addLine(0, 100, 400, 100);

        assertThat(placer.place("label", 100, 100))
                .hasValueSatisfying(place -> assertThat(place.y()).isNotEqualTo(104.2));
    }

    @Test
    void whereThereIsNoRoomThereIsNoLabel() {
        placer.addMarker(100, 100, 150);

        assertThat(placer.place("label", 100, 100)).isEmpty();
    }
}
