package io.mambapkd.config;

import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** Records to settings that {@link RecordBinder} reads back to an equal record. */
public final class RecordWriter {
    private RecordWriter() {}

    /** YAML with a line for each value. */
    public static String yaml(Record record) {
        DumpSettings settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setDereferenceAliases(true)
                .build();
        return new Dump(settings).dumpToString(tree(record));
    }

    private static Object tree(Object value) {
        if (value instanceof Amount amount) {
            return amount.isPercentage() ? amount.toString() : amount.value().intValueExact();
        }
        if (value instanceof BigDecimal number) {
            return number.scale() <= 0 ? (Object) number.toBigIntegerExact() : (Object) number.doubleValue();
        }
        if (value instanceof Record record) {
            return group(record);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(RecordWriter::tree).toList();
        }
        return value instanceof Enum<?> constant ? RecordBinder.word(constant) : value;
    }

    private static Map<String, Object> group(Record record) {
        Map<String, Object> group = new LinkedHashMap<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            try {
                group.put(component.getName(), tree(component.getAccessor().invoke(record)));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(record.getClass() + " is not a public record", e);
            }
        }
        return group;
    }
}
