// A batch from a dataset that is resident on the device, io.mambapkd.ops.ImagePipelineOps: gathered, augmented, normalised.
//
// Images are to be the same bits as on the host, so every product and sum that makes them is rounded by itself (__fmul_rn, __fadd_rn), not contracted.
// An image whose sample or copy does not exist becomes NaN: nothing is read there.
#include "common.cuh"
#include "philox.cuh"

constexpr int IMAGE_BLOCK = 256;
constexpr int IMAGE_VALUES = 4;
constexpr int MAP = 6;
constexpr int PLACEMENT = 6;
// io.mambapkd.image.Flip
constexpr int FLIP_RANDOM = 1;
constexpr int FLIP_ALTERNATING = 2;
// Numbers of the draws of io.mambapkd.image.Augmentation: four of one block of random bits for crop and cutout, and one of the next for the flip.
constexpr int DRAW_SQUARES = 8;
constexpr int DRAW_FLIP = 12;
// Of a block of draw_batch.
constexpr int DRAWN_ROWS = 16;

namespace {

__device__ inline float multiply_add(float a, float b, float c) { return __fadd_rn(__fmul_rn(a, b), c); }

// a + weight (b - a)
__device__ inline float mix(float a, float b, float weight) { return __fadd_rn(a, __fmul_rn(weight, __fsub_rn(b, a))); }

// Into the border of zeros, where the position no longer matters.
__device__ inline float clamp(float position, float last) { return position < 0.0f ? 0.0f : position > last ? last : position; }

// Which item of (copies, samples, ..) row b is; negative if there is none, which it is by itself where the copy is negative.
__device__ inline long long item_of(const int* copies, const int* samples, int b, int copy_count, int sample_count) {
  const int sample = samples[b];
  const int copy = copies == nullptr ? 0 : copies[b];
  const bool exists = sample >= 0 && sample < sample_count && copy < copy_count;
  return exists ? static_cast<long long>(copy) * sample_count + sample : -1;
}

// Uniform in [-limit, limit).
__device__ inline double signed_uniform(unsigned bits, double limit) { return limit * (2.0 * static_cast<double>(uniform(bits)) - 1.0); }

// The item at a position of the shuffle of 0..count-1 that an epoch sees: four Feistel rounds over 2 half_bits bits, walked along the cycle until they
// end inside. A bijection, and the numbers of io.mambapkd.random.Permutation.
__device__ inline int shuffled(long long seed, int epoch, int position, int count, int half_bits) {
  const unsigned mask = (1u << half_bits) - 1u;
  unsigned long long value = static_cast<unsigned>(position);
  do {
    unsigned left = static_cast<unsigned>(value >> half_bits);
    unsigned right = static_cast<unsigned>(value) & mask;
#pragma unroll
    for (int round = 0; round < 4; round++) {
      const unsigned next = left ^ (philox(seed, PURPOSE_SAMPLE_ORDER, epoch, right, 0).word[round] & mask);
      left = right;
      right = next;
    }
    value = static_cast<unsigned long long>(left) << half_bits | right;
  } while (value >= static_cast<unsigned>(count));
  return static_cast<int>(value);
}

// An image of bytes with zeros around it.
struct ByteImage {
  const unsigned char* pixels;
  int height;
  int width;
  int channels;

  __device__ float at(int x, int y, int c) const {
    const bool inside = x >= 0 && x < width && y >= 0 && y < height;
    return inside ? static_cast<float>(pixels[(static_cast<size_t>(y) * width + x) * channels + c]) : 0.0f;
  }
};

// The image's value of channel c at pixel (column, row), drawn through a map: bilinear, 0 outside.
__device__ inline float sampled(const ByteImage& image, const float* map, int column, int row, int c) {
  const float x = static_cast<float>(column);
  const float y = static_cast<float>(row);
  // One pixel of border: the position 1 is the centre of the first pixel.
  const float row_x = __fadd_rn(multiply_add(map[1], y, map[2]), 1.0f);
  const float row_y = __fadd_rn(multiply_add(map[4], y, map[5]), 1.0f);
  const float position_x = clamp(multiply_add(map[0], x, row_x), static_cast<float>(image.width + 1));
  const float position_y = clamp(multiply_add(map[3], x, row_y), static_cast<float>(image.height + 1));
  const int left = static_cast<int>(position_x) - 1;
  const int top = static_cast<int>(position_y) - 1;
  const float weight_x = position_x - static_cast<float>(left + 1);
  const float weight_y = position_y - static_cast<float>(top + 1);
  const float upper = mix(image.at(left, top, c), image.at(left + 1, top, c), weight_x);
  const float lower = mix(image.at(left, top + 1, c), image.at(left + 1, top + 1, c), weight_x);
  return mix(upper, lower, weight_y);
}

// The image's value number at (row-major, channels last), drawn through a map: bilinear, 0 outside.
__device__ inline float sampled(const ByteImage& image, const float* map, int at) {
  const int pixel = at / image.channels;
  return sampled(image, map, pixel % image.width, pixel / image.width, at % image.channels);
}

// The position inside 0..extent-1 that a position at most extent - 1 outside mirrors: -1 mirrors 1.
__device__ inline int reflected(int position, int extent) {
  return position < 0 ? -position : position >= extent ? 2 * (extent - 1) - position : position;
}

// io.mambapkd.image.Placement
struct Placement {
  int shift_x;
  int shift_y;
  int flipped;
  int cut_left;
  int cut_top;
  int cut_side;

