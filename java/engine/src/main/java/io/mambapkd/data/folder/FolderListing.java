package io.mambapkd.data.folder;

import java.util.List;

/**
 * What there is in a folder of images.
 *
 * @param classNames sorted
 * @param files those named as images, sorted by part, class and name
 * @param bad links that lead nowhere
 * @param notes on what was passed over
 * @param fingerprints of names, sizes and times of the files, one for each class of each part
 */
record FolderListing(
        List<String> classNames,
        List<FolderFile> files,
        List<BadFile> bad,
        List<String> notes,
        List<String> fingerprints) {
    FolderListing {
        classNames = List.copyOf(classNames);
        files = List.copyOf(files);
        bad = List.copyOf(bad);
        notes = List.copyOf(notes);
        fingerprints = List.copyOf(fingerprints);
    }
}
