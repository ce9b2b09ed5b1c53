#include "serve/report/changes_words.h"

#include <algorithm>

#include "serve/report/fields.h"

namespace coterie::serve {

using base::Language;
using base::Message;
using nlohmann::json;

namespace {

constexpr size_t kMostMoves = 5;

std::string date(const json& instant) { return instant.get<std::string>().substr(0, 10); }

}  // namespace

ChangesWords::ChangesWords(const json& record, const json& changes, Language language)
    : record_(record),
      changes_(changes),
      language_(language),
      format_(language, text_of(field(record, "currency"))) {
  const std::string key(base::to_string(language));
  for (const json& segment : field(record, "segments"))
    labels_[segment["name"].get<std::string>()] = text_of(field(segment, {"label", key}));
}

std::string ChangesWords::since() const {
  const json& since = changes_["since"];
  const std::string from = date(since["as_of"]), to = date(record_["as_of"]);
  return since["run"].is_null() ? say(Message::changes_since, from, to)
                                : say(Message::changes_since_run, from, since["run"].get<int64_t>(), to);
}

std::string ChangesWords::named(std::string_view prefix, const std::string& name) const {
  const auto known = base::text_by_key(std::string(prefix) + name, language_);
  return known.empty() ? name : std::string(known);
}

// A segment of today by its label, another by its name.
std::string ChangesWords::place(const std::string& name) const {
  if (name == "no_segment") return say(Message::changes_no_segment);
  if (name == "no_member") return say(Message::changes_no_member);
  const auto it = labels_.find(name);
  return it != labels_.end() ? it->second : named("segment_", name);
}

// A place of then. Clusters are numbered anew in every run, so the same name may be another group today: it is called
// what it is today, and by its own name when it is no more.
std::string ChangesWords::place_before(const json& method, const std::string& name) const {
  for (const json& segment : method["segments"])
    if (segment["was"] == name)
      return segment["name"].is_null() ? named("segment_", name) : place(segment["name"]);
  return place(name);
}

std::string ChangesWords::remark(const json& segment) const {
  if (segment["status"] == "new") return say(Message::changes_new);
  if (segment["status"] == "vanished") return say(Message::changes_vanished);
  if (!segment["moved"].get<bool>()) return "";
  return say(segment["came"] > segment["left"] ? Message::changes_more_came : Message::changes_more_left);
}

WordTable ChangesWords::flow(const json& method) const {
  WordTable out{{say(Message::cli_segment), say(Message::changes_before), say(Message::changes_after),
                 say(Message::changes_came), say(Message::changes_left), say(Message::changes_remark)},
                {false, true, true, true, true, false},
                {}};
  for (const json& segment : method["segments"]) {
    std::vector<std::string> cells = {segment["name"].is_null() ? place_before(method, segment["was"])
                                                                : place(segment["name"])};
    for (const char* key : {"before", "after", "came", "left"})
      cells.push_back(format_.count(segment[key].get<double>()));
    cells.push_back(remark(segment));
    out.rows.push_back(std::move(cells));
  }
  return out;
}

std::string ChangesWords::largest_moves(const json& method) const {
  struct Move {
    int64_t members;
    std::string from, to;
  };
  std::vector<Move> moves;
  const json& from = method["places_before"];
  const json& to = method["places_after"];
  for (size_t b = 0; b < from.size(); ++b)
    for (size_t a = 0; a < to.size(); ++a) {
      Move move{method["members"][b][a].get<int64_t>(), place_before(method, from[b]), place(to[a])};
      if (move.members > 0 && move.from != move.to) moves.push_back(std::move(move));
    }
  std::stable_sort(moves.begin(), moves.end(),
                   [](const Move& a, const Move& b) { return a.members > b.members; });
  if (moves.size() > kMostMoves) moves.resize(kMostMoves);
  std::string list;
  for (const Move& move : moves)
    list += (list.empty()                      ? ""
             : language_ == Language::kChinese ? "；"
                                               : "; ") +
            say(Message::changes_flow, format_.count(static_cast<double>(move.members)), move.from, move.to);
  return list.empty() ? "" : say(Message::changes_flows, list);
}

WordTable ChangesWords::drift() const {
  WordTable out{
      {say(Message::changes_drift), "PSI", say(Message::changes_threshold), say(Message::changes_size),
       say(Message::changes_median_before), say(Message::changes_median_after), say(Message::changes_remark)},
      {false, true, true, false, true, true, false},
      {}};
  for (const auto& [kind, prefix] : {std::pair{"features", "name_"}, std::pair{"scores", "score_"}})
    for (const json& drift : changes_[kind]) {
      if (!drift["drifted"].get<bool>() || drift["size"] == "slight") continue;
      out.rows.push_back({named(prefix, drift["name"]), format_.decimal(drift["psi"].get<double>(), 3),
                          format_.decimal(drift["threshold"].get<double>(), 3),
                          named("changes_", drift["size"]),
                          format_.brief(drift["median_before"].get<double>()),
                          format_.brief(drift["median_after"].get<double>()),
                          drift["accumulates"].get<bool>() ? say(Message::changes_grows) : ""});
    }
  return out;
}

std::vector<std::string> ChangesWords::behavior() const {
  const json& behavior = changes_["behavior"];
  const size_t watched = behavior["watched"].size();
  if (watched == 0) return {say(Message::changes_not_watched)};
  std::vector<std::string> out;
  for (const json& shift : behavior["shifts"]) {
    const std::string what = shift["category"].is_null()
                                 ? named("shift_", shift["series"])
                                 : say(Message::shift_category, shift["category"].get<std::string>());
    const json& change = shift["change"];
    out.push_back(say(Message::changes_shift, what, 100 * change["value"].get<double>(),
                      100 * change["low"].get<double>(), 100 * change["high"].get<double>(),
                      shift["since"].get<std::string>(), shift["alarm"].get<std::string>()));
  }
  if (out.empty())
    out.push_back(say(Message::changes_no_shift, watched, behavior["first_decision"].get<std::string>()));
  return out;
}

void ChangesWords::quality_of_imports(std::vector<std::string>* out) const {
  const json& imports = changes_["quality"]["imports"];
  if (imports.is_null()) return;
  for (const json& share : imports["shares"]) {
    if (!share["moved"].get<bool>()) continue;
    std::string name = share["name"];
    name = name.starts_with("rule ") ? say(Message::cli_rule) + name.substr(4) : named("cli_", name);
    out->push_back(say(Message::changes_share, name, 100 * share["before"].get<double>(),
                       100 * share["after"].get<double>()));
  }
}

void ChangesWords::quality_of_weeks(std::vector<std::string>* out) const {
  for (const json& measure : changes_["quality"]["weeks"]) {
    const auto shown = [&](const json& value) {
      return measure["name"] == "events" ? format_.count(value.get<double>())
                                         : format_.percent(value.get<double>(), 2);
    };
    for (const json& week : measure["weeks"])
      if (week["unusual"].get<bool>())
        out->push_back(say(Message::changes_week, week["week"].get<std::string>(),
                           named("changes_", measure["name"]), shown(week["value"]), shown(measure["low"]),
                           shown(measure["high"])));
  }
}

std::vector<std::string> ChangesWords::quality() const {
  std::vector<std::string> out;
  quality_of_imports(&out);
  quality_of_weeks(&out);
  if (out.empty()) out.push_back(say(Message::changes_quality_same));
  return out;
}

}  // namespace coterie::serve
