package io.mambapkd.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The disk of this machine, for a process that dies at a call, as by {@code kill -9}: nothing is closed, removed or flushed. */
public final class HaltingDisk implements Disk {
    private static final int KILLED = 137;

    private final Disk disk = new LocalDisk();
    private int left;

    private HaltingDisk(int call) {
        left = call;
    }

    /** Saves of a process that dies at the call of this number, from 0. */
    public static SaveFolder saves(Path folder, int call) {
        return new SaveFolder(new HaltingDisk(call), folder);
    }

    private void call() {
        if (left-- == 0) {
            Runtime.getRuntime().halt(KILLED);
        }
    }

    private final class HaltingOutput implements Output {
        private final Output output;

        HaltingOutput(Output output) {
            this.output = output;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            if (left == 0) {
                // It dies with half of what it writes.
                output.write(bytes.limit(bytes.position() + bytes.remaining() / 2));
            }
            call();
            return output.write(bytes);
        }

        @Override
        public long size() throws IOException {
            return output.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            output.truncate(size);
        }

        @Override
        public void force() throws IOException {
            call();
            output.force();
        }

        @Override
        public void close() throws IOException {
            call();
            output.close();
        }
    }

    @Override
    public Output create(Path file) throws IOException {
        call();
        return new HaltingOutput(disk.create(file));
    }

    @Override
    public Output append(Path file) throws IOException {
        call();
        return new HaltingOutput(disk.append(file));
    }

    @Override
    public void move(Path file, Path target) throws IOException {
        call();
        disk.move(file, target);
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
        call();
        disk.forceFolder(folder);
    }

    @Override
    public void deleteIfExists(Path file) throws IOException {
        call();
        disk.deleteIfExists(file);
    }

    @Override
    public boolean makeFolder(Path folder) throws IOException {
        call();
        return disk.makeFolder(folder);
    }

    @Override
    public List<Path> files(Path folder) throws IOException {
        return disk.files(folder);
    }

    @Override
    public InputStream read(Path file) throws IOException {
        call();
        return disk.read(file);
    }
}
