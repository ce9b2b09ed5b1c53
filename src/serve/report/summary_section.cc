// The first screen: which data, how much of it, and in four blocks what an owner should know in a minute: what is
// happening, who matters, what to do next, how sure we are.
#include <algorithm>
#include <cmath>

#include "serve/report/names.h"
#include "serve/report/next_steps.h"
#include "serve/report/page.h"
#include "serve/report/sales_words.h"
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

using Sentences = std::vector<std::string>;

// ---- what is happening

void add_sales(const Page& page, Sentences* out) {
  const auto weeks = weekly_sales(page.record);
  const SalesWeek sum = total(weeks);
  if (sum.orders == 0) return out->push_back(page.say(Message::report_find_no_sales));
  const bool by_amount = has_amounts(page.record);
  out->push_back(by_amount ? page.say(Message::report_find_sales,
                                      page.format.money(sum.buy_amount + sum.refund_amount),
                                      page.format.count(sum.orders))
                           : page.say(Message::report_find_orders_only, page.format.count(sum.orders)));
  const auto change = recent_change(weeks, by_amount);
  if (!change) return;
  const Message message = *change > 0.005    ? Message::report_find_trend_up
                          : *change < -0.005 ? Message::report_find_trend_down
                                             : Message::report_find_trend_flat;
  out->push_back(page.say(message, page.format.percent(std::abs(*change))));
}

void add_first_buyers(const Page& page, Sentences* out) {
  if (const auto first = recent_first_buyers(page.record))
    out->push_back(page.say(Message::report_find_first, page.format.count(first->recent),
                            page.format.count(first->before)));
}

// The newest sudden change of sales, or that there was none.
void add_shift(const Page& page, Sentences* out) {
  const json& sales = field(page.record, "sales");
  if (!sales.is_object()) return;
  const Sentences shifts = SalesWords(sales, page.language).shifts();
  if (!shifts.empty()) out->push_back(shifts.back());
}

Sentences happening(const Page& page) {
  Sentences out;
  add_sales(page, &out);
  add_first_buyers(page, &out);
  add_shift(page, &out);
  return out;
}

// ---- who matters

// "934 members, 21.5% of those who bought, bring 80.0% of net sales."
void add_concentration(const Page& page, Sentences* out) {
  const json& classes = field(page.record, {"sales", "abc", "members", "classes"});
  if (!classes.is_array() || classes.empty()) return;
  const auto share = number(field(classes[0], "share"));
  const auto amount_share = number(field(classes[0], "amount_share"));
  if (share && amount_share)
    out->push_back(page.say(Message::report_find_concentration,
                            page.format.count(number_or(field(classes[0], "count"), 0)),
                            page.format.percent(*share), page.format.percent(*amount_share)));
}

Sentences who_matters(const Page& page) {
  const double all = members_of(page.record, "rfm");
  if (all == 0) return {page.say(Message::report_find_no_segments)};
  const auto members = [&](std::string_view segment) { return members_of(page.record, "rfm", segment); };
  const double best = members("champions") + members("loyal");
  const double at_risk = members("at_risk"), cannot_lose = members("cannot_lose");
  const Format& f = page.format;
  Sentences out = {
      page.say(Message::report_find_segments, f.count(all), f.count(best), f.percent(best / all))};
  add_concentration(page, &out);
  out.push_back(at_risk + cannot_lose == 0
                    ? page.say(Message::report_find_no_risk)
                    : page.say(Message::report_find_risk, f.count(at_risk + cannot_lose),
                               f.percent((at_risk + cannot_lose) / all), f.count(at_risk),
                               f.count(cannot_lose)));
  return out;
}

// ---- how sure we are

std::string sure_of_model(const Page& page, std::string_view name) {
  const json& model = model_of(page.record, name);
  const std::string title = model_title(page, name);
  const Verdict verdict = verdict_of(page, name);
  const auto auc = measured(field(model, {"metrics", "auc"}));
  if (verdict == Verdict::kNoModel || !auc) return page.say(Message::report_find_model_none, title);
  const Message use = verdict == Verdict::kYes       ? Message::report_sure_yes
                      : verdict == Verdict::kRanking ? Message::report_sure_ranking
                                                     : Message::report_sure_no;
  const auto of_100 = [&](double share) { return page.format.count(100 * share); };
  return page.say(Message::report_sure_model, title, of_100(auc->value), of_100(auc->low), of_100(auc->high),
                  of_100(number_or(field(model, {"baseline", "value"}), 0.5)), page.say(use));
}

std::string sure_of_recommendations(const Page& page, std::string_view task) {
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

Sentences how_sure(const Page& page) {
  Sentences out;
  const json& quality = field(page.record, {"details", "quality"});
  const double received = number_or(field(quality, "received"), 0);
  if (received > 0)
    out.push_back(page.say(Message::report_sure_data,
                           page.format.percent(number_or(field(quality, "accepted"), 0) / received),
                           page.format.count(received)));
  const bool has_model = std::any_of(kModelNames.begin(), kModelNames.end(), [&](std::string_view name) {
    return verdict_of(page, name) != Verdict::kNoModel;
  });
  if (has_model) out.push_back(page.say(Message::report_sure_pairs));
  for (const auto name : kModelNames) out.push_back(sure_of_model(page, name));
  out.push_back(sure_of_recommendations(page, "new"));
  return out;
}

// ---- the page

void block(const Page& page, Message heading, const Sentences& sentences) {
  const auto part = page.html.element("div", {{"class", "block"}});
  page.heading("h3", heading);
  const auto list = page.html.element("ul");
  for (const std::string& sentence : sentences) page.html.leaf("li", sentence);
}

void contents(const Page& page) {
  const auto nav = page.html.element("nav", {{"aria-label", page.say(Message::report_contents)}});
  page.html.leaf("strong", page.say(Message::report_evidence));
  const auto list = page.html.element("ul");
  for (const auto& [id, heading] :
       {std::pair("quality", Message::report_quality), std::pair("sales", Message::report_sales),
        std::pair("returns", Message::report_returns), std::pair("segments", Message::report_segments),
        std::pair("lifecycle", Message::report_lifecycle), std::pair("clusters", Message::report_clusters),
        std::pair("tastes", Message::report_tastes), std::pair("personas", Message::report_personas),
        std::pair("models", Message::report_models), std::pair("recommend", Message::report_recommend),
        std::pair("changes", Message::report_changes), std::pair("limits", Message::report_limits),
        std::pair("glossary", Message::report_glossary)}) {
    const auto item = page.html.element("li");
    const std::string text =
        heading == Message::report_limits
            ? page.say(Message::report_sure_limits, page.format.count(number_of_limits(page)))
            : page.say(heading);
    page.html.leaf("a", text, {{"href", std::string("#") + id}});
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
    const auto blocks = page.html.element("div", {{"class", "blocks"}});
    block(page, Message::report_happening, happening(page));
    block(page, Message::report_who, who_matters(page));
    block(page, Message::report_next, next_steps(page));
    block(page, Message::report_sure, how_sure(page));
  }
  contents(page);
}

}  // namespace coterie::serve
