// The tables of a generated shop beside its events: what members wrote, who brought whom, and, for tests and studies
// alone, what is planted in the texts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/aside_file.h"
#include "collect/simulate/simulation.h"

namespace coterie::collect::simulate {

/// Files that appear whole when all is written. Not thread safe. Memory: what one day writes.
class OtherTables {
 public:
  /// Writes nothing.
  OtherTables() = default;

  /// Errors: kAlreadyExists (texts, links), and of the disk. The truth replaces an older one.
  static base::Result<OtherTables> create(const ShopFiles& files);

  /// The texts of the day's rows, and its links.
  base::Status append_day(const ShopTruth& truth, uint32_t day, std::span<const Row> rows,
                          std::span<const Link> links);

  /// Once, after the last day.
  base::Status commit();

  uint64_t texts() const { return text_count_; }
  uint64_t links() const { return link_count_; }

 private:
  void append_text_of(const ShopTruth& truth, std::string_view date, const Row& row);

  std::unique_ptr<TextWriter> writer_;  // where texts are written
  std::optional<base::AsideFile> texts_, links_, text_truth_;
  std::string text_lines_, link_lines_, truth_lines_;
  WrittenText text_;
  uint64_t text_count_ = 0, link_count_ = 0;
};

}  // namespace coterie::collect::simulate
