package io.mambapkd.bench.kernels;

/**
 * The least time that an operation can take on a device, and why.
 *
 * @param microseconds that it takes at least
 * @param limit what it then waits for
 */
public record Bound(double microseconds, Limit limit) {
    /** What limits an operation. */
    public enum Limit {
        MEMORY("memory"),
        EXP("exp unit"),
        ARITHMETIC("float arithmetic");

        private final String words;

        Limit(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    /**
     * @param precision in {@code bf16} products run on other units, whose limit is not measured: their arithmetic sets no bound
     */
    public static Bound of(Ceilings ceilings, String precision, Work work) {
        Bound bound = new Bound(work.bytes() / ceilings.copy() * 1e-3, Limit.MEMORY);
        bound = bound.orLater(work.exps() / ceilings.exps() * 1e-3, Limit.EXP);
        return precision.equals("f32")
                ? bound.orLater(work.flops() / ceilings.flops() * 1e-3, Limit.ARITHMETIC)
                : bound;
    }

    private Bound orLater(double other, Limit reason) {
        return other > microseconds ? new Bound(other, reason) : this;
    }
}
