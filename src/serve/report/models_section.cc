// Purchase and churn: who was asked about, how good the answer is, against what, and what drives it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "serve/report/model_charts.h"
#include "serve/report/names.h"
#include "serve/report/page.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

void verdict(const Page& page, std::string_view name) {
  const json& model = model_of(page.record, name);
  switch (verdict_of(page, name)) {
    case Verdict::kYes:
      page.html.leaf("p", page.say(Message::report_verdict_yes), {{"class", "verdict yes"}});
      return;
    case Verdict::kRanking:
      page.html.leaf("p", page.say(Message::report_verdict_ranking), {{"class", "verdict ranking"}});
      return;
    case Verdict::kNo:
      page.html.leaf("p",
                     page.say(Message::report_verdict_no,
                              method_name(page, text_of(field(model, {"baseline", "name"})))),
                     {{"class", "verdict no"}});
      return;
    case Verdict::kNoModel:
      page.html.leaf("p", page.say(Message::report_verdict_none), {{"class", "verdict no"}});
      return;
  }
}

// Who learns, who judges, and when.
void population(const Page& page, std::string_view name, const json& evidence) {
  const Format& f = page.format;
  const std::string horizon = f.count(number_or(field(evidence, "horizon_days"), 0));
  const double active_days = number_or(field(evidence, "active_days"), 0);
  std::string text = active_days > 0 ? page.say(Message::report_population_active, f.count(active_days))
                                     : page.say(Message::report_population_buyers);
  text += page.gap();
  text += page.say_key("report_positive_" + std::string(name), horizon);
  page.paragraph(text);
  if (!field(evidence, "split").is_object()) return;
  HtmlTable table(page.html, page.say(Message::report_split),
                  {{page.say(Message::report_split_part)},
                   {page.say(Message::report_split_date)},
                   {page.say(Message::report_members), HtmlTable::Kind::kNumber},
                   {page.say(Message::cli_positive), HtmlTable::Kind::kNumber},
                   {page.say(Message::cli_share), HtmlTable::Kind::kNumber}});
  for (const auto& [part, label] :
       {std::pair("train", Message::report_split_train), std::pair("test", Message::report_split_test)}) {
    const json& split = field(evidence, {"split", part});
    const double users = number_or(field(split, "users"), 0),
                 positive = number_or(field(split, "positive"), 0);
    const std::string as_of = text_of(field(split, "as_of"));
    table.row({page.say(label),
               {f.date(as_of), as_of},
               f.count(users),
               f.count(positive),
               users > 0 ? f.percent(positive / users) : "–"});
  }
  if (const auto scored = number(field(evidence, "scored")))
    table.row({page.say(Message::report_split_scored), f.date(text_of(field(page.record, "as_of"))),
               f.count(*scored), "–", "–"});
}

void metrics(const Page& page, const json& evidence) {
  HtmlTable table(page.html, page.say(Message::report_metrics),
                  {{page.say(Message::cli_metric)},
                   {page.say(Message::report_value_interval), HtmlTable::Kind::kNumber},
                   {page.say(Message::cli_meaning), HtmlTable::Kind::kText}});
  for (const auto& [key, label, meaning] :
       {std::tuple("auc", Message::report_auc, Message::report_auc_meaning),
        std::tuple("pr_auc", Message::report_pr_auc, Message::report_pr_auc_meaning),
        std::tuple("lift10", Message::report_lift10, Message::report_lift10_meaning),
        std::tuple("log_loss", Message::report_log_loss, Message::report_log_loss_meaning),
        std::tuple("brier", Message::report_brier, Message::report_brier_meaning)})
    if (const auto value = measured(field(evidence, {"metrics", key})))
      table.row({page.say(label), page.format.measured(*value, std::string_view(key) == "lift10" ? 2 : 3),
                 page.say(meaning)});
}

void baselines(const Page& page, const json& evidence) {
  const json& entries = field(evidence, "baselines");
  if (!entries.is_array() || entries.empty()) return;
  HtmlTable table(page.html, page.say(Message::report_baselines),
                  {{page.say(Message::report_simple_rule)},
                   {page.say(Message::report_baseline_auc), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_model_ahead), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_beyond_chance)}});
  for (const json& entry : entries) {
    const auto auc = measured(field(entry, "auc"));
    const auto difference = measured(field(entry, "difference"));
    table.row({method_name(page, text_of(field(entry, "name"))), auc ? page.format.measured(*auc) : "–",
               difference ? page.format.measured_difference(*difference) : "–",
               !difference ? "–" : page.say(difference->low > 0 ? Message::cli_yes : Message::cli_no)});
  }
}

