#include "serve/cli/rule_segments_command.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "engine/export_table.h"
#include "engine/kept_divisions.h"
#include "engine/rule_members.h"
#include "engine/rule_segments.h"
#include "serve/cli/table.h"
#include "serve/cli/table_output.h"
#include "serve/report/report.h"

namespace coterie::serve {

using base::Language;
using base::Message;
using base::Result;
using base::Status;
using base::Timestamp;
using nlohmann::json;
using store::Workspace;

namespace {

struct RuleArguments {
  std::shared_ptr<std::string> shop;
  std::string name, rule, user, as_of, from, to, note;
  TableOutput output;
  size_t limit = 20;
  bool has_note = false, has_force = false;
};

std::string value_text(const json& value, Language language) {
  if (value.is_null()) return words(Message::rules_missing, language);
  return value.is_string() ? in_one_line(value.get<std::string>()) : short_number(value.get<double>());
}

// "1,234 of 20,000 members (6.2 %) as of 2025-12-31"
std::string count_text(const json& counted, Language language) {
  return base::format_text(Message::rules_count, language, grouped(counted["users"].get<int64_t>()),
                           grouped(counted["of"].get<int64_t>()), percent(counted["share"].get<double>()),
                           counted["as_of"].get<std::string>().substr(0, 10));
}

// A rule from the command line; "-" is standard input.
Result<std::string> rule_text(const std::string& rule) {
  if (rule != "-") return rule;
  std::string out((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  return out;
}

Result<Timestamp> instant(Workspace& workspace, const std::string& as_of, Session& session) {
  if (as_of.empty()) return engine::default_rule_instant(workspace, session.context());
  return base::parse_instant(as_of, workspace.calendar());
}

Status run_create(Session& session, const RuleArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kWrite));
  engine::NewRuleSegment segment{arguments.name, {}, {}, arguments.has_force};
  COTERIE_ASSIGN_OR_STATUS(segment.rule, rule_text(arguments.rule));
  if (arguments.has_note) segment.note = arguments.note;
  COTERIE_ASSIGN_OR_STATUS(const Timestamp as_of, instant(*workspace, arguments.as_of, session));
  COTERIE_ASSIGN_OR_STATUS(const auto created,
                           engine::create_rule_segment(*workspace, segment, as_of, session.context()));
  COTERIE_ASSIGN_OR_STATUS(const json out, engine::to_json(created, *workspace));
  if (session.is_json()) {
    session.print_json(out);
  } else {
    std::printf("%s\n%s\n",
                base::format_text(Message::rules_created, session.language(), in_one_line(created.name),
                                  count_text(out, session.language()))
                    .c_str(),
                in_one_line(created.rule).c_str());
  }
  return {};
}

void print_sample(const json& preview, Language language) {
  if (preview["sample"].empty()) return;
  std::vector<Table::Column> columns = {{words(Message::cli_user, language)}};
  for (const auto& [name, value] : preview["sample"][0]["values"].items())
    columns.push_back({in_one_line(name), Table::Align::kRight, 40});
  Table table(columns);
  for (const json& member : preview["sample"]) {
    std::vector<std::string> cells = {in_one_line(member["user_id"].get<std::string>())};
    for (const json& value : member["values"]) cells.push_back(value_text(value, language));
    table.add(std::move(cells));
  }
  std::printf("\n");
  table.print();
}

Status run_preview(Session& session, const RuleArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(const std::string text, rule_text(arguments.rule));
  COTERIE_ASSIGN_OR_STATUS(const auto rule, engine::read_rule(text));
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const auto resolved, engine::resolve_rule(*workspace, rule));
  COTERIE_ASSIGN_OR_STATUS(const Timestamp as_of, instant(*workspace, arguments.as_of, session));
  COTERIE_ASSIGN_OR_STATUS(
      const json out, engine::preview_rule(*workspace, resolved, as_of, arguments.limit, session.context()));
  if (session.is_json()) {
    session.print_json(out);
    return {};
  }
  std::printf("%s\n%s\n", count_text(out, session.language()).c_str(),
              in_one_line(out["rule"].get<std::string>()).c_str());
  print_sample(out, session.language());
  return {};
}

Status run_users(Session& session, const RuleArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const auto rule, engine::rule_of_segment(*workspace, arguments.name));
  COTERIE_ASSIGN_OR_STATUS(const Timestamp as_of, instant(*workspace, arguments.as_of, session));
  COTERIE_ASSIGN_OR_STATUS(const auto members,
                           engine::rule_members(*workspace, rule, as_of, session.context()));
  json users = json::array();
  for (size_t row = 0; row < members.holds.size(); ++row) {
    if (members.holds[row] == 0) continue;
    if (arguments.limit > 0 && users.size() == arguments.limit) break;
    users.push_back(members.all_users()[row]);
  }
  if (session.is_json()) {
    session.print_json({{"name", arguments.name},
                        {"as_of", workspace->calendar().to_string(as_of)},
                        {"users", members.users},
                        {"user_ids", users}});
    return {};
  }
  for (const json& user : users) std::printf("%s\n", in_one_line(user.get<std::string>()).c_str());
  return {};
}

