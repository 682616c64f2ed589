package io.mambapkd.storage;

import java.io.IOException;
import java.nio.file.Path;

/** Takes a file, says so, and gives it back when it is told anything; or says who holds it. */
public final class HoldingProgram {
    private HoldingProgram() {}

    public static void main(String[] args) throws IOException {
        try {
            ProcessLock lock = ProcessLock.take(Path.of(args[0]));
            System.out.println("held");
            System.in.read();
            lock.close();
        } catch (ProcessLock.HeldException held) {
            System.out.println("refused: " + held.holder());
        }
    }
}
