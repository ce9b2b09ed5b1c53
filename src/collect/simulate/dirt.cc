#include "collect/simulate/dirt.h"

#include <algorithm>
#include <vector>

#include "collect/simulate/streams.h"

namespace coterie::collect::simulate {

namespace {

// Cumulative weights in the order of Flaw.
constexpr double kFlaws[] = {0.34, 0.42, 0.52, 0.60, 0.68, 0.76, 0.84, 0.92, 1.0};

constexpr std::string_view kBadTimes[] = {"0000-00-00 00:00:00", "2025-13-45T25:61:00", "yesterday", "N/A"};
constexpr std::string_view kFarTimes[] = {"1970-01-01T00:00:00+08:00", "2099-12-31T23:59:59+08:00"};
constexpr std::string_view kBadNumbers[] = {"three", "1O", "2..5", "?"};
constexpr std::string_view kBadPrices[] = {"-0.01", "-1.00", "-39.90"};
constexpr std::string_view kBadQuantities[] = {"0", "-1", "-3"};

// Positions in kShopHeader.
enum Column {
  kUserId = 1,
  kTimestamp = 4,
  kQuantityColumn = 6,
  kUnitPrice = 7,
  kOrderId = 9,
  kSessionId = 10
};

template <size_t n>
std::string_view one_of(const std::string_view (&words)[n], base::Random& rng) {
  return words[rng.below(n)];
}

// Replaces a field of a line without quoted fields.
void set_field(std::string& line, uint32_t column, std::string_view value) {
  size_t begin = 0;
  for (uint32_t i = 0; i < column; ++i) begin = line.find(',', begin) + 1;
  line.replace(begin, line.find(',', begin) - begin, value);
}

bool needs_order_line(Flaw flaw) {
  return flaw == Flaw::kNumber || flaw == Flaw::kPrice || flaw == Flaw::kQuantity;
}

}  // namespace

void Dirt::begin_day(uint32_t day) { rng_ = stream(seed_, Purpose::kDirt, day); }

void Dirt::maybe_append(const Row& row, std::string_view line, CsvWriter& writer, std::string& out) {
  if (!rng_.chance(chance_)) return;
  auto flaw = static_cast<Flaw>(rng_.categorical(kFlaws));
  if (needs_order_line(flaw) && row.item == kNoItem) flaw = Flaw::kMissingId;
  if (flaw == Flaw::kRepeat) {
    out.append(std::string(line));  // a copy: `line` may lie in `out`
    return;
  }
  Row spoilt = row;
  spoilt.who = Who::kMember;
  if (needs_order_line(flaw) && row.behavior != Behavior::kBuy) {
    spoilt.behavior = Behavior::kBuy;
    spoilt.quantity = 1;
    spoilt.unit_price = 1990;
    spoilt.discount = 0;
    spoilt.rating = 0;
  }
  out.append(spoil(spoilt, flaw, writer));
}

std::string Dirt::spoil(const Row& row, Flaw flaw, CsvWriter& writer) {
  std::string line = writer.plain_line(row);
  switch (flaw) {
    case Flaw::kRepeat: break;
    case Flaw::kCut: {
      // Somewhere between the behavior and the last field that is always there.
      const size_t from = line.find("+08:00") - 12, to = line.size() - 11;
      line.resize(from + rng_.below(to - from));
      line.push_back('\n');
      break;
    }
    case Flaw::kMissingId: set_field(line, kUserId, ""); break;
    case Flaw::kTime: set_field(line, kTimestamp, one_of(kBadTimes, rng_)); break;
    case Flaw::kTimeRange: set_field(line, kTimestamp, one_of(kFarTimes, rng_)); break;
    case Flaw::kNumber: set_field(line, kQuantityColumn, one_of(kBadNumbers, rng_)); break;
    case Flaw::kPrice: set_field(line, kUnitPrice, one_of(kBadPrices, rng_)); break;
    case Flaw::kQuantity: set_field(line, kQuantityColumn, one_of(kBadQuantities, rng_)); break;
    case Flaw::kTestAccount:
      set_field(line, kUserId, "test");
      set_field(line, kSessionId, "");
      set_field(line, kOrderId, row.order == 0 ? "" : "test-order");
      break;
  }
  return line;
}

}  // namespace coterie::collect::simulate