std::string part_text(const json& why, Language language) {
  const auto kind = why["kind"].get<std::string>();
  if (kind == "condition") return in_one_line(why["condition"].get<std::string>());
  return words(kind == "and"   ? Message::rules_all_of
               : kind == "or"  ? Message::rules_any_of
               : kind == "not" ? Message::rules_not
                               : Message::rules_everyone,
               language);
}

void add_parts(const json& why, size_t depth, Language language, Table* table) {
  const bool is_condition = why["kind"] == "condition";
  table->add({std::string(2 * depth, ' ') + part_text(why, language),
              words(why["holds"].get<bool>() ? Message::cli_yes : Message::cli_no, language),
              is_condition ? value_text(why["value"], language) : ""});
  if (!why.contains("children")) return;
  for (const json& child : why["children"]) add_parts(child, depth + 1, language, table);
}

Status run_why(Session& session, const RuleArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const auto rule, engine::rule_of_segment(*workspace, arguments.name));
  COTERIE_ASSIGN_OR_STATUS(const Timestamp as_of, instant(*workspace, arguments.as_of, session));
  COTERIE_ASSIGN_OR_STATUS(json out,
                           engine::explain_rule(*workspace, rule, as_of, arguments.user, session.context()));
  out["name"] = arguments.name;
  if (session.is_json()) {
    session.print_json(out);
    return {};
  }
  const Language language = session.language();
  std::printf("%s\n\n",
              base::format_text(out["holds"].get<bool>() ? Message::rules_in : Message::rules_not_in,
                                language, in_one_line(arguments.user), in_one_line(arguments.name),
                                out["as_of"].get<std::string>().substr(0, 10))
                  .c_str());
  Table table({{words(Message::rules_condition, language), Table::Align::kLeft, 90},
               {words(Message::rules_holds, language)},
               {words(Message::rules_value, language), Table::Align::kRight}});
  add_parts(out["why"], 0, language, &table);
  table.print();
  return {};
}

std::string change_text(const json& change, Language language) {
  return words(change["holds"].get<bool>() ? Message::rules_now_holds : Message::rules_holds_no_more,
               language);
}

// Of those who came, or left: which conditions changed for how many, then some of them by name.
void print_moves(const json& moves, Message heading, Language language) {
  if (moves["users"] == 0) return;
  std::printf("\n");
  Table why({{words(heading, language), Table::Align::kLeft, 90},
             {""},
             {words(Message::cli_users, language), Table::Align::kRight}});
  for (const json& change : moves["why"])
    why.add({in_one_line(change["condition"].get<std::string>()), change_text(change, language),
             grouped(change["users"].get<int64_t>())});
  if (moves["new_members"] > 0)
    why.add(
        {words(Message::rules_was_no_member, language), "", grouped(moves["new_members"].get<int64_t>())});
  why.print();
  std::printf("\n");
  Table sample({{words(Message::cli_user, language)},
                {words(Message::rules_why, language), Table::Align::kLeft, 110}});
  for (const json& member : moves["sample"]) {
    std::string text = member.contains("is_new")    ? words(Message::rules_was_no_member, language)
                       : member.contains("is_gone") ? words(Message::rules_is_no_member, language)
                                                    : "";
    for (const json& change : member["why"])
      text += fmt::format("{}{}: {} → {}", text.empty() ? "" : "; ",
                          in_one_line(change["condition"].get<std::string>()),
                          value_text(change["before"], language), value_text(change["after"], language));
    sample.add({in_one_line(member["user_id"].get<std::string>()), std::move(text)});
  }
  sample.print();
}

