package io.mambapkd.data.fetch;

import io.mambapkd.InputException;
import io.mambapkd.Problem;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A data set that can be fetched from its home page, with the checksums that are published there.
 *
 * @param name as in a descriptor
 * @param home address that the names of the files are put behind
 * @param folder below the folder for data sets, or empty
 * @param files one or more
 */
public record Published(String name, String home, String folder, List<Item> files) {
    /** A file of it. */
    public record Item(String name, Checksum checksum) {}

    /** The checksums are those of https://www.cs.toronto.edu/~kriz/cifar.html and of the README of Fashion-MNIST. */
    private static final List<Published> ALL = List.of(
            cifar("cifar10", "cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"),
            cifar("cifar100", "cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8"),
            new Published(
                    "fashion-mnist",
                    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
                    "fashion-mnist",
                    List.of(
                            item("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
                            item("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
                            item("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
                            item("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"))));

    public Published {
        files = List.copyOf(files);
    }

    private static Published cifar(String name, String archive, String md5) {
        return new Published(name, "https://www.cs.toronto.edu/~kriz/", "", List.of(item(archive, md5)));
    }

    private static Item item(String name, String md5) {
        return new Item(name, Checksum.md5(md5));
    }

    /** The names of all. */
    public static List<String> names() {
        return ALL.stream().map(Published::name).toList();
    }

    /**
     * By its name.
     *
     * @throws InputException if there is none of that name
     */
    public static Published of(String name) {
        return ALL.stream().filter(set -> set.name.equals(name)).findFirst().orElseThrow(() -> {
            String remedy = "choose one of " + String.join(", ", names());
            return new InputException(
                    switch (name) {
                        case "cifar100-coarse" ->
                            new Problem(
                                    "cifar100-coarse is made of the files of cifar100",
                                    "get them with mamba-pkd data fetch cifar100");
                        default -> new Problem("unknown data set '" + name + "' to fetch", remedy);
                    });
        });
    }

    /**
     * The same from elsewhere.
     *
     * @param address of the file; of the folder with the files where there are several
     */
    public Published from(String address) {
        if (files.size() > 1) {
            return new Published(name, address.endsWith("/") ? address : address + "/", folder, files);
        }
        return new Published(name, address, folder, files);
    }

    /**
     * The same with another checksum in place of the published one.
     *
     * @throws InputException if there are several files
     */
    public Published with(Checksum checksum) {
        if (files.size() > 1) {
            throw new InputException(new Problem(
                    "--sha256 belongs to one file, and " + name + " has " + files.size() + " ("
                            + files.stream().map(Item::name).collect(Collectors.joining(", ")) + ")",
                    "leave it out: their published checksums are known"));
        }
        return new Published(
                name,
                home,
                folder,
                Stream.of(files.get(0))
                        .map(item -> new Item(item.name(), checksum))
                        .toList());
    }

    /** Where a file of it is. */
    String address(Item item) {
        // An address that was given is that of the one file.
        return home.endsWith("/") ? home + item.name() : home;
    }
}
