package io.mambapkd.bench.sass;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel as {@code nvdisasm -c -hex} writes it: behind an instruction the lower half of its encoding, in the next line the upper half.
 *
 * @param name of the entry
 * @param instructions in the order of their addresses
 * @param labels index of the instruction that each label stands before
 */
record Listing(String name, List<Instruction> instructions, Map<String, Integer> labels) {
    private static final Pattern SECTION = Pattern.compile("\\s*\\.section\\s+(\\S+?),.*");
    private static final Pattern LABEL = Pattern.compile("(\\.L\\w+):.*");
    private static final Pattern INSTRUCTION = Pattern.compile(
            "\\s+/\\*([0-9a-f]{4,})\\*/\\s+(?:(@!?U?P\\w+)\\s+)?([A-Z][A-Z0-9_]*)(\\.[A-Z0-9_.]+)?(.*?);.*");
    private static final Pattern UPPER_HALF = Pattern.compile("\\s+/\\* 0x([0-9a-f]{16}) \\*/");
    private static final Pattern TARGET = Pattern.compile("`\\((\\.L\\w+)\\)");
    private static final String CODE = ".text.";
    private static final int HEXADECIMAL = 16;

    Listing {
        instructions = List.copyOf(instructions);
        labels = Map.copyOf(labels);
    }

    /** The kernels of a file, in its order. */
    static List<Listing> parse(String text) {
        Map<String, Listing> kernels = new LinkedHashMap<>();
        String name = "";
        List<Instruction> instructions = new ArrayList<>();
        Map<String, Integer> labels = new LinkedHashMap<>();
        for (String line : text.split("\n", -1)) {
            Matcher section = SECTION.matcher(line);
            Matcher label = LABEL.matcher(line);
            if (section.matches()) {
                keep(kernels, name, instructions, labels);
                String code = section.group(1);
                name = code.startsWith(CODE) ? code.substring(CODE.length()) : "";
                instructions = new ArrayList<>();
                labels = new LinkedHashMap<>();
            } else if (label.matches()) {
                labels.put(label.group(1), instructions.size());
            } else if (!name.isEmpty()) {
                Matcher instruction = INSTRUCTION.matcher(line);
                Matcher upper = UPPER_HALF.matcher(line);
                if (instruction.matches()) {
                    instructions.add(instruction(instruction));
                } else if (upper.matches()) {
                    Schedule schedule = Schedule.of(Long.parseUnsignedLong(upper.group(1), HEXADECIMAL));
                    instructions.set(
                            instructions.size() - 1,
                            instructions.get(instructions.size() - 1).with(schedule));
                }
            }
        }
        keep(kernels, name, instructions, labels);
        return List.copyOf(kernels.values());
    }

    private static void keep(
            Map<String, Listing> kernels, String name, List<Instruction> instructions, Map<String, Integer> labels) {
        if (!instructions.isEmpty()) {
            kernels.put(name, new Listing(name, instructions, labels));
        }
    }

    private static Instruction instruction(Matcher line) {
        Matcher target = TARGET.matcher(line.group(5));
        return new Instruction(
                Integer.parseInt(line.group(1), HEXADECIMAL),
                line.group(2) == null ? "" : line.group(2),
                line.group(3),
                line.group(4) == null ? "" : line.group(4),
                target.find() ? target.group(1) : "",
                Schedule.UNKNOWN);
    }
}
