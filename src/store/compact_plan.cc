#include "store/compact_plan.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"

namespace coterie::store {

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPlanName = "plan.json";

json to_json(const std::optional<EventSpan>& span) {
  return span ? json{span->first_bucket, span->last_bucket, span->first_ts, span->last_ts} : json();
}

std::optional<EventSpan> span_of(const json& span) {
  if (span.is_null()) return std::nullopt;
  return EventSpan{span.at(0), span.at(1), span.at(2), span.at(3)};
}

json to_json(const std::vector<CompactPlan::File>& files) {
  json out = json::array();
  for (const auto& file : files)
    out.push_back({{"name", file.name},
                   {"rows", file.content.rows},
                   {"sum", file.content.sum},
                   {"bytes", file.bytes},
                   {"checksum", file.checksum},
                   {"span", to_json(file.span)}});
  return out;
}

// Up to the first that is not what the plan says.
std::vector<CompactPlan::File> sound_files(const fs::path& folder, const json& files) {
  std::vector<CompactPlan::File> out;
  for (const json& entry : files) {
    CompactPlan::File file{entry.at("name"),
                           {entry.at("rows"), entry.at("sum")},
                           entry.at("bytes"),
                           entry.at("checksum"),
                           span_of(entry.at("span"))};
    if (file.content.rows > 0) {
      std::error_code code;
      if (fs::file_size(folder / file.name, code) != file.bytes || code) break;
      const auto checksum = base::checksum_file(folder / file.name);
      if (!checksum || *checksum != file.checksum) break;
    }
    out.push_back(std::move(file));
  }
  return out;
}

}  // namespace

std::optional<CompactPlan> load_plan(const fs::path& folder, const CompactPlan& wanted) {
  const auto text = base::read_file(folder / kPlanName);
  if (!text) return std::nullopt;
  const json known = json::parse(*text, nullptr, false);
  try {
    if (known.at("kind") != folder_name(wanted.kind) || known.at("inputs") != wanted.inputs ||
        known.at("ranges") != wanted.ranges)
      return std::nullopt;
    CompactPlan plan = wanted;
    plan.input = {known.at("rows"), known.at("sum")};
    plan.sorted = sound_files(folder, known.at("sorted"));
    plan.outputs = sound_files(folder, known.at("outputs"));
    return plan;
  } catch (const json::exception&) {
    return std::nullopt;  // not of ours, or of another version: begin anew
  }
}

base::Status save_plan(const fs::path& folder, const CompactPlan& plan) {
  const json out = {{"kind", folder_name(plan.kind)},  {"inputs", plan.inputs},
                    {"ranges", plan.ranges},           {"rows", plan.input.rows},
                    {"sum", plan.input.sum},           {"sorted", to_json(plan.sorted)},
                    {"outputs", to_json(plan.outputs)}};
  return base::write_file_durably(folder / kPlanName, out.dump() + "\n");
}

}  // namespace coterie::store
