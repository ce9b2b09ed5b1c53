// Recommendations: every method on the same test, which one is published and why, and examples with names.
#include <fmt/format.h>

#include <algorithm>

#include "serve/report/chart.h"
#include "serve/report/names.h"
#include "serve/report/page.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

// In the order they were tried, simple ones first; what was not compared comes last.
std::vector<std::string> methods_in_order(const json& methods, const json& comparisons) {
  std::vector<std::string> order;
  const auto add = [&](const std::string& name) {
    if (!field(methods, name).is_null() && std::find(order.begin(), order.end(), name) == order.end())
      order.push_back(name);
  };
  if (comparisons.is_array() && !comparisons.empty()) add(text_of(field(comparisons[0], "against")));
  if (comparisons.is_array())
    for (const json& comparison : comparisons) add(text_of(field(comparison, "method")));
  for (const auto& [name, metrics] : methods.items()) add(name);
  return order;
}

void method_table(const Page& page, const json& methods, const std::vector<std::string>& order,
                  const std::string& published) {
  HtmlTable table(page.html, page.say(Message::report_methods_table),
                  {{page.say(Message::cli_method)},
                   {"Recall@20", HtmlTable::Kind::kNumber},
                   {"NDCG@20", HtmlTable::Kind::kNumber},
                   {"MRR@20", HtmlTable::Kind::kNumber},
                   {page.say(Message::cli_coverage), HtmlTable::Kind::kNumber}});
  for (const std::string& name : order) {
    const std::string label = method_name(page, name);
    std::vector<HtmlTable::Cell> cells = {name == published ? page.say(Message::report_published_mark, label)
                                                            : label};
    for (const std::string_view metric : {"recall20", "ndcg20", "mrr20", "coverage"}) {
      const auto value = measured(field(methods, {name, metric}));
      cells.push_back(value ? page.format.measured_share(*value) : "–");
    }
    table.row(cells, name == published ? "marked" : "");
  }
}

void recall_chart(const Page& page, const json& methods, const std::vector<std::string>& order,
                  const std::string& published) {
  std::vector<IntervalRow> rows;
  double high = 0;
  for (const std::string& name : order)
    if (const auto recall = measured(field(methods, {name, "recall20"}))) {
      rows.push_back({method_name(page, name), page.format.percent(recall->value), recall->value, recall->low,
                      recall->high, name == published});
      high = std::max(high, recall->high);
    }
  if (rows.empty()) return;
  Axis scale;
  for (const double value : round_ticks(0, high, 4))
    scale.ticks.push_back({value, page.format.percent(value, 0)});
  scale.high = scale.ticks.back().value;
  draw_intervals(page.html, page.say(Message::report_recall_chart),
                 page.say(Message::report_recall_chart_text), scale, rows);
}

void comparisons_table(const Page& page, const json& comparisons) {
  if (!comparisons.is_array() || comparisons.empty()) return;
  const auto details = page.html.element("details");
  page.html.leaf("summary", page.say(Message::report_comparisons));
  HtmlTable table(page.html, page.say(Message::report_comparisons_table),
                  {{page.say(Message::report_challenger)},
                   {page.say(Message::report_best_so_far)},
                   {page.say(Message::report_recall_difference), HtmlTable::Kind::kNumber},
                   {page.say(Message::report_outcome), HtmlTable::Kind::kText}});
  for (const json& comparison : comparisons) {
    const auto difference = measured(field(comparison, "recall20_difference"));
    const Message outcome = !difference            ? Message::report_outcome_unclear
                            : difference->low > 0  ? Message::report_outcome_better
                            : difference->high < 0 ? Message::report_outcome_worse
                                                   : Message::report_outcome_unclear;
    table.row({method_name(page, text_of(field(comparison, "method"))),
               method_name(page, text_of(field(comparison, "against"))),
               difference
                   ? page.say(Message::report_interval_to, page.format.points(difference->value),
                              page.format.points(difference->low), page.format.points(difference->high))
                   : "–",
               page.say(outcome)});
  }
}

