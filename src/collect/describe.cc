#include "collect/describe.h"

#include <algorithm>

#include "base/money.h"
#include "collect/encoding.h"
#include "collect/open_reader.h"
#include "collect/propose.h"

namespace coterie::collect {

namespace {

// Keeps the first rows as text, under the names of their columns.
class RowsAsText final : public RowSink {
 public:
  RowsAsText(const Mapping& mapping, Kind kind, const base::Calendar& calendar)
      : kind_(kind), calendar_(calendar) {
    for (const auto& [design, column] : mapping.used) {
      if (const auto known = parse_column(design); known && belongs(*known, Kind::kEvents))
        columns_.push_back(*known);
    }
    const auto add = [&](Column column) {
      if (std::find(columns_.begin(), columns_.end(), column) == columns_.end()) columns_.push_back(column);
    };
    add(Column::kBehavior);
    std::sort(columns_.begin(), columns_.end());
  }

  base::Status append(const data::EventBatch& batch) override {
    if (kind_ != Kind::kEvents) return {};
    if (headings.empty()) {
      for (const Column column : columns_) headings.emplace_back(to_string(column));
    }
    for (size_t i = 0; i < batch.rows(); ++i) {
      std::vector<std::string> row;
      for (const Column column : columns_) row.push_back(cell(batch, column, i));
      rows.push_back(std::move(row));
    }
    return {};
  }
  base::Status append(const data::AttributeBatch& batch, AttributeOwner owner) override {
    for (size_t i = 0; i < batch.rows(); ++i) {
      if (batch.line.size() != batch.rows() || batch.line[i] == 0) continue;
      if (facts.size() == kDescribedRows) break;
      facts.push_back({owner == AttributeOwner::kItems ? "item" : "user", std::string(batch.id.at(i)),
                       std::string(batch.name.at(i)), std::string(batch.value.at(i)),
                       calendar_.to_string(batch.valid_from[i])});
    }
    return {};
  }
  base::Status append(const data::TextBatch& batch) override {
    if (kind_ != Kind::kTexts) return {};
    headings = {"user_id", "item_id", "kind", "body", "ts", "rating"};
    for (size_t i = 0; i < batch.rows(); ++i)
      rows.push_back({text(batch.user_id, i), text(batch.item_id, i), text(batch.kind, i),
                      text(batch.body, i), calendar_.to_string(batch.ts[i]),
                      batch.rating.is_null(i) ? "" : fmt::format("{}", batch.rating.at(i))});
    return {};
  }
  base::Status append(const data::LinkBatch& batch) override {
    if (kind_ != Kind::kLinks) return {};
    headings = {"user_id", "other_user_id", "relation", "ts"};
    for (size_t i = 0; i < batch.rows(); ++i)
      rows.push_back({text(batch.user_id, i), text(batch.other_user_id, i), text(batch.relation, i),
                      calendar_.to_string(batch.ts[i])});
    return {};
  }
  base::Status append(const data::QuarantineBatch& batch) override {
    for (size_t i = 0; i < batch.rows(); ++i)
      faults.push_back(fmt::format("line {}: {} ({})", batch.line[i], batch.reason.at(i), batch.rule.at(i)));
    return {};
  }
  base::Status append(const data::FlagBatch&) override { return {}; }

  std::vector<std::string> headings;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::vector<std::string>> facts;
  std::vector<std::string> faults;

 private:
  static std::string text(const data::TextColumn& column, size_t row) {
    return column.is_null(row) ? std::string() : std::string(column.at(row));
  }
  static std::string decimal(const data::NumberColumn<int64_t>& column, size_t row) {
    return column.is_null(row) ? std::string() : base::to_string(base::Decimal{column.at(row)});
  }

  std::string cell(const data::EventBatch& batch, Column column, size_t row) const {
    switch (column) {
      case Column::kEventId: return text(batch.event_id, row);
      case Column::kUserId: return text(batch.user_id, row);
      case Column::kAnonymousId: return text(batch.anonymous_id, row);
      case Column::kItemId: return text(batch.item_id, row);
      case Column::kBehavior: return text(batch.behavior, row);
      case Column::kTs: return calendar_.to_string(batch.ts[row]);
      case Column::kValue: return batch.value.is_null(row) ? "" : fmt::format("{}", batch.value.at(row));
      case Column::kQuantity: return decimal(batch.quantity, row);
      case Column::kUnitPrice: return decimal(batch.unit_price, row);
      case Column::kLineAmount: return decimal(batch.line_amount, row);
      case Column::kDiscount: return decimal(batch.discount, row);
      case Column::kCurrency: return text(batch.currency, row);
      case Column::kOrderId: return text(batch.order_id, row);
      case Column::kSessionId: return text(batch.session_id, row);
      case Column::kChannel: return text(batch.channel, row);
      case Column::kCampaignId: return text(batch.campaign_id, row);
      case Column::kDecisionId: return text(batch.decision_id, row);
      case Column::kProperties: return text(batch.properties, row);
      default: return {};
    }
  }