Status run_diff(Session& session, const RuleArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const auto rule, engine::rule_of_segment(*workspace, arguments.name));
  COTERIE_ASSIGN_OR_STATUS(const Timestamp from, base::parse_instant(arguments.from, workspace->calendar()));
  COTERIE_ASSIGN_OR_STATUS(const Timestamp to, instant(*workspace, arguments.to, session));
  COTERIE_ASSIGN_OR_STATUS(json out,
                           engine::diff_rule(*workspace, rule, from, to, arguments.limit, session.context()));
  out["name"] = arguments.name;
  if (session.is_json()) {
    session.print_json(out);
    return {};
  }
  const auto count = [&](const json& value) { return grouped(value.get<int64_t>()); };
  std::printf(
      "%s\n",
      base::format_text(Message::rules_diff, session.language(), out["from"].get<std::string>().substr(0, 10),
                        out["to"].get<std::string>().substr(0, 10), count(out["before"]), count(out["after"]),
                        count(out["stayed"]), count(out["came"]["users"]), count(out["left"]["users"]))
          .c_str());
  print_moves(out["came"], Message::rules_came, session.language());
  print_moves(out["left"], Message::rules_left, session.language());
  return {};
}

Status run_note(Session& session, const RuleArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kWrite));
  COTERIE_RETURN_IF_ERROR(
      engine::note_rule_segment(*workspace, arguments.name, arguments.note, session.context()));
  if (session.is_json())
    session.print_json({{"name", arguments.name}, {"note", arguments.note}});
  else
    std::printf(
        "%s\n",
        base::format_text(Message::rules_noted, session.language(), in_one_line(arguments.name)).c_str());
  return {};
}

// A division that is kept, or a segment that a rule defines: no two have one name.
Status run_delete(Session& session, const RuleArguments& arguments) {
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kWrite));
  const auto draw = [&](const json& record) { return report_html(record, session.language()); };
  const Status division = engine::delete_division(*workspace, arguments.name, draw, session.context());
  if (!division.ok() && division.code() != base::Code::kNotFound) return division;
  if (!division.ok())
    COTERIE_RETURN_IF_ERROR(engine::delete_rule_segment(*workspace, arguments.name, session.context()));
  if (session.is_json())
    session.print_json({{"name", arguments.name}, {"deleted", true}});
  else
    std::printf("%s\n", base::format_text(division.ok() ? Message::division_deleted : Message::rules_deleted,
                                          session.language(), in_one_line(arguments.name))
                            .c_str());
  return {};
}

Status run_export(Session& session, RuleArguments arguments) {
  if (arguments.output.format.empty() && arguments.output.file.empty())
    arguments.output.format = session.is_json() ? "json" : "csv";
  COTERIE_ASSIGN_OR_STATUS(const auto format, chosen_format(session, arguments.output));
  COTERIE_ASSIGN_OR_STATUS(auto workspace, session.open(*arguments.shop, Workspace::Access::kRead));
  COTERIE_ASSIGN_OR_STATUS(const auto rule, engine::rule_of_segment(*workspace, arguments.name));
  COTERIE_ASSIGN_OR_STATUS(const Timestamp as_of, instant(*workspace, arguments.as_of, session));
  COTERIE_ASSIGN_OR_STATUS(const auto members,
                           engine::rule_members(*workspace, rule, as_of, session.context()));
  COTERIE_ASSIGN_OR_STATUS(auto table,
                           engine::ExportTable::of_members(*workspace, members, session.context()));
  return deliver(session, *workspace, table.query(), {*format, engine::CsvUse::kSpreadsheet, "members"},
                 arguments.output);
}

}  // namespace

