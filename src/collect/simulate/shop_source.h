// The stream behind make_shop_source, for tests that weigh methods against the truth. Nothing else may
// include it.
#pragma once

#include <span>
#include <string>

#include "collect/simulate/csv_writer.h"
#include "collect/simulate/dirt.h"
#include "collect/simulate/other_tables.h"
#include "collect/simulate/simulation.h"
#include "collect/text_source.h"

namespace coterie::collect::simulate {

/// Not thread safe, not movable: its parts refer to its truth.
class ShopSource final : public ShopText {
 public:
  /// The options are valid.
  ShopSource(const ShopProfile& profile, const GenerateOptions& options, OtherTables others = {});
  ShopSource(const ShopSource&) = delete;
  ShopSource& operator=(const ShopSource&) = delete;

  const std::string& name() const override { return name_; }
  base::Result<size_t> read(std::span<char> buffer) override;

  base::Status write_truth(const std::filesystem::path& folder) const override;

  uint64_t texts() const override { return others_.texts(); }
  uint64_t links() const override { return others_.links(); }

  /// Drop-out days are complete when the stream has ended.
  const ShopTruth& truth() const { return truth_; }

 private:
  base::Result<bool> write_more();  // fills text_; false at the end
  base::Status begin_day();

  std::string name_ = "generate";
  GenerateOptions options_;
  ShopTruth truth_;
  Simulation simulation_;
  CsvWriter writer_;
  Dirt dirt_;
  OtherTables others_;
  uint32_t day_ = 0;           // the next to be simulated
  std::span<const Row> rows_;  // of the current day, not yet written
  std::string text_;           // written, not yet read
  size_t text_at_ = 0;
};

}  // namespace coterie::collect::simulate
