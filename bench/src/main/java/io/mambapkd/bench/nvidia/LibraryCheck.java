package io.mambapkd.bench.nvidia;

import static io.mambapkd.bench.nvidia.NvidiaLibraries.CUBLAS_12;
import static io.mambapkd.bench.nvidia.NvidiaLibraries.CUBLAS_13;
import static io.mambapkd.bench.nvidia.NvidiaLibraries.CUDNN_9;
import static io.mambapkd.bench.nvidia.NvidiaLibraries.DRIVER;

import io.mambapkd.FileFailure;
import io.mambapkd.bench.nvidia.ElfFile.Import;
import io.mambapkd.doctor.Finding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Library files against each other: symbols, parts, and whether a process can load them. None of the checks needs a device. */
final class LibraryCheck {
    private static final String WHOLE_CUBLAS = "install all of cuBLAS from one package, or name its folder";
    private static final String WHOLE_CUDNN = "install all of cuDNN 9 from one package, or name its folder";
    private static final String OTHER_RELEASE = "name a folder of another release";
    private static final int DEEPEST_FOLDER = 5;
    /** cuDNN's own library only passes calls on. */
    private static final long LARGEST_FRONT = 64 << 20;

    private final NvidiaLibraries libraries;
    private final List<Path> roots;
    private final Path scratch;
    private final @Nullable Path systemsDriver;
    private final List<Finding> findings = new ArrayList<>();
    private String cublasVersion = "";
    private String cudnnVersion = "";
    private boolean cudnnWorks;

    /**
     * @param roots folders that were named
     * @param scratch an empty folder, for JCuda's libraries
     * @param systemsDriver the system's own libcuda.so.1, or null
     */
    LibraryCheck(NvidiaLibraries libraries, List<Path> roots, Path scratch, @Nullable Path systemsDriver) {
        this.libraries = libraries;
        this.roots = roots;
        this.scratch = scratch;
        this.systemsDriver = systemsDriver;
    }

    /** Runs all checks. A file that cannot be read is a problem of its own, and the other checks go on. */
    List<Finding> run() throws IOException {
        cublas();
        cudnn();
        driver();
        return List.copyOf(findings);
    }

    /** Of cuBLAS as it told it, or empty. */
    String cublasVersion() {
        return cublasVersion;
    }

    /** Of cuDNN as it told it, or empty. */
    String cudnnVersion() {
        return cudnnVersion;
    }

    /** Whether cuDNN is whole, of the right version, and can be loaded. */
    boolean cudnnWorks() {
        return cudnnWorks;
    }

    private void cublas() throws IOException {
        Path twelve = libraries.find(CUBLAS_12);
        Path file = twelve == null ? libraries.find(CUBLAS_13) : twelve;
        if (file == null) {
            findings.add(missing("cuBLAS", "cublas", CUBLAS_12 + " or " + CUBLAS_13));
            return;
        }
        ElfFile cublas = read("cuBLAS", file, CUBLAS_12.equals(name(file)) ? CUBLAS_12 : CUBLAS_13);
        ElfFile jcublas = resource(NvidiaLibraries.jcublas(), "JCublas2");
        if (cublas != null && jcublas != null) {
            List<Import> imports = imports(jcublas, name -> name.startsWith("cublas"));
            if (twelve == null) {
                forwarded(imports, cublas);
            } else {
                findings.add(Symbols.check("JCublas2 in " + CUBLAS_12, imports, cublas, CUBLAS_12, OTHER_RELEASE));
            }
            boolean whole = linked(file, cublas, WHOLE_CUBLAS);
            cublasVersion = whole ? loaded("cuBLAS", libraries.loadCublas()) : "";
        }
    }

    private void forwarded(List<Import> imports, ElfFile cublas) throws IOException {
        ElfFile forwarder = resource(NvidiaLibraries.forwarder(), "forwarder");
        if (forwarder == null) {
            return;
        }
        findings.add(Symbols.check(
                "JCublas2 in the forwarder",
                imports,
                forwarder,
                "the forwarder",
                "list them in kernels-build/emulator/libraries/cublas/imported_symbols.txt"));
        List<Import> names = forwarder.exports().stream()
                .filter(symbol -> symbol.name().startsWith("cublas"))
                .map(symbol -> new Import(symbol.name(), "", ""))
                .sorted(Comparator.comparing(Import::name))
                .toList();
        findings.add(Symbols.check("forwarder in " + CUBLAS_13, names, cublas, CUBLAS_13, OTHER_RELEASE));
    }

    private void cudnn() throws IOException {
        Path file = libraries.find(CUDNN_9);
        if (file == null) {
            findings.add(missing("cuDNN", "cudnn", CUDNN_9));
            return;
        }
        ElfFile cudnn = read("cuDNN", file, CUDNN_9);
        ElfFile jcudnn = resource(NvidiaLibraries.jcudnn(), "JCudnn");
        if (cudnn == null || jcudnn == null) {
            return;
        }
        findings.add(Symbols.check(
                "JCudnn in " + CUDNN_9,
                imports(jcudnn, name -> name.startsWith("cudnn")),
                cudnn,
                CUDNN_9,
                OTHER_RELEASE));
        boolean linked = linked(file, cudnn, WHOLE_CUDNN);
        boolean parts = parts(file);
        cudnnVersion = loaded("cuDNN", libraries.loadCudnn());
        cudnnWorks = linked && parts && !cudnnVersion.isEmpty();
    }

