#include "config.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cuemu {

namespace {

long number(const char* name, long standard, long least, long most) {
    const char* text = getenv(name);
    if (!text || !*text) return standard;
    char* end = nullptr;
    long value = strtol(text, &end, 10);
    if (*end || value < least || value > most) {
        fprintf(stderr, "cuemu: %s=%s is not a number from %ld to %ld; %ld is used\n", name, text, least, most, standard);
        return standard;
    }
    return value;
}

ErrorSigns signs() {
    const char* text = getenv("CUEMU_ROUNDING");
    if (text && !strcmp(text, "up")) return {0, 0, 1};
    if (text && !strcmp(text, "down")) return {0, 0, 0};
    char* end = nullptr;
    unsigned long seed = text ? strtoul(text, &end, 10) : 0;
    if (text && *text && (*end || seed > UINT32_MAX || *text == '-')) {
        fprintf(stderr, "cuemu: CUEMU_ROUNDING=%s is neither up nor down nor a number from 0 to %u; 0 is used\n", text, UINT32_MAX);
        seed = 0;
    }
    return {(uint32_t)seed, 1, 0};
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (char c : text) {
        if (c == separator) parts.emplace_back();
        else parts.back() += c;
    }
    return parts;
}

std::vector<PlannedFailure> failures() {
    std::vector<PlannedFailure> plan;
    const char* text = getenv("CUEMU_FAIL");
    if (!text || !*text) return plan;
    for (const std::string& item : split(text, ',')) {
        std::vector<std::string> fields = split(item, ':');
        bool sticky = fields.size() == 4 && fields[3] == "sticky";
        unsigned long call = fields.size() > 1 ? strtoul(fields[1].c_str(), nullptr, 10) : 0;
        int code = fields.size() > 2 ? atoi(fields[2].c_str()) : 0;
        if ((fields.size() != 3 && !sticky) || !call || !code) {
            fprintf(stderr, "cuemu: CUEMU_FAIL entry \"%s\" is not NAME:n:code or NAME:n:code:sticky with n and code above 0\n", item.c_str());
            continue;
        }
        plan.push_back({fields[0], call, code, sticky});
    }
    return plan;
}

Config read() {
    Config c;
    c.devices = (int)number("CUEMU_DEVICES", 1, 0, 1);
    long capability = number("CUEMU_COMPUTE_CAPABILITY", 80, 50, 129);
    c.major = (int)capability / 10;
    c.minor = (int)capability % 10;
    c.memory_bytes = (size_t)number("CUEMU_MEMORY_MB", 2048, 1, 1 << 20) << 20;
    c.driver_version = (int)number("CUEMU_DRIVER_VERSION", 12080, 10000, 99990);
    c.verbose = number("CUEMU_VERBOSE", 0, 0, 1);
    const char* report = getenv("CUEMU_REPORT");
    c.report = report ? report : "";
    c.lazy_seed = (unsigned)number("CUEMU_LAZY", 0, 0, 1L << 31);
    c.schedule = (uint64_t)number("CUEMU_SCHEDULE", 0, 0, 1L << 62);
    c.checked = number("CUEMU_CHECKED", 0, 0, 1);
    c.error_signs = signs();
    c.failures = failures();
    return c;
}

}  // namespace

const Config& config() {
    static const Config* values = new Config(read());  // never destroyed: other threads may call during exit
    return *values;
}

ErrorSigns error_signs() { return config().error_signs; }

int newest_ptx(int driver_version) {
    int release = driver_version / 10;  // 1208 for CUDA 12.8
    if (release >= 1300) return 90 + (release - 1300);
    if (release >= 1206) return 85 + (release - 1206);  // 12.6 stayed at the 8.5 of 12.5
    if (release >= 1200) return 80 + (release - 1200);
    if (release >= 1100) return 70 + (release - 1100);
    return 63 + (release - 1000);
}

}  // namespace cuemu
