// The module coterie._shop: what coterie.workspace asks a shop's folder. Each function opens the folder for itself, so that it
// sees the newest state and may be called from any thread; documents come as JSON texts.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <limits>

#include "base/aside_file.h"
#include "call.h"
#include "collect/import.h"
#include "collect/open_shop.h"
#include "engine/divisions.h"
#include "engine/export_table.h"
#include "engine/kept_divisions.h"
#include "engine/lookup.h"
#include "engine/rule_members.h"
#include "engine/rule_segments.h"
#include "engine/run.h"
#include "engine/run_record.h"
#include "engine/table_file.h"
#include "profile/features.h"
#include "profile/tastes.h"
#include "serve/report/report.h"

namespace coterie::python {

namespace {

using base::Context;
using base::Status;
using nlohmann::json;
using store::Workspace;
using OptionalText = std::optional<std::string>;

// Threads and memory of a call.
struct Limits {
  size_t threads;
  uint64_t memory_bytes;
};

// Opens the shop and works on it.
template <class Work>
void with_shop(const std::string& folder, Workspace::Access access, const Limits& limits, Work work) {
  call(limits.threads, limits.memory_bytes, [&](const Context& context) -> Status {
    COTERIE_ASSIGN_OR_STATUS(auto workspace, Workspace::open(folder, access));
    return work(*workspace, context);
  });
}

base::Result<base::Timestamp> instant(Workspace& workspace, const OptionalText& as_of,
                                      const Context& context) {
  if (as_of) return base::parse_instant(*as_of, workspace.calendar());
  return engine::default_rule_instant(workspace, context);
}

engine::DrawReport report_in_language_of(const Workspace& workspace) {
  return [language = workspace.settings().language](const json& record) {
    return serve::report_html(record, language);
  };
}

// How files are read: what the options of `coterie import` of these names are.
struct ImportWords {
  std::string preset, map, behavior, kind, ts, timezone, currency;
};

base::Result<collect::ImportOptions> options_of(const ImportWords& words) {
  collect::ImportOptions options;
  options.preset = words.preset;
  COTERIE_ASSIGN(options.columns, collect::parse_column_choices(words.map));
  COTERIE_ASSIGN(options.behaviors, collect::parse_behavior_choices(words.behavior));
  if (!words.kind.empty()) {
    options.kind = collect::parse_kind(words.kind);
    if (!options.kind)
      return base::error(base::Code::kInvalidArgument,
                         "kind '{}'; there are: events, users, items, texts, links", words.kind);
  }
  options.ts = words.ts;
  return options;
}

// [{file, preset, received, accepted, duplicate, quarantined, quarantined_by_rule}].
std::string import_files(const std::string& folder, const std::vector<std::string>& files,
                         const ImportWords& words, const Limits& limits) {
  json out = json::array();
  call(limits.threads, limits.memory_bytes, [&](const Context& context) -> Status {
    COTERIE_ASSIGN_OR_STATUS(const auto options, options_of(words));
    COTERIE_ASSIGN_OR_STATUS(const auto inputs, collect::find_inputs(files));
    COTERIE_ASSIGN_OR_STATUS(
        auto workspace, collect::open_or_create(folder, {words.timezone, words.currency}, options, inputs));
    COTERIE_ASSIGN_OR_STATUS(const auto report,
                             collect::import_inputs(*workspace, inputs, options, false, context));
    for (const auto& file : report.files)
      out.push_back({{"file", file.file},
                     {"preset", file.preset},
                     {"received", file.counts.received},
                     {"accepted", file.counts.accepted},
                     {"duplicate", file.counts.duplicate},
                     {"quarantined", file.counts.quarantined},
                     {"quarantined_by_rule", file.counts.quarantined_by_rule}});
    if (report.unread.empty()) return {};
    return base::failure(base::Code::kInvalidArgument, "{} files were imported; not read: {}",
                         report.files.size(), report.unread.front().reason);
  });
  return out.dump();
}

std::string info(const std::string& folder, const Limits& limits) {
  json out;
  with_shop(folder, Workspace::Access::kRead, limits, [&](Workspace& workspace, const Context&) -> Status {
    out = {{"folder", workspace.folder().string()},
           {"timezone", workspace.settings().timezone},
           {"currency", workspace.settings().currency}};
    return {};
  });
  return out.dump();
}

// The rows as a Parquet file, which Arrow reads.
void sql_to_parquet(const std::string& folder, const std::string& sql,
                    const std::vector<std::pair<std::string, std::string>>& parameters,
                    const OptionalText& user, const std::string& file, const Limits& limits) {
  with_shop(folder, Workspace::Access::kRead, limits,
            [&](Workspace& workspace, const Context& context) -> Status {
              std::vector<store::TextParameter> values;
              for (const auto& [name, value] : parameters) values.push_back({name, value});
              COTERIE_ASSIGN_OR_STATUS(auto table,
                                       engine::ExportTable::open_sql(workspace, sql, values, user, context));
              auto done = engine::write_table_file(workspace, table.query(), {engine::TableFormat::kParquet},
                                                   file, base::AsideFile::Existing::kReplace, context);
              return done ? Status() : done.error();
            });
}

using Column = std::tuple<std::string, nb::ndarray<nb::numpy, double, nb::ndim<1>>>;

// (as_of, users, columns); a missing value is NaN.
std::tuple<std::string, std::vector<std::string>, std::vector<Column>> features(const std::string& folder,
                                                                                const OptionalText& as_of,
                                                                                const Limits& limits) {
  data::FeatureTable table;
  std::string at;
  with_shop(folder, Workspace::Access::kRead, limits,
            [&](Workspace& workspace, const Context& context) -> Status {
              COTERIE_ASSIGN_OR_STATUS(auto source, profile::AsOf::open(workspace, context));
              COTERIE_ASSIGN_OR_STATUS(base::Timestamp ts, source->default_as_of());
              if (as_of) {
                COTERIE_ASSIGN_OR_STATUS(ts, base::parse_instant(*as_of, workspace.calendar()));
              }
              COTERIE_ASSIGN_OR_STATUS(const auto tastes, profile::fit_tastes(*source, ts));
              COTERIE_ASSIGN_OR_STATUS(table, profile::compute_features(*source, ts, {.tastes = &tastes}));
              at = workspace.calendar().to_string(ts);
              return {};
            });
  std::vector<Column> columns;
  for (data::FeatureColumn& column : table.columns) {
    for (size_t i = 0; i < column.values.size(); ++i)
      if (column.valid[i] == 0) column.values[i] = std::numeric_limits<double>::quiet_NaN();
    columns.emplace_back(column.name, to_numpy(std::move(column.values)));
  }
  return {at, std::move(table.users), std::move(columns)};
}

std::string run(const std::string& folder, const OptionalText& as_of, uint64_t seed, bool is_forced,
                const Limits& limits) {
  json out;
  with_shop(folder, Workspace::Access::kWrite, limits,
            [&](Workspace& workspace, const Context& context) -> Status {
              engine::RunOptions options;
              options.seed = seed;
              options.is_forced = is_forced;
              options.draw_report = report_in_language_of(workspace);
              if (as_of) {
                COTERIE_ASSIGN_OR_STATUS(options.as_of, base::parse_instant(*as_of, workspace.calendar()));
              }
              COTERIE_ASSIGN_OR_STATUS(auto result, engine::run(workspace, options, context));
              out = std::move(result.record);
              out["was_current"] = result.was_current;
              return {};
            });
  return out.dump();
}

std::string record(const std::string& folder, const Limits& limits) {
  json out;
  with_shop(folder, Workspace::Access::kRead, limits, [&](Workspace& workspace, const Context&) -> Status {
    COTERIE_ASSIGN_OR_STATUS(out, engine::latest_record(workspace));
    return {};
  });
  return out.dump();
}

std::string show_user(const std::string& folder, const std::string& user_id, const Limits& limits) {
  json out;
  with_shop(folder, Workspace::Access::kRead, limits,
            [&](Workspace& workspace, const Context& context) -> Status {
              COTERIE_ASSIGN_OR_STATUS(out, engine::user_profile(workspace, user_id, context));
              return {};
            });
  return out.dump();
}

// {segments: of the newest run and of divisions that are kept, rules: defined by rules}.
std::string list_segments(const std::string& folder, const Limits& limits) {
  json out = {{"segments", json::array()}, {"rules", json::array()}};
  with_shop(folder, Workspace::Access::kRead, limits, [&](Workspace& workspace, const Context&) -> Status {
    if (auto newest = engine::latest_record(workspace)) {
      out["segments"] = (*newest)["segments"];
      for (json& division : (*newest)["divisions"])
        for (json& segment : division["segments"]) out["segments"].push_back(std::move(segment));
    }
    COTERIE_ASSIGN_OR_STATUS(const auto rules, engine::rule_segments(workspace));
    for (const auto& rule : rules) {
      COTERIE_ASSIGN_OR_STATUS(json one, engine::to_json(rule, workspace));
      out["rules"].push_back(std::move(one));
    }
    return {};
  });
  return out.dump();
}

std::string create_segment(const std::string& folder, const std::string& name, const std::string& rule,
                           const OptionalText& note, bool replaces, const OptionalText& as_of,
                           const Limits& limits) {
  json out;
  with_shop(
      folder, Workspace::Access::kWrite, limits, [&](Workspace& workspace, const Context& context) -> Status {
        COTERIE_ASSIGN_OR_STATUS(const auto at, instant(workspace, as_of, context));
        COTERIE_ASSIGN_OR_STATUS(const auto made, engine::create_rule_segment(
                                                      workspace, {name, rule, note, replaces}, at, context));
        COTERIE_ASSIGN_OR_STATUS(out, engine::to_json(made, workspace));
        return {};
      });
  return out.dump();
}

void delete_segment(const std::string& folder, const std::string& name, const Limits& limits) {
  with_shop(folder, Workspace::Access::kWrite, limits, [&](Workspace& workspace, const Context& context) {
    const Status division =
        engine::delete_division(workspace, name, report_in_language_of(workspace), context);
    return division.code() == base::Code::kNotFound ? engine::delete_rule_segment(workspace, name, context)
                                                    : division;
  });
}

void note_segment(const std::string& folder, const std::string& name, const std::string& note,
                  const Limits& limits) {
  with_shop(folder, Workspace::Access::kWrite, limits, [&](Workspace& workspace, const Context& context) {
    return engine::note_rule_segment(workspace, name, note, context);
  });
}

std::string preview_rule(const std::string& folder, const std::string& rule, size_t limit,
                         const OptionalText& as_of, const Limits& limits) {
  json out;
  with_shop(folder, Workspace::Access::kRead, limits,
            [&](Workspace& workspace, const Context& context) -> Status {
              COTERIE_ASSIGN_OR_STATUS(const auto read, engine::read_rule(rule));
              COTERIE_ASSIGN_OR_STATUS(const auto resolved, engine::resolve_rule(workspace, read));
              COTERIE_ASSIGN_OR_STATUS(const auto at, instant(workspace, as_of, context));
              COTERIE_ASSIGN_OR_STATUS(out, engine::preview_rule(workspace, resolved, at, limit, context));
              return {};
            });
  return out.dump();
}

std::vector<std::string> segment_users(const std::string& folder, const std::string& name,
                                       const OptionalText& as_of, const Limits& limits) {
  std::vector<std::string> out;
  with_shop(
      folder, Workspace::Access::kRead, limits, [&](Workspace& workspace, const Context& context) -> Status {
        COTERIE_ASSIGN_OR_STATUS(const auto rule, engine::rule_of_segment(workspace, name));
        COTERIE_ASSIGN_OR_STATUS(const auto at, instant(workspace, as_of, context));
        COTERIE_ASSIGN_OR_STATUS(const auto members, engine::rule_members(workspace, rule, at, context));
        for (size_t row = 0; row < members.holds.size(); ++row)
          if (members.holds[row] != 0) out.push_back(members.all_users()[row]);
        return {};
      });
  return out;
}

std::string explain_segment(const std::string& folder, const std::string& name, const std::string& user_id,
                            const OptionalText& as_of, const Limits& limits) {
  json out;
  with_shop(folder, Workspace::Access::kRead, limits,
            [&](Workspace& workspace, const Context& context) -> Status {
              COTERIE_ASSIGN_OR_STATUS(const auto rule, engine::rule_of_segment(workspace, name));
              COTERIE_ASSIGN_OR_STATUS(const auto at, instant(workspace, as_of, context));
              COTERIE_ASSIGN_OR_STATUS(out, engine::explain_rule(workspace, rule, at, user_id, context));
              return {};
            });
  return out.dump();
}

std::string diff_segment(const std::string& folder, const std::string& name, const std::string& from,
                         const OptionalText& to, size_t limit, const Limits& limits) {
  json out;
  with_shop(folder, Workspace::Access::kRead, limits,
            [&](Workspace& workspace, const Context& context) -> Status {
              COTERIE_ASSIGN_OR_STATUS(const auto rule, engine::rule_of_segment(workspace, name));
              COTERIE_ASSIGN_OR_STATUS(const auto begin, base::parse_instant(from, workspace.calendar()));
              COTERIE_ASSIGN_OR_STATUS(const auto end, instant(workspace, to, context));
              COTERIE_ASSIGN_OR_STATUS(out, engine::diff_rule(workspace, rule, begin, end, limit, context));
              return {};
            });
  return out.dump();
}

// The record, and of every member the id and the name of the segment.
using Divided = std::tuple<std::string, std::vector<std::string>, std::vector<std::string>>;

engine::DivisionWords division_words(const std::string& words) {
  return engine::division_words(json::parse(words));
}

Divided divide(const std::string& folder, const std::string& words, const OptionalText& as_of,
               const Limits& limits) {
  Divided out;
  with_shop(
      folder, Workspace::Access::kRead, limits, [&](Workspace& workspace, const Context& context) -> Status {
        COTERIE_ASSIGN_OR_STATUS(auto request, engine::read_division(division_words(words)));
        COTERIE_ASSIGN_OR_STATUS(request.as_of, instant(workspace, as_of, context));
        COTERIE_ASSIGN_OR_STATUS(const auto division, engine::compute_division(workspace, request, context));
        const auto& segment = division.members.facts->table.columns[0];
        std::get<0>(out) = division.record.dump();
        std::get<1>(out) = division.members.all_users();
        for (const uint32_t code : segment.codes) std::get<2>(out).push_back(segment.categories[code]);
        return {};
      });
  return out;
}

Divided keep_division(const std::string& folder, const std::string& name, const std::string& words,
                      bool replaces, const Limits& limits) {
  Divided out;
  with_shop(folder, Workspace::Access::kWrite, limits,
            [&](Workspace& workspace, const Context& context) -> Status {
              COTERIE_ASSIGN_OR_STATUS(
                  const json record, engine::keep_division(workspace, {name, division_words(words), replaces},
                                                           report_in_language_of(workspace), context));
              std::get<0>(out) = record.dump();
              COTERIE_ASSIGN_OR_STATUS(auto connection,
                                       workspace.connect(context, {{store::TableKind::kSegments}, {}}));
              const store::Parameter parameters[] = {{"method", std::string_view(name)}};
              return connection->query(
                  "SELECT user_id, segment FROM segments WHERE method = $method ORDER BY user_id", parameters,
                  [&](const store::Rows& rows) -> Status {
                    for (size_t i = 0; i < rows.size(); ++i) {
                      std::get<1>(out).emplace_back(rows.text(0, i));
                      std::get<2>(out).emplace_back(rows.text(1, i));
                    }
                    return {};
                  });
            });
  return out;
}

// The words of a preset, as JSON.
std::string division_preset(const std::string& folder, const std::string& name, const Limits& limits) {
  json out;
  with_shop(folder, Workspace::Access::kRead, limits,
            [&](Workspace& workspace, const Context& context) -> Status {
              COTERIE_ASSIGN_OR_STATUS(const auto words, engine::division_preset(workspace, name, context));
              out = engine::to_json(words);
              return {};
            });
  return out.dump();
}

}  // namespace
}  // namespace coterie::python