  __device__ bool cut(int x, int y) const {
    return x >= cut_left && x < cut_left + cut_side && y >= cut_top && y < cut_top + cut_side;
  }
  __device__ int source_x(int x, int width) const { return reflected((flipped != 0 ? width - 1 - x : x) + shift_x, width); }
  __device__ int source_y(int y, int height) const { return reflected(y + shift_y, height); }
};

// That of row b; the image as it is where there are none.
__device__ inline Placement placement_of(const int* placements, int b) {
  if (placements == nullptr) return {0, 0, 0, 0, 0, 0};
  const int* p = placements + static_cast<size_t>(b) * PLACEMENT;
  return {p[0], p[1], p[2], p[3], p[4], p[5]};
}

__device__ inline float of_channel(int c, float first, float second, float third) { return c == 0 ? first : c == 1 ? second : third; }

}  // namespace

// draw_batch_f32: the samples of a step, its epoch = first_epoch + step / (count / rows), the copy that the epoch sees of each sample, and what belongs to them.
//   samples[b] = item (step % (count / rows)) rows + b of the epoch's order ;  copies[b] = one of copy_count, drawn for (epoch, samples[b])
//   labels[b] = label_table[samples[b]] ;  weights[b] = weight_table[samples[b]]
//   teacher[b, k] = teacher_table[copies[b], samples[b], k] ;  ensemble[b, k] = ensemble_table[copies[b], samples[b], k]
//   source  io.mambapkd.data.SampleOrder
//   shapes  samples, labels (rows) i32   copies (rows) i32 or absent, if copy_count is 1   epoch, step (1) i32   label_table (count) u8
//           teacher, ensemble (rows, width), their tables (copy_count, count, width): each absent with its table
//           weights (rows), weight_table (count): absent together
//   launch  ceil(rows / 16) blocks of 256: a thread draws each of 16 rows, then all copy their logits
//   writes  = samples, copies, labels, teacher, ensemble, weights; = epoch, by the first thread
//   determinism  bitwise, and the same on every device
//   bytes   9 rows + 4 rows [copies] + 8 rows [weights] + 8 rows width ([teacher] + [ensemble]) + 8
extern "C" __global__ void __launch_bounds__(IMAGE_BLOCK)
    draw_batch_f32(int* __restrict__ samples, int* __restrict__ copies, int* __restrict__ epoch, int* __restrict__ labels,
                   float* __restrict__ teacher, float* __restrict__ ensemble, float* __restrict__ weights, const int* __restrict__ step,
                   const unsigned char* __restrict__ label_table, const float* __restrict__ teacher_table,
                   const float* __restrict__ ensemble_table, const float* __restrict__ weight_table, int rows, int count, int copy_count,
                   int width, int half_bits, int first_epoch, long long seed) {
  __shared__ long long items[DRAWN_ROWS];
  const int first = blockIdx.x * DRAWN_ROWS;
  const int b = first + threadIdx.x;
  if (threadIdx.x < DRAWN_ROWS && b < rows) {
    const int steps_per_epoch = count / rows;
    const int now = step[0] / steps_per_epoch + first_epoch;
    const int sample = shuffled(seed, now, step[0] % steps_per_epoch * rows + b, count, half_bits);
    const int copy = below(philox(seed, PURPOSE_COPY_CHOICE, now, sample, 0).word[0], copy_count);
    items[threadIdx.x] = static_cast<long long>(copy) * count + sample;
    samples[b] = sample;
    labels[b] = label_table[sample];
    if (copies != nullptr) {
      copies[b] = copy;
    }
    if (weights != nullptr) {
      weights[b] = weight_table[sample];
    }
    if (b == 0) {
      epoch[0] = now;
    }
  }
  __syncthreads();
  const int values = min(DRAWN_ROWS, rows - first) * width;
  const size_t at = static_cast<size_t>(first) * width;
  for (int i = threadIdx.x; i < values; i += IMAGE_BLOCK) {
    const int r = i / width;
    const size_t from = static_cast<size_t>(items[r]) * width + (i - r * width);
    if (teacher != nullptr) {
      teacher[at + i] = teacher_table[from];
    }
    if (ensemble != nullptr) {
      ensemble[at + i] = ensemble_table[from];
    }
  }
}

