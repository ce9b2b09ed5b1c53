#include "collect/table_choice.h"

#include <algorithm>

namespace coterie::collect {

namespace {

using base::Code;
using base::Result;

// A preset as the person named it: all of it, or some of its tables.
Result<PresetFile> named_preset(const PresetChoice& choice) {
  const bool has_text = !choice.preset_text.empty();
  const size_t colon = choice.preset.ends_with(".toml") ? std::string::npos : choice.preset.find(':');
  std::vector<std::string> wanted = choice.tables;
  if (!has_text && colon != std::string::npos) wanted = {choice.preset.substr(colon + 1)};
  COTERIE_ASSIGN(PresetFile file, has_text
                                      ? parse_preset(choice.preset_text, "the preset of the earlier import")
                                      : find_preset(choice.preset.substr(0, colon)));
  if (wanted.empty()) return file;
  std::string names;
  std::vector<Preset> tables;
  for (Preset& table : file.tables) {
    names.append(names.empty() ? "" : ", ").append(table.table);
    if (std::find(wanted.begin(), wanted.end(), table.table) != wanted.end())
      tables.push_back(std::move(table));
  }
  if (tables.empty())
    return base::error(Code::kNotFound, "preset {} has no table '{}'; it has {}", file.name, wanted.front(),
                       names.empty() ? "one only" : names);
  file.tables = std::move(tables);
  return file;
}

bool is_named(const PresetChoice& choice) { return !choice.preset.empty() || !choice.preset_text.empty(); }

// The patterns of columns a preset is guessed by, of its chosen tables.
struct Fit {
  PresetFile file;
  std::vector<size_t> columns;  // of the header
};

bool has_columns(std::span<const std::string> header, std::span<const RowRule> rules) {
  return std::all_of(rules.begin(), rules.end(), [&](const RowRule& rule) {
    return std::find(header.begin(), header.end(), rule.column) != header.end();
  });
}

// The tables of one preset that fit: those with row rules together, else the one that needs most columns.
std::optional<Fit> fit(const PresetFile& file, std::span<const std::string> header,
                       std::span<const ColumnChoice> choices, std::optional<Kind> kind, bool named,
                       bool exact) {
  std::optional<Fit> best;
  Fit by_row{{file.name, file.text, {}}, {}};
  for (const Preset& table : file.tables) {
    // In other letters than its own, a file is guessed to be of events only: "id" or "user" are anybody's.
    if (!named && (table.detect.empty() || (!exact && table.kind != Kind::kEvents))) continue;
    const auto columns = detected_columns(header, table, choices, exact);
    if (!columns || (!named && columns->empty())) continue;
    if (!table.where.empty()) {
      if (!has_columns(header, table.where)) continue;
      by_row.file.tables.push_back(table);
      by_row.columns.insert(by_row.columns.end(), columns->begin(), columns->end());
      continue;
    }
    if (kind && table.kind != *kind) continue;
    if (best && best->columns.size() >= columns->size()) continue;
    best = Fit{{file.name, file.text, {table}}, *columns};
  }
  std::sort(by_row.columns.begin(), by_row.columns.end());
  by_row.columns.erase(std::unique(by_row.columns.begin(), by_row.columns.end()), by_row.columns.end());
  const bool has_kind = std::any_of(by_row.file.tables.begin(), by_row.file.tables.end(),
                                    [&](const Preset& table) { return !kind || table.kind == *kind; });
  if (!has_kind) return best;
  // Rows of its other tables may come later than the start of the file.
  by_row.file.tables.clear();
  for (const Preset& table : file.tables) {
    if (!table.where.empty()) by_row.file.tables.push_back(table);
  }
  if (best && best->columns.size() > by_row.columns.size()) return best;
  return by_row;
}

bool includes(const std::vector<size_t>& all, const std::vector<size_t>& some) {
  return all.size() > some.size() && std::includes(all.begin(), all.end(), some.begin(), some.end());
}

// Those that no other one makes superfluous.
std::vector<Fit> most_particular(std::vector<Fit> fits) {
  std::vector<Fit> out;
  for (const Fit& one : fits) {
    const bool outdone = std::any_of(fits.begin(), fits.end(),
                                     [&](const Fit& other) { return includes(other.columns, one.columns); });
    if (!outdone) out.push_back(one);
  }
  return out;
}

std::string names_of(std::span<const PresetFile> presets) {
  std::string out;
  for (const PresetFile& preset : presets) out.append(out.empty() ? "" : ", ").append(preset.name);
  return out;
}

TableChoice chosen(Fit fit, std::span<const std::string> header, bool detected) {
  TableChoice out{std::move(fit.file), detected, {}};
  for (const size_t column : fit.columns) out.by.push_back(header[column]);
  return out;
}

// What each table of a preset needs, for the message that none of them fits.
std::string needs_of(const PresetFile& file) {
  std::string out;
  for (const Preset& table : file.tables) {
    std::string names;
    for (const std::string& design : table.detect) {
      const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                       [&](const auto& entry) { return entry.first == design; });
      names.append(names.empty() ? "" : ", ").append(column->second.front());
    }
    for (const std::string& pattern : table.files)
      names.append(names.empty() ? "a file called " : " or ").append(pattern);
    if (names.empty()) names = "any columns";
    out.append(out.empty() ? "" : "; ");
    out.append(table.table.empty() ? names : fmt::format("{} ({})", table.table, names));
  }
  return out;
}

bool takes_any_file(const Preset& table) { return table.detect.empty() && table.files.empty(); }

Result<TableChoice> choose_named(std::span<const std::string> header, std::span<const ColumnChoice> columns,
                                 std::string_view file, const PresetChoice& choice) {
  COTERIE_ASSIGN(PresetFile preset, named_preset(choice));
  for (const bool exact : {true, false}) {
    if (auto found = fit(preset, header, columns, choice.kind, true, exact);
        found && (choice.kind || !takes_any_file(found->file.tables.front())))
      return chosen(std::move(*found), header, false);
  }
  // Tables that take any file are for --kind; without it the first says what is missing.
  if (!choice.kind && std::any_of(preset.tables.begin(), preset.tables.end(), takes_any_file))
    preset.tables.resize(1);
  if (preset.tables.size() == 1 && (!choice.kind || preset.tables.front().kind == *choice.kind))
    return TableChoice{std::move(preset), false, {}};
  return base::error(Code::kInvalidArgument, "{}, line 1: no table of preset {} fits{}; it is for {} ({})",
                     file, preset.name, choice.kind ? fmt::format(" as {}", to_string(*choice.kind)) : "",
                     needs_of(preset), columns_in_words(header));
}

base::Result<TableChoice> plain(const PresetChoice& choice, std::span<const std::string> header,
                                std::span<const ColumnChoice> columns) {
  COTERIE_ASSIGN(PresetFile preset, find_preset("coterie"));
  if (auto found = fit(preset, header, columns, choice.kind.value_or(Kind::kEvents), true, false))
    return chosen(std::move(*found), header, true);
  const Kind kind = choice.kind.value_or(Kind::kEvents);
  const auto table = std::find_if(preset.tables.begin(), preset.tables.end(),
                                  [&](const Preset& one) { return one.kind == kind; });
  Preset only = std::move(*table);
  preset.tables = {std::move(only)};
  return TableChoice{std::move(preset), true, {}};
}

// How much of a pattern, which begins with no *, stands for one letter; 0 when the letter is another one.
size_t part_that_takes(std::string_view pattern, char letter) {
  const size_t close = pattern.starts_with('[') ? pattern.find(']', 2) : std::string_view::npos;
  if (close == std::string_view::npos)
    return !pattern.empty() && (pattern[0] == '?' || pattern[0] == letter) ? 1 : 0;
  const std::string_view set = pattern.substr(1, close - 1);
  for (size_t i = 0; i < set.size(); ++i) {
    const bool is_range = i + 2 < set.size() && set[i + 1] == '-';
    if (is_range ? set[i] <= letter && letter <= set[i + 2] : set[i] == letter) return close + 1;
    if (is_range) i += 2;
  }
  return 0;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view name) {
  constexpr size_t kNone = std::string_view::npos;
  size_t at = 0;                      // in the pattern
  size_t last_star = kNone, end = 0;  // where the name goes on behind what the last * stands for
  for (size_t i = 0; i < name.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      last_star = at++;
      end = i;
    } else if (const size_t part = part_that_takes(pattern.substr(at), name[i]); part > 0) {
      at += part;
      ++i;
    } else if (last_star != kNone) {  // what stands before the last * fits; only that one can take more
      at = last_star + 1;
      i = ++end;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == kNone;
}

Result<std::optional<TableChoice>> choose_by_name(std::string_view file, const PresetChoice& choice) {
  std::vector<PresetFile> presets;
  if (is_named(choice)) {
    COTERIE_ASSIGN(PresetFile preset, named_preset(choice));
    presets.push_back(std::move(preset));
  } else {
    COTERIE_ASSIGN(presets, built_in_presets());
  }
  std::vector<TableChoice> found;
  for (PresetFile& preset : presets) {
    const bool only = is_named(choice) && preset.tables.size() == 1;
    for (Preset& table : preset.tables) {
      const bool says_how = !table.header.empty() || !table.delimiter.empty() || !table.encoding.empty();
      if (!says_how || (choice.kind && table.kind != *choice.kind)) continue;
      const auto pattern = std::find_if(table.files.begin(), table.files.end(),
                                        [&](const std::string& one) { return matches(one, file); });
      if (pattern == table.files.end() && !only) continue;
      TableChoice one{{preset.name, preset.text, {table}}, !is_named(choice), {}};
      if (pattern != table.files.end()) one.by.push_back(*pattern);
      found.push_back(std::move(one));
      break;
    }
  }
  if (found.empty()) return std::optional<TableChoice>();
  if (found.size() == 1) return std::optional(std::move(found.front()));
  return base::error(Code::kInvalidArgument, "{}: presets {} and {} both fit its name; choose with --preset",
                     file, found[0].file.name, found[1].file.name);
}

Result<TableChoice> choose_tables(std::span<const std::string> header, std::span<const ColumnChoice> columns,
                                  std::string_view file, const PresetChoice& choice) {
  if (is_named(choice)) return choose_named(header, columns, file, choice);
  COTERIE_ASSIGN(std::vector<PresetFile> presets, built_in_presets());
  for (const bool exact : {true, false}) {
    std::vector<Fit> fits;
    for (const PresetFile& preset : presets) {
      if (auto found = fit(preset, header, columns, choice.kind, false, exact))
        fits.push_back(std::move(*found));
    }
    fits = most_particular(std::move(fits));
    if (fits.size() == 1) return chosen(std::move(fits.front()), header, true);
    if (fits.size() > 1)
      return base::error(Code::kInvalidArgument, "{}: presets {} and {} both fit; choose with --preset", file,
                         fits[0].file.name, fits[1].file.name);
  }
  if (!columns.empty() || choice.kind) return plain(choice, header, columns);
  return base::error(
      Code::kInvalidArgument,
      "{}, line 1: no preset fits; say which column is which with --map user_id=COLUMN,ts=COLUMN,"
      "item_id=COLUMN,behavior=COLUMN, what the rows are with --kind, or choose --preset, one of {} ({})",
      file, names_of(presets), columns_in_words(header));
}

}  // namespace coterie::collect
