package io.mambapkd.bench.nvidia;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The dynamic symbols of a 64-bit little-endian ELF shared library, as the dynamic linker sees them. Source of the layout: System V ABI, chapters 4 and
 * 5, and the Linux Standard Base, "Symbol Versioning".
 *
 * @param needed names of the libraries that it is linked with
 * @param imports symbols that other libraries have to export; weak ones are left out, as the linker does without them
 * @param exports symbols that it defines, each with its version
 */
public record ElfFile(List<String> needed, List<Import> imports, Set<Export> exports) {
    private static final int HEADER_BYTES = 64;
    private static final int SECTION_BYTES = 64;
    private static final int SYMBOL_BYTES = 24;
    private static final int DYNAMIC_BYTES = 16;

    private static final byte[] IDENTIFICATION = {0x7f, 'E', 'L', 'F', 2, 1};
    private static final int SHARED_LIBRARY = 3;

    private static final int SECTION_DYNAMIC = 6;
    private static final int SECTION_SYMBOLS = 11;
    private static final int SECTION_VERSION_DEFINITIONS = 0x6ffffffd;
    private static final int SECTION_VERSION_NEEDS = 0x6ffffffe;
    private static final int SECTION_SYMBOL_VERSIONS = 0x6fffffff;

    private static final int TAG_NEEDED = 1;
    private static final int BINDING_LOCAL = 0;
    private static final int BINDING_WEAK = 2;
    /** The top bit of a version marks one that is not the default. */
    private static final int VERSION_MASK = 0x7fff;

    /** Sections that are read are of symbols; none of NVIDIA's comes near this. */
    private static final long LARGEST_SECTION = 1 << 28;

    /**
     * A symbol that a library has to export.
     *
     * @param version that the library must give it, or empty
     * @param library that must have the version, or empty where there is no version
     */
    public record Import(String name, String version, String library) {}

    /**
     * A symbol that is exported.
     *
     * @param version that it has, or empty
     */
    public record Export(String name, String version) {}

    /** A file that is no such library; the message says why, without the file's name. */
    static final class NotElf extends IOException {
        private static final long serialVersionUID = 1;

        NotElf(String reason) {
            super(reason);
        }
    }

    /** A section header. */
    private record Section(int type, long offset, long size, int link) {}

