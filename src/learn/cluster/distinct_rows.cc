// One hash a row, on all threads; then one pass over an open-addressing table of row numbers.
#include "learn/cluster/distinct_rows.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <optional>

#include "base/hash.h"

namespace coterie::learn {

namespace {

constexpr size_t kChunkRows = 4096;
constexpr uint32_t kFree = UINT32_MAX;

std::vector<uint64_t> hash_rows(kernels::MatrixView points, const base::Context& context) {
  std::vector<uint64_t> hashes(points.rows);
  context.pool->for_chunks(points.rows, kChunkRows, [&](size_t, size_t begin, size_t end) {
    std::vector<double> row(points.cols);
    for (size_t i = begin; i < end; ++i) {
      for (size_t j = 0; j < points.cols; ++j) row[j] = points.at(i, j) + 0.0;  // −0 + 0 is 0
      hashes[i] = base::hash64({reinterpret_cast<const char*>(row.data()), row.size() * sizeof(double)});
    }
  });
  return hashes;
}

// The first row of every group in order, and each row's group.
struct Grouping {
  std::vector<uint32_t> first;
  base::HugeVector<uint32_t> group;
};

Grouping group_rows(kernels::MatrixView points, const std::vector<uint64_t>& hashes) {
  const size_t slots = std::bit_ceil(points.rows * 2);
  std::vector<uint32_t> table(slots, kFree);  // group numbers
  Grouping out;
  out.group.resize(points.rows);
  for (size_t i = 0; i < points.rows; ++i) {
    size_t slot = hashes[i] & (slots - 1);
    while (table[slot] != kFree) {
      const uint32_t other = out.first[table[slot]];
      if (hashes[other] == hashes[i] && std::ranges::equal(points.row(other), points.row(i))) break;
      slot = (slot + 1) & (slots - 1);
    }
    if (table[slot] == kFree) {
      table[slot] = static_cast<uint32_t>(out.first.size());
      out.first.push_back(static_cast<uint32_t>(i));
    }
    out.group[i] = table[slot];
  }
  return out;
}

// Rows of a few whole numbers, as binned or one-hot columns are: a row is a place in a table.
class SmallIntegers {
 public:
  static constexpr size_t kMost = 1 << 16;
  static constexpr uint32_t kNone = UINT32_MAX;

  // From some of the rows; nothing when their columns hold other numbers, or too many.
  static std::optional<SmallIntegers> of(kernels::MatrixView points) {
    constexpr size_t kSample = 1024;
    const size_t n = std::min(points.rows, kSample);
    SmallIntegers out;
    for (size_t j = 0; j < points.cols; ++j) {
      double low = points.at(0, j), high = low;
      for (size_t s = 0; s < n; ++s) {
        const double value = points.at(s * points.rows / n, j);
        if (value != std::floor(value)) return std::nullopt;
        low = std::min(low, value);
        high = std::max(high, value);
      }
      if (!(high - low < static_cast<double>(kMost))) return std::nullopt;
      out.columns_.push_back({low, high - low, static_cast<uint32_t>(out.places_)});
      out.places_ *= static_cast<size_t>(high - low) + 1;
      if (out.places_ > kMost) return std::nullopt;
    }
    return out;
  }

  size_t places() const { return places_; }

  // kNone for a row that the sample did not foresee.
  uint32_t place(const double* row) const {
    uint32_t out = 0;
    bool is_foreseen = true;
    for (const Column& column : columns_) {
      const double value = *row++ - column.low;
      const auto step = static_cast<int32_t>(std::min(std::max(0.0, value), column.range));
      is_foreseen &= static_cast<double>(step) == value;
      out += static_cast<uint32_t>(step) * column.stride;
    }
    return is_foreseen ? out : kNone;
  }

 private:
  struct Column {
    double low, range;
    uint32_t stride;
  };
  std::vector<Column> columns_;
  size_t places_ = 1;
};

// The different rows among small integers, numbered by first occurrence.
class IntegerRows {
 public:
  IntegerRows(kernels::MatrixView points, const SmallIntegers& integers)
      : points_(points), integers_(integers), number_(integers.places(), kFree) {}

