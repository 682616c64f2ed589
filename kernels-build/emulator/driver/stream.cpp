#include "stream.h"

#include <chrono>
#include <random>

#include "graph.h"

namespace cuemu {

namespace {

constexpr size_t MOST_PENDING = 20000;  // a program that never waits must not fill the memory

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::mt19937& chooser() {
    static std::mt19937* generator = new std::mt19937;
    static unsigned seeded = 0;
    if (driver().lazy_seed != seeded) {
        seeded = driver().lazy_seed;
        generator->seed(seeded);
    }
    return *generator;
}

void finish(const std::shared_ptr<Node>& node) {
    if (!node->context->sticky) perform(node->work, *node->context);
    node->work = NoWork{};
    node->dependencies.clear();
    node->done = true;
    node->finished_seconds = seconds();
    driver().pending.erase(node->id);
}

// Runs what `node` waits for, and node, in an order that the seed draws; at most `most` operations.
void run_towards(const std::vector<std::shared_ptr<Node>>& targets, size_t most) {
    std::map<uint64_t, std::pair<std::shared_ptr<Node>, size_t>> waiting;  // node and how many of its dependencies are not done
    std::map<uint64_t, std::vector<uint64_t>> successors;
    std::vector<std::shared_ptr<Node>> open;
    for (const auto& target : targets) {
        if (!target->done && waiting.emplace(target->id, std::make_pair(target, 0)).second) open.push_back(target);
    }
    while (!open.empty()) {
        std::shared_ptr<Node> node = open.back();
        open.pop_back();
        for (const std::shared_ptr<Node>& before : node->dependencies) {
            if (before->done) continue;
            waiting[node->id].second++;
            successors[before->id].push_back(node->id);
            if (waiting.emplace(before->id, std::make_pair(before, 0)).second) open.push_back(before);
        }
    }
    std::vector<std::shared_ptr<Node>> ready;
    for (auto& [id, entry] : waiting) {
        if (!entry.second) ready.push_back(entry.first);
    }
    for (size_t ran = 0; ran < most && !ready.empty(); ran++) {
        std::swap(ready[chooser()() % ready.size()], ready.back());
        std::shared_ptr<Node> node = ready.back();
        ready.pop_back();
        finish(node);
        for (uint64_t id : successors[node->id]) {
            auto& entry = waiting[id];
            if (!--entry.second) ready.push_back(entry.first);
        }
    }
}

}  // namespace

CUresult find_stream(CUstream handle, std::shared_ptr<Stream>* stream) {
    if (!handle || handle == CU_STREAM_LEGACY) {
        *stream = current_context()->legacy;
        return CUDA_SUCCESS;
    }
    if (handle == CU_STREAM_PER_THREAD) return fail(CUDA_ERROR_NOT_SUPPORTED, "the per-thread default stream is not emulated; create a stream");
    *stream = driver().streams.find(handle);
    if (!*stream) return fail(CUDA_ERROR_INVALID_HANDLE, "%p is no live stream; was it destroyed?", (void*)handle);
    return CUDA_SUCCESS;
}

std::vector<std::shared_ptr<Node>> stream_dependencies(const std::shared_ptr<Stream>& stream) {
    std::vector<std::shared_ptr<Node>> found;
    if (stream->tail) found.push_back(stream->tail);
    const std::shared_ptr<Stream>& legacy = stream->context->legacy;
    if (stream == legacy) {
        for (const auto& [handle, other] : driver().streams.live()) {
            if (other->context == stream->context && other->blocking() && other->tail) found.push_back(other->tail);
        }
        // Streams that were destroyed with work left are still waited for: their work is pending and belongs to nobody else.
        for (const auto& [id, node] : driver().pending) {
            if (node->context == stream->context && node->orphan) found.push_back(node);
        }
    } else if (stream->blocking() && legacy->tail) {
        found.push_back(legacy->tail);
    }
    return found;
}

std::shared_ptr<Node> make_node(const std::shared_ptr<Context>& context, Work work, std::vector<std::shared_ptr<Node>> dependencies) {
    static uint64_t next = 0;
    auto node = std::make_shared<Node>();
    node->id = ++next;
    node->work = std::move(work);
    node->context = context;
    for (std::shared_ptr<Node>& before : dependencies) {
        if (before && !before->done) node->dependencies.push_back(std::move(before));
    }
    driver().pending[node->id] = node;
    if (!driver().lazy_seed) wait_for(node);
    else if (driver().pending.size() > MOST_PENDING) wait_for(driver().pending.begin()->second);
    return node;
}

std::shared_ptr<Node> enqueue(const std::shared_ptr<Stream>& stream, Work work, std::vector<std::shared_ptr<Node>> dependencies) {
    for (std::shared_ptr<Node>& before : stream_dependencies(stream)) dependencies.push_back(std::move(before));
    stream->tail = make_node(stream->context, std::move(work), std::move(dependencies));
    return stream->tail;
}

CUresult check_legacy(const std::shared_ptr<Stream>& stream) {
    if (stream != stream->context->legacy) return CUDA_SUCCESS;
    for (const std::shared_ptr<Capture>& capture : driver().captures) {
        for (const std::shared_ptr<Stream>& captured : capture->streams) {
            if (captured->context != stream->context || !captured->blocking()) continue;
            capture->invalidated = true;
            return fail(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT,
                        "the legacy default stream waits for a blocking stream that is being captured; use a stream of your own or capture a non-blocking one");
        }
    }
    return CUDA_SUCCESS;
}

CUresult submit(const std::shared_ptr<Stream>& stream, Work work) {
    if (stream->capture) return capture_work(stream, std::move(work));
    if (CUresult bad = check_legacy(stream)) return bad;
    enqueue(stream, std::move(work));
    return CUDA_SUCCESS;
}

void wait_for(const std::shared_ptr<Node>& node) {
    if (node->done) return;
    if (node->dependencies.empty()) finish(node);  // always so in the eager mode
    else run_towards({node}, SIZE_MAX);
}

bool advance(const std::shared_ptr<Node>& node) {
    run_towards({node}, 1);
    return node->done;
}

void wait_for_all(const std::shared_ptr<Context>& context) {
    std::vector<std::shared_ptr<Node>> all;
    for (const auto& [id, node] : driver().pending) {
        if (node->context == context) all.push_back(node);
    }
    run_towards(all, SIZE_MAX);
}

CUresult outcome(const std::shared_ptr<Context>& context) {
    return context->sticky ? fail(context->sticky, "%s", context->sticky_text.c_str()) : CUDA_SUCCESS;
}

void fault(Context& context, int code, const std::string& text) {
    driver().faults++;
    if (!context.sticky) {
        context.sticky = code;
        context.sticky_text = text;
    }
    size_t begin = 0;
    while (begin < text.size()) {
        size_t end = text.find('\n', begin);
        if (end == std::string::npos) end = text.size();
        if (end > begin) report(text.substr(begin, end - begin));
        begin = end + 1;
    }
}

}  // namespace cuemu
