package io.mambapkd.cli.commands;

import picocli.CommandLine.Option;

/** Whether to plan a run instead of starting it. */
final class PlanOptions {
    @Option(
            names = "--dry-run",
            description = "Check everything and print the plan: steps, memory, files, and a time estimated from steps"
                    + " that are timed. Trains nothing and makes nothing.")
    private boolean dryRun;

    boolean planOnly() {
        return dryRun;
    }
}
