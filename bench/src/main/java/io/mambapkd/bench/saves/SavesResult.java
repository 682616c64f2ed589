package io.mambapkd.bench.saves;

import io.mambapkd.bench.result.Machine;
import io.mambapkd.bench.result.Result;
import io.mambapkd.bench.result.ResultKind;
import io.mambapkd.bench.result.Timing;
import io.mambapkd.results.Origin;
import java.util.ArrayList;
import java.util.List;

/**
 * What saves cost; one JSON file.
 *
 * @param formatVersion of this record, {@link #FORMAT_VERSION}
 * @param kind what was measured, {@link #KIND}
 * @param origin where it was measured
 * @param incomplete why there are fewer blocks than were asked for; empty otherwise
 * @param machine what else there is to know of it
 * @param threads of the CPU
 * @param batch images per step
 * @param parameters number of the teacher's learned values
 * @param secondsBetweenSaves shortest time between two saves
 * @param saves written in the blocks with saves
 * @param with time of a step, one for each block with saves
 * @param without the same without; each is the pair of the block at its place
 */
public record SavesResult(
        int formatVersion,
        String kind,
        Origin origin,
        String incomplete,
        Machine machine,
        int threads,
        int batch,
        long parameters,
        double secondsBetweenSaves,
        int saves,
        Timing with,
        Timing without)
        implements Result {
    static final int FORMAT_VERSION = 1;
    static final String KIND = "saves";

    /** How its files are read and shown. */
    public static final ResultKind<SavesResult> FILES =
            new ResultKind<>(KIND, FORMAT_VERSION, SavesResult.class, "mamba-pkd bench saves", SavesTable::markdown);

    /** Step time with saves over that without, for each pair of blocks, the smallest first. */
    List<Double> ratios() {
        List<Double> ratios = new ArrayList<>();
        int pairs = Math.min(with.microseconds().size(), without.microseconds().size());
        for (int i = 0; i < pairs; i++) {
            ratios.add(with.microseconds().get(i) / without.microseconds().get(i));
        }
        ratios.sort(null);
        return ratios;
    }
}