// Coefficients as bars to the left (lowers) and to the right (raises).
void drivers(const Page& page, std::string_view name, const json& evidence) {
  const json& entries = field(evidence, "drivers");
  if (!entries.is_array() || entries.empty()) return;
  page.heading("h4", Message::report_drivers);
  page.paragraph(page.say_key("report_drivers_" + std::string(name)));
  double longest = 0;
  for (const json& entry : entries) longest = std::max(longest, std::abs(number_or(field(entry, "coef"), 0)));
  HtmlTable table(page.html, page.say(Message::report_drivers_table),
                  {{page.say(Message::cli_feature)},
                   {page.say(Message::report_effect), HtmlTable::Kind::kCentred},
                   {page.say(Message::report_coefficient), HtmlTable::Kind::kNumber}});
  for (const json& entry : entries) {
    const double coef = number_or(field(entry, "coef"), 0);
    const double width = longest > 0 ? 50 * std::abs(coef) / longest : 0;
    const auto row = table.open_row();
    table.head_cell(feature_name(page, text_of(field(entry, "column"))));
    {
      const auto td =
          page.html.element("td", {{"class", "two-way"}, {"data-value", fmt::format("{}", coef)}});
      page.html.leaf(
          "i", "",
          {{"class", coef < 0 ? "bar lowers" : "bar raises"},
           {"style", fmt::format("width:{:.1f}%;margin-left:{:.1f}%", width, coef < 0 ? 50 - width : 50)}});
    }
    table.cell(2, page.format.signed_decimal(coef, 2));
  }
}

void groups(const Page& page, const json& evidence) {
  const json& entries = field(evidence, "groups");
  if (!entries.is_array() || entries.empty()) return;
  page.heading("h4", Message::report_groups);
  HtmlTable table(page.html, page.say(Message::report_groups_table),
                  {{page.say(Message::report_group)},
                   {page.say(Message::report_members), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_mean_predicted), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_observed_rate), HtmlTable::Kind::kNumber},
                   {"AUC", HtmlTable::Kind::kNumber}});
  const auto share = [&](const json& value) {
    const auto rate = number(value);
    return rate ? page.format.percent(*rate) : std::string("–");
  };
  for (const json& entry : entries) {
    const auto auc = number(field(entry, "auc"));
    table.row({group_name(page, text_of(field(entry, "group"))),
               page.format.count(number_or(field(entry, "users"), 0)), share(field(entry, "mean_predicted")),
               share(field(entry, "observed_rate")),
               auc ? page.format.decimal(*auc, 3) : page.say(Message::report_one_outcome)});
  }
}

void limits(const Page& page, const json& model) {
  const json& entries = field(model, "limits");
  if (!entries.is_array() || entries.empty()) return;
  page.heading("h4", Message::report_known_limits);
  const auto list = page.html.element("ul");
  for (const json& entry : entries) page.html.leaf("li", limit_text(page, entry));
}

void model_part(const Page& page, std::string_view name) {
  const auto article = page.html.element("article", {{"id", fmt::format("model-{}", name)}});
  page.html.leaf("h3", model_title(page, name));
  const json& evidence = evidence_of(page.record, name);
  verdict(page, name);
  if (evidence.is_object()) population(page, name, evidence);
  if (verdict_of(page, name) != Verdict::kNoModel) {
    metrics(page, evidence);
    baselines(page, evidence);
    {
      const auto charts = page.html.element("div", {{"class", "charts"}});
      draw_roc(page, evidence);
      draw_calibration(page, evidence);
      draw_lift(page, evidence);
    }
    drivers(page, name, evidence);
    groups(page, evidence);
  }
  limits(page, model_of(page.record, name));
}

}  // namespace

void models_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "models"}});
  page.heading("h2", Message::report_models);
  page.paragraph(page.say(Message::report_models_text));
  for (const auto name : kModelNames) model_part(page, name);
}

}  // namespace coterie::serve