NB_MODULE(_shop, module) {
  using namespace coterie::python;
  using namespace nanobind::literals;
  module.doc() = "A shop's folder, for the package's own use";
  nb::class_<Limits>(module, "Limits").def(nb::init<size_t, uint64_t>(), "threads"_a, "memory_bytes"_a);
  nb::class_<ImportWords>(module, "ImportWords")
      .def(nb::init<>())
      .def_rw("preset", &ImportWords::preset)
      .def_rw("map", &ImportWords::map)
      .def_rw("behavior", &ImportWords::behavior)
      .def_rw("kind", &ImportWords::kind)
      .def_rw("ts", &ImportWords::ts)
      .def_rw("timezone", &ImportWords::timezone)
      .def_rw("currency", &ImportWords::currency);
  module.def("import_files", &import_files, "folder"_a, "files"_a, "words"_a, "limits"_a);
  module.def("info", &info, "folder"_a, "limits"_a);
  module.def("sql_to_parquet", &sql_to_parquet, "folder"_a, "sql"_a, "parameters"_a, "user"_a.none(),
             "file"_a, "limits"_a);
  module.def("features", &features, "folder"_a, "as_of"_a.none(), "limits"_a);
  module.def("run", &run, "folder"_a, "as_of"_a.none(), "seed"_a, "is_forced"_a, "limits"_a);
  module.def("record", &record, "folder"_a, "limits"_a);
  module.def("show_user", &show_user, "folder"_a, "user_id"_a, "limits"_a);
  module.def("list_segments", &list_segments, "folder"_a, "limits"_a);
  module.def("create_segment", &create_segment, "folder"_a, "name"_a, "rule"_a, "note"_a.none(), "replaces"_a,
             "as_of"_a.none(), "limits"_a);
  module.def("delete_segment", &delete_segment, "folder"_a, "name"_a, "limits"_a);
  module.def("note_segment", &note_segment, "folder"_a, "name"_a, "note"_a, "limits"_a);
  module.def("preview_rule", &preview_rule, "folder"_a, "rule"_a, "limit"_a, "as_of"_a.none(), "limits"_a);
  module.def("segment_users", &segment_users, "folder"_a, "name"_a, "as_of"_a.none(), "limits"_a);
  module.def("explain_segment", &explain_segment, "folder"_a, "name"_a, "user_id"_a, "as_of"_a.none(),
             "limits"_a);
  module.def("divide", &divide, "folder"_a, "words"_a, "as_of"_a.none(), "limits"_a);
  module.def("keep_division", &keep_division, "folder"_a, "name"_a, "words"_a, "replaces"_a, "limits"_a);
  module.def("division_preset", &division_preset, "folder"_a, "name"_a, "limits"_a);
  module.def("diff_segment", &diff_segment, "folder"_a, "name"_a, "from_"_a, "to"_a.none(), "limit"_a,
             "limits"_a);
}
