package io.mambapkd.runtime.model;

import io.mambapkd.runtime.exit.Certificate;
import io.mambapkd.runtime.exit.RegretPredictor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the text of {@code model.json}, which {@link ChainDescription#of} reads. */
final class ChainWriter {
    private ChainWriter() {}

    static String write(ChainDescription chain) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("format", ChainDescription.FORMAT);
        json.put("version", ChainDescription.VERSION);
        json.put("image", image(chain));
        json.put("classNames", chain.classNames());
        json.put("mean", chain.mean());
        json.put("standardDeviation", chain.standardDeviation());
        json.put("teacherFlops", chain.teacherFlops());
        json.put("students", chain.students().stream().map(ChainWriter::member).toList());
        json.put("exit", exit(chain));
        return JsonText.of(json);
    }

    private static Map<String, Object> image(ChainDescription chain) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("height", chain.height());
        json.put("width", chain.width());
        json.put("channels", chain.channels());
        json.put("orientation", chain.orientation());
        return json;
    }

    private static Map<String, Object> member(ChainDescription.Member member) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("architecture", architecture(member.architecture()));
        json.put("file", member.file());
        json.put("sha256", member.sha256());
        json.put("flops", member.flops());
        json.put("keep", member.keep());
        json.put("weight", member.weight());
        return json;
    }

    private static Map<String, Object> architecture(StudentDescription student) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", student.name());
        json.put("stem", student.stem().stream().map(ChainWriter::convolution).toList());
        json.put("cut", student.cut());
        json.put("tokenSize", student.tokenSize());
        json.put("position", student.position());
        json.put("order", student.order());
        json.put("modelWidth", student.modelWidth());
        json.put("blocks", student.blocks());
        json.put("stateSize", student.stateSize());
        json.put("convWidth", student.convWidth());
        json.put("expand", student.expand());
        json.put("readOut", student.readOut());
        json.put("mixer", student.mixer());
        json.put("direction", student.direction());
        json.put("reuse", student.reuse());
        return json;
    }

    private static Map<String, Object> convolution(StudentDescription.Convolution convolution) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("channels", convolution.channels());
        json.put("stride", convolution.stride());
        return json;
    }

    private static Map<String, Object> exit(ChainDescription chain) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("threshold", chain.thresholdRule().threshold());
        json.put(
                "regret", chain.regret().stream().map(ChainWriter::coefficients).toList());
        json.put(
                "certificates",
                chain.certificates().stream().map(ChainWriter::certificate).toList());
        return json;
    }

    private static List<Double> coefficients(RegretPredictor predictor) {
        return Arrays.stream(predictor.coefficients()).boxed().toList();
    }

    private static Map<String, Object> certificate(Certificate certificate) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("maximumAccuracyDrop", certificate.maximumAccuracyDrop());
        json.put("confidence", certificate.confidence());
        json.put("rule", certificate.rule().kind());
        json.put("threshold", certificate.rule().threshold());
        json.put("images", certificate.images());
        return json;
    }
}
