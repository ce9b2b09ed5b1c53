#include "profile/member_facts.h"

#include <algorithm>
#include <deque>
#include <map>

namespace coterie::profile {

using base::Result;
using base::Status;
using base::Timestamp;
using data::FeatureColumn;
using data::FeatureKind;
using data::FeatureTable;
using store::Parameter;
using store::Rows;

namespace {

constexpr std::string_view kAggregates[] = {"count", "sum", "avg", "min", "max", "days_since"};
constexpr std::string_view kAmountFields[] = {"line_amount", "quantity", "unit_price", "discount"};
constexpr std::string_view kTextFields[] = {"item_id",  "channel",    "campaign_id",
                                            "order_id", "session_id", "currency"};

// One statement for all facts: its text, and the values it is bound to. Names of parameters live as long as it does.
class FactsStatement {
 public:
  FactsStatement(std::span<const EventFact> facts, Timestamp as_of) {
    parameters_.push_back({"as_of", as_of});
    for (const EventFact& fact : facts) add(fact);
  }

  std::string sql() const {
    return "SELECT user_id" + columns_ +
           " FROM events WHERE bucket BETWEEN $first_bucket AND $last_bucket AND ts < make_timestamp($as_of)"
           " AND user_id IS NOT NULL AND user_id NOT IN (SELECT user_id FROM no_customers)"
           " GROUP BY user_id ORDER BY user_id";
  }
  std::span<const Parameter> parameters() const { return parameters_; }

 private:
  template <class T>
  std::string bind(T value) {
    names_.push_back(fmt::format("p{}", names_.size()));
    parameters_.push_back({names_.back(), value});
    return "$" + names_.back();
  }

  std::string condition(const EventFact& fact) {
    std::string out = "behavior = " + bind(std::string_view(fact.behavior));
    if (fact.from) out += fmt::format(" AND ts >= make_timestamp({})", bind(*fact.from));
    for (const EventFilter& filter : fact.filters)
      out += fmt::format(" AND {} = {}", to_string(filter.field), bind(std::string_view(filter.value)));
    return out;
  }

  // Two columns a fact: the value, and what a mean is divided by.
  void add(const EventFact& fact) {
    const std::string where = fmt::format("FILTER (WHERE {})", condition(fact));
    const std::string_view field = to_string(fact.field);
    switch (fact.function) {
      case Aggregate::kCount: columns_ += fmt::format(", count(*) {}, 0", where); break;
      case Aggregate::kSum:
      case Aggregate::kAvg:
        columns_ += fmt::format(", CAST(sum({0}) {1} AS DECIMAL(18, 4)), count({0}) {1}", field, where);
        break;
      case Aggregate::kMin:
      case Aggregate::kMax:
        columns_ += fmt::format(", {}({}) {}, 0", to_string(fact.function), field, where);
        break;
      case Aggregate::kDaysSince: columns_ += fmt::format(", epoch_us(max(ts) {}), 0", where); break;
    }
  }

  std::deque<std::string> names_;
  std::vector<Parameter> parameters_;
  std::string columns_;
};

void append_cell(const EventFact& fact, Timestamp as_of, const Rows& rows, size_t column, size_t row,
                 FeatureColumn& out) {
  const bool is_total = fact.function == Aggregate::kCount || fact.function == Aggregate::kSum;
  const bool is_missing = rows.is_null(column, row);
  double value = 0;
  if (!is_missing) {
    switch (fact.function) {
      case Aggregate::kDaysSince:
        value = static_cast<double>(as_of - rows.int64(column, row)) / static_cast<double>(base::kDay);
        break;
      case Aggregate::kAvg: value = rows.number(column, row) / rows.number(column + 1, row); break;
      default: value = rows.number(column, row);
    }
  }
  out.values.push_back(value);
  out.valid.push_back(is_missing && !is_total ? 0 : 1);
}

Result<FeatureColumn> read_trait(AsOf& source, Timestamp as_of, const TraitFact& fact,
                                 const std::vector<std::string>& users) {
  FeatureColumn column;
  column.name = fact.name;
  column.kind = FeatureKind::kCategorical;
  column.codes.assign(users.size(), FeatureColumn::kMissingCode);
  std::map<std::string, uint32_t, std::less<>> codes;
  auto user = users.begin();
  const Parameter parameters[] = {{"trait", std::string_view(fact.trait)}, {"as_of", as_of}};
  COTERIE_CHECK_OK(source.read("trait.sql", parameters, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) {
      user = std::lower_bound(user, users.end(), rows.text(0, i));
      if (user == users.end()) break;
      if (*user != rows.text(0, i)) continue;
      auto known = codes.find(rows.text(1, i));
      if (known == codes.end()) {
        known = codes.emplace(rows.text(1, i), static_cast<uint32_t>(column.categories.size())).first;
        column.categories.emplace_back(rows.text(1, i));
      }
      column.codes[static_cast<size_t>(user - users.begin())] = known->second;
    }
    return {};
  }));
  return column;
}

}  // namespace

