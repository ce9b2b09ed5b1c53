#include "collect/flag_queries.h"

#include <fmt/core.h>

#include <boost/algorithm/string/replace.hpp>

#include "base/embedded_file.h"

namespace coterie::collect {

namespace rule_files {
std::span<const base::EmbeddedFile> embedded_files();  // rules/, by cmake/embed.cmake
}

namespace {

std::string sql(std::string_view file) {
  for (const base::EmbeddedFile& embedded : rule_files::embedded_files())
    if (embedded.name == file) return std::string(embedded.text);
  return {};
}

}  // namespace

std::vector<store::FlagQuery> flag_queries(const data::CleaningSettings& settings) {
  std::vector<store::FlagQuery> out;
  const auto add = [&](data::Rule rule, std::string_view column, std::string reason) {
    if (settings.action(rule) == data::RuleAction::kOff) return;
    const data::RuleInfo& info = data::info(rule);
    std::string select = sql(fmt::format("{}.sql", info.key));
    boost::replace_all(select, "{bot_rate}", std::to_string(settings.bot_rate));
    boost::replace_all(select, "{amount_bounds}", std::to_string(settings.amount_bounds));
    out.push_back({std::string(info.key), std::string(column), std::move(reason), std::move(select),
                   std::string(info.trait)});
  };
  add(data::Rule::kBotRate, "user_id",
      fmt::format("user_id: acts in {} or more seconds of ten minutes; a program, or an id that many share",
                  settings.bot_rate));
  add(data::Rule::kBotRegularity, "user_id",
      "user_id: 100 gaps between acts in a row are equal within a tenth; a program");
  add(data::Rule::kAmountBounds, "unit_price",
      fmt::format("unit_price: {} times or more above or below the item's median, and beyond its spread",
                  settings.amount_bounds));
  return out;
}

}  // namespace coterie::collect
