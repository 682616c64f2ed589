package io.mambapkd.data.cifar;

import java.util.List;

/**
 * What the files of a data set hold.
 *
 * @param training images
 * @param test images
 * @param classNames K names, in the order of the labels
 * @param notes what is unusual about the files, each a sentence
 */
public record CifarData(CifarImages training, CifarImages test, List<String> classNames, List<String> notes) {
    public CifarData {
        classNames = List.copyOf(classNames);
        notes = List.copyOf(notes);
    }
}
