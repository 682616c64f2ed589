package io.mambapkd.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher in places and environments of all kinds, with a Java that says what it was asked for. */
@Tag("process")
class LauncherTest {
    /** Uses nothing but the shell. */
    private static final String JAVA = """
            #!/bin/sh
            for last; do :; done
            if [ "$last" = -version ]; then
              printf '%s\\n' "$VERSION_WORDS" >&2
              exit $VERSION_STATUS
            fi
            for fd in 0 1 2; do [ -e /proc/$$/fd/$fd ] || printf 'closed %s\\n' $fd >>"$ASKED"; done
            for word; do printf '<%s>\\n' "$word" >>"$ASKED"; done
            printf 'locale %s\\n' "$LC_ALL" >>"$ASKED"
            while [ "$1" != -cp ]; do shift; done
            for jar in "${2%\\*}"*; do printf 'jar %s\\n' "${jar##*/}" >>"$ASKED"; done
            """;

    private static final String VERSION_17 = "openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment";
    private static final String NEED = "install a JDK or JRE 17 or newer, or set JAVA_HOME to one";

    @TempDir
    private Path folder;

    private record Outcome(int status, String err) {}

    @BeforeEach
    void java() throws IOException {
        executable("jdk/bin/java", JAVA);
    }

    private void executable(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The program, unpacked in a folder of this name. */
    private void install(String name) throws IOException {
        executable(name + "/bin/mamba-pkd", Files.readString(Path.of("src/dist/bin/mamba-pkd")));
        Files.createDirectories(folder.resolve(name + "/lib"));
        Files.createFile(folder.resolve(name + "/lib/mamba-pkd.jar"));
    }

    /** A line of the shell in the folder of the test. */
    private Outcome shell(String line, Map<String, String> environment) throws Exception {
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", line)
                .directory(folder.toFile())
                .redirectError(err.toFile());
        Map<String, String> variables = builder.environment();
        List.of(
                        "MAMBA_PKD_OPTS",
                        "LC_ALL",
                        "LC_CTYPE",
                        "LANG",
                        "JAVA_TOOL_OPTIONS",
                        "_JAVA_OPTIONS",
                        "JDK_JAVA_OPTIONS")
                .forEach(variables::remove);
        variables.put("JAVA_HOME", folder.resolve("jdk").toString());
        variables.put("VERSION_WORDS", VERSION_17);
        variables.put("VERSION_STATUS", "0");
        variables.put("ASKED", folder.resolve("asked").toString());
        variables.putAll(environment);
        Process process = builder.start();
        process.getInputStream().readAllBytes();
        int status = process.waitFor();
        return new Outcome(status, Files.readString(err, StandardCharsets.UTF_8));
    }

    private String asked() throws IOException {
        return Files.readString(folder.resolve("asked"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "a space",
                "quo'te\"s",
                "new\nline",
                "-x",
                "--",
                "st*r",
                "$HOME",
                "`x`",
                "back\\slash",
                "\\new\\bin\\c",
                "a:b",
                ":",
                "umläut",
                "bin"
            })
    void theProgramStartsFromAFolderOfAnyName(String name) throws Exception {
        install(name);
        Map<String, String> odd = Map.of("CDPATH", ".:" + folder, "HERE", name, "LC_ALL", "C");
        // As users call it: by a relative path, by a full one, from its folder, by a link, and by the PATH.
        for (String call : List.of(
                "\"$HERE/bin/mamba-pkd\" flops 'two words'",
                "\"$PWD/$HERE/bin/mamba-pkd\" flops 'two words'",
                "cd -- \"./$HERE/bin\"; ./mamba-pkd flops 'two words'",
                "cd -- \"./$HERE/bin\"; PATH=:$PATH; mamba-pkd flops 'two words'",
                "ln -sf -- \"$PWD/$HERE/bin/mamba-pkd\" first; ln -sf ../first jdk/second; jdk/second flops 'two words'")) {
            Files.deleteIfExists(folder.resolve("asked"));

            Outcome outcome = shell(call, odd);

            assertThat(outcome).as(call).isEqualTo(new Outcome(0, ""));
            assertThat(asked())
                    .as(call)
                    .contains("<io.mambapkd.cli.Main>\n<flops>\n<two words>\n", "jar mamba-pkd.jar");
        }
    }

    @Test
    void javaIsAskedForItsVersionWithTheOptionsOfTheProgram() throws Exception {
        install("p");
        executable("jdk/bin/java", JAVA.replace("if [", "printf '%s\\n' \"$*\" >>\"$ASKED\"\nif ["));

        shell("p/bin/mamba-pkd flops", Map.of("MAMBA_PKD_OPTS", "-Xmx7m -Dx=*"));

        assertThat(asked()).startsWith("-Xmx7m -Dx=* -version\n").contains("<-Xmx7m>\n<-Dx=*>\n");
    }

    /** A Java that would not tell its version, beside the file release of its folder. */
    private Outcome withRelease(String release, Map<String, String> environment) throws Exception {
        install("p");
        Files.writeString(folder.resolve("jdk/release"), release);
        Map<String, String> all = new HashMap<>(environment);
        all.put("VERSION_WORDS", "asked");
        return shell("p/bin/mamba-pkd flops", all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"17.0.15\"\n", "JAVA_VERSION=\"21\"\nLIBC=\"gnu\"\n"})
    void theFileReleaseTellsTheVersionWithoutAStartOfJava(String release) throws Exception {
        assertThat(withRelease(release, Map.of())).isEqualTo(new Outcome(0, ""));
        assertThat(asked()).contains("<flops>");
    }

    @Test
    void anOldJavaIsKnownByItsFileRelease() throws Exception {
        assertThat(withRelease("JAVA_VERSION=\"11.0.2\"\n", Map.of()).err())
                .contains("/jdk/bin/java is version 11.0.2, which is too old; " + NEED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "what is this?", "JAVA_VERSION=", "JAVA_RUNTIME_VERSION=\"17\"\n"})
    void whereTheFileReleaseTellsNothingJavaIsAsked(String release) throws Exception {
        assertThat(withRelease(release, Map.of()).err()).contains("-version tells no version of Java (asked)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"MAMBA_PKD_OPTS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"})
    void withOptionsOfTheUserJavaIsAsked(String variable) throws Exception {
        assertThat(withRelease("JAVA_VERSION=\"17.0.15\"\n", Map.of(variable, "-Dx=y"))
                        .err())
                .contains("-version tells no version of Java (asked)");
    }

    @Test
    void noOtherProgramIsNeeded() throws Exception {
        install("p");

        Outcome outcome = shell("PATH=$JAVA_HOME/bin; unset JAVA_HOME HOME; p/bin/mamba-pkd bench step", Map.of());

        assertThat(outcome).isEqualTo(new Outcome(0, ""));
        assertThat(asked()).contains("<io.mambapkd.bench.Main>\n<step>\n");
    }

    @Test
    void aLinkThatCannotBeFollowedIsNamed() throws Exception {
        install("p");
        Files.createSymbolicLink(folder.resolve("link"), Path.of("p/bin/mamba-pkd"));

        Outcome outcome = shell("PATH=$JAVA_HOME/bin; ./link flops", Map.of());

        assertThat(outcome)
                .isEqualTo(new Outcome(
                        2,
                        "mamba-pkd: ./link is a link and there is no readlink on the PATH to follow it; call the program by its own"
                                + " path, or install coreutils\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            LC_ALL   | C           | C.UTF-8
            LC_ALL   | POSIX       | C.UTF-8
            LANG     | C           | C.UTF-8
            LC_CTYPE | POSIX       | C.UTF-8
            NONE     | none        | C.UTF-8
            LC_ALL   | de_DE       | de_DE
            LC_ALL   | de_DE@euro  | de_DE@euro
            """)
    void aLocaleOfAsciiAloneIsReplaced(String variable, String value, String expected) throws Exception {
        install("p");

        shell("p/bin/mamba-pkd flops", Map.of(variable, value));

        assertThat(asked()).contains("locale " + expected + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<&-", ">&-", "2>&-", "<&- >&- 2>&-"})
    void aClosedStreamHasAPlaceBeforeJavaStarts(String streams) throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "open files are listed in /proc");
        install("p");

        Outcome outcome = shell("p/bin/mamba-pkd flops " + streams, Map.of());

        assertThat(outcome.status()).isZero();
        assertThat(asked()).contains("<flops>").doesNotContain("closed");
    }

    @Test
    void writingToAClosedOutputFails() throws Exception {
        install("p");
        executable("jdk/bin/java", JAVA + "\necho words 2>/dev/null || exit 9\n");

        assertThat(shell("p/bin/mamba-pkd flops >&-", Map.of()).status()).isEqualTo(9);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            openjdk version "1.8.0_402"                         | 1.8.0_402
            openjdk version "11.0.2" 2019-01-15                 | 11.0.2
            Picked up JAVA_TOOL_OPTIONS: version "21"\\njava version "16" | 16
            """)
    void anOldJavaIsNamedWithItsVersion(String words, String version) throws Exception {
        install("p");

        Outcome outcome = shell("p/bin/mamba-pkd flops", Map.of("VERSION_WORDS", words.replace("\\n", "\n")));

        assertThat(outcome)
                .isEqualTo(new Outcome(
                        2,
                        "mamba-pkd: " + folder + "/jdk/bin/java is version " + version + ", which is too old; " + NEED
                                + "\n"));
    }

    @ParameterizedTest
    @CsvSource({"what is this?,what is this?", "'',it says nothing"})
    void aProgramThatTellsNoVersionIsQuoted(String words, String quoted) throws Exception {
        install("p");

        Outcome outcome = shell("p/bin/mamba-pkd flops", Map.of("VERSION_WORDS", words));

        assertThat(outcome)
                .isEqualTo(new Outcome(
                        2,
                        "mamba-pkd: " + folder + "/jdk/bin/java -version tells no version of Java (" + quoted + "); "
                                + NEED + "\n"));
    }

    @Test
    void aLimitOfAddressSpaceThatLeavesNoRoomForClassesHasItsOwnRemedy() throws Exception {
        install("p");
        String words =
                "Error occurred during initialization of VM\nCould not allocate compressed class space: 1073741824 bytes";

        Outcome outcome = shell(
                "MAMBA_PKD_OPTS=-Xmx200m p/bin/mamba-pkd flops", Map.of("VERSION_WORDS", words, "VERSION_STATUS", "1"));

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err())
                .endsWith(
                        "class space: 1073741824 bytes; allow it more memory, as with ulimit -v, or less of its own, as in"
                                + " MAMBA_PKD_OPTS='-Xmx300m -XX:CompressedClassSpaceSize=32m -XX:ReservedCodeCacheSize=32m'\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"17", "17.0.15", "21-ea", "25.0.1"})
    void aNewJavaIsTakenWhateverIsBesideItsVersion(String version) throws Exception {
        install("p");
        String words = "Picked up JAVA_TOOL_OPTIONS: -Xshare:off\n[0.1s][warning] shared archive\nopenjdk version \""
                + version + "\" 2025";

        assertThat(shell("p/bin/mamba-pkd flops", Map.of("VERSION_WORDS", words)))
                .isEqualTo(new Outcome(0, ""));
    }

    /** The option for a system that gives huge pages to who asks for them. */
    private static String hugePages() throws IOException {
        Path setting = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
        String modes = Files.isReadable(setting) ? Files.readString(setting) : "[never]";
        return modes.contains("[never]") ? "" : " -XX:+UseTransparentHugePages";
    }

    @Test
    void aJavaThatDoesNotStartIsQuoted() throws Exception {
        install("p");
        String words = """
                Error occurred during initialization of VM
                Could not reserve space
                \tat jdk.internal.X(Y)
                Error: Could not create the Java Virtual Machine.
                Error: A fatal exception has occurred. Program will exit.""";

        Outcome outcome = shell("p/bin/mamba-pkd flops", Map.of("VERSION_WORDS", words, "VERSION_STATUS", "1"));

        assertThat(outcome)
                .isEqualTo(new Outcome(
                        2,
                        "mamba-pkd: " + folder
                                + "/jdk/bin/java does not start with -Xmx1400m -XX:+UseParallelGC" + hugePages()
                                + ": Error occurred during initialization of VM Could not reserve space; " + NEED
                                + ", or give it other options, as in MAMBA_PKD_OPTS=-Xmx700m\n"));
    }

    @Test
    void wrongOptionsOfTheUsersAreNamedByTheirVariable() throws Exception {
        install("p");
        Map<String, String> wrong = Map.of("VERSION_WORDS", "Unrecognized option: -Xfoo", "VERSION_STATUS", "1");

        Outcome ours = shell("MAMBA_PKD_OPTS=-Xfoo p/bin/mamba-pkd flops", wrong);
        Outcome javas = shell("JAVA_TOOL_OPTIONS=-Xfoo p/bin/mamba-pkd flops", wrong);

        assertThat(ours.status()).isEqualTo(2);
        assertThat(ours.err())
                .endsWith(
                        "does not start with MAMBA_PKD_OPTS=-Xfoo: Unrecognized option: -Xfoo; correct MAMBA_PKD_OPTS,"
                                + " or unset it\n");
        assertThat(javas.status()).isEqualTo(2);
        assertThat(javas.err()).endsWith("; it also reads JAVA_TOOL_OPTIONS=-Xfoo\n");
    }

    @Test
    void aLimitOfOpenFilesThatIsTooLowForJavaIsNamed() throws Exception {
        install("p");

        assertThat(shell("ulimit -n 25; p/bin/mamba-pkd flops", Map.of()))
                .isEqualTo(
                        new Outcome(
                                2,
                                "mamba-pkd: the limit of open files is 25, with which Java does not start; allow more, as with ulimit -n 1024\n"));
        assertThat(shell("ulimit -n 40; p/bin/mamba-pkd flops", Map.of())).isEqualTo(new Outcome(0, ""));
    }

    @Test
    void aRemovedFolderIsSaidToBeOne() throws Exception {
        install("p");
        String words = "Error occurred during initialization of VM\n"
                + "java.lang.Error: Properties init: Could not determine current working directory.";

        Outcome outcome = shell(
                "mkdir gone; cd gone; rmdir ../gone; ../p/bin/mamba-pkd flops || \"$OLDPWD/p/bin/mamba-pkd\" flops",
                Map.of("VERSION_WORDS", words, "VERSION_STATUS", "1"));

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err()).endsWith("mamba-pkd: the current folder has been removed; change to another one\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            JAVA_HOME=/nowhere                             | JAVA_HOME is /nowhere, which has no program bin/java
            JAVA_HOME='C:\\new\\bin'                       | JAVA_HOME is C:\\new\\bin, which has no program bin/java
            mkdir -p jh/bin/java; JAVA_HOME=jh             | JAVA_HOME is jh, which has no program bin/java
            mkdir -p jh/bin; : >jh/bin/java; JAVA_HOME=jh  | JAVA_HOME is jh, which has no program bin/java
            JAVA_HOME=; PATH=/nowhere; export PATH         | there is no java on the PATH
            """)
    void aMissingJavaIsOneSentence(String before, String words) throws Exception {
        install("p");

        Outcome outcome = shell(before + "; p/bin/mamba-pkd flops", Map.of());

        assertThat(outcome).isEqualTo(new Outcome(2, "mamba-pkd: " + words + "; " + NEED + "\n"));
    }
}