void task_part(const Page& page, std::string_view task) {
  page.html.leaf("h3", task_title(page, task));
  page.paragraph(page.say_key("report_task_text_" + std::string(task)));
  const json& entry = field(page.record, {"recommend", task});
  const json& evidence = field(page.record, {"details", "recommend", task});
  const json& methods = field(entry, "methods");
  if (!methods.is_object() || methods.empty()) {
    page.html.leaf("p", page.say(Message::report_recommend_none), {{"class", "verdict no"}});
    return;
  }
  const std::string published = text_of(field(entry, "published"));
  const json& comparisons = field(evidence, "comparisons");
  const auto order = methods_in_order(methods, comparisons);
  page.html.leaf("p",
                 published.empty()
                     ? page.say(Message::report_recommend_none)
                     : page.say(Message::report_recommend_published, method_name(page, published),
                                page.say_key("report_how_" + published)),
                 {{"class", published.empty() ? "verdict no" : "verdict yes"}});
  page.paragraph(page.say(Message::report_recommend_split,
                          page.format.date(text_of(field(evidence, {"split", "test"}))),
                          page.format.count(number_or(field(evidence, {"split", "horizon_days"}), 30)),
                          page.format.count(number_or(field(entry, "users"), 0)),
                          page.format.count(number_or(field(entry, "products"), 0))));
  recall_chart(page, methods, order, published);
  method_table(page, methods, order, published);
  page.note(page.say(Message::report_recommend_why));
  comparisons_table(page, comparisons);
}

// The name where there is one; names come from the shop's files, so they are kept apart from the text around
// them.
void item_name(const Page& page, const json& item) {
  const std::string name = text_of(field(item, "name"));
  page.html.leaf("bdi", name.empty() ? text_of(field(item, "item_id")) : name);
}

// Methods by popularity, and own history where it runs out, have no purchase of the member to point to.
void reasons(const Page& page, const json& item, bool by_popularity) {
  const json& because = field(item, "because");
  if (!because.is_array() || because.empty()) {
    if (by_popularity) page.html.leaf("small", page.say(Message::report_bought_by_many));
    return;
  }
  const auto small = page.html.element("small");
  const bool is_own = because.size() == 1 && field(because[0], "item_id") == field(item, "item_id");
  if (is_own) return page.html.text(page.say(Message::report_bought_before));
  page.html.text(page.say(Message::report_because));
  for (size_t i = 0; i < because.size(); ++i) {
    if (i > 0) page.html.text(page.list_comma());
    item_name(page, because[i]);
  }
}

void item_list(const Page& page, Message heading, const json& items, bool with_orders, bool by_popularity) {
  const auto part = page.html.element("div");
  page.heading("h5", heading);
  if (!items.is_array() || items.empty()) return page.note(page.say(Message::report_example_empty));
  const auto list = page.html.element("ol");
  for (const json& item : items) {
    const auto li = page.html.element("li");
    item_name(page, item);
    if (with_orders)
      page.html.leaf("small", page.say(Message::report_times_bought,
                                       page.format.count(number_or(field(item, "orders"), 0))));
    else
      reasons(page, item, by_popularity);
  }
}

void examples(const Page& page) {
  page.heading("h3", Message::report_examples);
  const json& entries = field(page.record, {"details", "examples"});
  if (!entries.is_array() || entries.empty()) return page.paragraph(page.say(Message::report_examples_none));
  page.paragraph(page.say(Message::report_examples_text));
  for (const json& entry : entries) {
    const auto article = page.html.element("article", {{"class", "example"}});
    {
      const auto head = page.html.element("h4");
      page.html.text(page.say(Message::report_example_member));
      page.html.leaf("bdi", text_of(field(entry, "user_id")));
    }
    const auto columns = page.html.element("div", {{"class", "columns"}});
    item_list(page, Message::report_example_bought, field(entry, "bought"), true, false);
    for (const auto task : kRecommendTasks) {
      const std::string published = text_of(field(page.record, {"recommend", task, "published"}));
      item_list(page, task == "new" ? Message::report_task_new : Message::report_task_any, field(entry, task),
                false, !published.starts_with("item_knn"));
    }
  }
}

}  // namespace

void recommend_section(const Page& page) {
  const auto section = page.html.element("section", {{"id", "recommend"}});
  page.heading("h2", Message::report_recommend);
  for (const auto task : kRecommendTasks) task_part(page, task);
  examples(page);
}

}  // namespace coterie::serve