// affine_maps_f32: the random affine map of each row, from six draws of Philox4x32-10 at (stream, sample): rotation x shear x scale about the image's
// centre, and a shift. In double precision, as on the host: a unit in the last place of the float at most is between them.
//   source  io.mambapkd.image.Augmentation
//   shapes  maps (rows, 6): xx, xy, x0, yx, yy, y0   stream (1) i32   samples (rows) i32
//           rotation (in radians), scale, shear, shift: the limits, as the bits of a double
//   launch  ceil(rows / 256) blocks of 256
//   writes  = maps
//   determinism  bitwise on one kind of device
//   bytes   28 rows + 4
extern "C" __global__ void __launch_bounds__(IMAGE_BLOCK)
    affine_maps_f32(float* __restrict__ maps, const int* __restrict__ stream, const int* __restrict__ samples, int rows, int height, int width,
                    long long seed, int purpose, long long rotation, long long scale, long long shear, long long shift) {
  const int b = blockIdx.x * IMAGE_BLOCK + threadIdx.x;
  if (b >= rows) return;
  const int sample = samples[b];
  const PhiloxWords first = philox(seed, static_cast<unsigned>(purpose), stream[0], sample, 0);
  const PhiloxWords second = philox(seed, static_cast<unsigned>(purpose), stream[0], sample, 4);
  const double angle = signed_uniform(first.word[0], __longlong_as_double(rotation));
  const double scale_x = 1.0 + signed_uniform(first.word[1], __longlong_as_double(scale));
  const double scale_y = 1.0 + signed_uniform(first.word[2], __longlong_as_double(scale));
  const double sheared = signed_uniform(first.word[3], __longlong_as_double(shear));
  const double shift_x = signed_uniform(second.word[0], __longlong_as_double(shift));
  const double shift_y = signed_uniform(second.word[1], __longlong_as_double(shift));
  const double cosine = cos(angle);
  const double sine = sin(angle);
  const double xx = cosine * scale_x;
  const double xy = (cosine * sheared - sine) * scale_y;
  const double yx = sine * scale_x;
  const double yy = (sine * sheared + cosine) * scale_y;
  const double centre_x = (width - 1) / 2.0;
  const double centre_y = (height - 1) / 2.0;
  float* map = maps + static_cast<size_t>(b) * MAP;
  map[0] = static_cast<float>(xx);
  map[1] = static_cast<float>(xy);
  map[2] = static_cast<float>(centre_x - xx * centre_x - xy * centre_y + shift_x);
  map[3] = static_cast<float>(yx);
  map[4] = static_cast<float>(yy);
  map[5] = static_cast<float>(centre_y - yx * centre_x - yy * centre_y + shift_y);
}

