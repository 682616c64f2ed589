package io.mambapkd.storage;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that knows the difference between what was written and what would survive a power cut, and fails when told to.
 *
 * <p>A power cut keeps of each file what it held when it was last forced, and any of the writes since, in any order: what is missing between them is zeros. It keeps of each folder
 * the names that it had when it was last forced, and any of the changes since, in any order; renaming is one change.
 */
final class FaultyDisk implements Disk {
    /** So many writes or changes of names are combined in every way; of more, each prefix and each without one. */
    private static final int MOST_COMBINED = 8;

    @SuppressWarnings("ArrayRecordComponent")
    private record Write(int at, byte[] bytes) {}

    /** A file: what processes see, what is on the platter, and what is on its way. */
    private static final class Inode {
        private byte[] written = new byte[0];
        private byte[] stored = new byte[0];
        private final List<Write> unforced = new ArrayList<>();

        Set<ByteBuffer> afterPowerCut() {
            Set<ByteBuffer> contents = new LinkedHashSet<>();
            for (List<Write> kept : subsets(unforced)) {
                byte[] content = stored.clone();
                for (Write write : kept) {
                    content = Arrays.copyOf(content, Math.max(content.length, write.at + write.bytes.length));
                    System.arraycopy(write.bytes, 0, content, write.at, write.bytes.length);
                }
                contents.add(ByteBuffer.wrap(content));
            }
            return contents;
        }
    }

    /** A change of the names in a folder. */
    private record Change(Path folder, Map<Path, @Nullable Inode> names) {}

    private final Map<Path, Inode> names = new HashMap<>();
    private final Map<Path, Inode> storedNames = new HashMap<>();
    private final List<Change> unforced = new ArrayList<>();
    private final Inode folderMark = new Inode();
    private int calls;
    private int failingCall = Integer.MAX_VALUE;
    private boolean persistent;
    private int passedOver = -1;
    private boolean renamesAtOnce;
    private boolean turnsBits;
    private final List<Integer> forces = new ArrayList<>();
    private int largestWrite = Integer.MAX_VALUE;

    /** The call {@code number}, from 0, fails; if {@code fromThenOn}, so do all after it. */
    void failAt(int number, boolean fromThenOn) {
        failingCall = number;
        persistent = fromThenOn;
    }

    /** The call {@code number} to force something, from 0, does nothing: a writer that forgot it. */
    void passOver(int number) {
        passedOver = number;
    }

    /** A writer that forgot the temporary name: files are made under the one that they get by renaming. */
    void renameAtOnce() {
        renamesAtOnce = true;
    }

    /** What is read is not what was written. */
    void turnReadBits() {
        turnsBits = true;
    }

    /** Numbers of the calls that forced a file or a folder. */
    List<Integer> forces() {
        return List.copyOf(forces);
    }

    /** No write takes more bytes than this. */
    void limitWrites(int bytes) {
        largestWrite = bytes;
    }

    void recover() {
        failingCall = Integer.MAX_VALUE;
    }

    int calls() {
        return calls;
    }

    /** Whether the call is not to be done. */
    private boolean call(String name) throws IOException {
        int number = calls++;
        if (number == failingCall || persistent && number > failingCall) {
            throw new IOException("No space left on device in " + name);
        }
        if (name.startsWith("force")) {
            forces.add(number);
        }
        return number == passedOver;
    }

    /** What a process finds under a name. */
    byte @Nullable [] content(Path file) {
        Inode inode = names.get(file);
        return inode == null ? null : inode.written.clone();
    }

