package io.mambapkd.storage;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A list of hashes as sha256sum(1) writes and checks it: a line {@code HASH  NAME} for each file, names with slashes below the folder of the list. It is read more strictly than
 * by that program, so that no flipped bit passes: digits are lower case, names have the letters of run folders, every line has an end. Lines that are none are kept as they are.
 */
public final class Sha256Sums {
    private static final Pattern LINE =
            Pattern.compile("([0-9a-f]{64})  ((?:(?!\\.{1,2}/)[A-Za-z0-9._-]+/)*(?!\\.{1,2}$)[A-Za-z0-9._-]+)");

    private final List<String> lines = new ArrayList<>();
    private final Map<String, List<String>> hashes = new LinkedHashMap<>();
    private final List<Integer> wrongLines = new ArrayList<>();

    private Sha256Sums(List<String> lines) {
        lines.forEach(this::add);
    }

    private void add(String line) {
        lines.add(line);
        Matcher matcher = LINE.matcher(line);
        if (matcher.matches()) {
            hashes.computeIfAbsent(matcher.group(2), name -> new ArrayList<>()).add(matcher.group(1));
        } else {
            wrongLines.add(lines.size());
        }
    }

    /** A list of nothing. */
    static Sha256Sums none() {
        return new Sha256Sums(List.of());
    }

    /** What a file holds. */
    public static Sha256Sums parse(byte[] content) {
        // Each byte is a letter: what is not ASCII is no part of a line.
        String text = new String(content, StandardCharsets.ISO_8859_1);
        List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
        int last = lines.size() - 1;
        String rest = lines.remove(last);
        Sha256Sums sums = new Sha256Sums(lines);
        if (!rest.isEmpty()) {
            sums.lines.add(rest);
            sums.wrongLines.add(sums.lines.size());
        }
        return sums;
    }

    /** The numbers, from 1, of lines that are none of such a list. */
    public List<Integer> wrongLines() {
        return List.copyOf(wrongLines);
    }

    /** The files that are listed, in order. */
    public Set<String> names() {
        return hashes.keySet();
    }

    /** The hashes that a file may have, in hexadecimal digits: none where it is not listed, two where it is being replaced. */
    public List<String> hashes(String name) {
        return hashes.getOrDefault(name, List.of());
    }

    /** The same with another hash that a file may have. */
    Sha256Sums with(String name, String hash) {
        List<String> more = new ArrayList<>(lines);
        more.add(line(hash, name));
        return new Sha256Sums(more);
    }

    /** The same with one hash of a file, in the place of the first that it has. */
    Sha256Sums replaced(String name, String hash) {
        List<String> replaced = new ArrayList<>();
        boolean written = false;
        for (String line : lines) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches() || !matcher.group(2).equals(name)) {
                replaced.add(line);
            } else if (!written) {
                replaced.add(line(hash, name));
                written = true;
            }
        }
        return written ? new Sha256Sums(replaced) : with(name, hash);
    }

    private static String line(String hash, String name) {
        return hash + "  " + name;
    }

    /** The content of the file. */
    byte[] bytes() {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line).append('\n'));
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
