// Preset files. Promises: a preset or a clear error; in another notation of the same TOML it is the same
// preset; and a file with the columns that it names is imported with it, or refused in words.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <set>
#include <sstream>

#include "base/context.h"
#include "collect/import_file.h"
#include "collect/table_choice.h"
#include "fuzzing.h"

namespace coterie::fuzzing {
namespace {

using collect::Preset;
using collect::PresetFile;

template <class Texts>
std::string joined(const Texts& texts) {
  std::string out;
  for (const auto& text : texts) out += fmt::format("{}:{},", text.size(), text);
  return out;
}

template <class Pairs>
std::string joined_pairs(const Pairs& pairs) {
  std::string out;
  for (const auto& [left, right] : pairs)
    out += fmt::format("{}:{}={}:{},", left.size(), left, right.size(), right);
  return out;
}

// Everything that a table of a preset says.
std::string words_of(const Preset& table) {
  std::string out = joined(std::vector<std::string>{table.name, table.table, table.description_en,
                                                    table.description_zh, table.timezone, table.currency,
                                                    table.delimiter, table.encoding, table.explode,
                                                    table.default_behavior, table.time.zone, table.time.add});
  for (const auto* texts : {&table.files, &table.header, &table.missing, &table.detect, &table.not_product})
    out += joined(*texts) + ";";
  for (const auto& rule : table.where) out += rule.column + "=" + joined(rule.values) + ";";
  for (const auto& [design, names] : table.columns) out += design + "=" + joined(names) + ";";
  out += joined_pairs(table.constants) + ";" + joined_pairs(table.behaviors) + ";";
  for (const auto& rule : table.behavior_rules)
    out += fmt::format("{}~{}={};", to_string(rule.column), rule.prefix, rule.behavior);
  for (const auto& rule : table.strip_suffix)
    out += fmt::format("{}-{};", to_string(rule.column), rule.suffix);
  const auto& time = table.time;
  out += fmt::format("{} {} {} {};", static_cast<int>(time.unit), static_cast<int>(time.order),
                     static_cast<int>(time.add_unit), time.since ? time.since->local_us : -1);
  return out + fmt::format("{} {} {} {} {} {} {} {}", to_string(table.kind), static_cast<int>(table.repeats),
                           static_cast<int>(table.price), table.attributes_by_name, table.first_value_stays,
                           table.forget, table.neutralised, table.guest ? to_string(*table.guest) : "-");
}

std::string words_of(const PresetFile& file) {
  std::string out = file.name;
  for (const Preset& table : file.tables) out += "\n" + words_of(table);
  return out;
}

// As another program would write the same TOML. Not strings of several lines, nor literal
// ones: toml++ writes line breaks into them.
void check_written(std::string_view text, const PresetFile& preset) {
  constexpr auto kFlags = toml::toml_formatter::default_flags &
                          ~toml::format_flags::allow_multi_line_strings &
                          ~toml::format_flags::allow_literal_strings;
  const toml::table table = toml::parse(text);
  std::ostringstream written;
  written << toml::toml_formatter(table, kFlags);
  const auto again = collect::parse_preset(written.str(), "again");
  if (!again) std::fprintf(stderr, "%s\n", again.error().message().c_str());
  require(again && words_of(*again) == words_of(preset), "in another notation it is the same preset");
}

// A file with every column that the table names, and rows of values that columns of any meaning may hold.
std::string file_for(const Preset& table) {
  constexpr const char* kValues[] = {
      "2011-12-09 08:26",    "1323418000", "-99999999999999999999", "9.75", "u1",
      "{\"a\":[{\"b\":1}]}", "",           "31/12/2010 23:59:59.5", "buy"};
  std::set<std::string> names;
  for (const auto& [design, columns] : table.columns) names.insert(columns.begin(), columns.end());
  for (const auto& rule : table.where) names.insert(rule.column);
  if (!table.time.add.empty()) names.insert(table.time.add);
  names.insert({"item.color", "user.city"});
  std::string out;
  size_t at = 0;
  if (table.header.empty()) {
    for (const std::string& name : names) out.append(at++ == 0 ? "" : ",").append(in_quotes(name));
    out += "\n";
  }
  const size_t columns = table.header.empty() ? names.size() : table.header.size();
  for (size_t row = 0; row < std::size(kValues); ++row) {
    for (size_t i = 0; i < columns; ++i)
      out.append(i == 0 ? "" : ",").append(in_quotes(kValues[(row * (i + 1) + i) % std::size(kValues)]));
    out += "\n";
  }
  return out;
}

void check_import(const PresetFile& preset, const std::string& table, const std::string& file) {
  static const auto* const kCalendar = new base::Calendar(*base::Calendar::create("Asia/Shanghai"));
  static auto* const kContext = new base::OwnedContext();
  collect::ImportOptions options;
  options.preset_text = preset.text;
  if (!table.empty()) options.tables = {table};
  options.delimiter = ",";
  PieceSource source(file, 1 << 12);
  auto opened = collect::FileImport::open(source, options);
  if (!opened) return require_clear(opened.error());
  CountingSink sink;
  const auto summary = opened->run(*kCalendar, 1'700'000'000 * base::kSecond, sink, kContext->get());
  if (!summary) return require_clear(summary.error());
  require(summary->received == summary->cleaned + summary->quarantined, "received = accepted + quarantined");
  require(sink.bad == summary->quarantined, "quarantined rows reach the sink");
}

}  // namespace
}  // namespace coterie::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coterie::fuzzing;
  const std::string_view text = text_of(data, size);
  const auto preset = coterie::collect::parse_preset(text, "fuzz.toml");
  if (!preset) {
    require_clear(preset.error());
    return 0;
  }
  check_written(text, *preset);
  for (size_t i = 0; i < std::min<size_t>(preset->tables.size(), 4); ++i) {
    const auto& table = preset->tables[i];
    for (const std::string& pattern : table.files)
      coterie::collect::matches(pattern, "orders-2011-12-09.csv.gz");
    check_import(*preset, table.table, file_for(table));
  }
  return 0;
}
