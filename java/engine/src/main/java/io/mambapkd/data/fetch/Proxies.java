package io.mambapkd.data.fetch;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Proxies by the properties of Java ({@code https.proxyHost}) or, where those name none, by {@code HTTPS_PROXY} and {@code NO_PROXY}, in large or small letters. */
final class Proxies extends ProxySelector {
    private static final int DEFAULT_PORT = 80;

    private final ProxySelector properties;
    private final Map<String, String> environment;

    /** @param properties selects by the properties of Java */
    Proxies(ProxySelector properties, Map<String, String> environment) {
        this.properties = properties;
        this.environment = environment;
    }

    @Override
    public List<Proxy> select(URI address) {
        List<Proxy> byProperties = properties.select(address);
        boolean direct = byProperties.stream().allMatch(proxy -> proxy.type() == Proxy.Type.DIRECT);
        InetSocketAddress proxy = direct ? named() : null;
        String host = String.valueOf(address.getHost());
        return proxy == null || WebAddress.isThisMachine(host) || isExcepted(host)
                ? byProperties
                : List.of(new Proxy(Proxy.Type.HTTP, proxy));
    }

    @Override
    public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
        properties.connectFailed(address, proxy, failure);
    }

    private @Nullable InetSocketAddress named() {
        String text = variable("HTTPS_PROXY");
        if (text.isBlank()) {
            return null;
        }
        try {
            URI proxy = new URI(text.contains("://") ? text : "http://" + text);
            int port = proxy.getPort() < 0 ? DEFAULT_PORT : proxy.getPort();
            return proxy.getHost() == null ? null : InetSocketAddress.createUnresolved(proxy.getHost(), port);
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private boolean isExcepted(String host) {
        return Stream.of(variable("NO_PROXY").split(","))
                .map(part -> part.strip().toLowerCase(Locale.ROOT).replaceFirst("^\\*?\\.", ""))
                .filter(part -> !part.isEmpty())
                .anyMatch(part -> part.equals("*") || ("." + host.toLowerCase(Locale.ROOT)).endsWith("." + part));
    }

    private String variable(String name) {
        String small = environment.get(name.toLowerCase(Locale.ROOT));
        return small == null || small.isBlank() ? environment.getOrDefault(name, "") : small;
    }
}
