#include "collect/cleaning.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <charconv>
#include <cmath>
#include <deque>
#include <nlohmann/json.hpp>

#include "base/ascii.h"
#include "base/id_index.h"
#include "base/money.h"
#include "collect/content_bytes.h"
#include "collect/encoding.h"
#include "data/event.h"

namespace coterie::collect {

namespace {

using base::Decimal;

constexpr Column kIds[] = {Column::kEventId,  Column::kUserId,     Column::kAnonymousId, Column::kItemId,
                           Column::kBehavior, Column::kCurrency,   Column::kOrderId,     Column::kSessionId,
                           Column::kChannel,  Column::kCampaignId, Column::kDecisionId};

void add_fault(CleanRow& row, Rule rule, Column column, std::string_view what) {
  row.faults.push_back({rule, column, fmt::format("{}: {}", to_string(column), what)});
}

bool is_sale(std::string_view behavior) { return behavior == "buy" || behavior == "refund"; }

std::optional<int64_t> parse_amount(CleanRow& row, Column column) {
  const std::string_view text = at(row.text, column);
  if (text.empty()) return std::nullopt;
  const auto amount = base::parse_decimal(text);
  if (amount) return amount->units;
  add_fault(row, Rule::kNumber, column, amount.error().message());
  return std::nullopt;
}

std::optional<double> parse_value(CleanRow& row) {
  const std::string_view text = at(row.text, Column::kValue);
  if (text.empty()) return std::nullopt;
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc() && end == text.data() + text.size() && std::isfinite(value)) return value;
  add_fault(row, Rule::kNumber, Column::kValue, "not a number");
  return std::nullopt;
}

// quantity × unit price − discount, or missing when it does not fit.
std::optional<int64_t> compute_line_amount(const CleanRow& row) {
  const auto gross = base::product(Decimal{*row.quantity}, Decimal{*row.unit_price});
  if (!gross) return std::nullopt;
  const int64_t discount = row.discount.value_or(0);
  const int64_t net = gross->units - discount;
  if (net > Decimal::kMaxUnits || net < -Decimal::kMaxUnits) return std::nullopt;
  return net;
}

// Without the ' that an export put before what a spreadsheet would take for a formula.
std::string_view without_mark(std::string_view text) {
  const bool is_marked = text.size() > 1 && text[0] == '\'' &&
                         std::string_view("=+-@\t\r'").find(text[1]) != std::string_view::npos;
  return is_marked ? text.substr(1) : text;
}

}  // namespace

// The file's behavior values as ours; each is looked at once.
class Cleaner::Behaviors {
 public:
  explicit Behaviors(std::vector<BehaviorChoice> choices) : choices_(std::move(choices)) {}

  std::string_view find(std::string_view value) {
    const auto it = known_.find(value);
    if (it != known_.end()) return it->second;
    if (known_.size() >= kMaxKnown) return last_ = translate(value);
    const std::string_view name = texts_.emplace_back(value);
    return known_.emplace(name, texts_.emplace_back(translate(value))).first->second;
  }

  const std::vector<std::string>& unmapped() const { return unmapped_; }

 private:
  // A file with more behaviors has the wrong column mapped; the rest is translated without being remembered.
  static constexpr size_t kMaxKnown = 4096;
  static constexpr size_t kMaxUnmapped = 20;

  std::string translate(std::string_view value) {
    for (const BehaviorChoice& choice : choices_) {
      if (choice.file_value == value) return choice.behavior;
    }
    if (data::is_known_behavior(value)) return std::string(value);
    if (value.starts_with("custom:") && value.size() > 7) return std::string(value);
    if (std::string lower = base::lower(value); data::is_known_behavior(lower)) return lower;
    std::string custom = fmt::format("custom:{}", value);
    if (unmapped_.size() < kMaxUnmapped) unmapped_.push_back(custom);
    return custom;
  }