void print_rule_segments(const json& segments, Language language) {
  Table table({{words(Message::cli_segment, language), Table::Align::kLeft, 30},
               {words(Message::cli_users, language), Table::Align::kRight},
               {words(Message::cli_share, language), Table::Align::kRight},
               {words(Message::rules_rule, language), Table::Align::kLeft, 90},
               {words(Message::rules_note, language), Table::Align::kLeft, 40}});
  for (const json& segment : segments)
    table.add({in_one_line(segment["name"].get<std::string>()), grouped(segment["users"].get<int64_t>()),
               percent(segment["share"].get<double>()), in_one_line(segment["rule"].get<std::string>()),
               in_one_line(segment["note"].get<std::string>())});
  table.print();
}

void add_rule_segment_parts(CLI::App& command, std::shared_ptr<std::string> shop, Action* action) {
  auto arguments = std::make_shared<RuleArguments>();
  arguments->shop = std::move(shop);
  const auto part = [&](const char* name, const char* what, Status (*run)(Session&, const RuleArguments&),
                        const char* example) {
    auto* out = command.add_subcommand(name, what);
    out->footer(std::string("Example:\n  coterie segments my.shop ") + example);
    out->callback([=] { *action = [=](Session& session) { return run(session, *arguments); }; });
    return out;
  };
  const auto with_name = [&](CLI::App* out) {
    out->add_option("SEGMENT", arguments->name, "its name")->required();
    return out;
  };
  const auto with_as_of = [&](CLI::App* out) {
    out->add_option("--as-of", arguments->as_of, "a local date or time; default: that of the newest run");
    return out;
  };
  const auto with_limit = [&](CLI::App* out, const char* what) {
    out->add_option("--limit", arguments->limit, what)->capture_default_str();
    return out;
  };
  const char* rule = "an expression or its JSON; - reads it from standard input (docs/methods/rules.md)";

  auto* create = with_as_of(with_name(part("create", "Define a segment by a rule", run_create,
                                           "create vip 'rfm.r >= 4 and sum(buy.line_amount, 90d) > 500'")));
  create->add_option("RULE", arguments->rule, rule)->required();
  create->add_option("--note", arguments->note, "what it is for")->each([=](const std::string&) {
    arguments->has_note = true;
  });
  create->add_flag("--force", arguments->has_force, "replace the segment of that name");
  auto* preview =
      with_limit(with_as_of(part("preview", "How many a rule would hold of, and some of them", run_preview,
                                 "preview 'performed(\"cart\", 7d) and not performed(\"buy\", 7d)'")),
                 "how many members are shown");
  preview->add_option("RULE", arguments->rule, rule)->required();
  with_limit(with_as_of(with_name(
                 part("users", "A segment's members, one a line", run_users, "users vip --limit 100"))),
             "how many; 0 = all");
  auto* why = part("why", "Why a member is in a segment, or is not: each condition with its value", run_why,
                   "why u1024 vip");
  why->add_option("USER", arguments->user, "the member's user_id")->required();
  with_as_of(with_name(why));
  auto* diff = with_limit(
      with_name(part("diff", "Who came and who left between two dates, and which conditions changed",
                     run_diff, "diff vip --from 2025-10-01 --to 2025-11-01")),
      "how many of each are shown");
  diff->add_option("--from", arguments->from, "a local date or time")->required();
  diff->add_option("--to", arguments->to, "a local date or time; default: that of the newest run");
  auto* note =
      with_name(part("note", "What a segment is for, in words", run_note, "note vip 'spring campaign'"));
  note->add_option("TEXT", arguments->note, "the note; empty removes it")->required();
  auto* out = with_as_of(with_name(part(
      "export", "A segment's members with what its rule asks of them",
      [](Session& session, const RuleArguments& all) { return run_export(session, all); },
      "export vip --out vip.xlsx")));
  add_output_options(*out, &arguments->output, {"csv", "json", "jsonl", "xlsx", "parquet"});
  with_name(part("delete", "Forget a segment that a rule defines, or a division that is kept", run_delete,
                 "delete vip"));
}

}  // namespace coterie::serve
