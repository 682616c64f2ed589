package io.mambapkd.cli.session;

import io.mambapkd.cli.machine.CudaMachine;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;

/**
 * What a command needs from outside.
 *
 * @param out results
 * @param err progress, notes, errors
 * @param jobs the work
 * @param runs folder of the run folders that nobody named
 * @param clock names them
 * @param cuda opens a GPU
 */
public record Session(PrintWriter out, PrintWriter err, Jobs jobs, Path runs, Clock clock, CudaMachine cuda) {}
