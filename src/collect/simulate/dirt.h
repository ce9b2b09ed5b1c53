// What goes wrong in real exports, planted at seeded places: additional lines that cleaning must find.
//
// Dirt is always a spoilt copy of a good line, which stays; so the events of a dirty shop are those of the
// clean one.
#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"
#include "collect/simulate/csv_writer.h"

namespace coterie::collect::simulate {

/// One kind a cleaning rule; the test account is for people to find, since its lines are well formed.
enum class Flaw : uint8_t {
  kRepeat,
  kCut,
  kMissingId,
  kTime,
  kTimeRange,
  kNumber,
  kPrice,
  kQuantity,
  kTestAccount
};

/// Not thread safe.
class Dirt {
 public:
  /// `share`: of all lines, 0 to 0.5.
  Dirt(double share, uint64_t seed) : chance_(share / (1.0 - share)), seed_(seed), rng_(0) {}

  void begin_day(uint32_t day);

  /// After the good line `line` of `row` was written: perhaps appends a spoilt one to `out`.
  void maybe_append(const Row& row, std::string_view line, CsvWriter& writer, std::string& out);

 private:
  std::string spoil(const Row& row, Flaw flaw, CsvWriter& writer);

  double chance_;
  uint64_t seed_;
  base::Random rng_;
};

}  // namespace coterie::collect::simulate
