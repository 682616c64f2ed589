package io.mambapkd.ops.cuda.ptx;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The PTX text of one kernel family and what it says of its entries. Needs no device. */
public final class PtxFamily {
    /** Targets that the kernels are compiled for, oldest first. */
    private static final int[] TARGETS = {75, 80, 90};

    public static final int LOWEST_TARGET = TARGETS[0];

    private static final Pattern VERSION = Pattern.compile("^\\.version (\\d{1,3})\\.(\\d{1,3})$", Pattern.MULTILINE);
    private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+([\\w$]+)\\s*\\(([^)]*)\\)([^{]*)\\{");
    private static final Pattern PARAMETER = Pattern.compile("\\.param\\s+(?:\\.align\\s+\\d+\\s+)?(\\.\\w+)");
    private static final Pattern BLOCK =
            Pattern.compile("\\.maxntid\\s+(\\d{1,4})(?:\\s*,\\s*(\\d{1,4}))?(?:\\s*,\\s*(\\d{1,4}))?");

    private final String name;
    private final String text;
    private final int version;
    private final Map<String, PtxEntry> entries;

    private PtxFamily(String name, String text, int version, Map<String, PtxEntry> entries) {
        this.name = name;
        this.text = text;
        this.version = version;
        this.entries = entries;
    }

    /** {@code 7.5}: what a device needs at least. */
    public static String lowestCapability() {
        return LOWEST_TARGET / 10 + "." + LOWEST_TARGET % 10;
    }

    /** The highest target that a device can run, 90 for compute_90; 0 if there is none. */
    public static int target(int capability) {
        int target = 0;
        for (int candidate : TARGETS) {
            target = candidate <= capability ? candidate : target;
        }
        return target;
    }

    /**
     * The text for the newest target that a device can run and that the class path has: a target has a text of its own only where its code differs from that of the
     * next older one.
     *
     * @param capability compute capability of the device, 80 for 8.0
     * @throws IllegalArgumentException if no such family is on the class path for any target that the device can run
     */
    public static PtxFamily read(String family, int capability) {
        int newest = target(capability);
        for (int i = TARGETS.length - 1; i >= 0; i--) {
            if (TARGETS[i] <= newest) {
                String resource = resource(family, TARGETS[i]);
                try (InputStream stream = PtxFamily.class.getResourceAsStream(resource)) {
                    if (stream != null) {
                        return parse(family, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
                    }
                } catch (IOException failure) {
                    throw new UncheckedIOException("cannot read " + resource, failure);
                }
            }
        }
        throw new IllegalArgumentException(
                "kernel family " + family + " has no PTX at " + resource(family, newest)
                        + ", nor for an older target, on the class path; is the kernels' jar missing, or older than this program?");
    }

    private static String resource(String family, int target) {
        return "/io/mambapkd/kernels/compute_" + target + "/" + family + ".ptx";
    }

    /**
     * Reads PTX as nvcc writes it.
     *
     * @throws IllegalArgumentException if the text is not PTX, or an entry has no block size or a parameter of a type that a launch
     *     cannot pass
     */
    public static PtxFamily parse(String family, String text) {
        Matcher version = VERSION.matcher(text);
        if (!version.find()) {
            throw new IllegalArgumentException(family + ".ptx is not PTX: it has no line with .version");
        }
        Map<String, PtxEntry> entries = new LinkedHashMap<>();
        Matcher entry = ENTRY.matcher(text);
        while (entry.find()) {
            String name = entry.group(1);
            entries.put(
                    name,
                    new PtxEntry(name, parameters(family, name, entry.group(2)), block(family, name, entry.group(3))));
        }
        int number = Integer.parseInt(version.group(1)) * 10 + Integer.parseInt(version.group(2));
        return new PtxFamily(family, text, number, entries);
    }

    private static List<ParameterType> parameters(String family, String entry, String list) {
        List<ParameterType> types = new ArrayList<>();
        for (String part : list.isBlank() ? new String[0] : list.split(",")) {
            Matcher parameter = PARAMETER.matcher(part);
            if (!parameter.find()) {
                throw new IllegalArgumentException(
                        family + ".ptx: entry " + entry + " has no parameter in \"" + part.strip() + "\"");
            }
            try {
                types.add(ParameterType.of(parameter.group(1)));
            } catch (IllegalArgumentException unknown) {
                throw new IllegalArgumentException(
                        family + ".ptx: entry " + entry + ", parameter " + types.size() + ": " + unknown.getMessage(),
                        unknown);
            }
        }
        return types;
    }

    private static PtxEntry.Block block(String family, String entry, String directives) {
        Matcher block = BLOCK.matcher(directives);
        if (!block.find()) {
            throw new IllegalArgumentException(
                    family + ".ptx: entry " + entry + " has no .maxntid; give the kernel __launch_bounds__");
        }
        return new PtxEntry.Block(extent(block, 1), extent(block, 2), extent(block, 3));
    }

    private static int extent(Matcher block, int group) {
        String digits = block.group(group);
        return digits == null ? 1 : Integer.parseInt(digits);
    }

    public String name() {
        return name;
    }

    /** The PTX itself. */
    public String text() {
        return text;
    }

    /** Version of the PTX language, 78 for 7.8. */
    public int version() {
        return version;
    }

    /** All entries in the order of the text. */
    List<PtxEntry> entries() {
        return List.copyOf(entries.values());
    }

    /** @throws IllegalArgumentException if there is no such entry; the message lists those that there are */
    public PtxEntry entry(String entry) {
        PtxEntry found = entries.get(entry);
        if (found == null) {
            throw new IllegalArgumentException("kernel family " + name + " has no entry " + entry + "; it has "
                    + String.join(", ", entries.keySet()));
        }
        return found;
    }

    /**
     * The first driver to know a version of PTX.
     *
     * @param version of PTX, 78 for 7.8
     * @return as the driver tells its version, 11080 for CUDA 11.8. The PTX manual lists which release brought which version
     */
    public static int neededDriver(int version) {
        if (version < 70) {
            return 10_020; // PTX 6.x came with CUDA 9 and 10, and no driver in use is older than 10.2.
        }
        return switch (version) {
            case 85 -> 12_050;
            case 86 -> 12_070;
            case 87 -> 12_080;
            case 88 -> 12_090;
            default -> (version / 10 + 4) * 1000 + version % 10 * 10;
        };
    }
}
