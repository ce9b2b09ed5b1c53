// One hash a row, on all threads; then one pass over an open-addressing table of row numbers.
#include "learn/cluster/distinct_rows.h"

#include <algorithm>
#include <bit>

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
  std::vector<uint32_t> group;
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

}  // namespace

base::Result<DistinctRows> distinct_rows(kernels::MatrixView points, std::span<const double> sample_weight,
                                         const base::Context& context) {
  COTERIE_CHECK_OK(context.check_cancelled());
  const size_t scratch = points.rows * (sizeof(uint64_t) + 8 * sizeof(uint32_t));
  COTERIE_ASSIGN(const auto reserved, context.budget->reserve(scratch, "grouping equal rows"));
  Grouping grouping = group_rows(points, hash_rows(points, context));
  const size_t distinct = grouping.first.size();
  COTERIE_ASSIGN(const auto reserved_rows,
                 context.budget->reserve(distinct * (points.cols + 1) * sizeof(double), "distinct rows"));
  DistinctRows out{kernels::Matrix(distinct, points.cols), std::vector<double>(distinct), {}, 0};
  for (size_t g = 0; g < distinct; ++g) {
    for (size_t j = 0; j < points.cols; ++j) out.rows.at(g, j) = points.at(grouping.first[g], j) + 0.0;
  }
  for (size_t i = 0; i < points.rows; ++i) {
    out.weight[grouping.group[i]] += sample_weight.empty() ? 1.0 : sample_weight[i];
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
  const auto different = static_cast<size_t>(std::ranges::unique(hashes).begin() - hashes.begin());
  return different < enough || different * 20 < hashes.size() * 19;
}

}  // namespace coterie::learn
