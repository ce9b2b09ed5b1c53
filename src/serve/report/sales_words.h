// Sales and cohorts in words and table cells: the same for the command line and for the report.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/messages.h"
#include "serve/report/changes_words.h"
#include "serve/report/format.h"

namespace coterie::serve {

/// The words for a record's "sales" (docs/run.md), or for what `coterie sales` computed. Pure; a part that is null gives a
/// table without rows and no sentences. `sales` outlives this.
class SalesWords {
 public:
  /// `sign_of` is the currency whose sign amounts carry, "" for none.
  SalesWords(const nlohmann::json& sales, base::Language language, std::string_view sign_of = "");

  /// "Sales known until 2011-12-09, amounts in GBP".
  std::string until() const;
  /// The last `most` periods and all of them added up.
  WordTable periods(size_t most) const;
  /// Which of them are shown, when not all are; else "".
  std::string periods_shown(size_t most) const;
  WordTable weekdays() const;
  std::vector<std::string> shifts() const;
  /// The last `most` months of first purchases and as many months since.
  WordTable cohorts(size_t most) const;
  std::string second_purchase() const;
  WordTable second_purchase_shares() const;
  std::string gaps() const;
  WordTable gap_histogram() const;
  WordTable abc() const;
  std::vector<std::string> gini() const;
  WordTable funnel() const;
  /// What is left out, and why.
  std::vector<std::string> limits() const;

 private:
  template <class... Args>
  std::string say(base::Message message, const Args&... args) const {
    return base::format_text(message, language_, args...);
  }
  std::string named(std::string_view prefix, std::string_view name) const;
  std::string money(const nlohmann::json& value) const;
  std::string count(const nlohmann::json& value) const;
  std::string share(const nlohmann::json& value) const;
  std::string period(const nlohmann::json& period) const;
  std::string days_or_unknown(const nlohmann::json& value) const;
  std::vector<std::string> period_cells(std::string heading, const nlohmann::json& sums) const;
  void add_classes(const nlohmann::json& found, base::Message label, WordTable* out) const;

  const nlohmann::json& sales_;
  base::Language language_;
  Format format_;
};

}  // namespace coterie::serve