  std::vector<BehaviorChoice> choices_;
  std::deque<std::string> texts_;  // stable addresses
  boost::unordered_flat_map<std::string_view, std::string_view> known_;
  std::vector<std::string> unmapped_;
  std::string last_;
};

Cleaner::Cleaner(Mapping mapping, Preset preset, std::span<const BehaviorChoice> behaviors,
                 base::Calendar calendar, base::Timestamp now, data::CleaningSettings settings)
    : mapping_(std::move(mapping)),
      preset_(std::move(preset)),
      calendar_(std::move(calendar)),
      latest_(now + base::kDay),
      settings_(std::move(settings)),
      test_users_(settings_.test_users),
      test_items_(settings_.test_items),
      internal_users_(settings_.internal_users) {
  std::vector<BehaviorChoice> choices(behaviors.begin(), behaviors.end());
  for (const auto& [value, behavior] : preset_.behaviors) choices.push_back({value, behavior});
  behaviors_ = std::make_unique<Behaviors>(std::move(choices));
}

Cleaner::~Cleaner() = default;
Cleaner::Cleaner(Cleaner&&) noexcept = default;

const std::vector<std::string>& Cleaner::unmapped_behaviors() const { return behaviors_->unmapped(); }

bool Cleaner::clean(const Record& record, const RecordReader& reader, CleanRow& row) {
  row.faults.clear();
  row.flags.clear();
  if (record.defects != 0) {
    row.faults.push_back({Rule::kUnreadable, std::nullopt, reader.describe_defects(record)});
    return false;
  }
  take_fields(record, row);
  check_ids(row);
  check_behavior(row);
  check_time(row);
  check_numbers(row);
  check_properties(row);
  check_price(row);
  check_quantity(row);
  check_tests(row);
  return row.faults.empty() || decide(row);
}

// Takes out what is off. Without a rule that quarantines, the faults are flags.
bool Cleaner::decide(CleanRow& row) const {
  const auto does = [&](data::RuleAction action) {
    return [this, action](const Fault& fault) { return settings_.action(fault.rule) == action; };
  };
  std::erase_if(row.faults, does(data::RuleAction::kOff));
  const auto verdict =
      std::find_if(row.faults.begin(), row.faults.end(), does(data::RuleAction::kQuarantine));
  if (verdict == row.faults.end()) {
    std::swap(row.faults, row.flags);
    return true;
  }
  std::rotate(row.faults.begin(), verdict, verdict + 1);
  return false;
}

void Cleaner::take_fields(const Record& record, CleanRow& row) const {
  for (size_t i = 0; i < kColumnCount; ++i) {
    const int field = mapping_.fields[i];
    row.text[i] =
        field == Mapping::kAbsent ? std::string_view() : trimmed(record.fields[static_cast<size_t>(field)]);
  }
  row.attributes.clear();
  for (const Mapping::Attribute& attribute : mapping_.attributes)
    row.attributes.push_back(trimmed(record.fields[attribute.field]));
  if (preset_.neutralised) {
    for (std::string_view& text : row.text) text = without_mark(text);
    for (std::string_view& text : row.attributes) text = without_mark(text);
  }
  for (const SuffixRule& rule : preset_.strip_suffix) {
    std::string_view& value = at(row.text, rule.column);
    if (value.size() > rule.suffix.size() && value.ends_with(rule.suffix))
      value.remove_suffix(rule.suffix.size());
  }
  if (preset_.guest && at(row.text, Column::kUserId).empty() && at(row.text, Column::kAnonymousId).empty())
    at(row.text, Column::kAnonymousId) = at(row.text, *preset_.guest);
}

void Cleaner::check_ids(CleanRow& row) const {
  if (at(row.text, Column::kUserId).empty() && at(row.text, Column::kAnonymousId).empty())
    add_fault(row, Rule::kMissingId, Column::kUserId, "missing, and no anonymous_id either");
  check_damage(row);
  for (const Column column : kIds) {
    if (at(row.text, column).size() > base::kMaxIdBytes)
      add_fault(row, Rule::kIdTooLong, column, fmt::format("longer than {} bytes", base::kMaxIdBytes));
  }
}

