package io.mambapkd.data.fetch;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server of one file on this machine, which can be told to fail. */
final class LocalServer implements AutoCloseable {
    /** What a path does. */
    interface Handler {
        void answer(HttpExchange exchange) throws IOException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** The headers of the requests so far. */
    final List<Headers> requests = new CopyOnWriteArrayList<>();

    byte[] content;
    String tag = "\"one\"";
    boolean ranges = true;
    /** Bytes after which the connection is cut; -1 for none. */
    int cutAfter = -1;
    /** Whether the connection stays open in silence where it would be cut. */
    boolean silent;

    LocalServer(byte[] content) throws IOException {
        this.content = content;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        on("/file", this::file);
        server.start();
    }

    void on(String path, Handler handler) {
        server.createContext(path, exchange -> {
            requests.add(exchange.getRequestHeaders());
            try (exchange) {
                handler.answer(exchange);
            }
        });
    }

    /** Answers with a redirection. */
    static Handler redirect(int status, String location) {
        return exchange -> {
            exchange.getResponseHeaders().set("Location", location);
            exchange.sendResponseHeaders(status, -1);
        };
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private void file(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        String condition = exchange.getRequestHeaders().getFirst("If-Range");
        int from = 0;
        exchange.getResponseHeaders().set("ETag", tag);
        if (ranges && range != null && (condition == null || condition.equals(tag))) {
            from = Integer.parseInt(range.replaceAll("bytes=([0-9]+)-", "$1"));
            if (from >= content.length) {
                exchange.sendResponseHeaders(416, -1);
                return;
            }
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
        try (OutputStream out = exchange.getResponseBody()) {
            if (cutAfter >= 0) {
                out.write(Arrays.copyOfRange(content, from, from + cutAfter));
                out.flush();
                if (silent) {
                    closed.await();
                }
                throw new IOException("cut");
            }
            out.write(content, from, content.length - from);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