    List<Path> files() {
        return names.entrySet().stream()
                .filter(entry -> entry.getValue() != folderMark)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** Everything that may be found under a name after a power cut now; null where the name may be missing. */
    List<byte @Nullable []> afterPowerCut(Path file) {
        List<byte @Nullable []> possible = new ArrayList<>();
        for (Map<Path, byte[]> state : afterPowerCut()) {
            possible.add(state.get(file));
        }
        return possible;
    }

    /** All states that a power cut may leave: files and what they hold. */
    List<Map<Path, byte[]>> afterPowerCut() {
        List<Map<Path, byte[]>> states = new ArrayList<>();
        for (List<Change> kept : subsets(unforced)) {
            Map<Path, @Nullable Inode> found = new HashMap<>(storedNames);
            kept.forEach(change -> found.putAll(change.names));
            found.values().removeIf(inode -> inode == null);
            states.addAll(contents(found));
        }
        return states;
    }

    private List<Map<Path, byte[]>> contents(Map<Path, @Nullable Inode> found) {
        List<Map<Path, byte[]>> states = new ArrayList<>(List.of(new HashMap<>()));
        found.forEach((file, inode) -> {
            // A folder whose own name is lost takes its files with it.
            boolean lost = names.get(file.getParent()) == folderMark && !found.containsKey(file.getParent());
            if (inode == null || inode == folderMark || lost) {
                return;
            }
            List<Map<Path, byte[]>> longer = new ArrayList<>();
            for (ByteBuffer content : inode.afterPowerCut()) {
                for (Map<Path, byte[]> state : states) {
                    Map<Path, byte[]> with = new HashMap<>(state);
                    with.put(file, bytes(content));
                    longer.add(with);
                }
            }
            states.clear();
            states.addAll(longer);
        });
        return states;
    }

    private static byte[] bytes(ByteBuffer content) {
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        return bytes;
    }

    private static <T> List<List<T>> subsets(List<T> all) {
        Set<List<T>> subsets = new LinkedHashSet<>();
        if (all.size() <= MOST_COMBINED) {
            for (int chosen = 0; chosen < 1 << all.size(); chosen++) {
                List<T> some = new ArrayList<>();
                for (int i = 0; i < all.size(); i++) {
                    if ((chosen >> i & 1) == 1) {
                        some.add(all.get(i));
                    }
                }
                subsets.add(some);
            }
        } else {
            for (int i = 0; i <= all.size(); i++) {
                subsets.add(all.subList(0, i));
                List<T> without = new ArrayList<>(all);
                without.subList(i, Math.min(all.size(), i + 1)).clear();
                subsets.add(without);
            }
        }
        return List.copyOf(subsets);
    }

    private void changed(Path folder, Map<Path, @Nullable Inode> changes) {
        changes.forEach((file, inode) -> {
            if (inode == null) {
                names.remove(file);
            } else {
                names.put(file, inode);
            }
        });
        unforced.add(new Change(folder, changes));
    }

    private static Map<Path, @Nullable Inode> name(Path file, @Nullable Inode inode) {
        Map<Path, @Nullable Inode> change = new HashMap<>();
        change.put(file, inode);
        return change;
    }

    @Override
    public Output create(Path asked) throws IOException {
        call("create");
        Path file = place(asked);
        if (names.containsKey(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        return append(file);
    }

    private Path place(Path file) {
        String name = file.getFileName().toString();
        return renamesAtOnce && name.endsWith(".new")
                ? file.resolveSibling(name.substring(1, name.length() - ".new".length()))
                : file;
    }

    @Override
    public Output append(Path file) throws IOException {
        call("open");
        if (!names.containsKey(file)) {
            changed(file.getParent(), name(file, new Inode()));
        }
        Inode inode = names.getOrDefault(file, folderMark);
        return new Output() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                call("write");
                int count = Math.min(bytes.remaining(), largestWrite);
                int at = inode.written.length;
                inode.written = Arrays.copyOf(inode.written, at + count);
                bytes.get(inode.written, at, count);
                inode.unforced.add(new Write(at, Arrays.copyOfRange(inode.written, at, at + count)));
                return count;
            }

            @Override
            public long size() {
                return inode.written.length;
            }

            @Override
            public void truncate(long size) throws IOException {
                inode.written = Arrays.copyOf(inode.written, (int) size);
            }

            @Override
            public void force() throws IOException {
                if (!call("force")) {
                    inode.stored = inode.written.clone();
                    inode.unforced.clear();
                }
            }

            @Override
            public void close() throws IOException {
                call("close");
            }
        };
    }

    @Override
    public void move(Path file, Path target) throws IOException {
        call("move");
        if (renamesAtOnce) {
            return;
        }
        Map<Path, @Nullable Inode> change = name(file, null);
        change.put(target, names.get(file));
        changed(file.getParent(), change);
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
        if (call("forceFolder")) {
            return;
        }
        Set<Change> forced = new HashSet<>();
        for (Change change : unforced) {
            if (change.folder.equals(folder)) {
                storedNames.putAll(change.names);
                forced.add(change);
            }
        }
        storedNames.values().removeIf(inode -> inode == null);
        unforced.removeAll(forced);
    }

    @Override
    public void deleteIfExists(Path file) throws IOException {
        call("delete");
        if (names.containsKey(file)) {
            changed(file.getParent(), name(file, null));
        }
    }

    @Override
    public boolean makeFolder(Path folder) throws IOException {
        call("makeFolder");
        if (names.containsKey(folder)) {
            return false;
        }
        changed(folder.getParent(), name(folder, folderMark));
        return true;
    }

    @Override
    public List<Path> files(Path folder) throws IOException {
        call("list");
        return files().stream().filter(file -> folder.equals(file.getParent())).toList();
    }

    @Override
    public InputStream read(Path file) throws IOException {
        call("read");
        byte @Nullable [] content = content(file);
        if (content == null) {
            throw new NoSuchFileException(file.toString());
        }
        if (turnsBits) {
            content[content.length / 2] ^= 1;
        }
        return new ByteArrayInputStream(content);
    }
}