// draw_placements_i32: where each row is put, from draws of Philox4x32-10 at (stream, sample): a crop, a flip, a cutout.
//   shift = one of -crop..crop for each axis ;  cut = one of the columns or rows of the image, less cutout / 2, for each axis
//   flipped = one of 0 and 1, drawn where flip is random; where it alternates, (the one drawn for stream 0 + stream) mod 2
//   Of cached copies number 0 is the image as it is, and where the flip alternates, flipped = stream mod 2.
//   source  io.mambapkd.image.Augmentation
//   shapes  placements (rows, 6) i32: shift_x, shift_y, flipped, cut_left, cut_top, cut_side   streams (stream_count) i32, 1 or rows   samples (rows) i32
//   launch  ceil(rows / 256) blocks of 256
//   writes  = placements
//   determinism  bitwise, and the same on every device
//   bytes   28 rows + 4 stream_count
extern "C" __global__ void __launch_bounds__(IMAGE_BLOCK)
    draw_placements_i32(int* __restrict__ placements, const int* __restrict__ streams, const int* __restrict__ samples, int rows,
                        int stream_count, int height, int width, long long seed, int purpose, int crop, int flip, int cutout) {
  const int b = blockIdx.x * IMAGE_BLOCK + threadIdx.x;
  if (b >= rows) return;
  const int sample = samples[b];
  const int stream = streams[stream_count == 1 ? 0 : b];
  const unsigned kind = static_cast<unsigned>(purpose);
  const bool copy = kind == PURPOSE_CACHED_COPY;
  const bool clean = copy && stream == 0;
  const PhiloxWords squares = philox(seed, kind, stream, sample, DRAW_SQUARES);
  int flipped = 0;
  if (flip == FLIP_RANDOM) {
    flipped = below(philox(seed, kind, stream, sample, DRAW_FLIP).word[0], 2);
  }
  if (flip == FLIP_ALTERNATING) {
    const int first = copy ? 0 : below(philox(seed, kind, 0, sample, DRAW_FLIP).word[0], 2);
    flipped = (first + stream) & 1;
  }
  int* placement = placements + static_cast<size_t>(b) * PLACEMENT;
  placement[0] = clean ? 0 : below(squares.word[0], 2 * crop + 1) - crop;
  placement[1] = clean ? 0 : below(squares.word[1], 2 * crop + 1) - crop;
  placement[2] = clean ? 0 : flipped;
  placement[3] = clean ? 0 : below(squares.word[2], width) - cutout / 2;
  placement[4] = clean ? 0 : below(squares.word[3], height) - cutout / 2;
  placement[5] = clean ? 0 : cutout;
}

// gather_images_f32: images[b, i] = source[copies[b], samples[b], i] scale + offset
//   shapes  images (rows, elements)   source (copy_count, sample_count, elements) u8   copies (rows) i32 or absent   samples (rows) i32
//   launch  (rows, ceil(elements / 1024)) blocks of 256; a thread has 4 consecutive values, in one access to each side where rows are aligned
//   writes  = images
//   determinism  bitwise, and the same on every device
//   bytes   5 rows elements + 4 rows (1 + [copies])
extern "C" __global__ void __launch_bounds__(IMAGE_BLOCK)
    gather_images_f32(float* __restrict__ images, const unsigned char* __restrict__ source, const int* __restrict__ copies,
                      const int* __restrict__ samples, int copy_count, int sample_count, int elements, float scale, float offset) {
  const int b = blockIdx.x;
  const int at = (blockIdx.y * IMAGE_BLOCK + threadIdx.x) * IMAGE_VALUES;
  if (at >= elements) return;
  const long long item = item_of(copies, samples, b, copy_count, sample_count);
  float* target = images + static_cast<size_t>(b) * elements;
  if (item < 0) {
    for (int i = at; i < elements && i < at + IMAGE_VALUES; i++) {
      target[i] = NAN;
    }
    return;
  }
  const unsigned char* pixels = source + item * elements;
  const bool aligned = elements % IMAGE_VALUES == 0 && reinterpret_cast<size_t>(source) % sizeof(uchar4) == 0 &&
                       reinterpret_cast<size_t>(images) % sizeof(float4) == 0;
  if (aligned) {
    const uchar4 p = *reinterpret_cast<const uchar4*>(pixels + at);
    *reinterpret_cast<float4*>(target + at) = make_float4(multiply_add(p.x, scale, offset), multiply_add(p.y, scale, offset),
                                                          multiply_add(p.z, scale, offset), multiply_add(p.w, scale, offset));
    return;
  }
  for (int i = at; i < elements && i < at + IMAGE_VALUES; i++) {
    target[i] = multiply_add(pixels[i], scale, offset);
  }
}

