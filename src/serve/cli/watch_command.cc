#include "serve/cli/watch_command.h"

#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include "engine/live_segments.h"
#include "serve/cli/table.h"

namespace coterie::serve {

using base::Message;
using base::Status;
using base::Timestamp;
using engine::SegmentChange;
using nlohmann::json;
using store::Workspace;

namespace {

struct WatchArguments {
  std::shared_ptr<std::string> shop;
  std::vector<std::string> segments;
  std::string as_of;
  double seconds = 0;
  int64_t every_ms = 200;
};

double milliseconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

// Prints a line for each thing that happens; with --json each is an object.
class Watcher {
 public:
  Watcher(Session& session, const Workspace& workspace, engine::LiveSegments& live)
      : session_(session), workspace_(workspace), live_(live) {}

  // How many are in each segment: first, with how long reading the shop took, and at the end.
  void count(Timestamp now, std::optional<double> took_ms = {}) const {
    const auto as_of = workspace_.calendar().to_string(now);
    if (session_.is_json()) {
      json line = {{"as_of", as_of}, {"segments", json::object()}, {"of", live_.users()}};
      for (size_t rule = 0; rule < live_.rules(); ++rule)
        line["segments"][live_.name(rule)] = live_.count(rule);
      if (took_ms) line["milliseconds"] = *took_ms;
      print(line);
      return;
    }
    for (size_t rule = 0; rule < live_.rules(); ++rule) {
      const auto users = static_cast<int64_t>(live_.count(rule)), of = static_cast<int64_t>(live_.users());
      std::printf(
          "%s: %s\n", in_one_line(live_.name(rule)).c_str(),
          base::format_text(Message::rules_count, session_.language(), grouped(users), grouped(of),
                            percent(of > 0 ? static_cast<double>(users) / static_cast<double>(of) : 0),
                            as_of.substr(0, 10))
              .c_str());
    }
    std::fflush(stdout);
  }

  // What events, or time alone (0 events), changed, and how long it took from the commit's being seen.
  void tell(const std::vector<SegmentChange>& changes, size_t events, double took_ms) const {
    for (const SegmentChange& change : changes) {
      const auto at = workspace_.calendar().to_string(change.at);
      if (session_.is_json())
        print({{"at", at},
               {"segment", change.segment},
               {"user_id", change.user_id},
               {"change", change.came ? "came" : "left"}});
      else
        std::printf(
            "%s  %s  %s  %s\n", at.c_str(),
            words(change.came ? Message::rules_came : Message::rules_left, session_.language()).c_str(),
            in_one_line(change.segment).c_str(), in_one_line(change.user_id).c_str());
    }
    if (session_.is_json() && events > 0)
      print({{"events", events}, {"changes", changes.size()}, {"milliseconds", took_ms}});
    std::fflush(stdout);
  }

 private:
  static void print(const json& line) {
    std::printf("%s\n", line.dump().c_str());
    std::fflush(stdout);
  }

  Session& session_;
  const Workspace& workspace_;
  engine::LiveSegments& live_;
};

// One look at the clock and at the shop.
Status look(engine::LiveSegments& live, Timestamp now, const Watcher& watcher) {
  std::vector<SegmentChange> changes;
  const auto seen = std::chrono::steady_clock::now();
  COTERIE_RETURN_IF_ERROR(live.advance(now, &changes));
  const auto events = live.poll(&changes);
  if (events.value_or(0) > 0 || !changes.empty())
    watcher.tell(changes, events.value_or(0), milliseconds(std::chrono::steady_clock::now() - seen));
  return events ? Status() : events.error();
}

Status run_watch(Session& session, const WatchArguments& arguments) {
  using Steady = std::chrono::steady_clock;
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(auto rules, engine::rules_to_follow(*workspace, arguments.segments));
  const base::Context context = session.context();
  Timestamp first = context.clock->now();
  if (!arguments.as_of.empty()) {
    COTERIE_ASSIGN_OR_STATUS(first, base::parse_instant(arguments.as_of, workspace->calendar()));
  }
  const Timestamp shift = first - context.clock->now();  // an earlier instant flows on as the clock does
  const auto begin = Steady::now();
  COTERIE_ASSIGN_OR_STATUS(const auto live,
                           engine::LiveSegments::open(*workspace, std::move(rules), first, context));
  const Watcher watcher(session, *workspace, *live);
  watcher.count(first, milliseconds(Steady::now() - begin));
  const auto until = Steady::now() + std::chrono::duration<double>(arguments.seconds);
  while (context.check_cancelled().ok() && (arguments.seconds <= 0 || Steady::now() < until)) {
    const Status looked = look(*live, context.clock->now() + shift, watcher);
    if (looked.code() == base::Code::kCancelled) break;  // interrupted in the middle: nothing of it was taken
    COTERIE_RETURN_IF_ERROR(looked);
    std::this_thread::sleep_for(std::chrono::milliseconds(arguments.every_ms));
  }
  watcher.count(live->now());
  return {};
}

}  // namespace

void add_watch_part(CLI::App& command, std::shared_ptr<std::string> shop, Action* action) {
  auto arguments = std::make_shared<WatchArguments>();
  arguments->shop = std::move(shop);
  auto* watch = command.add_subcommand(
      "watch",
      "Who comes into segments of rules and who leaves, a line each, as events arrive and time passes");
  watch->add_option("SEGMENT", arguments->segments, "their names; default: all that rules define");
  watch->add_option("--as-of", arguments->as_of, "begin at this local date or time; default: now");
  watch->add_option("--seconds", arguments->seconds, "stop after so long; 0 = when interrupted")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
  watch->add_option("--every", arguments->every_ms, "milliseconds between two looks at the shop")
      ->check(CLI::Range(1, 3'600'000))
      ->capture_default_str();
  watch->footer("Example:\n  coterie segments my.shop watch vip --json");
  watch->callback([=] { *action = [=](Session& session) { return run_watch(session, *arguments); }; });
}

}  // namespace coterie::serve
