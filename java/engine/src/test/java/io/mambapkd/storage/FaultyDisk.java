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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that knows the difference between what was written and what would survive a power cut, and fails when told to.
 *
 * <p>A cut keeps of each file what it held when it was last forced, and of the folder the names it had when it was last forced, plus any
 * of the changes since: a file system may have stored those early, in any order.
 */
final class FaultyDisk implements Disk {
    /** A file: what processes see, and what is on the platter. */
    private static final class Inode {
        private byte[] written = new byte[0];
        private byte[] stored = new byte[0];
    }

    private final Map<Path, Inode> names = new HashMap<>();
    private Map<Path, Inode> storedNames = new HashMap<>();
    private final List<Map<Path, Inode>> namesSinceForce = new ArrayList<>();
    private int calls;
    private int failingCall = Integer.MAX_VALUE;
    private boolean persistent;
    private int largestWrite = Integer.MAX_VALUE;

    /** The call {@code number}, from 0, fails; if {@code fromThenOn}, so do all after it. */
    void failAt(int number, boolean fromThenOn) {
        failingCall = number;
        persistent = fromThenOn;
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

    private void call(String name) throws IOException {
        int number = calls++;
        if (number == failingCall || persistent && number > failingCall) {
            throw new IOException("No space left on device in " + name);
        }
    }

    /** What a process finds under a name. */
    byte @Nullable [] content(Path file) {
        Inode inode = names.get(file);
        return inode == null ? null : inode.written.clone();
    }

    List<Path> files() {
        return names.keySet().stream().sorted().toList();
    }

    /** Everything that may be found under a name after a power cut now; null where the name may be missing. */
    List<byte @Nullable []> afterPowerCut(Path file) {
        List<byte @Nullable []> possible = new ArrayList<>();
        List<Map<Path, Inode>> folders = new ArrayList<>(namesSinceForce);
        folders.add(storedNames);
        for (Map<Path, Inode> folder : folders) {
            Inode inode = folder.get(file);
            possible.add(inode == null ? null : inode.stored.clone());
        }
        return possible;
    }

    private void namesChanged() {
        namesSinceForce.add(new HashMap<>(names));
    }

    @Override
    public Output create(Path file) throws IOException {
        call("create");
        if (names.containsKey(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        return append(file);
    }

    @Override
    public Output append(Path file) throws IOException {
        call("open");
        Inode inode = names.computeIfAbsent(file, name -> new Inode());
        namesChanged();
        return new Output() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                call("write");
                int count = Math.min(bytes.remaining(), largestWrite);
                byte[] longer = Arrays.copyOf(inode.written, inode.written.length + count);
                bytes.get(longer, inode.written.length, count);
                inode.written = longer;
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
                call("force");
                inode.stored = inode.written.clone();
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
        names.put(target, names.remove(file));
        namesChanged();
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
        call("forceFolder");
        storedNames = new HashMap<>(names);
        namesSinceForce.clear();
    }

    @Override
    public void deleteIfExists(Path file) throws IOException {
        call("delete");
        if (names.remove(file) != null) {
            namesChanged();
        }
    }

    @Override
    public void makeFolder(Path folder) throws IOException {
        call("makeFolder");
    }

    @Override
    public List<Path> files(Path folder) throws IOException {
        call("list");
        return names.keySet().stream()
                .filter(file -> folder.equals(file.getParent()))
                .toList();
    }

    @Override
    public InputStream read(Path file) throws IOException {
        call("read");
        byte @Nullable [] content = content(file);
        if (content == null) {
            throw new NoSuchFileException(file.toString());
        }
        return new ByteArrayInputStream(content);
    }
}
