#include "engine/rule_facts.h"

#include <algorithm>
#include <map>

#include "base/nearest_names.h"
#include "engine/run_record.h"
#include "engine/segment_names.h"
#include "engine/stored_features.h"
#include "profile/features.h"
#include "profile/member_facts.h"
#include "profile/tastes.h"
#include "store/duckdb.h"
#include "understand/segments/rfm.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using base::Timestamp;
using data::FeatureColumn;
using data::FeatureKind;
using data::FeatureTable;
using nlohmann::json;
using store::Parameter;
using store::Rows;
using store::TableKind;
using understand::Quantity;
using understand::QuantitySource;

namespace {

constexpr std::string_view kRfmFeatures[] = {"recency_days", "frequency", "monetary"};
constexpr std::string_view kEveryMember = "frequency";  // a feature that is never missing

// The newest run, when there is one.
struct NewestRun {
  json record;
  Timestamp as_of = 0;
};

Result<std::optional<NewestRun>> newest_run(store::Workspace& workspace) {
  auto record = latest_record(workspace);
  if (!record && record.error().code() == Code::kFailedPrecondition) return std::nullopt;
  if (!record) return tl::unexpected(record.error());
  COTERIE_ASSIGN(const Timestamp as_of,
                 base::parse_instant((*record)["as_of"].get<std::string>(), workspace.calendar()));
  return NewestRun{std::move(*record), as_of};
}

std::vector<Quantity> of_source(std::span<const Quantity> quantities, QuantitySource source) {
  std::vector<Quantity> out;
  std::copy_if(quantities.begin(), quantities.end(), std::back_inserter(out),
               [&](const Quantity& quantity) { return quantity.source == source; });
  return out;
}

Status no_such(std::string_view what, const std::string& name, const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& one : names) all.append(all.empty() ? "" : ", ").append(one);
  const std::string near = base::nearest_names(name, names);
  return base::failure(Code::kInvalidArgument, "no {} {}; {}", what, understand::quoted_text(name),
                       names.empty()   ? fmt::format("the shop knows no {}", what)
                       : !near.empty() ? fmt::format("did you mean {}?", near)
                                       : "there are: " + all);
}

bool is_taste(const Quantity& quantity) {
  return quantity.name == profile::kTasteInterest || quantity.name.starts_with(profile::kTastePrefix);
}

// Makes the table: first the members, then a column for every quantity.
class Assembler {
 public:
  Assembler(store::Workspace& workspace, const RuleFactsRequest& request, const base::Context& context)
      : workspace_(workspace), request_(request), context_(context) {}

  Status check() {
    COTERIE_ASSIGN_OR_STATUS(run_, newest_run(workspace_));
    for (const QuantitySource source :
         {QuantitySource::kScore, QuantitySource::kRank, QuantitySource::kSegment})
      for (const Quantity& quantity : of_source(request_.quantities, source))
        COTERIE_RETURN_IF_ERROR(check_of_run(quantity));
    COTERIE_RETURN_IF_ERROR(check_tastes());
    return check_traits();
  }

  Result<RuleFacts> assemble() {
    COTERIE_CHECK_OK(check());
    out_.table.as_of = request_.as_of;
    COTERIE_CHECK_OK(read_events());
    COTERIE_CHECK_OK(read_features());
    COTERIE_CHECK_OK(read_rfm());
    COTERIE_CHECK_OK(read_scores());
    COTERIE_CHECK_OK(read_segments());
    return std::move(out_);
  }

 private:
  bool is_of_run() const { return run_ && run_->as_of == request_.as_of; }
  bool needs(QuantitySource source) const { return !of_source(request_.quantities, source).empty(); }

  Status check_of_run(const Quantity& quantity) const {
    const std::string text = understand::to_text(quantity);
    if (!run_)
      return base::failure(Code::kFailedPrecondition, "{} needs a run; run `coterie run {}` first", text,
                           workspace_.folder().string());
    if (!is_of_run())
      return base::failure(Code::kInvalidArgument, "{} is known as of the newest run, {}, not as of {}", text,
                           workspace_.calendar().to_string(run_->as_of),
                           workspace_.calendar().to_string(request_.as_of));
    if (quantity.source == QuantitySource::kSegment) return check_method(quantity.name);
    std::vector<std::string> models;
    for (const json& model : run_->record["models"]) {
      models.push_back(model["name"]);
      if (quantity.name != models.back()) continue;
      if (quantity.source == QuantitySource::kRank || model["published"] == "yes") return {};
      return base::failure(
          Code::kFailedPrecondition,
          "the scores of model {} are no probabilities (`coterie models SHOP show {}` says why); "
          "take the members whom it ranks first, rank.{} <= 1000",
          quantity.name, quantity.name, quantity.name);
    }
    return no_such("model", quantity.name, models);
  }

