package io.mambapkd.data.folder;

import java.nio.file.Path;

/**
 * A file that has the name of an image.
 *
 * @param name below the folder of the data, with {@code /} between folders
 * @param path to open it
 * @param part training, validation or test
 * @param label position of its class
 * @param size in bytes
 * @param changed a number that is another one once the file is another one
 */
record FolderFile(String name, Path path, Part part, int label, long size, long changed) {}
