// Which preset, and which of its tables, a file is read with.
//
// A file that names its columns is known by them: a table fits when the columns of its `detect` names are all
// there. A table that needs more of them goes before one that needs some of the same. A file without a header
// line is known by its name (`files`). Tables with row rules (`where`) are taken together: each row goes to the
// first whose rules hold.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/mapping.h"
#include "collect/preset.h"

namespace coterie::collect {

/// What the person said about the preset.
struct PresetChoice {
  std::string preset = {};               ///< name, NAME:TABLE, or a .toml file; empty: told by the file
  std::string preset_text = {};          ///< the TOML itself, of an earlier import; goes before `preset`
  std::vector<std::string> tables = {};  ///< of preset_text, by name; empty: all
  std::optional<Kind> kind = {};
};

struct TableChoice {
  PresetFile file;              ///< with the chosen tables only
  bool detected = false;        ///< nobody named the preset
  std::vector<std::string> by;  ///< the columns, or the pattern of the name, that it was known by
};

/// The table that a file of this name is read with before its columns are known: one that says how to read it
/// (header, delimiter, encoding). Missing when none does. Errors: as choose_tables.
base::Result<std::optional<TableChoice>> choose_by_name(std::string_view file, const PresetChoice& choice);

/// The tables for a file with this header. Errors: kInvalidArgument when none fits, or two presets that both fit
/// and neither needs all that the other does: naming them, the file's columns and what to type; kNotFound (no
/// such preset or table).
base::Result<TableChoice> choose_tables(std::span<const std::string> header,
                                        std::span<const ColumnChoice> columns, std::string_view file,
                                        const PresetChoice& choice);

/// True when `name` is what `pattern` describes: * stands for any letters, ? for one, [a-c] for one of them.
bool matches(std::string_view pattern, std::string_view name);

}  // namespace coterie::collect