// gather_placed_images_f32: images[b, y, x, c] = source[copies[b], samples[b], v, u, c] scale_c + offset_c, and 0 where (x, y) is cut;
//   u = reflected((flipped ? width - 1 - x : x) + shift_x, width) ;  v = reflected(y + shift_y, height)
//   source  io.mambapkd.image.Placement
//   shapes  images (rows, height, width, channels)   source (copy_count, sample_count, height, width, channels) u8   copies (rows) i32 or absent
//           samples (rows) i32   placements (rows, 6) i32 or absent, shifts less than the extents   scale_c, offset_c: the last ones from channel 2 on
//   launch  (rows, ceil(height width channels / 1024)) blocks of 256; a thread has 4 consecutive values, written at once where rows are aligned
//   writes  = images
//   determinism  bitwise, and the same on every device
//   bytes   5 rows height width channels + 4 rows (1 + [copies]) + 24 rows [placements]; less where pixels are cut or moved out
extern "C" __global__ void __launch_bounds__(IMAGE_BLOCK)
    gather_placed_images_f32(float* __restrict__ images, const unsigned char* __restrict__ source, const int* __restrict__ copies,
                             const int* __restrict__ samples, const int* __restrict__ placements, int copy_count, int sample_count, int height,
                             int width, int channels, float scale_0, float scale_1, float scale_2, float offset_0, float offset_1,
                             float offset_2) {
  const int b = blockIdx.x;
  const int at = (blockIdx.y * IMAGE_BLOCK + threadIdx.x) * IMAGE_VALUES;
  const int elements = height * width * channels;
  if (at >= elements) return;
  const long long item = item_of(copies, samples, b, copy_count, sample_count);
  const Placement placement = placement_of(placements, b);
  const unsigned char* pixels = source + (item < 0 ? 0 : item) * elements;
  int c = at % channels;
  int x = at / channels % width;
  int y = at / channels / width;
  float values[IMAGE_VALUES];
#pragma unroll
  for (int i = 0; i < IMAGE_VALUES; i++) {
    values[i] = item < 0 ? NAN : 0.0f;
    if (item >= 0 && y < height && !placement.cut(x, y)) {
      const int pixel = placement.source_y(y, height) * width + placement.source_x(x, width);
      values[i] = multiply_add(pixels[pixel * channels + c], of_channel(c, scale_0, scale_1, scale_2),
                               of_channel(c, offset_0, offset_1, offset_2));
    }
    if (++c == channels) {
      c = 0;
      if (++x == width) {
        x = 0;
        y++;
      }
    }
  }
  float* target = images + static_cast<size_t>(b) * elements + at;
  if (elements % IMAGE_VALUES == 0 && reinterpret_cast<size_t>(images) % sizeof(float4) == 0) {
    *reinterpret_cast<float4*>(target) = make_float4(values[0], values[1], values[2], values[3]);
    return;
  }
#pragma unroll
  for (int i = 0; i < IMAGE_VALUES; i++) {
    if (at + i < elements) {
      target[i] = values[i];
    }
  }
}

// gather_affine_images_f32: images[b, y, x, c] = scale times the sample's value, bilinear, 0 outside, at (xx x + xy y + x0, yx x + yy y + y0), + offset.
//   source  io.mambapkd.image.AffineSampler, whose order of roundings is kept
//   shapes  images (rows, height, width, channels)   source (sample_count, height, width, channels) u8   samples (rows) i32   maps (rows, 6)
//   launch  (rows, ceil(height width channels / 256)) blocks of 256
//   writes  = images
//   determinism  bitwise, and for one map the same on every device
//   bytes   5 rows height width channels + 28 rows; less where a map leaves pixels out
extern "C" __global__ void __launch_bounds__(IMAGE_BLOCK)
    gather_affine_images_f32(float* __restrict__ images, const unsigned char* __restrict__ source, const int* __restrict__ samples,
                             const float* __restrict__ maps, int sample_count, int height, int width, int channels, float scale,
                             float offset) {
  const int b = blockIdx.x;
  const int at = blockIdx.y * IMAGE_BLOCK + threadIdx.x;
  const int elements = height * width * channels;
  if (at >= elements) return;
  float* target = images + static_cast<size_t>(b) * elements + at;
  const long long item = item_of(nullptr, samples, b, 1, sample_count);
  if (item < 0) {
    *target = NAN;
    return;
  }
  const ByteImage image = {source + item * elements, height, width, channels};
  *target = multiply_add(sampled(image, maps + static_cast<size_t>(b) * MAP, at), scale, offset);
}