  // Of runs, or a division that is kept.
  Status check_method(const std::string& method) const {
    std::vector<std::string> names(run_methods().begin(), run_methods().end());
    for (const json& division : run_->record["divisions"]) names.push_back(division["name"]);
    if (std::find(names.begin(), names.end(), method) != names.end()) return {};
    return no_such("method of segments", method, names);
  }

  Status check_traits() {
    const auto traits = of_source(request_.quantities, QuantitySource::kTrait);
    if (traits.empty()) return {};
    COTERIE_ASSIGN_OR_STATUS(auto* source, everyones_source());
    COTERIE_ASSIGN_OR_STATUS(const auto names, profile::trait_names(*source));
    for (const Quantity& trait : traits)
      if (std::find(names.begin(), names.end(), trait.name) == names.end())
        return no_such("trait", trait.name, names);
    return {};
  }

  Status check_tastes() {
    for (const Quantity& quantity : of_source(request_.quantities, QuantitySource::kFeature)) {
      if (!is_taste(quantity)) continue;
      COTERIE_ASSIGN_OR_STATUS(const auto names, taste_names());
      if (std::find(names.begin(), names.end(), quantity.name) == names.end())
        return no_such("feature", quantity.name, names);
    }
    return {};
  }

  Result<std::vector<std::string>> taste_names() {
    std::vector<std::string> names;
    if (is_of_run()) {
      names = run_->record.value(json::json_pointer("/details/tastes/features"), std::vector<std::string>{});
    } else {
      COTERIE_ASSIGN(auto* source, everyones_source());
      COTERIE_ASSIGN(tastes_, profile::fit_tastes(*source, request_.as_of));
      names = tastes_.column_names();
    }
    if (!names.empty()) names.emplace_back(profile::kTasteInterest);
    return names;
  }

  // Of all members, or of the one; opened at first use.
  Result<profile::AsOf*> as_of_source() {
    if (!source_) {
      COTERIE_ASSIGN(source_, profile::AsOf::open(workspace_, context_, {{}, request_.user_id}));
    }
    return source_.get();
  }
  Result<profile::AsOf*> everyones_source() {
    if (!request_.user_id) return as_of_source();
    if (!everyones_) {
      COTERIE_ASSIGN(everyones_, profile::AsOf::open(workspace_, context_));
    }
    return everyones_.get();
  }
  Result<store::Connection*> stored(bool is_everyones = false) {
    auto& connection = is_everyones ? everyones_stored_ : stored_;
    if (!connection) {
      const auto user = is_everyones ? std::nullopt : request_.user_id;
      COTERIE_ASSIGN(connection,
                     workspace_.connect(
                         context_, {{TableKind::kFeatures, TableKind::kScores, TableKind::kSegments}, user}));
    }
    return connection.get();
  }

  FeatureColumn& new_column(const Quantity& quantity) {
    FeatureColumn& column = out_.table.columns.emplace_back();
    column.name = understand::to_text(quantity);
    column.values.assign(out_.table.rows(), 0.0);
    column.valid.assign(out_.table.rows(), 0);
    return column;
  }

  Status reserve(size_t columns, size_t id_bytes = 0) {
    COTERIE_ASSIGN_OR_STATUS(
        auto memory, context_.budget->reserve(out_.table.rows() * (columns * data::kCellBytes + id_bytes),
                                              "facts of members"));
    out_.memory.push_back(std::move(memory));
    return {};
  }

  // The members, with what their events and traits say.
  Status read_events() {
    std::vector<profile::EventFact> events;
    for (const Quantity& quantity : of_source(request_.quantities, QuantitySource::kEvents)) {
      profile::EventFact fact{understand::to_text(quantity),
                              quantity.function,
                              quantity.behavior,
                              quantity.field,
                              {},
                              quantity.filters};
      if (quantity.window.days > 0)
        fact.from = workspace_.calendar().add_days(request_.as_of, -quantity.window.days);
      if (quantity.window.seconds > 0) fact.from = request_.as_of - quantity.window.seconds * base::kSecond;
      events.push_back(std::move(fact));
    }
    std::vector<profile::TraitFact> traits;
    for (const Quantity& quantity : of_source(request_.quantities, QuantitySource::kTrait))
      traits.push_back({understand::to_text(quantity), quantity.name});
    if (events.empty() && is_of_run()) {
      // The run knows the members already.
      COTERIE_RETURN_IF_ERROR(read_members());
      if (traits.empty()) return {};
      COTERIE_ASSIGN_OR_STATUS(auto* source, as_of_source());
      COTERIE_RETURN_IF_ERROR(reserve(traits.size()));
      return profile::add_traits(*source, request_.as_of, traits, out_.table);
    }
    COTERIE_ASSIGN_OR_STATUS(auto* source, as_of_source());
    auto table = profile::member_facts(*source, request_.as_of, events, traits, &out_.memory);
    if (!table) return table.error();
    out_.table = std::move(*table);
    return {};
  }

