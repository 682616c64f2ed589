package io.mambapkd.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a component of a settings record is where its key is missing: for keys that came after run folders had been written. All other keys must be
 * there.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Default {
    /** As settings write it; {@code []} for an empty list; empty for a group, whose components then all have defaults. */
    String value();
}