// gather_placed_affine_images_f32: images[b, y, x, c] = scale_c times value c, bilinear, 0 outside, of the sample at (xx u + xy v + x0, yx u + yy v + y0),
//   + offset_c, and 0 where (x, y) is cut; u and v as in gather_placed_images_f32
//   source  io.mambapkd.image.Placement, after io.mambapkd.image.AffineSampler
//   shapes  images (rows, height, width, channels)   source (sample_count, height, width, channels) u8   samples (rows) i32   maps (rows, 6)
//           placements (rows, 6) i32 or absent, shifts less than the extents   scale_c, offset_c: the last ones from channel 2 on
//   launch  (rows, ceil(height width channels / 256)) blocks of 256
//   writes  = images
//   determinism  bitwise, and for one map the same on every device
//   bytes   5 rows height width channels + 28 rows + 24 rows [placements]; less where pixels are cut or moved out
extern "C" __global__ void __launch_bounds__(IMAGE_BLOCK)
    gather_placed_affine_images_f32(float* __restrict__ images, const unsigned char* __restrict__ source, const int* __restrict__ samples,
                                    const float* __restrict__ maps, const int* __restrict__ placements, int sample_count, int height, int width,
                                    int channels, float scale_0, float scale_1, float scale_2, float offset_0, float offset_1,
                                    float offset_2) {
  const int b = blockIdx.x;
  const int at = blockIdx.y * IMAGE_BLOCK + threadIdx.x;
  const int elements = height * width * channels;
  if (at >= elements) return;
  float* target = images + static_cast<size_t>(b) * elements + at;
  const long long item = item_of(nullptr, samples, b, 1, sample_count);
  if (item < 0) {
    *target = NAN;
    return;
  }
  const Placement placement = placement_of(placements, b);
  const int c = at % channels;
  const int x = at / channels % width;
  const int y = at / channels / width;
  if (placement.cut(x, y)) {
    *target = 0.0f;
    return;
  }
  const ByteImage image = {source + item * elements, height, width, channels};
  const float value =
      sampled(image, maps + static_cast<size_t>(b) * MAP, placement.source_x(x, width), placement.source_y(y, height), c);
  *target = multiply_add(value, of_channel(c, scale_0, scale_1, scale_2), of_channel(c, offset_0, offset_1, offset_2));
}

// gather_affine_pixels_u8: pixels[b, y, x, c] = the sample's value drawn through the map, rounded to a byte.
//   source  io.mambapkd.data.AugmentedCopies
//   shapes  pixels (rows, height, width, channels) u8   source (sample_count, height, width, channels) u8   samples (rows) i32   maps (rows, 6)
//   launch  (rows, ceil(height width channels / 256)) blocks of 256
//   writes  = pixels; 0 where the sample does not exist
//   determinism  bitwise, and for one map the same on every device
//   bytes   2 rows height width channels + 28 rows; less where a map leaves pixels out
extern "C" __global__ void __launch_bounds__(IMAGE_BLOCK)
    gather_affine_pixels_u8(unsigned char* __restrict__ pixels, const unsigned char* __restrict__ source, const int* __restrict__ samples,
                            const float* __restrict__ maps, int sample_count, int height, int width, int channels) {
  const int b = blockIdx.x;
  const int at = blockIdx.y * IMAGE_BLOCK + threadIdx.x;
  const int elements = height * width * channels;
  if (at >= elements) return;
  unsigned char* target = pixels + static_cast<size_t>(b) * elements + at;
  const long long item = item_of(nullptr, samples, b, 1, sample_count);
  if (item < 0) {
    *target = 0;
    return;
  }
  const ByteImage image = {source + item * elements, height, width, channels};
  *target = static_cast<unsigned char>(__fadd_rn(sampled(image, maps + static_cast<size_t>(b) * MAP, at), 0.5f));
}

// mix_rows_f32: target[copies[b], samples[b], k] = keep target[copies[b], samples[b], k] + weight rows[b, k]
//   shapes  source (rows, width)   target (copy_count, sample_count, width)   copies (rows) i32 or absent   samples (rows) i32, no two rows alike
//   launch  ceil(rows width / 256) blocks of 256
//   writes  in place target; nothing where the item does not exist
//   determinism  bitwise, and the same on every device
//   bytes   12 rows width + 4 rows (1 + [copies])
extern "C" __global__ void __launch_bounds__(IMAGE_BLOCK)
    mix_rows_f32(float* __restrict__ target, const float* __restrict__ source, const int* __restrict__ copies, const int* __restrict__ samples,
                 int rows, int copy_count, int sample_count, int width, float keep, float weight) {
  const long long at = static_cast<long long>(blockIdx.x) * IMAGE_BLOCK + threadIdx.x;
  if (at >= static_cast<long long>(rows) * width) return;
  const int b = static_cast<int>(at / width);
  const long long item = item_of(copies, samples, b, copy_count, sample_count);
  if (item < 0) return;
  float* value = target + item * width + at % width;
  *value = __fadd_rn(__fmul_rn(keep, *value), __fmul_rn(weight, source[at]));
}
