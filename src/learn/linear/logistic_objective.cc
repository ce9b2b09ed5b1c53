#include "learn/linear/logistic_objective.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "learn/linear/logistic_loss.h"

namespace coterie::learn {

namespace {

constexpr size_t kTile = 4;  // the Hessian is summed in tiles of 4×4 numbers, which stay in registers
constexpr size_t kRowsPerTile = 32;  // over blocks of rows that stay in the first cache
constexpr size_t kLeastRowsPerPart = 2048;
constexpr size_t kMostParts = 256;
constexpr size_t kMaxPartBytes = size_t{64} << 20;  // of all chunks' Hessians together, where d allows

size_t padded(size_t size) { return (size + kTile - 1) / kTile * kTile; }

size_t part_bytes(size_t size) { return padded(size) * padded(size) * sizeof(double); }

// Depends on the shape of the data alone: the order of additions must not change with the machine.
size_t rows_per_chunk(size_t n, size_t size) {
  const size_t chunks = std::clamp<size_t>(kMaxPartBytes / part_bytes(size), 4, kMostParts);
  return std::max(kLeastRowsPerPart, (n + chunks - 1) / chunks);
}

void add_in_order(std::vector<double>& sum, const std::vector<double>& part) {
  for (size_t j = 0; j < sum.size(); ++j) sum[j] += part[j];
}

// w·(x − m) in four lanes.
double centred_dot(const double* w, const double* x, const double* mean, size_t d) {
  std::array<double, 4> lanes{};
  size_t j = 0;
  for (; j + 4 <= d; j += 4)
    for (size_t lane = 0; lane < 4; ++lane) lanes[lane] += w[j + lane] * (x[j + lane] - mean[j + lane]);
  for (; j < d; ++j) lanes[j % 4] += w[j] * (x[j] - mean[j]);
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

// tile += Σ_rows left[row][a..a+4]ᵀ · right[row][b..b+4]
void add_tile(const double* left, const double* right, size_t rows, size_t stride, double* tile) {
  std::array<std::array<double, kTile>, kTile> sum{};
  for (size_t row = 0; row < rows; ++row, left += stride, right += stride)
    for (size_t a = 0; a < kTile; ++a)
      for (size_t b = 0; b < kTile; ++b) sum[a][b] += left[a] * right[b];
  for (size_t a = 0; a < kTile; ++a)
    for (size_t b = 0; b < kTile; ++b) tile[a * stride + b] += sum[a][b];
}

}  // namespace

LogisticObjective::LogisticObjective(kernels::MatrixView x, std::span<const uint8_t> y, std::vector<double> c,
                                     bool fit_intercept, const base::Context& context)
    : x_(x),
      y_(y),
      c_(std::move(c)),
      fit_intercept_(fit_intercept),
      pool_(context.pool),
      size_(x.cols + (fit_intercept ? 1 : 0)),
      chunk_rows_(rows_per_chunk(x.rows, size_)),
      mean_(x.cols),
      gradient_scale_(size_),
      curvature_(x.rows) {
  if (fit_intercept_) find_means();
  find_gradient_scale();
}

uint64_t LogisticObjective::memory_bytes(size_t n, size_t d, size_t threads) {
  const size_t size = padded(d + 1);
  const size_t chunks = base::ThreadPool::chunk_count(n, rows_per_chunk(n, d + 1));
  return n * 2 * sizeof(double) + (chunks + 2) * (part_bytes(size) + size * sizeof(double)) +
         threads * 2 * kRowsPerTile * size * sizeof(double);
}

void LogisticObjective::find_means() {
  std::vector<double> sums = pool_->reduce_chunks(
      x_.rows, chunk_rows_, std::vector<double>(size_),
      [&](size_t begin, size_t end) {
        std::vector<double> part(size_);
        for (size_t i = begin; i < end; ++i) {
          const std::span<const double> row = x_.row(i);
          for (size_t j = 0; j < x_.cols; ++j) part[j] += c_[i] * row[j];
          part.back() += c_[i];
        }
        return part;
      },
      add_in_order);
  for (size_t j = 0; j < x_.cols; ++j) mean_[j] = sums[j] / sums.back();
}

void LogisticObjective::find_gradient_scale() {
  gradient_scale_ = pool_->reduce_chunks(
      x_.rows, chunk_rows_, std::vector<double>(size_),
      [&](size_t begin, size_t end) {
        std::vector<double> part(size_);
        for (size_t i = begin; i < end; ++i) {
          const std::span<const double> row = x_.row(i);
          for (size_t j = 0; j < x_.cols; ++j) part[j] += c_[i] * std::abs(row[j] - mean_[j]);
          if (fit_intercept_) part.back() += c_[i];
        }
        return part;
      },
      add_in_order);
}

LogisticObjective::Value LogisticObjective::evaluate(std::span<const double> theta) {
  const size_t d = x_.cols;
  const double intercept = fit_intercept_ ? theta[d] : 0.0;
  const auto add = [](Value& sum, const Value& part) {
    sum.objective += part.objective;
    add_in_order(sum.gradient, part.gradient);
  };
  Value start{0, std::vector<double>(size_)};
  for (size_t j = 0; j < d; ++j) {
    start.objective += 0.5 * theta[j] * theta[j];
    start.gradient[j] = theta[j];
  }
  return pool_->reduce_chunks(
      x_.rows, chunk_rows_, std::move(start),
      [&](size_t begin, size_t end) {
        Value part{0, std::vector<double>(size_)};
        for (size_t i = begin; i < end; ++i) {
          const double* row = x_.row(i).data();
          const double z = intercept + centred_dot(theta.data(), row, mean_.data(), d);
          const LogisticLoss loss = logistic_loss(z, y_[i] != 0);
          part.objective += c_[i] * loss.value;
          curvature_[i] = c_[i] * loss.second;
          const double slope = c_[i] * loss.first;
          for (size_t j = 0; j < d; ++j) part.gradient[j] += slope * (row[j] - mean_[j]);
          if (fit_intercept_) part.gradient[d] += slope;
        }
        return part;
      },
      add);
}

std::vector<double> LogisticObjective::hessian() const {
  const size_t d = x_.cols;
  const size_t stride = padded(size_);
  const auto sum_chunk = [&](size_t begin, size_t end) {
    std::vector<double> part(stride * stride);
    std::vector<double> plain(kRowsPerTile * stride), weighted(kRowsPerTile * stride);
    for (size_t first = begin; first < end; first += kRowsPerTile) {
      const size_t rows = std::min(kRowsPerTile, end - first);
      for (size_t r = 0; r < rows; ++r) {
        const double* row = x_.row(first + r).data();
        double* to = plain.data() + r * stride;
        for (size_t j = 0; j < d; ++j) to[j] = row[j] - mean_[j];
        if (fit_intercept_) to[d] = 1.0;
        for (size_t j = 0; j < size_; ++j) weighted[r * stride + j] = curvature_[first + r] * to[j];
      }
      for (size_t a = 0; a < stride; a += kTile)
        for (size_t b = 0; b <= a; b += kTile)
          add_tile(weighted.data() + a, plain.data() + b, rows, stride, part.data() + a * stride + b);
    }
    return part;
  };
  const std::vector<double> sum = pool_->reduce_chunks(
      x_.rows, chunk_rows_, std::vector<double>(stride * stride), sum_chunk, add_in_order);
  std::vector<double> hessian(size_ * size_);
  for (size_t a = 0; a < size_; ++a)
    for (size_t b = 0; b <= a; ++b) hessian[a * size_ + b] = sum[a * stride + b];
  for (size_t j = 0; j < d; ++j) hessian[j * size_ + j] += 1.0;
  return hessian;
}

double LogisticObjective::uncentred_intercept(std::span<const double> theta) const {
  if (!fit_intercept_) return 0.0;
  double intercept = theta[x_.cols];
  for (size_t j = 0; j < x_.cols; ++j) intercept -= theta[j] * mean_[j];
  return intercept;
}

}  // namespace coterie::learn
