package io.mambapkd.data.fetch;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which addresses may be asked: https, and http on this very machine alone. */
final class WebAddress {
    private WebAddress() {}

    /** @throws InputException if {@code text} is no address that may be asked */
    static URI of(String text) {
        URI address = parsed(text);
        String problem = address == null ? "something else" : problem(address, true);
        if (address == null || problem != null) {
            throw new InputException(new Problem(
                    "expected an address that begins with https://, got " + problem + ": '" + text + "'",
                    "name another with --url"));
        }
        return address;
    }

    /**
     * Where an answer leads to.
     *
     * @param location as the server wrote it
     * @return null where it may not be followed
     */
    static @Nullable URI redirected(URI from, String location) {
        URI relative = parsed(location);
        if (relative == null) {
            return null;
        }
        URI target = from.resolve(relative);
        // A page of the network leads to no server of this machine.
        return problem(target, isHttpHere(from)) == null ? target : null;
    }

    private static boolean isHttpHere(URI address) {
        return "http".equalsIgnoreCase(address.getScheme());
    }

    private static @Nullable URI parsed(String text) {
        try {
            return new URI(text.strip());
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static @Nullable String problem(URI address, boolean httpHere) {
        String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
        String host = address.getHost();
        if (host == null || address.getRawUserInfo() != null) {
            return host == null ? "one without a host" : "one with a user name";
        }
        if (scheme.equals("https")) {
            return null;
        }
        if (!scheme.equals("http")) {
            return "one of another kind";
        }
        return httpHere && isThisMachine(host) ? null : "one that anybody on the way may change";
    }

    /** By its name alone. */
    static boolean isThisMachine(String host) {
        return host.equalsIgnoreCase("localhost") || host.matches("127(\\.[0-9]{1,3}){3}") || host.equals("[::1]");
    }
}