// Words for nothing are damage where the column must identify something; elsewhere they are left alone.
void Cleaner::check_damage(CleanRow& row) const {
  constexpr std::pair<Column, bool> kChecked[] = {{Column::kEventId, true},     {Column::kUserId, true},
                                                  {Column::kAnonymousId, true}, {Column::kItemId, true},
                                                  {Column::kOrderId, false},    {Column::kSessionId, false}};
  for (const auto& [column, words] : kChecked) {
    const std::string_view id = at(row.text, column);
    if (id.empty() || id.size() > base::kMaxIdBytes) continue;
    if (const std::string_view what = id_damage(id, words); !what.empty())
      add_fault(row, Rule::kDamagedId, column, what);
  }
}

// The first rule of the preset that holds, else the file's value, else the default.
void Cleaner::check_behavior(CleanRow& row) {
  std::string_view& behavior = at(row.text, Column::kBehavior);
  for (const BehaviorRule& rule : preset_.behavior_rules) {
    if (!at(row.text, rule.column).starts_with(rule.prefix)) continue;
    behavior = rule.behavior;
    return;
  }
  if (behavior.size() > base::kMaxIdBytes) return;
  if (!behavior.empty()) {
    behavior = behaviors_->find(behavior);
  } else if (!preset_.default_behavior.empty()) {
    behavior = preset_.default_behavior;
  } else {
    add_fault(row, Rule::kBehavior, Column::kBehavior, "missing");
  }
}

void Cleaner::check_time(CleanRow& row) const {
  const std::string_view text = at(row.text, Column::kTs);
  if (text.empty()) return add_fault(row, Rule::kTime, Column::kTs, "missing");
  const auto civil = base::parse_civil_time(text);
  if (!civil) return add_fault(row, Rule::kTime, Column::kTs, civil.error().message());
  row.ts = calendar_.to_utc(*civil);
  if (row.ts < kEarliest) add_fault(row, Rule::kTimeRange, Column::kTs, "before 1990-01-01");
  if (row.ts > latest_) add_fault(row, Rule::kTimeRange, Column::kTs, "more than a day in the future");
}

// Parses the numbers and fills in what follows from them: one piece when a sale names no quantity, negative
// quantity and amount of a refund, and the line's amount.
void Cleaner::check_numbers(CleanRow& row) const {
  row.value = parse_value(row);
  row.quantity = parse_amount(row, Column::kQuantity);
  row.unit_price = parse_amount(row, Column::kUnitPrice);
  row.line_amount = parse_amount(row, Column::kLineAmount);
  row.discount = parse_amount(row, Column::kDiscount);
  const std::string_view behavior = at(row.text, Column::kBehavior);
  if (!is_sale(behavior)) return;
  const bool refund = behavior == "refund";
  if (at(row.text, Column::kQuantity).empty()) row.quantity = Decimal::kScale;
  if (refund && row.quantity) row.quantity = std::abs(*row.quantity);
  const bool parsed = row.faults.empty() || row.faults.back().rule != Rule::kNumber;
  if (parsed && !row.line_amount && row.quantity && row.unit_price) {
    row.line_amount = compute_line_amount(row);
    if (!row.line_amount)
      add_fault(row, Rule::kNumber, Column::kLineAmount, "beyond 14 digits before the point");
  }
  if (refund && row.quantity) row.quantity = -*row.quantity;
  if (refund && row.line_amount) row.line_amount = -std::abs(*row.line_amount);
}

// What is no JSON object is not stored as one, whatever the rule does with the row.
void Cleaner::check_properties(CleanRow& row) const {
  std::string_view& text = at(row.text, Column::kProperties);
  if (text.empty() || (text.front() == '{' && nlohmann::json::accept(text))) return;
  add_fault(row, Rule::kProperties, Column::kProperties, "not a JSON object");
  text = {};
}

