// What was not good enough: everything unpublished, limited or missing, why, and what would help.
#include <fmt/format.h>

#include "serve/report/names.h"
#include "serve/report/page.h"
#include "serve/report/weekly_sales.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

constexpr double kWeakGroupAuc = 0.6;
constexpr double kWeakSilhouette = 0.5;

struct Limit {
  std::string what;
  std::string why;
  std::string help;
};
using Limits = std::vector<Limit>;

void add_quality(const Page& page, Limits* out) {
  const json& quality = field(page.record, {"details", "quality"});
  const double received = number_or(field(quality, "received"), 0);
  const double quarantined = number_or(field(quality, "quarantined"), 0);
  if (received > 0 && quarantined / received >= kManyQuarantined)
    out->push_back({page.say(Message::report_quality),
                    page.say(Message::report_limit_quarantine, page.format.percent(quarantined / received)),
                    page.say(Message::report_help_quarantine)});
  if (!weekly_sales(page.record).empty() && !has_amounts(page.record))
    out->push_back({page.say(Message::report_sales), page.say(Message::report_sales_no_amounts),
                    page.say(Message::report_help_amounts)});
}

void add_segments(const Page& page, Limits* out) {
  if (members_of(page.record, "rfm") == 0)
    out->push_back({page.say(Message::report_segments), page.say(Message::report_segments_none),
                    page.say(Message::report_help_history)});
  if (members_of(page.record, "clusters") == 0) {
    out->push_back({page.say(Message::report_clusters), page.say(Message::report_clusters_none),
                    page.say(Message::report_help_members)});
    return;
  }
  const auto silhouette = number(field(page.record, {"details", "clusters", "silhouette"}));
  if (silhouette && *silhouette < kWeakSilhouette)
    out->push_back(
        {page.say(Message::report_clusters),
         page.say(*silhouette < 0.25 ? Message::report_silhouette_none : Message::report_silhouette_weak,
                  page.format.decimal(*silhouette, 2)),
         page.say(Message::report_help_clusters)});
}

// Groups in which the order of the scores says little.
void add_weak_groups(const Page& page, std::string_view name, Limits* out) {
  const json& groups = field(evidence_of(page.record, name), "groups");
  if (!groups.is_array() || verdict_of(page, name) == Verdict::kNo) return;
  for (const json& group : groups)
    if (const auto auc = number(field(group, "auc")); auc && *auc < kWeakGroupAuc)
      out->push_back(
          {fmt::format("{} · {}", model_title(page, name), group_name(page, text_of(field(group, "group")))),
           page.say(Message::report_limit_weak_group, page.format.decimal(*auc, 2)),
           page.say(Message::report_help_weak_group)});
}

void add_model(const Page& page, std::string_view name, Limits* out) {
  const json& model = model_of(page.record, name);
  const json& evidence = evidence_of(page.record, name);
  const std::string title = model_title(page, name);
  const Verdict verdict = verdict_of(page, name);
  if (verdict == Verdict::kNo) {
    const bool is_worse_than_live = number_or(field(evidence, {"difference_to_live", "high"}), 0) < 0;
    out->push_back({title,
                    is_worse_than_live
                        ? page.say(Message::report_limit_worse_than_live)
                        : page.say(Message::report_verdict_no,
                                   method_name(page, text_of(field(model, {"baseline", "name"})))),
                    page.say(Message::report_help_signal)});
  }
  const json& limits = field(model, "limits");
  const bool has_limits = limits.is_array() && !limits.empty();
  if (verdict == Verdict::kNoModel && !has_limits)
    out->push_back({title, page.say(Message::report_verdict_none), page.say(Message::report_help_history)});
  if (has_limits)
    for (const json& limit : limits) {
      const bool is_calibration = text_of(field(limit, "code")) == "calibration";
      out->push_back(
          {title, limit_text(page, limit),
           page.say(is_calibration ? Message::report_help_calibration : Message::report_help_history)});
    }
  add_weak_groups(page, name, out);
}

void add_recommend(const Page& page, std::string_view task, Limits* out) {
  const json& entry = field(page.record, {"recommend", task});
  const std::string published = text_of(field(entry, "published"));
  const std::string title = task_title(page, task);
  if (published.empty()) {
    const json& limits = field(page.record, {"details", "recommend", task, "limits"});
    const std::string why = limits.is_array() && !limits.empty() ? limit_text(page, limits[0])
                                                                 : page.say(Message::report_recommend_none);
    out->push_back({title, why, page.say(Message::report_help_history)});
    return;
  }
  if (!published.starts_with("item_knn"))
    out->push_back({title, page.say(Message::report_limit_simple_method, method_name(page, published)),
                    page.say(Message::report_help_simple_method)});
  if (const auto recall = number(field(entry, {"methods", published, "recall20", "value"})))
    out->push_back({title, page.say(Message::report_limit_recall, page.format.percent(1 - *recall, 0)),
                    page.say(Message::report_help_recall)});
}

Limits limits_of(const Page& page) {
  Limits limits;
  add_quality(page, &limits);
  add_segments(page, &limits);
  for (const auto name : kModelNames) add_model(page, name, &limits);
  for (const auto task : kRecommendTasks) add_recommend(page, task, &limits);
  return limits;
}

}  // namespace

double number_of_limits(const Page& page) { return static_cast<double>(limits_of(page).size()); }

void limits_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "limits"}});
  page.heading("h2", Message::report_limits);
  const Limits limits = limits_of(page);
  if (limits.empty()) return page.paragraph(page.say(Message::report_limits_none));
  HtmlTable table(page.html, page.say(Message::report_limits_table),
                  {{page.say(Message::report_what)},
                   {page.say(Message::report_why), HtmlTable::Kind::kText},
                   {page.say(Message::report_help), HtmlTable::Kind::kText}});
  for (const Limit& limit : limits) table.row({limit.what, limit.why, limit.help});
}

}  // namespace coterie::serve