    /** @throws IOException if the file cannot be read, or is no shared library of this kind */
    public static ElfFile read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new Reader(channel).read();
        }
    }

    /** Whether it exports a symbol; where none of its symbols has a version, one of any version will do, as for the linker. */
    boolean exports(Import symbol) {
        if (exports.contains(new Export(symbol.name(), symbol.version()))) {
            return true;
        }
        return symbol.version().isEmpty()
                ? exports.stream().anyMatch(export -> export.name().equals(symbol.name()))
                : exports.contains(new Export(symbol.name(), ""));
    }

    private static final class Reader {
        private final FileChannel channel;
        private final Map<Integer, String> versionNames = new HashMap<>();
        private final Map<Integer, String> versionLibraries = new HashMap<>();

        Reader(FileChannel channel) {
            this.channel = channel;
        }

        ElfFile read() throws IOException {
            List<Section> sections = sections();
            for (Section section : sections) {
                if (section.type() == SECTION_VERSION_NEEDS) {
                    versionNeeds(bytes(section), strings(sections, section));
                } else if (section.type() == SECTION_VERSION_DEFINITIONS) {
                    versionDefinitions(bytes(section), strings(sections, section));
                }
            }
            List<String> needed = new ArrayList<>();
            List<Import> imports = new ArrayList<>();
            Set<Export> exports = new HashSet<>();
            for (Section section : sections) {
                if (section.type() == SECTION_DYNAMIC) {
                    needed(bytes(section), strings(sections, section), needed);
                } else if (section.type() == SECTION_SYMBOLS) {
                    symbols(section, sections, imports, exports);
                }
            }
            return new ElfFile(needed, imports, exports);
        }

        private List<Section> sections() throws IOException {
            if (channel.size() < HEADER_BYTES) {
                throw new NotElf("it has only " + channel.size() + " bytes");
            }
            ByteBuffer header = bytes(0, HEADER_BYTES);
            for (int i = 0; i < IDENTIFICATION.length; i++) {
                if (header.get(i) != IDENTIFICATION[i]) {
                    throw new NotElf("it is no 64-bit ELF file");
                }
            }
            if (header.getShort(16) != SHARED_LIBRARY) {
                throw new NotElf("it is an ELF file but no shared library");
            }
            long offset = header.getLong(40);
            int count = Short.toUnsignedInt(header.getShort(60));
            ByteBuffer table = bytes(offset, (long) count * SECTION_BYTES);
            List<Section> sections = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int at = i * SECTION_BYTES;
                sections.add(new Section(
                        table.getInt(at + 4), table.getLong(at + 24), table.getLong(at + 32), table.getInt(at + 40)));
            }
            return sections;
        }

        private static void needed(ByteBuffer entries, ByteBuffer strings, List<String> needed) throws IOException {
            for (int at = 0; at + DYNAMIC_BYTES <= entries.capacity(); at += DYNAMIC_BYTES) {
                if (entries.getLong(at) == TAG_NEEDED) {
                    needed.add(text(strings, (int) entries.getLong(at + 8)));
                }
            }
        }

        private void symbols(Section section, List<Section> sections, List<Import> imports, Set<Export> exports)
                throws IOException {
            ByteBuffer symbols = bytes(section);
            ByteBuffer strings = strings(sections, section);
            ByteBuffer versions = ByteBuffer.allocate(0);
            for (Section other : sections) {
                if (other.type() == SECTION_SYMBOL_VERSIONS) {
                    versions = bytes(other);
                }
            }
            for (int i = 1; i < symbols.capacity() / SYMBOL_BYTES; i++) {
                int at = i * SYMBOL_BYTES;
                int binding = Byte.toUnsignedInt(symbols.get(at + 4)) >> 4;
                boolean undefined = symbols.getShort(at + 6) == 0;
                String name = text(strings, symbols.getInt(at));
                int version = 2 * i + 2 <= versions.capacity() ? versions.getShort(2 * i) & VERSION_MASK : 0;
                String versionName = versionNames.getOrDefault(version, "");
                if (undefined && binding != BINDING_LOCAL && binding != BINDING_WEAK) {
                    imports.add(new Import(name, versionName, versionLibraries.getOrDefault(version, "")));
                } else if (!undefined && binding != BINDING_LOCAL) {
                    exports.add(new Export(name, versionName));
                }
            }
        }

        /** Chains of offsets: libraries, and within each its versions. */
        private void versionNeeds(ByteBuffer needs, ByteBuffer strings) throws IOException {
            int at = 0;
            int next;
            do {
                String library = text(strings, within(needs, at + 4));
                int version = at + within(needs, at + 8);
                int nextVersion;
                do {
                    int index = within(needs, version + 4) >>> 16 & VERSION_MASK;
                    versionNames.put(index, text(strings, within(needs, version + 8)));
                    versionLibraries.put(index, library);
                    nextVersion = within(needs, version + 12);
                    version += nextVersion;
                } while (nextVersion > 0);
                next = within(needs, at + 12);
                at += next;
            } while (next > 0);
        }

        private void versionDefinitions(ByteBuffer definitions, ByteBuffer strings) throws IOException {
            int at = 0;
            int next;
            do {
                int flags = within(definitions, at) >>> 16;
                int index = within(definitions, at + 4) & VERSION_MASK;
                int name = at + within(definitions, at + 12);
                // The first definition names the library itself and is no version.
                if ((flags & 1) == 0) {
                    versionNames.put(index, text(strings, within(definitions, name)));
                }
                next = within(definitions, at + 16);
                at += next;
            } while (next > 0);
        }

        private ByteBuffer strings(List<Section> sections, Section of) throws IOException {
            if (of.link() < 0 || of.link() >= sections.size()) {
                throw damaged();
            }
            return bytes(sections.get(of.link()));
        }

        private ByteBuffer bytes(Section section) throws IOException {
            return bytes(section.offset(), section.size());
        }

        private ByteBuffer bytes(long offset, long size) throws IOException {
            if (offset < 0 || size < 0 || size > LARGEST_SECTION || offset > channel.size() - size) {
                throw damaged();
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
            while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) > 0) {}
            return bytes;
        }

        private static int within(ByteBuffer bytes, int at) throws IOException {
            if (at < 0 || at > bytes.capacity() - Integer.BYTES) {
                throw damaged();
            }
            return bytes.getInt(at);
        }

        private static String text(ByteBuffer strings, int at) throws IOException {
            if (at < 0 || at >= strings.capacity()) {
                throw damaged();
            }
            int end = at;
            while (end < strings.capacity() && strings.get(end) != 0) {
                end++;
            }
            byte[] bytes = new byte[end - at];
            strings.get(at, bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }

        private static NotElf damaged() {
            return new NotElf("its tables reach past its end, so that it is cut off or damaged");
        }
    }
}
