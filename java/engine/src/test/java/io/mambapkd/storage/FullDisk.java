package io.mambapkd.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/** The disk of this machine, full from one save on until it has room again. */
public final class FullDisk implements Disk {
    private final Disk disk = new LocalDisk();
    private final int saves;
    private final int refused;
    private int made;

    /**
     * @param saves that are written before it is full
     * @param refused how many are not, before it has room again
     */
    public FullDisk(int saves, int refused) {
        this.saves = saves;
        this.refused = refused;
    }

    public SaveFolder folder(Path folder) {
        return new SaveFolder(this, folder);
    }

    @Override
    public Output create(Path file) throws IOException {
        int save = made++;
        if (save >= saves && save < saves + refused) {
            throw new IOException("No space left on device");
        }
        return disk.create(file);
    }

    @Override
    public Output append(Path file) throws IOException {
        return disk.append(file);
    }

    @Override
    public void move(Path file, Path target) throws IOException {
        disk.move(file, target);
    }

    @Override
    public void forceFolder(Path folder) throws IOException {
        disk.forceFolder(folder);
    }

    @Override
    public void deleteIfExists(Path file) throws IOException {
        disk.deleteIfExists(file);
    }

    @Override
    public boolean makeFolder(Path folder) throws IOException {
        return disk.makeFolder(folder);
    }

    @Override
    public List<Path> files(Path folder) throws IOException {
        return disk.files(folder);
    }

    @Override
    public InputStream read(Path file) throws IOException {
        return disk.read(file);
    }
}