  Kind kind_;  // rows of the first table are shown
  const base::Calendar& calendar_;
  std::vector<Column> columns_;
};

// A word for a shell, in quotes where it needs them.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) c == '\'' ? out.append("'\\''") : out.append(1, c);
  return out + "'";
}

// One side of a pair of --map or --behavior.
std::string pair_word(const std::string& word) {
  if (word.find_first_of(",=\" ") == std::string::npos) return word;
  std::string out = "\"";
  for (const char c : word) out.append(c == '"' ? "\"\"" : std::string(1, c));
  return out + "\"";
}

std::string command_for(const std::filesystem::path& path, const ImportOptions& options,
                        const std::string& preset, bool name_preset, bool needs_zone) {
  std::string out = fmt::format("coterie import SHOP {}", shell_word(path.string()));
  const auto add = [&](std::string_view option, const std::string& value) {
    if (!value.empty()) out.append(fmt::format(" {} {}", option, shell_word(value)));
  };
  if (name_preset) add("--preset", options.preset.empty() ? preset : options.preset);
  if (options.kind) add("--kind", std::string(to_string(*options.kind)));
  std::string map, behaviors;
  for (const ColumnChoice& choice : options.columns)
    map.append(map.empty() ? "" : ",")
        .append(choice.design)
        .append("=")
        .append(pair_word(choice.file_column));
  for (const BehaviorChoice& choice : options.behaviors)
    behaviors.append(behaviors.empty() ? "" : ",")
        .append(pair_word(choice.file_value))
        .append("=")
        .append(choice.behavior);
  add("--map", map);
  add("--behavior", behaviors);
  add("--ts", options.ts);
  add("--delimiter", options.delimiter == "\t" ? "tab" : options.delimiter);
  add("--encoding", options.encoding);
  add("--sheet", options.sheet);
  if (options.repeats) add("--repeats", *options.repeats == data::Repeats::kKeep ? "keep" : "drop");
  if (needs_zone) out.append(" --timezone ZONE --currency CODE");
  return out;
}

// The plan of an opened file and its first rows under it.
base::Status describe_opened(FileImport& file, const std::filesystem::path& path,
                             const ImportOptions& options, const base::Calendar& calendar,
                             base::Timestamp now, Description* out) {
  const ImportPlan& plan = file.plan();
  out->format = plan.format;
  out->preset = plan.preset;
  out->table = plan.first().table;
  out->kind = plan.first().kind;
  out->known_by = plan.known_by;
  out->mapping = plan.mapping().used;
  out->unread = plan.mapping().unused;
  RowsAsText sink(plan.mapping(), plan.first().kind, calendar);
  base::OwnedContext context;
  auto summary = file.run(calendar, now, sink, context.get(), kDescribedRows);
  if (!summary) return summary.error();
  out->headings = std::move(sink.headings);
  out->rows = std::move(sink.rows);
  if (out->rows.empty() && !sink.facts.empty()) {
    out->headings = {"of", "id", "name", "value", "valid_from"};
    out->rows = std::move(sink.facts);
  }
  out->faults = std::move(sink.faults);
  const bool needs_zone = plan.first().timezone.empty() || plan.first().currency.empty();
  out->command = command_for(path, options, plan.preset, !plan.preset_detected, needs_zone);
  return {};
}

// Looks at the first rows, guesses, and tries the guess.
base::Result<Description> describe_unknown(const std::filesystem::path& path, ImportOptions options,
                                           const base::Status& problem, const base::Calendar& calendar,
                                           base::Timestamp now) {
  ReaderOptions reading;
  reading.delimiter = options.delimiter;
  reading.encoding = options.encoding;
  reading.sheet = options.sheet;
  COTERIE_ASSIGN(const auto reader, open_reader(path, reading));
  const std::vector<std::string> header = reader->header();
  std::vector<ShapeOfColumn> shapes(header.size());
  Record record;
  for (size_t row = 0; row < kShapedRows; ++row) {
    COTERIE_ASSIGN(const bool found, reader->next(record));
    if (!found) break;
    if (record.defects != 0) continue;
    for (size_t i = 0; i < header.size(); ++i) shapes[i].add(record.fields[i]);
  }
  Description out;
  out.file = reader->name();
  out.format = reader->format();
  out.is_proposal = true;
  out.problem = problem.message();
  std::vector<Shape> found;
  for (const ShapeOfColumn& shape : shapes) found.push_back(shape.shape());
  Proposal guess = propose(header, found, options.kind);
  for (size_t i = 0; i < header.size(); ++i) {
    const auto it = std::find_if(guess.columns.begin(), guess.columns.end(),
                                 [&](const ColumnChoice& choice) { return choice.file_column == header[i]; });
    out.shapes.push_back({header[i], std::string(to_string(found[i])), shapes[i].distinct(),
                          it == guess.columns.end() ? "" : it->design});
  }
  out.kind = guess.kind;
  if (guess.columns.empty()) return out;
  if (options.columns.empty()) options.columns = guess.columns;
  if (options.behaviors.empty() && !guess.behavior.empty()) options.behaviors = {{"*", guess.behavior}};
  if (guess.kind != Kind::kEvents) options.kind = guess.kind;
  ImportOptions tried = options;
  if (guess.needs_ts && options.ts.empty()) {
    tried.ts = "2000-01-01";  // only to show the rows
    options.ts = "DATE";
  }
  tried.preset = "coterie";
  auto file = FileImport::open(path, tried);
  if (!file) {
    out.command = command_for(path, options, "", false, true);
    return out;
  }
  COTERIE_CHECK_OK(describe_opened(*file, path, options, calendar, now, &out));
  out.preset.clear();
  out.command = command_for(path, options, "", false, true);
  return out;
}

}  // namespace

base::Result<Description> describe_file(const std::filesystem::path& path, const ImportOptions& options,
                                        const base::Calendar& calendar, base::Timestamp now) {
  auto file = FileImport::open(path, options);
  if (file) {
    Description out;
    out.file = path == "-" ? "stdin" : path.filename().string();
    COTERIE_CHECK_OK(describe_opened(*file, path, options, calendar, now, &out));
    return out;
  }
  if (file.error().code() != base::Code::kInvalidArgument || path == "-") return tl::unexpected(file.error());
  return describe_unknown(path, options, file.error(), calendar, now);
}

}  // namespace coterie::collect
