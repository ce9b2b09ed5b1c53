#include "collect/import_details.h"

#include <nlohmann/json.hpp>

namespace coterie::collect {

using nlohmann::json;

std::string import_details(const ImportPlan& plan, const ImportOptions& options) {
  json columns = json::array(), behaviors = json::array();
  for (const ColumnChoice& choice : options.columns)
    columns.push_back(json::array({choice.design, choice.file_column}));
  for (const BehaviorChoice& choice : options.behaviors)
    behaviors.push_back(json::array({choice.file_value, choice.behavior}));
  const json out = {{"format", plan.format},
                    {"header", plan.header},
                    {"delimiter", std::string(1, plan.delimiter)},
                    {"repeats", plan.preset.repeats == data::Repeats::kKeep ? "keep" : "drop"},
                    {"preset_text", plan.preset_text},
                    {"columns", columns},
                    {"behaviors", behaviors}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

base::Result<RecordedImport> parse_import_details(std::string_view text) {
  try {
    const json details = json::parse(text);
    RecordedImport out;
    details.at("header").get_to(out.header);
    out.options.preset = details.at("preset").get<std::string>();
    out.options.preset_text = details.at("preset_text").get<std::string>();
    out.options.delimiter = details.at("delimiter").get<std::string>().at(0);
    const bool keeps = details.at("repeats").get<std::string>() == "keep";
    out.options.repeats = keeps ? data::Repeats::kKeep : data::Repeats::kDrop;
    for (const json& choice : details.at("columns"))
      out.options.columns.push_back({choice.at(0).get<std::string>(), choice.at(1).get<std::string>()});
    for (const json& choice : details.at("behaviors"))
      out.options.behaviors.push_back({choice.at(0).get<std::string>(), choice.at(1).get<std::string>()});
    return out;
  } catch (const std::exception&) {
    return base::error(base::Code::kFailedPrecondition, "its record does not say how it was read");
  }
}

}  // namespace coterie::collect
