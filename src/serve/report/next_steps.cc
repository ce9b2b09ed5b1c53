#include "serve/report/next_steps.h"

#include <algorithm>

#include "serve/report/names.h"

namespace coterie::serve {

using base::Message;
using nlohmann::json;

namespace {

using Sentences = std::vector<std::string>;

// Null when there is none.
const json* rfm_segment(const json& record, std::string_view name) {
  for (const json* segment : segments_of(record, "rfm"))
    if (text_of(field(*segment, "name")) == name) return segment;
  return nullptr;
}

// Who bought well and has gone quiet: the few whom the shop cannot lose, or else those at risk.
void add_win_back(const Page& page, Sentences* out) {
  for (const std::string_view name : {"cannot_lose", "at_risk"}) {
    const json* segment = rfm_segment(page.record, name);
    if (segment == nullptr) continue;
    const double members = number_or(field(*segment, "users"), 0);
    const auto days = number(field(*segment, {"typical", "recency_days"}));
    if (members == 0 || !days) continue;
    return out->push_back(page.say(Message::report_do_win_back, page.format.count(members),
                                   segment_label(page, *segment), page.format.count(*days)));
  }
}

void add_second_purchase(const Page& page, Sentences* out) {
  const json& second = field(page.record, {"sales", "second_purchase"});
  const double once = number_or(field(second, "members"), 0) - number_or(field(second, "again"), 0);
  if (once <= 0) return;
  const auto days = number(field(second, {"median_days", "value"}));
  out->push_back(days ? page.say(Message::report_do_second, page.format.count(once), page.format.count(*days))
                      : page.say(Message::report_do_second_open, page.format.count(once)));
}

// Whom to write to: by the score where it is worth something, else by the rule that it did not beat.
void add_score(const Page& page, Sentences* out) {
  const json& model = model_of(page.record, "purchase");
  const Verdict verdict = verdict_of(page, "purchase");
  if (verdict == Verdict::kNoModel) return;
  if (verdict == Verdict::kNo) {
    const std::string rule = text_of(field(model, {"baseline", "name"}));
    if (!rule.empty()) out->push_back(page.say(Message::report_do_rule, method_name(page, rule)));
    return;
  }
  std::string step = page.say(Message::report_do_score, model_title(page, "purchase"));
  if (const auto lift = number(field(model, {"metrics", "lift10", "value"}))) {
    step += page.gap();
    step += page.say(Message::report_find_lift_purchase, page.format.decimal(*lift, 1));
  }
  out->push_back(std::move(step));
}

void add_offer(const Page& page, Sentences* out) {
  const std::string fresh = text_of(field(page.record, {"recommend", "new", "published"}));
  const std::string any = text_of(field(page.record, {"recommend", "any", "published"}));
  if (!fresh.empty() && !any.empty())
    out->push_back(page.say(Message::report_do_offer, method_name(page, fresh), method_name(page, any)));
}

// The rule that keeps most rows out, where it keeps many.
void add_quality(const Page& page, Sentences* out) {
  const json& quality = field(page.record, {"details", "quality"});
  const json& rules = field(quality, "quarantined_by_rule");
  const double received = number_or(field(quality, "received"), 0);
  const double quarantined = number_or(field(quality, "quarantined"), 0);
  if (received <= 0 || quarantined / received < kManyQuarantined || !rules.is_object() || rules.empty())
    return;
  std::string worst;
  double most = -1;
  for (const auto& [rule, rows] : rules.items())
    if (number_or(rows, 0) > most) {
      most = number_or(rows, 0);
      worst = rule;
    }
  out->push_back(page.say(Message::report_do_quality, page.format.percent(quarantined / received),
                          rule_meaning(page, worst)));
}

}  // namespace

std::vector<std::string> next_steps(const Page& page) {
  Sentences out;
  add_win_back(page, &out);
  add_second_purchase(page, &out);
  add_score(page, &out);
  add_offer(page, &out);
  add_quality(page, &out);
  if (out.empty()) out.push_back(page.say(Message::report_do_nothing));
  return out;
}

}  // namespace coterie::serve
