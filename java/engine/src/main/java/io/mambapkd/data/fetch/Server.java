package io.mambapkd.data.fetch;

import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks servers by HTTP. Redirections are not followed here. */
final class Server {
    private static final Duration TO_CONNECT = Duration.ofSeconds(20);
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes ([0-9]{1,18})-[0-9]+/.*");

    private final HttpClient client;
    private final Duration patience;

    /** @param patience how long to wait for the beginning of an answer */
    Server(Duration patience) {
        this.patience = patience;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(TO_CONNECT)
                .proxy(new Proxies(ProxySelector.getDefault(), System.getenv()))
                .build();
    }

    /**
     * Asks for a file.
     *
     * @param from its first byte that is wanted
     * @param validator of the version that the bytes before are of; where the file is another by now, all of it is sent
     */
    Answer get(URI address, long from, Optional<String> validator) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address).timeout(patience).header("User-Agent", "mamba-pkd");
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
            validator.ifPresent(value -> request.header("If-Range", value));
        }
        HttpResponse<java.io.InputStream> response =
                client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        HttpHeaders headers = response.headers();
        return new Answer(
                response.statusCode(),
                headers.firstValue("Content-Range").map(Server::first).orElse(0L),
                length(headers),
                headers.firstValue("Location"),
                validator(headers),
                response.body());
    }

    private static OptionalLong length(HttpHeaders headers) {
        try {
            return headers.firstValueAsLong("Content-Length");
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static long first(String contentRange) {
        Matcher matcher = CONTENT_RANGE.matcher(contentRange);
        return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
    }

    /** A strong one: of weak ones a server makes no ranges. */
    private static Optional<String> validator(HttpHeaders headers) {
        return headers.firstValue("ETag")
                .filter(tag -> !tag.startsWith("W/"))
                .or(() -> headers.firstValue("Last-Modified"));
    }
}
