package io.mambapkd.bench.kernels;

import io.mambapkd.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Sizes that operations are measured at.
 *
 * @param name that users select it by; made of the extents where they gave these
 * @param kind which operations they are for
 * @param extents in the order of the letters of the kind
 */
public record KernelShape(String name, Kind kind, List<Integer> extents) {
    /** What the extents mean. */
    enum Kind {
        /** Batch, steps, channels of the inner width, states: a Mamba block of width D / 2. */
        SEQUENCE("BLDN"),
        /** The same letters, for the parts of such a block that are one kernel up to some width. */
        BLOCK("BLDN"),
        /** Batch, height and width, channels before and behind a convolution: a stage of the teacher. */
        IMAGES("BHC"),
        /** Batch, classes; images are 28 by 28 with one colour. */
        BATCH("BK"),
        /** Parameters. */
        PARAMETERS("P");

        private final String letters;

        Kind(String letters) {
            this.letters = letters;
        }
    }

    /** Largest extents of a quick run, by letter. */
    private static final Map<Character, Integer> QUICK =
            Map.of('B', 4, 'L', 28, 'D', 40, 'N', 16, 'H', 8, 'C', 16, 'K', 100, 'P', 1000);

    private static final int LARGEST = 1 << 24;
    private static final int PIXELS = 28 * 28;

    /** The named ones, smallest model first within a kind. */
    static final List<KernelShape> NAMED = List.of(
            new KernelShape("S1", Kind.SEQUENCE, List.of(4096, 28, 32, 8)),
            new KernelShape("S2", Kind.SEQUENCE, List.of(4096, 49, 64, 16)),
            new KernelShape("S3", Kind.SEQUENCE, List.of(1024, 64, 256, 16)),
            new KernelShape("S4", Kind.SEQUENCE, List.of(512, 256, 256, 16)),
            block(32),
            block(64),
            block(96),
            block(128),
            block(192),
            block(256),
            new KernelShape("T1", Kind.IMAGES, List.of(512, 28, 32)),
            new KernelShape("T2", Kind.IMAGES, List.of(512, 14, 64)),
            new KernelShape("R1", Kind.BATCH, List.of(4096, 10)),
            new KernelShape("R2", Kind.BATCH, List.of(4096, 100)),
            new KernelShape("P1", Kind.PARAMETERS, List.of(45_034)),
            new KernelShape("P2", Kind.PARAMETERS, List.of(10_000_000)));

    public KernelShape {
        extents = List.copyOf(extents);
    }

    /** The reference student's steps and states, with so many channels. */
    private static KernelShape block(int channels) {
        return new KernelShape("W" + channels, Kind.BLOCK, List.of(4096, 28, channels, 8));
    }

    /**
     * Reads {@code S1;S2} or {@code 4096,28,32,8;512,64,64,16}: names, and B,L,D,N of sequences.
     *
     * @throws InputException if a part is neither
     */
    public static List<KernelShape> parse(String text) {
        List<KernelShape> shapes = new ArrayList<>();
        for (String part : text.split(";", -1)) {
            shapes.add(one(part.strip()));
        }
        return List.copyOf(shapes);
    }

    private static KernelShape one(String part) {
        for (KernelShape shape : NAMED) {
            if (shape.name.equalsIgnoreCase(part)) {
                return shape;
            }
        }
        List<Integer> extents = new ArrayList<>();
        for (String number : part.split(",", -1)) {
            if (number.strip().matches("[1-9][0-9]{0,7}")) {
                extents.add(Integer.parseInt(number.strip()));
            }
        }
        if (extents.size() != Kind.SEQUENCE.letters.length()
                || part.chars().filter(c -> c == ',').count() != extents.size() - 1
                || extents.stream().anyMatch(extent -> extent > LARGEST)) {
            throw new InputException("--shapes must be names ("
                    + NAMED.stream().map(KernelShape::name).collect(Collectors.joining(", "))
                    + ") or B,L,D,N with four numbers from 1 to " + LARGEST + ", separated by semicolons, got '" + part
                    + "'; for example --shapes 'S1;4096,28,32,8'");
        }
        return new KernelShape(part.replace(" ", ""), Kind.SEQUENCE, extents);
    }

    /** The extent of a letter, such as {@code B}. */
    int extent(char letter) {
        int at = kind.letters.indexOf(letter);
        if (at < 0) {
            throw new IllegalArgumentException(kind + " has no extent " + letter);
        }
        return extents.get(at);
    }

    /** Elements of its largest tensor; too many for a long if need be. */
    double elements() {
        return switch (kind) {
            case SEQUENCE, BLOCK -> (double) extent('B') * extent('L') * Math.max(2 * extent('D'), extent('N'));
            case IMAGES -> (double) extent('B') * extent('H') * extent('H') * extent('C');
            case BATCH -> (double) extent('B') * Math.max(PIXELS, extent('K'));
            case PARAMETERS -> extent('P');
        };
    }

    /** Samples of a batch, or 1 where there is no batch. */
    int batch() {
        return kind == Kind.PARAMETERS ? 1 : extents.get(0);
    }

    /** The same with fewer samples. */
    KernelShape withBatch(int batch) {
        List<Integer> changed = new ArrayList<>(extents);
        changed.set(0, batch);
        return kind == Kind.PARAMETERS ? this : new KernelShape(name, kind, changed);
    }

    /** Small enough for an emulated device: shows that everything works. */
    public KernelShape quick() {
        List<Integer> limited = new ArrayList<>();
        for (int i = 0; i < extents.size(); i++) {
            limited.add(Math.min(extents.get(i), QUICK.getOrDefault(kind.letters.charAt(i), 1)));
        }
        return new KernelShape(name, kind, limited);
    }

    /** {@code B=4096 L=28 D=32 N=8}. */
    public String description() {
        String[] parts = new String[extents.size()];
        Arrays.setAll(parts, i -> kind.letters.charAt(i) + "=" + extents.get(i));
        return String.join(" ", parts);
    }
}
