#include "library.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

namespace cuemu {

// Statuses of a call whose kernel failed.
constexpr int CUBLAS_FAILED_KERNEL = 13, CUDNN_FAILED_KERNEL = 5000;

std::mutex& library_mutex() {
    static std::mutex* only = new std::mutex;  // never destroyed: threads of the host program may still call while the process exits
    return *only;
}

std::string& explanation() {
    thread_local std::string* text = new std::string;
    return *text;
}

int refuse(int status, const char* format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    explanation() = text;
    return status;
}

namespace {

int planned_by_environment(const char* name) {
    static const char* text = getenv("CUEMU_LIBRARY_FAIL");
    if (!text || !*text) return 0;
    static auto* calls = new std::map<std::string, unsigned long>;
    unsigned long call = ++(*calls)[name];
    char planned[128];
    unsigned long nth;
    int status;
    if (sscanf(text, "%127[^:]:%lu:%d", planned, &nth, &status) != 3) {
        fprintf(stderr, "cuemu: CUEMU_LIBRARY_FAIL=%s is not NAME:n:status\n", text);
        return 0;
    }
    return nth == call && !strcmp(planned, name) ? status : 0;
}

}  // namespace

int planned_status(const char* name) {
    int planned = planned_by_environment(name);
    return planned ? planned : cuemuPlannedStatus(name, strncmp(name, "cublas", 6) ? CUDNN_FAILED_KERNEL : CUBLAS_FAILED_KERNEL);
}

void need_part(const char* part, const char* symbol) {
    static const char* missing = getenv("CUEMU_CUDNN_MISSING");
    if (!missing || strcmp(missing, part)) return;
    fprintf(stderr, "Unable to load any of {libcudnn_%s.so.9.3.0, libcudnn_%s.so.9.3, libcudnn_%s.so.9, libcudnn_%s.so}\n", part, part, part, part);
    fprintf(stderr, "Invalid handle. Cannot load symbol %s\n", symbol);
    fflush(stderr);
    abort();
}

}  // namespace cuemu

// What the generated entry points of the libraries' stubs do: the names that a program links against and the emulation lacks.
extern "C" int cuemu_not_emulated(const char* name, int status) {
    cuemuReport((std::string(name) + " was called, which is not emulated").c_str());
    return status;
}