  Status read_members() {
    COTERIE_ASSIGN_OR_STATUS(const FeatureTable* run, run_features());
    out_.table.users = run->users;
    return reserve(0, data::kIdBytes);
  }

  // What the newest run stored of the members asked for: every feature that is needed, read at once.
  Result<const FeatureTable*> run_features() {
    if (run_features_) return &*run_features_;
    std::vector<std::string> names;
    for (const Quantity& feature : of_source(request_.quantities, QuantitySource::kFeature))
      names.push_back(feature.name);
    if (needs(QuantitySource::kRfm) && !request_.user_id) add_rfm_names(names);
    COTERIE_ASSIGN(auto* connection, stored());
    COTERIE_ASSIGN(run_features_, read_stored_features(*connection, names, context_.cancel));
    return &*run_features_;
  }

  static void add_rfm_names(std::vector<std::string>& names) {
    for (const std::string_view name : kRfmFeatures)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }

  // Calls put(row of the table, row of the block) for the rows whose user_id, ascending in column 0, is a member.
  template <class Put>
  Status for_members(store::Connection& connection, std::string_view sql, std::string_view name, Put put) {
    const auto& users = out_.table.users;
    auto user = users.begin();
    const Parameter parameters[] = {{"name", name}};
    return connection.query(
        sql, parameters,
        [&](const Rows& rows) -> Status {
          for (size_t i = 0; i < rows.size(); ++i) {
            while (user != users.end() && user->compare(rows.text(0, i)) < 0) ++user;
            if (user == users.end()) break;
            if (*user == rows.text(0, i)) put(static_cast<size_t>(user - users.begin()), rows, i);
          }
          return {};
        },
        context_.cancel);
  }

  Status read_numbers(store::Connection& connection, std::string_view sql, std::string_view name,
                      FeatureColumn& column) {
    return for_members(connection, sql, name, [&](size_t row, const Rows& rows, size_t i) {
      column.values[row] = rows.number(1, i);
      column.valid[row] = 1;
    });
  }

  Status read_features() {
    const auto features = of_source(request_.quantities, QuantitySource::kFeature);
    if (features.empty()) return {};
    COTERIE_RETURN_IF_ERROR(reserve(features.size()));
    if (!is_of_run()) return compute_features(features);
    COTERIE_ASSIGN_OR_STATUS(const FeatureTable* run, run_features());
    for (const Quantity& feature : features) {
      COTERIE_ASSIGN_OR_STATUS(const FeatureColumn* from, run->column(feature.name));
      copy_column(*run, *from, new_column(feature));
    }
    return {};
  }

  Status compute_features(const std::vector<Quantity>& features) {
    COTERIE_ASSIGN_OR_STATUS(auto* source, as_of_source());
    std::vector<std::string_view> names;
    for (const Quantity& feature : features)
      if (!is_taste(feature)) names.push_back(feature.name);
    if (names.empty()) names.push_back(kEveryMember);
    const auto* tastes = tastes_.empty() ? nullptr : &tastes_;
    auto computed = profile::compute_features(*source, request_.as_of, {names, tastes});
    if (!computed) return computed.error();
    for (const Quantity& feature : features) {
      COTERIE_ASSIGN_OR_STATUS(const FeatureColumn* from, computed->column(feature.name));
      copy_column(*computed, *from, new_column(feature));
    }
    return {};
  }

  // Between two tables in ascending order of users.
  void copy_column(const FeatureTable& table, const FeatureColumn& from, FeatureColumn& to) const {
    if (table.users == out_.table.users) {
      to.values = from.values;
      to.valid = from.valid;
      return;
    }
    size_t row = 0;
    for (size_t user = 0; user < out_.table.rows(); ++user) {
      while (row < table.rows() && table.users[row] < out_.table.users[user]) ++row;
      if (row == table.rows() || table.users[row] != out_.table.users[user]) continue;
      to.values[user] = from.values[row];
      to.valid[user] = from.valid[row];
    }
  }

