package io.mambapkd.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mambapkd.Problem;
import io.mambapkd.doctor.Finding;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

class DoctorRecordTest {
    private static final Finding DRIVER = Finding.ok("driver", "for CUDA 12.8").at("/lib/libcuda.so.1", "12.8");
    private static final Finding MODE = Finding.note("device 1", new Problem("too old", "use another"));
    private static final Finding CUDNN = Finding.problem("cuDNN", "is missing", "install it");

    @Test
    void theFileHoldsWhatWasFoundAndIsReadStrictly() {
        DoctorRecord record = DoctorRecord.of("1.0", "Some GPU", List.of(DRIVER, MODE, CUDNN));
        String json = record.json();
        assertThat(StrictJson.MAPPER.readValue(json, DoctorRecord.class)).isEqualTo(record);
        assertThat(json)
                .startsWith("{\n  \"formatVersion\" : 1,\n")
                .endsWith("}\n")
                .contains("\"verdict\" : \"problem\"");
        assertThatThrownBy(() -> StrictJson.MAPPER.readValue(json.replace("\"works\"", "\"work\""), DoctorRecord.class))
                .isInstanceOf(JacksonException.class);
    }

    @Test
    void notesLeaveAMachineInOrderAndProblemsDoNot() {
        assertThat(DoctorRecord.of("1.0", "", List.of(DRIVER, MODE)).works()).isTrue();
        assertThat(DoctorRecord.of("1.0", "", List.of(DRIVER, CUDNN)).works()).isFalse();
    }
}
