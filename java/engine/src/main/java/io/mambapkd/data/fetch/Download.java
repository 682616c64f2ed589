package io.mambapkd.data.fetch;

import io.mambapkd.FileFailure;
import io.mambapkd.InputException;
import io.mambapkd.PlainText;
import io.mambapkd.Problem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Gets one file. What has come stays in a part file, whatever happens, and the next download goes on behind it where the server lets it. Nothing is there under the file's own name until its checksum was
 * found to be right.
 */
final class Download {
    /** Hears how far it is. */
    @FunctionalInterface
    interface Progress {
        /** @param total 0 where it is not known */
        void at(long done, long total);
    }

    private static final int MOST_REDIRECTIONS = 3;
    private static final int BUFFER_BYTES = 1 << 16;

    private final Server server;
    private final Duration patience;
    private final long mostBytes;

    /**
     * @param patience how long nothing may come
     * @param mostBytes of a file
     */
    Download(Duration patience, long mostBytes) {
        this.server = new Server(patience);
        this.patience = patience;
        this.mostBytes = mostBytes;
    }

    /** @throws InputException if the file cannot be got, or is another than expected */
    void get(URI address, Checksum expected, Path target, Progress progress) {
        try (PartFile part = PartFile.open(target)) {
            if (part.size() > 0 && part.checksum(expected).equals(expected)) {
                // All had come when the program was ended.
                part.finish();
                return;
            }
            try {
                receive(address, part, progress, target);
            } catch (IOException e) {
                throw unreachable(address, target, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw unreachable(address, target, new IOException("it was interrupted", e));
            }
            Checksum got = part.checksum(expected);
            if (!got.equals(expected)) {
                long size = part.size();
                part.remove();
                throw new InputException(new Problem(
                        "expected a file with " + expected + ", got " + size + " bytes with " + got + ", from "
                                + address + ", which were removed",
                        "try again, or name another address with --url"));
            }
            part.finish();
        }
    }

    private void receive(URI address, PartFile part, Progress progress, Path target)
            throws IOException, InterruptedException {
        long have = part.size();
        Optional<String> validator = part.validator(address.toString());
        // A part of which nothing is known may be of any file.
        long from = validator.isPresent() ? have : 0;
        Answer first = asked(address, from, validator, target);
        boolean unusable = from > 0
                && (first.status() == Answer.NO_SUCH_RANGE || first.from() != from)
                && first.status() != Answer.WHOLE;
        Answer answer = first;
        if (unusable) {
            first.close();
            answer = asked(address, 0, Optional.empty(), target);
        }
        try (Answer body = answer;
                Stall stall = new Stall(body, patience)) {
            if (body.status() == Answer.WHOLE) {
                part.restart(address.toString(), body.validator());
            } else if (body.status() != Answer.PART || unusable || from == 0) {
                throw refused(address, "the answer " + body.status() + meaning(body.status()), target);
            }
            read(body, part, address, target, progress, stall);
        }
    }

    private void read(Answer body, PartFile part, URI address, Path target, Progress progress, Stall stall)
            throws IOException {
        long done = part.size();
        long total = body.length().isPresent() ? done + body.length().getAsLong() : 0;
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            progress.at(done, total);
            for (int got = body.body().read(buffer); got >= 0; got = body.body().read(buffer)) {
                stall.heard();
                done += got;
                if (done > mostBytes || total > mostBytes) {
                    part.remove();
                    throw refused(address, "more than " + mostBytes + " bytes", target);
                }
                part.append(buffer, got);
                progress.at(done, total);
            }
        } catch (IOException e) {
            String reason = stall.isStalled()
                    ? "nothing came for " + patience.toSeconds() + " s"
                    : PlainText.line(FileFailure.reason(e));
            throw lost(address, done, total, reason, e);
        }
        if (stall.isStalled()) {
            throw lost(address, done, total, "nothing came for " + patience.toSeconds() + " s", null);
        }
    }

    private static InputException lost(
            URI address, long done, long total, String reason, @org.jspecify.annotations.Nullable IOException cause) {
        return new InputException(
                new Problem(
                        "lost the connection to " + address + " after " + done + (total > 0 ? " of " + total : "")
                                + " bytes (" + reason + ")",
                        "the same command goes on where it stopped"),
                cause);
    }

    /** Follows redirections. */
    private Answer asked(URI address, long from, Optional<String> validator, Path target)
            throws IOException, InterruptedException {
        URI at = address;
        for (int i = 0; i <= MOST_REDIRECTIONS; i++) {
            Answer answer = server.get(at, from, validator);
            if (!answer.isRedirection()) {
                return answer;
            }
            answer.close();
            String location = answer.location().orElse("");
            URI next = location.isEmpty() ? null : WebAddress.redirected(at, location);
            if (next == null) {
                throw refused(
                        address,
                        "a redirection to '" + PlainText.line(location)
                                + "', which is not followed, as it is not https",
                        target);
            }
            at = next;
        }
        throw refused(address, "more than " + MOST_REDIRECTIONS + " redirections", target);
    }

    private static String meaning(int status) {
        return switch (status) {
            case 401, 403 -> " (not allowed)";
            case 404, 410 -> " (not found)";
            case 407 -> " (the proxy asks for a password, which this program cannot give)";
            case 429 -> " (too many requests)";
            default -> status >= 500 ? " (the server has failed)" : "";
        };
    }

    private static InputException refused(URI address, String got, Path target) {
        return new InputException(new Problem(
                "expected the file at " + address + ", got " + got,
                "try again later, name another address with --url, or " + byHand(address, target)));
    }

    private static InputException unreachable(URI address, Path target, IOException failure) {
        String reason = failure instanceof HttpTimeoutException
                ? "it does not answer"
                : failure instanceof java.net.ConnectException
                        ? "no connection"
                        : PlainText.line(FileFailure.reason(failure));
        return new InputException(
                new Problem(
                        "cannot reach " + address.getHost() + " (" + reason + ")",
                        "check the network and HTTPS_PROXY, or " + byHand(address, target)),
                failure);
    }

    static String byHand(URI address, Path target) {
        return "get " + address + " by other means and put it at " + target;
    }
}
