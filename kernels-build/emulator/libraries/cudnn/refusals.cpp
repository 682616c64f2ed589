// What this stand-in refuses: what cuDNN 9.24 refuses on a device of compute capability 9.0, and what CUEMU_CUDNN_REFUSE adds.
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <vector>

#include "convolution.h"

namespace cuemu {

namespace {

constexpr const char* STAGES[] = {"question", "call"};
constexpr const char* DIRECTIONS[] = {"forward", "data", "filter"};
constexpr const char* FORMATS[] = {"nchw", "nhwc"};  // by number of the tensor format

// One entry of CUEMU_CUDNN_REFUSE; -1 stands for any.
struct Refusal {
    int stage = -1, direction = -1, algorithm = -1, tensor_format = -1;
    int status = CUDNN_STATUS_NOT_SUPPORTED;

    bool meets(Stage asked, Direction way, int number, int format) const {
        return (stage < 0 || stage == (int)asked) && (direction < 0 || direction == (int)way) && (algorithm < 0 || algorithm == number) &&
               (tensor_format < 0 || tensor_format == format);
    }
};

// The index of a word, or -1.
template <size_t N>
int index_of(const std::string& word, const char* const (&words)[N]) {
    for (size_t i = 0; i < N; i++) {
        if (word == words[i]) return (int)i;
    }
    return -1;
}

bool read_refusal(std::string text, Refusal* refusal) {
    const size_t equals = text.find('=');
    if (equals != std::string::npos) {
        refusal->status = atoi(text.c_str() + equals + 1);
        if (refusal->status <= 0) return false;
        text.resize(equals);
    }
    std::istringstream fields(text);
    std::string field;
    for (int i = 0; std::getline(fields, field, ':'); i++) {
        switch (i) {
            case 0:
                refusal->stage = index_of(field, STAGES);
                if (refusal->stage < 0 && field != "all") return false;
                break;
            case 1:
                if ((refusal->direction = index_of(field, DIRECTIONS)) < 0) return false;
                break;
            case 2:
                if (field.empty() || field.find_first_not_of("0123456789") != std::string::npos) return false;
                refusal->algorithm = atoi(field.c_str());
                break;
            case 3:
                if ((refusal->tensor_format = index_of(field, FORMATS)) < 0) return false;
                break;
            default: return false;
        }
    }
    return !text.empty();
}

const std::vector<Refusal>& planned_refusals() {
    static const auto* planned = [] {
        auto* read = new std::vector<Refusal>;
        const char* text = getenv("CUEMU_CUDNN_REFUSE");
        std::istringstream entries(text ? text : "");
        std::string entry;
        while (std::getline(entries, entry, ',')) {
            Refusal refusal;
            if (read_refusal(entry, &refusal)) read->push_back(refusal);
            else fprintf(stderr, "cuemu: CUEMU_CUDNN_REFUSE: '%s' is not all|question|call[:forward|data|filter[:ALGORITHM[:nhwc|nchw]]][=STATUS]\n", entry.c_str());
        }
        return read;
    }();
    return *planned;
}

// The rule by which engine 1 of cuDNN 9.24, which its algorithm 1 stands for, answered for an H100 about 26,000 convolutions in float and bfloat16. Engine 0
// refused none, nor did engine 1 a gradient of the images.
bool algorithm_1_lacks(Direction direction, const ConvolutionProblem& p) {
    const int *w = p.w.extent, *x = p.x.extent, *y = p.y.extent;
    if (direction == Direction::Forward) return w[2] > x[2] || w[3] > x[3];
    return direction == Direction::BackwardFilter && p.w.tensor_format == CUDNN_TENSOR_NHWC && w[2] * w[3] > 1 && (w[0] == 1 || y[2] * y[3] == 1);
}

}  // namespace

int check_refusals(Stage stage, Direction direction, const ConvolutionProblem& p, int algorithm) {
    for (const Refusal& refusal : planned_refusals()) {
        if (refusal.meets(stage, direction, algorithm, p.w.tensor_format)) {
            return refuse(refusal.status, "this refusal of algorithm %d was planned by CUEMU_CUDNN_REFUSE", algorithm);
        }
    }
    if (algorithm == 1 && algorithm_1_lacks(direction, p)) {
        return refuse(CUDNN_STATUS_NOT_SUPPORTED, "algorithm 1 does not do this convolution, as in cuDNN 9.24; 0 does");
    }
    return CUDNN_STATUS_SUCCESS;
}

}  // namespace cuemu
