#include "collect/import_record.h"

#include "base/file.h"
#include "base/hash.h"

namespace coterie::collect {

namespace {

using nlohmann::json;

json choices_of(const ImportOptions& options) {
  json out = json::object();
  for (const ColumnChoice& choice : options.columns) out["map"][choice.design] = choice.file_column;
  for (const BehaviorChoice& choice : options.behaviors) out["behavior"][choice.file_value] = choice.behavior;
  if (options.repeats) out["repeats"] = *options.repeats == data::Repeats::kKeep ? "keep" : "drop";
  if (options.kind) out["kind"] = to_string(*options.kind);
  if (!options.ts.empty()) out["ts"] = options.ts;
  if (!options.delimiter.empty()) out["delimiter"] = options.delimiter;
  if (!options.encoding.empty()) out["encoding"] = options.encoding;
  if (!options.sheet.empty()) out["sheet"] = options.sheet;
  return out;
}

json tables_of(const ImportPlan& plan) {
  json out = json::array();
  for (const TablePlan& table : plan.tables) out.push_back(table.preset.table);
  return out;
}

}  // namespace

base::Result<std::optional<FileIdentity>> identify_file(const std::filesystem::path& path) {
  std::error_code error;
  if (path == "-" || !std::filesystem::is_regular_file(path, error)) return std::optional<FileIdentity>();
  FileIdentity out;
  out.bytes = std::filesystem::file_size(path, error);
  COTERIE_ASSIGN(out.checksum, base::checksum_file(path));
  return std::optional(out);
}

std::string fingerprint(const ImportPlan& plan, const ImportOptions& options) {
  const json all = {plan.preset_text, tables_of(plan), choices_of(options)};
  return base::checksum_string(base::hash64(all.dump(-1, ' ', false, json::error_handler_t::replace)));
}

json import_details(const ImportPlan& plan, const ImportOptions& options,
                    const std::optional<FileIdentity>& file) {
  json out = {{"kind", to_string(plan.first().kind)},
              {"format", plan.format},
              {"delimiter", plan.delimiter},
              {"encoding", plan.first().encoding},
              {"header", plan.header},
              {"preset_text", plan.preset_text},
              {"tables", tables_of(plan)},
              {"choices", choices_of(options)},
              {"fingerprint", fingerprint(plan, options)}};
  if (file) {
    out["file_bytes"] = file->bytes;
    out["file_checksum"] = base::checksum_string(file->checksum);
  }
  return out;
}

base::Result<ImportOptions> import_options_from(const json& details) {
  ImportOptions out;
  try {
    out.preset_text = details.at("preset_text").get<std::string>();
    for (const json& table : details.at("tables")) {
      if (!table.get<std::string>().empty()) out.tables.push_back(table.get<std::string>());
    }
    const json& choices = details.at("choices");
    if (const auto map = choices.find("map"); map != choices.end()) {
      for (const auto& [design, column] : map->items())
        out.columns.push_back({design, column.get<std::string>()});
    }
    if (const auto values = choices.find("behavior"); values != choices.end()) {
      for (const auto& [value, behavior] : values->items())
        out.behaviors.push_back({value, behavior.get<std::string>()});
    }
    if (const std::string repeats = choices.value("repeats", ""); !repeats.empty())
      out.repeats = repeats == "keep" ? data::Repeats::kKeep : data::Repeats::kDrop;
    out.kind = parse_kind(choices.value("kind", ""));
    out.ts = choices.value("ts", "");
    out.delimiter = details.at("delimiter").get<std::string>();
    if (!out.delimiter.empty()) out.header = details.at("header").get<std::vector<std::string>>();
    out.sheet = choices.value("sheet", "");
  } catch (const json::exception&) {
    return base::error(base::Code::kDataLoss,
                       "the import's record does not say how its file was read; import the file again");
  }
  return out;
}

bool is_same_import(const json& record, const FileIdentity& file, const std::string& fingerprint) {
  return record.value("file_checksum", "") == base::checksum_string(file.checksum) &&
         record.value("file_bytes", uint64_t{0}) == file.bytes &&
         record.value("fingerprint", "") == fingerprint;
}

}  // namespace coterie::collect
