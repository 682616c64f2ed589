package io.mambapkd.results;

import tools.jackson.core.io.NumberOutput;

/**
 * What a chain says about an image.
 *
 * @param file name of the image
 * @param label number of the class, from 0
 * @param className its name
 * @param confidence probability of that class, from 0 to 1
 * @param students that were evaluated
 * @param flops that they took
 */
public record Prediction(String file, int label, String className, double confidence, int students, long flops) {
    /** One line of JSON, without the line break. A confidence that is no number, as of a model that diverged, is null. */
    public String json() {
        String quoted = StrictJson.MAPPER.writeValueAsString(file);
        String name = StrictJson.MAPPER.writeValueAsString(className);
        String number = Double.isFinite(confidence) ? confidenceText() : "null";
        return StrictJson.escaped("{\"file\":" + quoted + ",\"label\":" + label + ",\"className\":" + name
                + ",\"confidence\":" + number + ",\"students\":" + students + ",\"flops\":" + flops + "}");
    }

    /** The shortest number that reads back as the confidence; the same on every Java. */
    public String confidenceText() {
        return NumberOutput.toString(confidence, true);
    }
}