  // Scores are places among all members, whoever is asked for.
  Status read_rfm() {
    const auto scores = of_source(request_.quantities, QuantitySource::kRfm);
    if (scores.empty()) return {};
    COTERIE_RETURN_IF_ERROR(reserve(scores.size() + std::size(kRfmFeatures), data::kIdBytes));
    COTERIE_ASSIGN_OR_STATUS(const FeatureTable* table, rfm_features());
    const FeatureTable& features = *table;
    COTERIE_ASSIGN_OR_STATUS(const auto members, understand::compute_rfm(features));
    for (const Quantity& score : scores) {
      FeatureColumn all;
      all.values.assign(features.rows(), 0.0);
      all.valid.assign(features.rows(), 0);
      for (const auto& member : members) {
        const uint8_t value = score.name == "r"   ? member.recency
                              : score.name == "f" ? member.frequency
                                                  : member.monetary;
        all.values[member.row] = value;
        all.valid[member.row] = value > 0 ? 1 : 0;
      }
      copy_column(features, all, new_column(score));
    }
    return {};
  }

  Result<const FeatureTable*> rfm_features() {
    if (is_of_run() && !request_.user_id) return run_features();
    if (is_of_run()) {
      std::vector<std::string> names;
      add_rfm_names(names);
      COTERIE_ASSIGN(auto* connection, stored(true));
      COTERIE_ASSIGN(rfm_features_, read_stored_features(*connection, names, context_.cancel));
    } else {
      COTERIE_ASSIGN(auto* source, everyones_source());
      COTERIE_ASSIGN(rfm_features_, profile::compute_features(*source, request_.as_of, {kRfmFeatures}));
    }
    return &*rfm_features_;
  }

  Status read_scores() {
    for (const bool is_rank : {false, true}) {
      const auto scores =
          of_source(request_.quantities, is_rank ? QuantitySource::kRank : QuantitySource::kScore);
      if (scores.empty()) continue;
      COTERIE_RETURN_IF_ERROR(reserve(scores.size()));
      COTERIE_ASSIGN_OR_STATUS(auto* connection, stored());
      for (const Quantity& score : scores)
        COTERIE_RETURN_IF_ERROR(
            read_numbers(*connection,
                         is_rank ? "SELECT user_id, rank FROM scores WHERE model = $name ORDER BY user_id"
                                 : "SELECT user_id, score FROM scores WHERE model = $name ORDER BY user_id",
                         score.name, new_column(score)));
    }
    return {};
  }

  Status read_segments() {
    for (const Quantity& method : of_source(request_.quantities, QuantitySource::kSegment)) {
      COTERIE_RETURN_IF_ERROR(reserve(1));
      COTERIE_ASSIGN_OR_STATUS(auto* connection, stored());
      FeatureColumn& column = out_.table.columns.emplace_back();
      column.name = understand::to_text(method);
      column.kind = FeatureKind::kCategorical;
      column.codes.assign(out_.table.rows(), FeatureColumn::kMissingCode);
      std::map<std::string, uint32_t, std::less<>> codes;
      COTERIE_RETURN_IF_ERROR(for_members(
          *connection, "SELECT user_id, segment FROM segments WHERE method = $name ORDER BY user_id",
          method.name, [&](size_t row, const Rows& rows, size_t i) {
            const auto [known, is_new] =
                codes.try_emplace(std::string(rows.text(1, i)), static_cast<uint32_t>(codes.size()));
            if (is_new) column.categories.push_back(known->first);
            column.codes[row] = known->second;
          }));
    }
    return {};
  }

  store::Workspace& workspace_;
  const RuleFactsRequest& request_;
  base::Context context_;
  std::optional<NewestRun> run_;
  profile::TasteVocabulary tastes_;  // of instants other than the run's
  std::optional<FeatureTable> run_features_, rfm_features_;
  std::unique_ptr<profile::AsOf> source_, everyones_;
  std::unique_ptr<store::Connection> stored_, everyones_stored_;
  RuleFacts out_;
};

}  // namespace

Result<Timestamp> default_rule_instant(store::Workspace& workspace, const base::Context& context) {
  COTERIE_ASSIGN(const auto run, newest_run(workspace));
  if (run) return run->as_of;
  COTERIE_ASSIGN(const auto source, profile::AsOf::open(workspace, context));
  return source->default_facts_as_of();
}

Result<RuleFacts> rule_facts(store::Workspace& workspace, const RuleFactsRequest& request,
                             const base::Context& context) {
  return Assembler(workspace, request, context).assemble();
}

Status check_rule_facts(store::Workspace& workspace, const RuleFactsRequest& request,
                        const base::Context& context) {
  return Assembler(workspace, request, context).check();
}

}  // namespace coterie::engine
