// What changed, in words and table cells: the same for the report and for the command line.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/messages.h"
#include "serve/report/format.h"

namespace coterie::serve {

/// Headings and cells; the columns in `numbers` are set to the right.
struct WordTable {
  std::vector<std::string> headings;
  std::vector<bool> numbers;
  std::vector<std::vector<std::string>> rows;
};

/// The words for a record's "changes" (docs/run.md), or for those of `coterie changes --since`. Pure; nothing throws on a
/// record that a run wrote. `record` names the segments; both outlive this.
class ChangesWords {
 public:
  ChangesWords(const nlohmann::json& record, const nlohmann::json& changes, base::Language language);

  /// "From 2025-11-30 (run 7) to 2025-12-31".
  std::string since() const;
  /// Of one entry of changes.segments: members of each segment then and now, who came and left.
  WordTable flow(const nlohmann::json& method) const;
  /// The largest moves between segments, or "".
  std::string largest_moves(const nlohmann::json& method) const;
  /// Features and scores that moved more than is slight; no rows when there are none.
  WordTable drift() const;
  /// Sentences, at least one.
  std::vector<std::string> behavior() const;
  std::vector<std::string> quality() const;

 private:
  template <class... Args>
  std::string say(base::Message message, const Args&... args) const {
    return base::format_text(message, language_, args...);
  }
  std::string named(std::string_view prefix, const std::string& name) const;
  std::string place(const std::string& name) const;
  std::string place_before(const nlohmann::json& method, const std::string& name) const;
  std::string remark(const nlohmann::json& segment) const;
  void quality_of_imports(std::vector<std::string>* out) const;
  void quality_of_weeks(std::vector<std::string>* out) const;

  const nlohmann::json& record_;
  const nlohmann::json& changes_;
  base::Language language_;
  Format format_;
  std::map<std::string, std::string> labels_;  // of today's segments by name
};

}  // namespace coterie::serve
