package io.mambapkd.bench.cpu;

import io.mambapkd.bench.result.Machine;
import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.results.Origin;
import java.util.List;

/**
 * A measured run; one JSON file in {@code bench/results}.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param kind what was measured, {@link #KIND}
 * @param origin where it was measured
 * @param incomplete why there is less in it than was asked for; empty if it is whole
 * @param settings full or quick
 * @param machine what else there is to know of it
 * @param ours description of our backend
 * @param peer description of the peer
 * @param threads of both
 * @param rows one per teacher and precision
 */
public record CpuTeachersResult(
        int formatVersion,
        String kind,
        Origin origin,
        String incomplete,
        String settings,
        Machine machine,
        String ours,
        String peer,
        int threads,
        List<Row> rows)
        implements Result {
    static final int FORMAT_VERSION = 1;
    public static final String KIND = "cpu-teachers";

    /** How its files are read and shown. */
    public static final ResultKind<CpuTeachersResult> FILES = new ResultKind<>(
            KIND, FORMAT_VERSION, CpuTeachersResult.class, "mamba-pkd bench cpu-teachers", CpuTeachersTable::markdown);

    /**
     * Both engines on one teacher.
     *
     * @param teacher shown in the table
     * @param image size of the images
     * @param precision of both
     * @param batch images per step
     * @param parameters number of learned values
     * @param largestLogitDifference between the engines, on the first step
     * @param load of the machine just before the row
     * @param layout of the peer's images, the faster of two
     * @param otherLayout by what the other took longer in the first steps, 1 for the same
     * @param ours throughput of our blocks
     * @param patches one, likewise, with convolutions as products of patches; empty where that was not measured
     * @param peer throughput of the peer's blocks
     */
    public record Row(
            String teacher,
            String image,
            String precision,
            int batch,
            long parameters,
            double largestLogitDifference,
            double load,
            String layout,
            double otherLayout,
            Samples ours,
            List<Samples> patches,
            Samples peer) {
        public Row {
            patches = List.copyOf(patches);
        }

        /** Our median over the peer's. */
        double ratio() {
            return ours.median() / peer.median();
        }
    }

    public CpuTeachersResult {
        rows = List.copyOf(rows);
    }
}