    /** Whether all parts are there that cuDNN's own library loads by their names, each with what it needs of the others. */
    private boolean parts(Path front) throws IOException {
        List<String> parts = NvidiaLibraries.cudnnParts();
        if (!names(front, parts.get(0).replaceFirst("\\.\\d+$", ""))) {
            findings.add(Finding.note("parts of cuDNN", "none, as " + CUDNN_9 + " loads none"));
            return true;
        }
        List<String> gone = parts.stream()
                .filter(part -> !Files.isRegularFile(front.resolveSibling(part)))
                .toList();
        if (!gone.isEmpty()) {
            findings.add(Finding.problem(
                    "parts of cuDNN", "missing beside " + CUDNN_9 + ": " + String.join(", ", gone), WHOLE_CUDNN));
            return false;
        }
        boolean whole = true;
        for (String part : parts) {
            ElfFile elf = read(part, front.resolveSibling(part), part);
            whole &= elf != null && linked(front.resolveSibling(part), elf, WHOLE_CUDNN);
        }
        if (whole) {
            findings.add(Finding.ok("parts of cuDNN", "all " + parts.size() + " of them"));
        }
        return whole;
    }

    private static boolean names(Path front, String part) throws IOException {
        if (Files.size(front) > LARGEST_FRONT) {
            return false;
        }
        return Files.readString(front, StandardCharsets.ISO_8859_1).contains(part);
    }

    private void driver() throws IOException {
        Path named = libraries.find(DRIVER);
        Path file = named == null ? systemsDriver : named;
        if (file == null) {
            findings.add(Finding.note("JCudaDriver in " + DRIVER, "not checked, as there is no " + DRIVER + " here"));
            return;
        }
        ElfFile driver = read("driver", file, DRIVER);
        ElfFile jcuda = resource(NvidiaLibraries.jcudaDriver(), "JCudaDriver");
        if (driver != null && jcuda != null) {
            findings.add(Symbols.check(
                    "JCudaDriver in " + DRIVER,
                    imports(jcuda, name -> name.matches("cu[A-Z].*")),
                    driver,
                    DRIVER,
                    "install a newer driver"));
        }
    }

    /** Whether the libraries of NVIDIA's that a library is linked with are there and export what it needs. */
    private boolean linked(Path file, ElfFile elf, String remedy) {
        boolean whole = true;
        for (String needed : elf.needed()) {
            if (!needed.matches("lib(cublas|cudnn|nv).*")) {
                continue;
            }
            Path beside = file.resolveSibling(needed);
            Path other = Files.isRegularFile(beside) ? beside : libraries.find(needed);
            String check = name(file) + " in " + needed;
            if (other == null) {
                findings.add(Finding.problem(check, name(file) + " needs " + needed + ", which is not there", remedy));
                whole = false;
                continue;
            }
            ElfFile library = read(check, other, needed);
            List<Import> imports = elf.imports().stream()
                    .filter(symbol -> symbol.library().equals(needed))
                    .toList();
            if (library == null) {
                whole = false;
            } else if (!imports.isEmpty()) {
                Finding finding = Symbols.check(check, imports, library, needed, remedy);
                findings.add(finding);
                whole &= !finding.isProblem();
            }
        }
        return whole;
    }

    /** The version that a library told in a process of its own; empty, with a finding, if it is of no use. */
    private String loaded(String product, NvidiaLibraries.Loaded library) {
        if (library.failure() != null) {
            findings.add(Finding.problem(product, library.failure()));
            return "";
        }
        String version = library.version();
        findings.add(Finding.ok(
                product, "can be loaded without a device" + (version.isEmpty() ? "" : " and is version " + version)));
        return version;
    }

    private Finding missing(String product, String stem, String expected) throws IOException {
        Set<String> others = new TreeSet<>();
        for (Path root : roots) {
            try (Stream<Path> files = Files.find(
                    root, DEEPEST_FOLDER, (file, attributes) -> name(file).matches("lib" + stem + "\\.so\\.\\d+"))) {
                files.map(LibraryCheck::name).forEach(others::add);
            }
        }
        return others.isEmpty()
                ? Finding.note(product, "not checked, as there is no " + expected)
                : Finding.problem(
                        product,
                        "expected " + expected + ", got " + String.join(" and ", others),
                        "name a folder of a release that mamba-pkd can use");
    }

    private static List<Import> imports(ElfFile elf, Predicate<String> which) {
        return elf.imports().stream()
                .filter(symbol -> which.test(symbol.name()))
                .toList();
    }

    private @Nullable ElfFile read(String check, Path file, String shown) {
        try {
            return ElfFile.read(file);
        } catch (ElfFile.NotElf damaged) {
            findings.add(Finding.problem(
                    check, shown + " is no library for 64-bit Linux: " + damaged.getMessage(), "install it again"));
            return null;
        } catch (IOException failure) {
            findings.add(Finding.problem(
                    check,
                    shown + " cannot be read: " + FileFailure.reason(failure),
                    "install it again, or see to its permissions"));
            return null;
        }
    }

    private @Nullable ElfFile resource(String resource, String shown) throws IOException {
        Path file = scratch.resolve(resource.substring(1).replace('/', '-'));
        if (!NvidiaLibraries.extract(resource, file)) {
            findings.add(Finding.problem(
                    shown, "this build of mamba-pkd has no " + shown, "build it again on x86-64 Linux where g++ is"));
            return null;
        }
        return ElfFile.read(file);
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
