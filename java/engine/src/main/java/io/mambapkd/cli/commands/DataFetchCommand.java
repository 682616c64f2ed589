package io.mambapkd.cli.commands;

import io.mambapkd.cli.session.ExitCode;
import io.mambapkd.cli.session.ProgressListener;
import io.mambapkd.cli.session.Session;
import io.mambapkd.cli.session.WaitingNote;
import io.mambapkd.data.fetch.Checksum;
import io.mambapkd.data.fetch.DataFolder;
import io.mambapkd.data.fetch.Fetch;
import io.mambapkd.data.fetch.Published;
import io.mambapkd.storage.LockHolder;
import io.mambapkd.terminal.ProgressDisplay;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mamba-pkd data fetch}. */
@Command(
        name = "fetch",
        description =
                "Downloads a data set from its home page, and compares it with the published checksum. A download that"
                        + " was interrupted is gone on with.")
public final class DataFetchCommand implements Callable<Integer> {
    private static final String SHA256 = "--sha256";

    /** For the help text and for completion. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Published.names().iterator();
        }
    }

    private final Session session;

    @Parameters(paramLabel = "NAME", completionCandidates = Names.class, description = "${COMPLETION-CANDIDATES}.")
    private @Nullable String name;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "Download from here instead: the address of the file, or of the folder that has the files of"
                    + " fashion-mnist.")
    private @Nullable String url;

    @Option(
            names = SHA256,
            paramLabel = "HEX",
            description = "The checksum that the file must have, in place of the published one.")
    private @Nullable String sha256;

    @Option(names = SettingsOptions.DATA_DIR, paramLabel = "DIR", description = SettingsOptions.DATA_DIR_HELP)
    private @Nullable Path folder;

    public DataFetchCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String wanted = Objects.requireNonNull(name);
        if (wanted.equals("mnist")) {
            session.out().println("mnist comes with the program; use it with --dataset mnist");
            return ExitCode.OK;
        }
        Published set = Published.of(wanted);
        if (url != null) {
            set = set.from(url);
        }
        if (sha256 != null) {
            set = set.with(Checksum.sha256(sha256, SHA256));
        }
        Fetch fetch = new Fetch(
                folder == null ? DataFolder.usual() : folder.toAbsolutePath().normalize());
        ProgressDisplay display = ProgressListener.display(session.err());
        WaitingNote waiting = new WaitingNote(display, "which gets the same data set");
        List<Path> downloaded;
        try {
            downloaded = fetch.get(set, new Fetch.Listener() {
                @Override
                public void started(String file) {
                    display.stageStarted(file);
                }

                @Override
                public void progress(String file, long done, long total) {
                    display.progress(file, done, total, Double.NaN, Double.NaN, 0);
                }

                @Override
                public void waiting(LockHolder holder) {
                    waiting.on(holder);
                }
            });
        } finally {
            display.clear();
        }
        for (Published.Item item : set.files()) {
            Path place = fetch.place(set, item);
            session.out().println(place + (downloaded.contains(place) ? "" : ": there already, checksum right"));
        }
        String folderOption = folder == null ? "" : " " + SettingsOptions.DATA_DIR + " " + folder;
        session.out().println("use it with --dataset " + set.name() + folderOption);
        return ExitCode.OK;
    }
}