void Cleaner::check_price(CleanRow& row) const {
  const std::string_view behavior = at(row.text, Column::kBehavior);
  const bool positive = preset_.price == PriceRule::kPositive;
  if (row.unit_price && *row.unit_price < 0) add_fault(row, Rule::kPrice, Column::kUnitPrice, "below 0");
  if (positive && row.unit_price && *row.unit_price == 0)
    add_fault(row, Rule::kPrice, Column::kUnitPrice, "0, where a price is needed");
  const bool no_price = at(row.text, Column::kUnitPrice).empty() && at(row.text, Column::kLineAmount).empty();
  if (positive && no_price && is_sale(behavior)) add_fault(row, Rule::kPrice, Column::kUnitPrice, "missing");
  if (row.discount && *row.discount < 0) add_fault(row, Rule::kPrice, Column::kDiscount, "below 0");
  const bool pieces = row.quantity.value_or(0) > 0 && row.unit_price.value_or(0) >= 0;
  if (behavior == "buy" && pieces && row.line_amount && *row.line_amount < 0)
    add_fault(row, Rule::kPrice, Column::kLineAmount, "below 0 for a buy");
}

void Cleaner::check_quantity(CleanRow& row) const {
  const std::string_view behavior = at(row.text, Column::kBehavior);
  if (!row.quantity || !is_sale(behavior)) return;
  if (behavior == "buy" && *row.quantity <= 0)
    add_fault(row, Rule::kQuantity, Column::kQuantity, "not above 0 for a buy; what comes back is a refund");
  if (behavior == "refund" && *row.quantity == 0)
    add_fault(row, Rule::kQuantity, Column::kQuantity, "0 for a refund");
}

void Cleaner::check_tests(CleanRow& row) const {
  const auto check = [&](Rule rule, const IdPatterns& patterns, Column column) {
    const std::string_view id = at(row.text, column);
    if (id.empty() || settings_.action(rule) == data::RuleAction::kOff) return;
    if (const std::string* pattern = patterns.find(id))
      add_fault(row, rule, column, fmt::format("fits the pattern {}", *pattern));
  };
  check(Rule::kTestUser, test_users_, Column::kUserId);
  check(Rule::kTestUser, test_users_, Column::kAnonymousId);
  check(Rule::kTestItem, test_items_, Column::kItemId);
  check(Rule::kInternalUser, internal_users_, Column::kUserId);
  check(Rule::kInternalUser, internal_users_, Column::kAnonymousId);
}

base::Hash128 Cleaner::content_hash(const CleanRow& row) {
  content_.clear();
  const auto add_text = [&](Column column) {
    if (const std::string_view text = at(row.text, column); !text.empty()) {
      content_.push_back(static_cast<char>(column));
      append_text(content_, text);
    }
  };
  const auto add_number = [&](Column column, std::optional<int64_t> number) {
    if (!number) return;
    content_.push_back(static_cast<char>(column));
    append_number(content_, static_cast<uint64_t>(*number));
  };
  for (const Column column : kIds) {
    if (column != Column::kEventId) add_text(column);
  }
  add_text(Column::kProperties);
  add_number(Column::kTs, row.ts);
  if (row.value) add_number(Column::kValue, std::bit_cast<int64_t>(*row.value + 0.0));  // -0 is 0
  add_number(Column::kQuantity, row.quantity);
  add_number(Column::kUnitPrice, row.unit_price);
  add_number(Column::kLineAmount, row.line_amount);
  add_number(Column::kDiscount, row.discount);
  for (size_t i = 0; i < row.attributes.size(); ++i) {
    if (row.attributes[i].empty()) continue;
    const AttributeName& name = mapping_.attributes[i].name;
    content_.push_back(name.owner == AttributeOwner::kItems ? '\x40' : '\x41');
    append_text(content_, name.name);
    append_text(content_, row.attributes[i]);
  }
  return base::hash128(content_);
}

}  // namespace coterie::collect
