// The first screen: which data, how much of it, and what an owner should know in a minute.
#include <cmath>

#include "serve/report/names.h"
#include "serve/report/page.h"
#include "serve/report/weekly_sales.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

void tile(const Page& page, Message label, const std::string& value) {
  const auto tile = page.html.element("div", {{"class", "tile"}});
  page.html.leaf("dt", page.say(label));
  page.html.leaf("dd", value);
}

void tiles(const Page& page) {
  const auto list = page.html.element("dl", {{"class", "tiles"}});
  for (const auto& [label, key] :
       {std::pair(Message::report_members, "users"), std::pair(Message::report_items, "items"),
        std::pair(Message::report_events, "events")})
    tile(page, label, page.format.count(number_or(field(page.record, key), 0)));
  const SalesWeek sales = total(weekly_sales(page.record));
  tile(page, Message::report_orders, page.format.count(sales.orders));
  if (has_amounts(page.record))
    tile(page, Message::report_net_sales, page.format.money(sales.buy_amount + sales.refund_amount));
}

// What the data cover and the instant that the report may know about.
std::string window(const Page& page) {
  const std::string as_of = text_of(field(page.record, "as_of"));
  const std::string clock = as_of.size() >= 16 ? " " + as_of.substr(11, 5) : "";
  std::string out;
  const std::string first = text_of(field(page.record, {"details", "first_event"}));
  const std::string last = text_of(field(page.record, {"details", "last_event"}));
  if (!first.empty() && !last.empty())
    out = page.say(Message::report_window, page.format.date(first), page.format.date(last)) +
          std::string(page.gap());
  return out + page.say(Message::report_as_of, page.format.date(as_of) + clock,
                        text_of(field(page.record, "timezone")));
}

std::string sales_finding(const Page& page) {
  const auto weeks = weekly_sales(page.record);
  const SalesWeek sum = total(weeks);
  if (sum.orders == 0) return page.say(Message::report_find_no_sales);
  const bool by_amount = has_amounts(page.record);
  std::string out =
      by_amount ? page.say(Message::report_find_sales, page.format.money(sum.buy_amount + sum.refund_amount),
                           page.format.count(sum.orders))
                : page.say(Message::report_find_orders_only, page.format.count(sum.orders));
  if (const auto change = recent_change(weeks, by_amount)) {
    const Message message = *change > 0.005    ? Message::report_find_trend_up
                            : *change < -0.005 ? Message::report_find_trend_down
                                               : Message::report_find_trend_flat;
    out += page.gap();
    out += page.say(message, page.format.percent(std::abs(*change)));
  }
  return out;
}

std::string segments_finding(const Page& page) {
  const double all = members_of(page.record, "rfm");
  if (all == 0) return page.say(Message::report_find_no_segments);
  const auto members = [&](std::string_view segment) { return members_of(page.record, "rfm", segment); };
  const double best = members("champions") + members("loyal");
  const double at_risk = members("at_risk"), cannot_lose = members("cannot_lose");
  const Format& f = page.format;
  std::string out =
      page.say(Message::report_find_segments, f.count(all), f.count(best), f.percent(best / all));
  out += page.gap();
  if (at_risk + cannot_lose == 0) return out + page.say(Message::report_find_no_risk);
  return out + page.say(Message::report_find_risk, f.count(at_risk + cannot_lose),
                        f.percent((at_risk + cannot_lose) / all), f.count(at_risk), f.count(cannot_lose));
}

std::string model_finding(const Page& page, std::string_view name) {
  const json& model = model_of(page.record, name);
  const std::string title = model_title(page, name);
  const Verdict verdict = verdict_of(page, name);
  if (verdict == Verdict::kNoModel) return page.say(Message::report_find_model_none, title);
  const Format& f = page.format;
  const std::string auc = f.decimal(number_or(field(model, {"metrics", "auc", "value"}), 0), 3);
  const std::string baseline = f.decimal(number_or(field(model, {"baseline", "value"}), 0), 3);
  const std::string rule = method_name(page, text_of(field(model, {"baseline", "name"})));
  const Message message = verdict == Verdict::kYes       ? Message::report_find_model_yes
                          : verdict == Verdict::kRanking ? Message::report_find_model_ranking
                                                         : Message::report_find_model_no;
  std::string out = page.say(message, title, auc, baseline, rule);
  const auto lift = number(field(model, {"metrics", "lift10", "value"}));
  if (lift && verdict != Verdict::kNo) {
    out += page.gap();
    out += page.say_key("report_find_lift_" + std::string(name), f.decimal(*lift, 1));
  }
  return out;
}

std::string recommend_finding(const Page& page, std::string_view task) {
  const json& entry = field(page.record, {"recommend", task});
  const std::string published = text_of(field(entry, "published"));
  const auto recall = number(field(entry, {"methods", published, "recall20", "value"}));
  if (published.empty() || !recall)
    return page.say(Message::report_find_recommend_none, task_title(page, task));
  const Format& f = page.format;
  const double popularity = number_or(field(entry, {"methods", "popularity", "recall20", "value"}), 0);
  const std::string title = task_title(page, task), method = method_name(page, published);
  if (published == "popularity" || popularity <= 0)
    return page.say(Message::report_find_recommend_plain, title, method, f.percent(*recall));
  return page.say(Message::report_find_recommend, title, method, f.percent(*recall),
                  f.decimal(*recall / popularity, 1), f.percent(popularity));
}

void finding(const Page& page, Message lead, const std::vector<std::string>& sentences) {
  const auto item = page.html.element("li");
  page.html.leaf("strong", page.say(lead));
  for (const std::string& sentence : sentences) page.html.leaf("span", sentence);
}

void contents(const Page& page) {
  const auto nav = page.html.element("nav", {{"aria-label", page.say(Message::report_contents)}});
  const auto list = page.html.element("ul");
  for (const auto& [id, heading] :
       {std::pair("quality", Message::report_quality), std::pair("sales", Message::report_sales),
        std::pair("segments", Message::report_segments), std::pair("clusters", Message::report_clusters),
        std::pair("tastes", Message::report_tastes), std::pair("models", Message::report_models),
        std::pair("recommend", Message::report_recommend), std::pair("changes", Message::report_changes),
        std::pair("limits", Message::report_limits), std::pair("glossary", Message::report_glossary)}) {
    const auto item = page.html.element("li");
    page.html.leaf("a", page.say(heading), {{"href", std::string("#") + id}});
  }
}

}  // namespace

void summary_section(const Page& page) {
  {
    const auto header = page.html.element("header");
    page.heading("h1", Message::report_title);
    page.html.leaf("p", window(page), {{"class", "lead"}});
    tiles(page);
  }
  const auto section = page.html.element("section", {{"id", "summary"}});
  page.heading("h2", Message::report_findings);
  {
    const auto list = page.html.element("ul", {{"class", "findings"}});
    std::vector<std::string> models, recommendations;
    for (const auto name : kModelNames) models.push_back(model_finding(page, name));
    for (const auto task : kRecommendTasks) recommendations.push_back(recommend_finding(page, task));
    finding(page, Message::report_lead_sales, {sales_finding(page)});
    finding(page, Message::report_lead_members, {segments_finding(page)});
    finding(page, Message::report_lead_models, models);
    finding(page, Message::report_lead_recommend, recommendations);
  }
  contents(page);
}

}  // namespace coterie::serve
