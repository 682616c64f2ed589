package io.mambapkd.train.identity;

import io.mambapkd.results.CheckpointState;
import io.mambapkd.results.DataRecord;
import io.mambapkd.train.settings.FlatSettings;
import io.mambapkd.train.settings.RunSpec;
import io.mambapkd.train.settings.StudentSettings;
import java.util.List;
import java.util.Map;

/**
 * What makes a run this run and no other: its data and the settings that decide its models. Two runs with one identity have the same models, up to the rounding of their
 * devices.
 *
 * @param id 16 hexadecimal digits of a hash of settings, data and their split; not of where the data lie
 * @param students names, in order
 * @param settings {@link FlatSettings#decisive}
 * @param data of the run
 */
public record RunIdentity(String id, List<String> students, Map<String, String> settings, DataRecord data) {
    /** Of a new run. */
    public static RunIdentity of(RunSpec spec, DataRecord data) {
        Map<String, String> settings = FlatSettings.decisive(spec);
        String id = DataFingerprint.id(
                settings + "\n" + data.classNames() + "\n" + data.trainingSha256() + "\n" + data.validationSha256());
        return new RunIdentity(
                id, spec.students().stream().map(StudentSettings::name).toList(), settings, data);
    }

    /** Of the run that a checkpoint is a part of. */
    static RunIdentity of(CheckpointState state) {
        return new RunIdentity(state.run(), state.students(), state.settings(), state.data());
    }

    /** The state of one of its models; arguments as in {@link CheckpointState}. */
    public CheckpointState state(String model, int position, Map<String, String> frozen, String origin) {
        return new CheckpointState(id, model, position, students, settings, data, frozen, origin);
    }
}
