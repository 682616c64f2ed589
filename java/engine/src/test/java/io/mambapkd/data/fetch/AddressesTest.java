package io.mambapkd.data.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.InputException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses, proxies and folders are taken. */
class AddressesTest {
    private static final URI PAGE = URI.create("https://example.org/a/b");

    @Test
    void aPageLeadsToHttpsAlone() {
        assertThat(WebAddress.redirected(PAGE, "c")).isEqualTo(URI.create("https://example.org/a/c"));
        assertThat(WebAddress.redirected(PAGE, "//other.org/c")).isEqualTo(URI.create("https://other.org/c"));
        assertThat(WebAddress.redirected(PAGE, "https://other.org/c")).isEqualTo(URI.create("https://other.org/c"));
        for (String wrong :
                List.of("http://example.org/c", "http://localhost/c", "file:/c", "https://a:b@example.org/c")) {
            assertThat(WebAddress.redirected(PAGE, wrong)).as(wrong).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:8/x", "http://127.0.0.1/x", "http://[::1]:8/x", "https://example.org"})
    void plainHttpIsForThisMachine(String address) {
        assertThat(WebAddress.of(address)).isEqualTo(URI.create(address));
    }

    private static ProxySelector selecting(Proxy proxy) {
        return new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                return List.of(proxy);
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
        };
    }

    private static String proxy(Map<String, String> environment, String address) {
        Proxy proxy = new Proxies(selecting(Proxy.NO_PROXY), environment)
                .select(URI.create(address))
                .get(0);
        return proxy.address() instanceof InetSocketAddress at ? at.getHostString() + ":" + at.getPort() : "direct";
    }

    @ParameterizedTest
    @CsvSource({
        "HTTPS_PROXY,http://p.org:3128,p.org:3128",
        "https_proxy,p.org:8080,p.org:8080",
        "HTTPS_PROXY,http://p.org/,p.org:80",
        "HTTPS_PROXY,'',direct",
        "HTTPS_PROXY,a b,direct",
        "HTTP_PROXY,http://p.org:1,direct"
    })
    void theEnvironmentNamesAProxy(String name, String value, String expected) {
        assertThat(proxy(Map.of(name, value), "https://www.example.org/x")).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "example.org,direct",
        "'x.net, .example.org',direct",
        "*,direct",
        "*.example.org,direct",
        "ample.org,p.org:1",
        "'',p.org:1"
    })
    void andHostsWithoutIt(String except, String expected) {
        Map<String, String> environment = Map.of("HTTPS_PROXY", "p.org:1", "NO_PROXY", except);
        assertThat(proxy(environment, "https://www.example.org/x")).isEqualTo(expected);
        assertThat(proxy(environment, "http://127.0.0.1:5/x")).isEqualTo("direct");
    }

    @Test
    void thePropertiesOfJavaComeFirst() {
        Proxy own = new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("own.org", 9));
        assertThat(new Proxies(selecting(own), Map.of("HTTPS_PROXY", "p.org:1")).select(PAGE))
                .containsExactly(own);
    }

    @Test
    void theFolderForDataSetsIsTheEnvironments() {
        Path home = Path.of("/home/x");
        assertThat(DataFolder.usual(Map.of(), home.toString())).isEqualTo(Path.of("/home/x/.local/share/mamba-pkd"));
        assertThat(DataFolder.usual(Map.of("XDG_DATA_HOME", "/d"), home.toString()))
                .isEqualTo(Path.of("/d/mamba-pkd"));
        assertThat(DataFolder.usual(Map.of("XDG_DATA_HOME", "d"), home.toString()))
                .isEqualTo(Path.of("/home/x/.local/share/mamba-pkd"));
        assertThat(DataFolder.usual(Map.of("XDG_DATA_HOME", "/d", "MAMBA_PKD_DATA", "/e/../f"), home.toString()))
                .isEqualTo(Path.of("/f"));
        assertThat(DataFolder.usual(Map.of("MAMBA_PKD_DATA", " "), home.toString()))
                .isEqualTo(Path.of("/home/x/.local/share/mamba-pkd"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "g000000000000000000000000000000000000000000000000000000000000000"})
    void aSha256HasSixtyFourDigits(String text) {
        assertThatThrownBy(() -> Checksum.sha256(text, "--sha256"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("--sha256: expected a SHA-256 of 64 hexadecimal digits, got '" + text + "'");
    }

    @Test
    void unknownSetsAreAnsweredWithTheChoices() {
        assertThatThrownBy(() -> Published.of("cifar"))
                .isInstanceOf(InputException.class)
                .hasMessage("unknown data set 'cifar' to fetch; choose one of cifar10, cifar100, fashion-mnist");
        assertThatThrownBy(() -> Published.of("cifar100-coarse")).hasMessageContaining("data fetch cifar100");
    }
}
