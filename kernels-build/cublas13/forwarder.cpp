// libcublas.so.12 for machines that have only CUDA 13: every function that JCuda's library asks for jumps to the one of the same name in
// libcublas.so.13. The ABI of these functions did not change between the two; enumerations only gained values.
//
// trampolines.S, made from the list of names, has the functions; forwarded_names and forwarded_count come from there too.
#include <dlfcn.h>

#include <cstdio>

// The versions that every glibc has; newer ones made new versions when these functions moved into libc.
__asm__(".symver dlopen, dlopen@GLIBC_2.2.5");
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");

extern "C" {
extern const char* const forwarded_names[];
extern const int forwarded_count;
// Where each trampoline jumps to.
extern void* forwarded_targets[];
}

namespace {

constexpr int STATUS_NOT_SUPPORTED = 15;
constexpr int JNI_VERSION = 0x00010008;
constexpr int JNI_REFUSED = -1;

void* library = nullptr;

int not_supported() { return STATUS_NOT_SUPPORTED; }

__attribute__((constructor)) void connect() {
    // One that was loaded from a folder of its own already is found by this name.
    library = dlopen("libcublas.so.13", RTLD_NOW | RTLD_LOCAL);
    int missing = 0;
    for (int i = 0; i < forwarded_count; i++) {
        void* target = library == nullptr ? nullptr : dlsym(library, forwarded_names[i]);
        if (target == nullptr) {
            missing++;
            target = reinterpret_cast<void*>(&not_supported);
            if (library != nullptr) {
                std::fprintf(stderr, "libcublas.so.13 has no %s: it will answer CUBLAS_STATUS_NOT_SUPPORTED\n", forwarded_names[i]);
            }
        }
        forwarded_targets[i] = target;
    }
    if (library != nullptr && missing == forwarded_count) {
        library = nullptr;
    }
}

}  // namespace

// Called by Java's System.load: refuses to be loaded where there is no libcublas.so.13 to jump to.
extern "C" __attribute__((visibility("default"))) int JNI_OnLoad(void*, void*) { return library == nullptr ? JNI_REFUSED : JNI_VERSION; }