std::span<const std::string_view> aggregate_names() { return kAggregates; }
std::span<const std::string_view> amount_field_names() { return kAmountFields; }
std::span<const std::string_view> text_field_names() { return kTextFields; }
std::string_view to_string(Aggregate function) { return kAggregates[static_cast<size_t>(function)]; }
std::string_view to_string(AmountField field) { return kAmountFields[static_cast<size_t>(field)]; }
std::string_view to_string(TextField field) { return kTextFields[static_cast<size_t>(field)]; }

namespace {

// Into `table`, range by range: members by their events.
Status read_event_members(AsOf& source, Timestamp as_of, std::span<const EventFact> events, size_t row_bytes,
                          FeatureTable& table, std::vector<base::MemoryBudget::Reservation>* memory) {
  const FactsStatement statement(events, as_of);
  const std::string sql = statement.sql();
  return source.for_each_range([&](const BucketRange& range) -> Status {
    const size_t before = table.users.size();
    const auto parameters = with_buckets(statement.parameters(), range);
    COTERIE_RETURN_IF_ERROR(source.connection().query(
        sql, parameters,
        [&](const Rows& rows) -> Status {
          for (size_t i = 0; i < rows.size(); ++i) {
            table.users.emplace_back(rows.text(0, i));
            for (size_t c = 0; c < events.size(); ++c)
              append_cell(events[c], as_of, rows, 1 + 2 * c, i, table.columns[c]);
          }
          return {};
        },
        source.context().cancel));
    const size_t members = table.users.size() - before;
    COTERIE_ASSIGN_OR_STATUS(auto reserved,
                             source.context().budget->reserve(members * row_bytes, "facts of members"));
    memory->push_back(std::move(reserved));
    return {};
  });
}

// Into `table`: everybody of whom a trait is known. Nothing has happened yet: counts and sums are 0, the rest is missing.
Status read_trait_members(AsOf& source, Timestamp as_of, std::span<const EventFact> events, size_t row_bytes,
                          FeatureTable& table, std::vector<base::MemoryBudget::Reservation>* memory) {
  const Parameter known[] = {{"as_of", as_of}};
  COTERIE_RETURN_IF_ERROR(source.read("trait_members.sql", known, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i) table.users.emplace_back(rows.text(0, i));
    return {};
  }));
  COTERIE_ASSIGN_OR_STATUS(auto reserved,
                           source.context().budget->reserve(table.rows() * row_bytes, "facts of members"));
  memory->push_back(std::move(reserved));
  for (size_t c = 0; c < events.size(); ++c) {
    const bool is_total = events[c].function == Aggregate::kCount || events[c].function == Aggregate::kSum;
    table.columns[c].values.assign(table.rows(), 0.0);
    table.columns[c].valid.assign(table.rows(), is_total ? 1 : 0);
  }
  return {};
}

}  // namespace

Result<FeatureTable> member_facts(AsOf& source, Timestamp as_of, std::span<const EventFact> events,
                                  std::span<const TraitFact> traits,
                                  std::vector<base::MemoryBudget::Reservation>* memory) {
  const Parameter known[] = {{"as_of", as_of}};
  COTERIE_CHECK_OK(source.run("no_customers.sql", known));
  FeatureTable table;
  table.as_of = as_of;
  for (const EventFact& fact : events) table.columns.emplace_back().name = fact.name;
  const size_t row_bytes = (events.size() + traits.size()) * data::kCellBytes + data::kIdBytes;
  const auto read = source.range().events == 0 ? read_trait_members : read_event_members;
  COTERIE_CHECK_OK(read(source, as_of, events, row_bytes, table, memory));
  sort_rows(table);
  COTERIE_CHECK_OK(add_traits(source, as_of, traits, table));
  return table;
}

Status add_traits(AsOf& source, Timestamp as_of, std::span<const TraitFact> traits, FeatureTable& table) {
  for (const TraitFact& fact : traits) {
    COTERIE_ASSIGN_OR_STATUS(auto column, read_trait(source, as_of, fact, table.users));
    table.columns.push_back(std::move(column));
  }
  return {};
}

Result<std::vector<std::string>> trait_names(AsOf& source) {
  constexpr std::string_view kMarks[] = {"is_bot", "is_test", "is_internal"};
  std::vector<std::string> out;
  COTERIE_CHECK_OK(source.read("trait_names.sql", {}, [&](const Rows& rows) -> Status {
    for (size_t i = 0; i < rows.size(); ++i)
      if (std::find(std::begin(kMarks), std::end(kMarks), rows.text(0, i)) == std::end(kMarks))
        out.emplace_back(rows.text(0, i));
    return {};
  }));
  return out;
}

}  // namespace coterie::profile