  uint32_t number(size_t i) {
    const uint32_t place = integers_.place(points_.values.data() + i * points_.cols);
    if (place == SmallIntegers::kNone) return kFree;
    if (number_[place] == kFree) {
      number_[place] = static_cast<uint32_t>(first_.size());
      first_.push_back(static_cast<uint32_t>(i));
    }
    return number_[place];
  }

  const std::vector<uint32_t>& first() const { return first_; }

 private:
  kernels::MatrixView points_;
  const SmallIntegers& integers_;
  std::vector<uint32_t> number_;  // of each place
  std::vector<uint32_t> first_;
};

// The different rows where there are few, numbered by first occurrence.
class FewRows {
 public:
  static constexpr size_t kMost = 1024;

  explicit FewRows(kernels::MatrixView points) : points_(points), slots_(4 * kMost, kFree) {}

  // The number of row i among the different ones; kFree when there are too many.
  uint32_t number(size_t i) {
    const double* row = points_.values.data() + i * points_.cols;
    size_t slot = hash(row) & (slots_.size() - 1);
    while (slots_[slot] != kFree &&
           !is_same(row, points_.values.data() + first_[slots_[slot]] * points_.cols))
      slot = (slot + 1) & (slots_.size() - 1);
    if (slots_[slot] != kFree) return slots_[slot];
    if (first_.size() == kMost) return kFree;
    slots_[slot] = static_cast<uint32_t>(first_.size());
    first_.push_back(static_cast<uint32_t>(i));
    return slots_[slot];
  }

  const std::vector<uint32_t>& first() const { return first_; }

 private:
  bool is_same(const double* a, const double* b) const {
    bool is = true;
    for (size_t j = 0; j < points_.cols; ++j) is = is && a[j] == b[j];
    return is;
  }
  // One multiplication a column; clusters of values are told apart by the high bits.
  uint64_t hash(const double* row) const {
    uint64_t h = 0;
    for (size_t j = 0; j < points_.cols; ++j)
      h = (h ^ std::bit_cast<uint64_t>(row[j] + 0.0)) * 0x9E3779B97F4A7C15;
    return (h ^ (h >> 29)) * 0xBF58476D1CE4E5B9 >> 40;
  }

