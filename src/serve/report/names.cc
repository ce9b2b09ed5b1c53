#include "serve/report/names.h"

#include <cmath>

#include "learn/cluster/stability.h"
#include "profile/feature_catalog.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

constexpr std::string_view kMissingSuffix = " is missing";

std::string known_or(const Page& page, std::string_view prefix, std::string_view name) {
  const std::string_view known = base::text_by_key(std::string(prefix) + std::string(name), page.language);
  return std::string(known.empty() ? name : known);
}

}  // namespace

std::string feature_name(const Page& page, std::string_view column) {
  if (column.ends_with(kMissingSuffix))
    return page.say(Message::report_feature_unknown,
                    known_or(page, "name_", column.substr(0, column.size() - kMissingSuffix.size())));
  return known_or(page, "name_", column);
}

std::string feature_value(const Page& page, std::string_view feature, double value) {
  for (const auto& info : profile::kFeatureCatalog) {
    if (info.name != feature) continue;
    if (info.unit == profile::Unit::kMoney)
      return has_amounts(page.record) ? page.format.money(value, std::abs(value) < 100 ? 2 : 0) : "–";
    if (info.unit == profile::Unit::kShare) return page.format.percent(value);
    if (info.unit == profile::Unit::kDays) return page.format.count(value);
  }
  return page.format.brief(value);
}

std::string behavior_name(const Page& page, std::string_view behavior) {
  return known_or(page, "report_behavior_", behavior);
}

std::string rule_meaning(const Page& page, std::string_view rule) {
  return known_or(page, "cleaning_", rule);
}

std::string segment_name(const Page& page, std::string_view segment) {
  return known_or(page, "segment_", segment);
}

std::string segment_label(const Page& page, const json& segment) {
  const std::string label = text_of(field(segment, {"label", base::to_string(page.language)}));
  return label.empty() ? segment_name(page, text_of(field(segment, "name"))) : label;
}

std::string stability_text(const Page& page, const json& segment) {
  const auto stability = number(field(segment, "stability"));
  if (!stability) return "–";
  const std::string value = page.format.decimal(*stability, 2);
  return field(segment, "is_stable") == true ? value : page.say(Message::cli_unstable, value);
}

std::string description_note(const Page& page, std::string_view method) {
  const json& told = field(page.record, {"descriptions", method});
  if (!told.is_object()) return "";
  const auto share = [&](const char* of) { return page.format.percent(number_or(field(told, of), 0)); };
  return page.say(
      field(told, "is_hard_to_describe") == true ? Message::division_hard : Message::division_described,
      page.format.count(number_or(field(told, "depth"), 0)), share("accuracy"), share("cross_validated"),
      share("largest_share"));
}

std::string stability_note(const Page& page) {
  return page.say(Message::report_stability_note, page.format.decimal(learn::kStableJaccard, 2));
}

std::string group_name(const Page& page, std::string_view group) {
  return known_or(page, "report_group_", group);
}

std::string method_name(const Page& page, std::string_view method) {
  return known_or(page, "report_method_", method);
}

std::string model_title(const Page& page, std::string_view model) {
  const double days =
      number_or(field(evidence_of(page.record, model), "horizon_days"), model == "churn" ? 90 : 30);
  const std::string title = page.say_key("report_model_" + std::string(model), page.format.count(days));
  return title.empty() ? std::string(model) : title;
}

std::string task_title(const Page& page, std::string_view task) {
  return known_or(page, "report_task_", task);
}

Verdict verdict_of(const Page& page, std::string_view model) {
  const json& entry = model_of(page.record, model);
  if (!measured(field(entry, {"metrics", "auc"}))) return Verdict::kNoModel;
  const std::string published = text_of(field(entry, "published"));
  if (published == "yes") return Verdict::kYes;
  return published == "ranking" ? Verdict::kRanking : Verdict::kNo;
}

std::string limit_text(const Page& page, const json& limit) {
  return text_of(field(limit, base::to_string(page.language)));
}

}  // namespace coterie::serve
