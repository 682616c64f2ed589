package io.mambapkd.checkpoint;

import io.mambapkd.InputException;
import io.mambapkd.nn.Parameter;
import io.mambapkd.nn.Parameters;
import io.mambapkd.ops.Backend;
import io.mambapkd.storage.DurableFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The parameters and buffers of one model in one safetensors file, under the names of the reference's state_dict.
 *
 * <p>The file's metadata holds the caller's strings and a {@link Seal}, which finds any change of the file. Files without a seal, written by
 * other programs, are read too.
 */
public final class Checkpoint {
    /**
     * What a file says of itself.
     *
     * @param metadata the strings that {@link Checkpoint#save} was given, or what another program wrote
     * @param sha256 of the file; empty for one of another program, which has no seal
     */
    public record Label(Map<String, String> metadata, String sha256) {
        /** Metadata key of what the model is a part of: which run, which model, which data. */
        public static final String STATE = Seal.STATE;

        /** Whether the file has a seal, which was found right. */
        public boolean isSealed() {
            return !sha256.isEmpty();
        }
    }

    private Checkpoint() {}

    /**
     * Writes a file, durably: see {@link DurableFiles}. The bytes depend on the values, names and metadata alone.
     *
     * @param metadata what a reader should know; of the keys that start with {@code mambapkd.} only {@link Label#STATE} is allowed
     * @throws InputException if a value is not finite (nothing is written then), or the file cannot be written
     */
    public static void save(Path file, Parameters parameters, Backend backend, Map<String, String> metadata) {
        List<StoredTensor> tensors = new ArrayList<>();
        for (Parameter parameter : parameters.all()) {
            float[] values = backend.download(parameter.value());
            int bad = FittedTensors.firstNotFinite(values);
            if (bad >= 0) {
                throw new InputException("expected finite values to save, got " + values[bad] + " in element " + bad
                        + " of " + parameter.name() + ", for " + file
                        + "; the training has diverged: lower the learning rate");
            }
            tensors.add(StoredTensor.of(parameter.name(), extents(parameter), values));
        }
        DurableFiles.write(file, Seal.sealed(new TreeMap<>(metadata), tensors));
    }

    /** The same as {@link #load(Path, Parameters, Backend, Consumer)}, with nobody to hear what was converted or left out. */
    public static Map<String, String> load(Path file, Parameters parameters, Backend backend) {
        return load(file, parameters, backend, sentence -> {});
    }

    /**
     * Reads what a file says of itself.
     *
     * @throws InputException if the file cannot be read, or was changed
     */
    public static Label label(Path file) {
        return label(Safetensors.bytes(file), file.toString());
    }

    /**
     * The same of a file that was read.
     *
     * @param where names the file in messages
     * @throws InputException if it was changed
     */
    public static Label label(byte[] file, String where) {
        Map<String, String> metadata = Safetensors.parse(file, where).metadata();
        return new Label(Seal.opened(file, metadata, where), Seal.hash(metadata));
    }

    /**
     * Reads a file into a model. Everything is checked first; if anything does not fit, all of it is reported and the model stays as it was. Files of other
     * programs may hold F16, BF16 and F64, a prefix before all names, counters of batch norm, and tensors without elements.
     *
     * @param notes hears a sentence for whatever was converted, or left out of names
     * @return the metadata that {@link #save} was given
     * @throws InputException if the file cannot be read, was changed, or belongs to another model
     */
    public static Map<String, String> load(Path file, Parameters parameters, Backend backend, Consumer<String> notes) {
        byte[] bytes = Safetensors.bytes(file);
        Safetensors content = Safetensors.parse(bytes, file.toString());
        Map<String, String> metadata = Seal.opened(bytes, content.metadata(), file.toString());
        FittedTensors fitted = new FittedTensors(parameters.all(), content.tensors(), file.toString());
        if (!fitted.problems().isEmpty()) {
            List<String> remedies = new ArrayList<>(fitted.remedies());
            remedies.add("use a checkpoint of a model with the same settings");
            throw new InputException("expected the tensors of the configured model, got a file where "
                    + String.join(", ", fitted.problems()) + ", at " + file + "; "
                    + String.join(", or ", remedies));
        }
        fitted.values().forEach((parameter, floats) -> backend.upload(floats, parameter.value()));
        fitted.notes().forEach(notes);
        return metadata;
    }

    private static List<Integer> extents(Parameter parameter) {
        List<Integer> extents = new ArrayList<>();
        for (int extent : parameter.shape().toArray()) {
            extents.add(extent);
        }
        return extents;
    }
}