  kernels::MatrixView points_;
  std::vector<uint32_t> slots_;
  std::vector<uint32_t> first_;
};

// The grouping of rows, chunk by chunk on all threads, by `make_rows()`, which numbers different rows; nothing when it cannot
// number one. 4n bytes.
template <class MakeRows>
std::optional<Grouping> group_by(kernels::MatrixView points, const base::Context& context,
                                 MakeRows make_rows) {
  constexpr size_t kChunk = size_t{1} << 18;
  const size_t chunks = base::ThreadPool::chunk_count(points.rows, kChunk);
  Grouping out;
  out.group.resize(points.rows);
  std::vector<std::vector<uint32_t>> first(chunks);
  std::atomic<bool> is_refused{false};
  context.pool->for_chunks(points.rows, kChunk, [&](size_t chunk, size_t begin, size_t end) {
    if (is_refused) return;
    auto rows = make_rows();
    for (size_t i = begin; i < end; ++i) {
      const uint32_t number = rows.number(i);
      if (number == kFree) {
        is_refused = true;
        return;
      }
      out.group[i] = number;
    }
    first[chunk] = rows.first();
  });
  if (is_refused) return std::nullopt;
  // In chunk order, so that groups are numbered by their first rows.
  auto all = make_rows();
  std::vector<std::vector<uint32_t>> number(chunks);
  for (size_t chunk = 0; chunk < chunks; ++chunk)
    for (const uint32_t row : first[chunk]) {
      number[chunk].push_back(all.number(row));
      if (number[chunk].back() == kFree) return std::nullopt;
    }
  context.pool->for_chunks(points.rows, kChunk, [&](size_t chunk, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) out.group[i] = number[chunk][out.group[i]];
  });
  out.first = all.first();
  return out;
}

// Σ of the weights of every group, in row order.
std::vector<double> weights_of_groups(const Grouping& grouping, std::span<const double> sample_weight,
                                      base::ThreadPool& pool) {
  std::vector<double> out(grouping.first.size());
  if (!sample_weight.empty()) {
    for (size_t i = 0; i < sample_weight.size(); ++i) out[grouping.group[i]] += sample_weight[i];
    return out;
  }
  // Ones are counted, which is as exact and can be done in parts.
  constexpr size_t kChunk = size_t{1} << 20;
  std::vector<std::vector<uint32_t>> parts(base::ThreadPool::chunk_count(grouping.group.size(), kChunk));
  pool.for_chunks(grouping.group.size(), kChunk, [&](size_t chunk, size_t begin, size_t end) {
    // Four counters, so that equal neighbours do not wait for each other; few groups, or it would not pay.
    const size_t groups = out.size(), counters = groups <= FewRows::kMost ? 4 : 1;
    std::vector<uint32_t> counts(counters * groups);
    for (size_t i = begin; i < end; ++i) ++counts[(i % counters) * groups + grouping.group[i]];
    for (size_t g = groups; g < counts.size(); ++g) counts[g % groups] += counts[g];
    counts.resize(groups);
    parts[chunk] = std::move(counts);
  });
  for (const auto& part : parts)
    for (size_t g = 0; g < part.size(); ++g) out[g] += part[g];
  return out;
}

base::Result<Grouping> grouping_of(kernels::MatrixView points, const base::Context& context) {
  COTERIE_ASSIGN(const auto reserved,
                 context.budget->reserve(points.rows * sizeof(uint32_t), "groups of equal rows"));
  if (const auto integers = SmallIntegers::of(points))
    if (auto found = group_by(points, context, [&] { return IntegerRows(points, *integers); }))
      return std::move(*found);
  if (auto found = group_by(points, context, [&] { return FewRows(points); })) return std::move(*found);
  COTERIE_ASSIGN(const auto scratch,
                 context.budget->reserve(points.rows * (sizeof(uint64_t) + 7 * sizeof(uint32_t)),
                                         "grouping equal rows"));
  return group_rows(points, hash_rows(points, context));
}

}  // namespace

base::Result<DistinctRows> distinct_rows(kernels::MatrixView points, std::span<const double> sample_weight,
                                         const base::Context& context) {
  COTERIE_CHECK_OK(context.check_cancelled());
  COTERIE_ASSIGN(Grouping grouping, grouping_of(points, context));
  const size_t distinct = grouping.first.size();
  COTERIE_ASSIGN(const auto reserved_rows,
                 context.budget->reserve(distinct * (points.cols + 1) * sizeof(double), "distinct rows"));
  DistinctRows out{kernels::Matrix(distinct, points.cols),
                   weights_of_groups(grouping, sample_weight, *context.pool),
                   {},
                   0};
  for (size_t g = 0; g < distinct; ++g) {
    for (size_t j = 0; j < points.cols; ++j) out.rows.at(g, j) = points.at(grouping.first[g], j) + 0.0;
  }
  out.positive = static_cast<size_t>(std::ranges::count_if(out.weight, [](double w) { return w > 0; }));
  out.group = std::move(grouping.group);
  return out;
}

bool pays_to_group(kernels::MatrixView points, std::span<const double> sample_weight, size_t enough) {
  constexpr size_t kFewRows = 65'536;
  constexpr size_t kSample = 4096;
  if (points.rows <= kFewRows) return true;
  std::vector<uint64_t> hashes;
  std::vector<double> row(points.cols);
  for (size_t s = 0; s < kSample; ++s) {
    const size_t i = s * points.rows / kSample;
    if (!sample_weight.empty() && sample_weight[i] == 0) continue;
    for (size_t j = 0; j < points.cols; ++j) row[j] = points.at(i, j) + 0.0;
    hashes.push_back(base::hash64({reinterpret_cast<const char*>(row.data()), row.size() * sizeof(double)}));
  }
  std::ranges::sort(hashes);
  const auto different = static_cast<size_t>(std::unique(hashes.begin(), hashes.end()) - hashes.begin());
  return different < enough || different * 20 < hashes.size() * 19;
}

}  // namespace coterie::learn
