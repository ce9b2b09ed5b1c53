#include "engine/run.h"

#include <algorithm>
#include <map>

#include "base/json.h"
#include "engine/changes.h"
#include "engine/describe.h"
#include "engine/division_documents.h"
#include "engine/item_names.h"
#include "engine/kept_divisions.h"
#include "engine/kept_names.h"
#include "engine/kept_runs.h"
#include "engine/overview.h"
#include "engine/personas.h"
#include "engine/results.h"
#include "engine/rule_segments.h"
#include "engine/run_record.h"
#include "engine/sales.h"
#include "engine/segment_rules_json.h"
#include "profile/feature_catalog.h"
#include "profile/features.h"
#include "profile/tastes.h"
#include "registry/registry.h"
#include "store/catalog.h"
#include "store/schema.h"
#include "understand/limit_json.h"

namespace coterie::engine {

using base::Code;
using base::Result;
using base::Status;
using base::Timestamp;
using nlohmann::json;
using store::Parameter;
using store::Rows;
using store::TableKind;

namespace {

// Seasons are those of the same dates a year before, when members had at least half a year of history then.
constexpr int64_t kYearDays = 365;
constexpr int64_t kLeastHistoryDays = 180;

// A training window of more members is learnt from a part of them: so many tell as much.
constexpr size_t kMostTrainingRows = 100'000;

// overview, sales, segments, tastes, purchase, churn, recommend, personas, changes, save; divisions where some are kept.
constexpr size_t kSteps = 10;

// Tells the context's progress when a step begins, how many events it will read, and when it ends.
class Step {
 public:
  Step(const base::Context& context, std::string_view name, int64_t events) : context_(context) {
    context_.progress->begin(name, static_cast<uint64_t>(events), "events");
  }
  void end(std::string_view summary) { context_.progress->end(summary); }

 private:
  const base::Context& context_;
};

// One run: every step fills its part of the record, then all is committed at once.
class Run {
 public:
  Run(store::Workspace& workspace, profile::AsOf& source, Timestamp as_of, uint64_t seed,
      const base::Context& context)
      : workspace_(workspace),
        source_(source),
        as_of_(as_of),
        seed_(seed),
        context_(context),
        registry_(workspace) {}

  Status overview();
  Status sales();
  Status earlier();
  Status segments();
  Status rfm(const data::FeatureTable& table);
  Status lifecycle(const data::FeatureTable& table);
  Status clusters(const data::FeatureTable& table);
  Status tastes();
  Status keep_taste_names(const data::FeatureTable& table, SegmentMembership* tastes);
  Status describe(const Describing& describing, const SegmentMembership& membership);
  Status predictions();
  Status recommendations();
  Status personas();
  Status changes();
  Status carry_divisions(const data::FeatureTable& table);
  Status save(std::string_view fingerprint, const DrawReport& draw_report);

  json take_record() { return std::move(record_); }

 private:
  Result<const data::FeatureTable*> features(int64_t days_before);
  int64_t passes(int64_t n) const { return n * source_.range().events; }
  Result<std::vector<understand::KeptRows>> training_windows(const understand::PredictTask& task);
  Result<std::optional<understand::PredictModel>> live_model(const understand::PredictTask& task);
  Status save_models(store::Commit& commit, std::vector<StoredPrediction>* stored);
  Status save_model(const registry::NewModel& model, registry::Published published, const json& evidence,
                    store::Commit& commit, int64_t* version);

  store::Workspace& workspace_;
  profile::AsOf& source_;
  Timestamp as_of_;
  uint64_t seed_;
  base::Context context_;
  registry::Registry registry_;
  json record_;
  struct KeptTable {
    base::MemoryBudget::Reservation memory;
    data::FeatureTable table;
  };
  std::map<int64_t, KeptTable> features_;  // by local days before as_of
  int64_t members_ = 0;
  std::vector<SegmentMembership> memberships_;
  base::MemoryBudget::Reservation carried_;  // members of divisions among them
  std::vector<KeptRun> kept_;
  std::optional<Earlier> earlier_;
  int64_t next_cluster_ = 1, next_taste_ = 1;
  std::vector<understand::Prediction> predictions_;
  understand::Recommendations recommendations_;
  profile::TasteVocabulary taste_vocabulary_;
  std::optional<registry::NewModel> clusters_model_, tastes_model_;
};

Result<const data::FeatureTable*> Run::features(int64_t days_before) {
  if (const auto known = features_.find(days_before); known != features_.end()) return &known->second.table;
  COTERIE_CHECK_OK(context_.check_cancelled());
  const Timestamp as_of = source_.calendar().add_days(as_of_, -days_before);
  // Tables of the past are for models alone; the one of today is stored whole.
  profile::FeatureOptions options;
  if (days_before != 0) options.features = understand::predict_features();
  if (days_before == 0) options.fit_tastes = &taste_vocabulary_;
  const size_t columns = days_before == 0 ? std::size(profile::kFeatureCatalog) + profile::kMostTasteColumns
                                          : options.features.size();
  COTERIE_ASSIGN(auto memory, context_.budget->reserve(static_cast<uint64_t>(members_) *
                                                           (columns * data::kCellBytes + data::kIdBytes),
                                                       fmt::format("features of {} members", members_)));
  COTERIE_ASSIGN(auto table, profile::compute_features(source_, as_of, options));
  return &features_.emplace(days_before, KeptTable{std::move(memory), std::move(table)}).first->second.table;
}

Status Run::overview() {
  Step step(context_, "overview", passes(4));
  const auto& range = source_.range();
  COTERIE_ASSIGN_OR_STATUS(const int64_t users, source_.count_members());
  members_ = users;
  COTERIE_ASSIGN_OR_STATUS(const int64_t items, source_.count_items());
  record_ = {{"as_of", source_.calendar().to_string(as_of_)},
             {"timezone", workspace_.settings().timezone},
             {"currency", workspace_.settings().currency},
             {"users", users},
             {"items", items},
             {"events", range.events}};
  json& details = record_["details"];
  details["first_event"] = source_.calendar().to_string(range.first);
  details["last_event"] = source_.calendar().to_string(range.last);
  COTERIE_ASSIGN_OR_STATUS(details["quality"], quality_json(workspace_));
  COTERIE_ASSIGN_OR_STATUS(details["sales"], sales_json(source_, as_of_));
  COTERIE_ASSIGN_OR_STATUS(details["behaviors"], behaviors_json(source_, as_of_));
  step.end(fmt::format("{} members, {} events", users, range.events));
  return {};
}

Status Run::sales() {
  Step step(context_, "sales", passes(profile::kSalesPasses));
  const profile::SalesOptions options{as_of_, workspace_.settings().currency, profile::Period::kWeek};
  COTERIE_ASSIGN_OR_STATUS(record_["sales"], sales_record(source_, options));
  step.end(fmt::format("{} orders", record_["sales"]["total"]["orders"].get<int64_t>()));
  return {};
}

Status Run::segments() {
  Step step(context_, "segments", passes(1));
  COTERIE_RETURN_IF_ERROR(earlier());
  COTERIE_ASSIGN_OR_STATUS(const auto* table, features(0));
  COTERIE_RETURN_IF_ERROR(rfm(*table));
  COTERIE_RETURN_IF_ERROR(lifecycle(*table));
  COTERIE_RETURN_IF_ERROR(clusters(*table));
  step.end(fmt::format("{} segments", record_["segments"].size()));
  return {};
}

Status Run::rfm(const data::FeatureTable& table) {
  COTERIE_ASSIGN_OR_STATUS(const auto members, understand::compute_rfm(table));
  record_["segments"] = rfm_json(table, members);
  record_["details"]["rfm_grid"] = rfm_grid_json(members);
  memberships_.push_back(rfm_membership(members));
  if (members.empty()) return {};
  const auto scores = rfm_columns(table.rows(), members);
  return describe(describing_rfm(scores), memberships_.back());
}

Status Run::lifecycle(const data::FeatureTable& table) {
  COTERIE_ASSIGN_OR_STATUS(const auto found, understand::compute_lifecycle(table));
  json& details = record_["details"]["lifecycle"];
  if (found.rows.empty()) {
    details = {{"limits", json::array({understand::limit_json("lifecycle", base::Message::limit_lifecycle,
                                                              found.members_with_rhythm,
                                                              understand::kLeastMembersWithRhythm)})}};
    return {};
  }
  details = {{"typical_gap_days", found.typical_gap_days},
             {"members_with_rhythm", found.members_with_rhythm},
             {"cooling_after", understand::kCoolingAfter},
             {"sleeping_after", understand::kSleepingAfter},
             {"lost_after", understand::kLostAfter}};
  for (auto& segment : lifecycle_json(table, found)) record_["segments"].push_back(std::move(segment));
  memberships_.push_back(lifecycle_membership(found));
  COTERIE_ASSIGN_OR_STATUS(const auto describing, describing_features(table, understand::kLifecycleFeatures,
                                                                      "feature.recency_days is not missing"));
  return describe(describing, memberships_.back());
}

Status Run::clusters(const data::FeatureTable& table) {
  understand::ClusterOptions options;
  options.features.assign(std::begin(understand::kClusterFeatures), std::end(understand::kClusterFeatures));
  options.random_state = seed_;
  auto clustering = understand::compute_clusters(table, options, context_);
  if (!clustering && clustering.error().code() != Code::kInvalidArgument) return clustering.error();
  if (!clustering) {
    // Too few different members is a fact about the shop, not a failure of the run.
    record_["details"]["clusters"] = {
        {"limits", json::array({understand::limit_json("clusters", base::Message::limit_clusters)})}};
    return {};
  }
  SegmentMembership clusters = clusters_membership(*clustering);
  next_cluster_ = static_cast<int64_t>(clusters.segments.size()) + 1;
  if (earlier_ && earlier_->run) {
    next_cluster_ = std::max(next_cluster_, earlier_->run->next_cluster);
    keep_cluster_names(*earlier_, table, &clusters, &next_cluster_);
  }
  for (auto& segment : clusters_json(*clustering, clusters.segments)) record_["segments"].push_back(segment);
  json choices = json::array();
  for (const auto& [k, silhouette] : clustering->choices)
    choices.push_back({{"k", k}, {"silhouette", silhouette}});
  record_["details"]["clusters"] = {
      {"features", options.features},         {"users", clustering->rows.size()},
      {"k", clustering->clusters.size()},     {"inertia", clustering->inertia},
      {"silhouette", clustering->silhouette}, {"adjusted_rand", clustering->stability.adjusted_rand},
      {"choices", std::move(choices)}};
  clusters_model_ = std::move(clustering->model);
  memberships_.push_back(std::move(clusters));
  COTERIE_ASSIGN_OR_STATUS(const auto describing, describing_features(table, options.features,
                                                                      "feature.recency_days is not missing"));
  return describe(describing, memberships_.back());
}

Status Run::tastes() {
  Step step(context_, "tastes", 0);
  COTERIE_ASSIGN_OR_STATUS(const auto* table, features(0));
  json& details = record_["details"]["tastes"];
  const auto without = [&](json limit) -> Status {
    step.end(limit["en"].get<std::string>());
    details = {{"features", taste_vocabulary_.column_names()}, {"limits", json::array({std::move(limit)})}};
    return {};
  };
  if (taste_vocabulary_.empty())
    return without(understand::limit_json("tastes_none", base::Message::limit_tastes_none));
  const understand::TasteOptions options{.random_state = seed_};
  auto clustering = understand::compute_tastes(*table, taste_vocabulary_, options, context_);
  if (!clustering && clustering.error().code() != Code::kInvalidArgument) return clustering.error();
  if (!clustering)
    return without(understand::limit_json("tastes_few", base::Message::limit_tastes_few,
                                          understand::members_with_tastes(*table, options),
                                          options.min_interest));
  memberships_.push_back(tastes_membership(*clustering));
  COTERIE_RETURN_IF_ERROR(keep_taste_names(*table, &memberships_.back()));
  for (auto& segment : tastes_json(*clustering, memberships_.back().segments))
    record_["segments"].push_back(segment);
  json choices = json::array();
  for (const auto& [k, silhouette] : clustering->choices)
    choices.push_back({{"k", k}, {"silhouette", silhouette}});
  details = {{"features", taste_vocabulary_.column_names()},
             {"levels", taste_vocabulary_.levels},
             {"min_interest", options.min_interest},
             {"users", clustering->rows.size()},
             {"k", clustering->clusters.size()},
             {"inertia", clustering->inertia},
             {"silhouette", clustering->silhouette},
             {"adjusted_rand", clustering->stability.adjusted_rand},
             {"choices", std::move(choices)}};
  tastes_model_ = std::move(clustering->model);
  const auto names = taste_vocabulary_.column_names();
  const std::vector<std::string_view> columns(names.begin(), names.end());
  COTERIE_ASSIGN_OR_STATUS(
      const auto describing,
      describing_features(*table, columns,
                          fmt::format("feature.{} >= {}", profile::kTasteInterest, options.min_interest)));
  COTERIE_RETURN_IF_ERROR(describe(describing, memberships_.back()));
  step.end(fmt::format("{} taste segments", clustering->clusters.size()));
  return {};
}

// As the newest run called them, whenever that was: tastes are not computed again as of earlier instants.
Status Run::keep_taste_names(const data::FeatureTable& table, SegmentMembership* tastes) {
  COTERIE_ASSIGN_OR_STATUS(auto connection,
                           workspace_.connect(context_, {{store::TableKind::kSegments}, {}}));
  COTERIE_ASSIGN_OR_STATUS(const auto before, stored_membership(*connection, tastes->method, table));
  keep_names(before, table, {}, "taste", tastes, &next_taste_);
  return {};
}

Status Run::describe(const Describing& describing, const SegmentMembership& membership) {
  COTERIE_ASSIGN_OR_STATUS(record_["descriptions"][std::string(membership.method)],
                           add_segment_rules(describing, membership, seed_, &record_["segments"], context_));
  return {};
}

// The published version, to compare with: one that was trained no later than this one, so that the test
// window is later than both. One that cannot be read (damaged, or of another release) must not keep the shop
// from a new one; the log says so, and `models show` names the file.
Result<std::optional<understand::PredictModel>> Run::live_model(const understand::PredictTask& task) {
  COTERIE_ASSIGN(const auto live, registry_.live(task.name));
  if (!live) return std::nullopt;
  const std::string t_train =
      source_.calendar().date_string(source_.calendar().add_days(as_of_, -2 * task.horizon_days));
  const auto trained = live->evidence.value(json::json_pointer("/split/train/as_of"), std::string("9999"));
  if (trained > t_train) return std::nullopt;
  const auto state = registry_.load(*live);
  auto model = state ? understand::PredictModel::from_state(*state) : tl::unexpected(state.error());
  if (model) return std::optional(std::move(*model));
  context_.log->write(base::LogLevel::kWarn, "run.live_model_unreadable",
                      {{"model", task.name}, {"version", live->version}});
  return std::nullopt;
}

// The newest window whose labels end where the test begins, then the year before in the seasons of training, test and
// today, if the shop is old enough. A table of the past goes when its rows are taken.
Result<std::vector<understand::KeptRows>> Run::training_windows(const understand::PredictTask& task) {
  using understand::Season;
  struct Window {
    int64_t days_before;
    Season season;
    bool is_year_ago;
  };
  const int64_t horizon = task.horizon_days;
  std::vector<Window> windows = {{2 * horizon, Season::kTraining, false}};
  const int64_t needed = kYearDays + 2 * horizon + kLeastHistoryDays;
  if (source_.range().first <= source_.calendar().add_days(as_of_, -needed))
    windows.insert(windows.end(), {{kYearDays + 2 * horizon, Season::kTraining, true},
                                   {kYearDays + horizon, Season::kTest, true},
                                   {kYearDays, Season::kNow, true}});
  std::vector<understand::KeptRows> out;
  for (const Window& window : windows) {
    COTERIE_ASSIGN(const auto* table, features(window.days_before));
    COTERIE_ASSIGN(auto rows, understand::select_labelled_rows(task, *table, source_));
    rows.season = window.season;
    rows.is_year_ago = window.is_year_ago;
    COTERIE_ASSIGN(auto kept, understand::keep_rows(rows, understand::predict_features(), kMostTrainingRows));
    out.push_back(std::move(kept));
    features_.erase(window.days_before);
  }
  return out;
}

Status Run::predictions() {
  for (const auto& task : {understand::kPurchase, understand::kChurn}) {
    Step step(context_, task.name, passes(4));
    understand::PredictInput input;
    COTERIE_ASSIGN_OR_STATUS(const auto windows, training_windows(task));
    for (const auto& window : windows) {
      input.training.push_back(window.rows);
      input.training_users.push_back(window.users);
    }
    COTERIE_ASSIGN_OR_STATUS(input.test, features(task.horizon_days));
    COTERIE_ASSIGN_OR_STATUS(input.now, features(0));
    COTERIE_ASSIGN_OR_STATUS(input.live, live_model(task));
    COTERIE_ASSIGN_OR_STATUS(auto prediction, understand::predict(task, input, source_, seed_, context_));
    const json& metrics = prediction.evidence.value("metrics", json::object());
    step.end(metrics.contains("auc")
                 ? fmt::format("AUC {:.3f}, published: {}", metrics["auc"]["value"].get<double>(),
                               registry::to_string(prediction.published))
                 : prediction.evidence["limits"][0]["en"].get<std::string>());
    predictions_.push_back(std::move(prediction));
    std::erase_if(features_, [](const auto& entry) { return entry.first != 0; });
  }
  return {};
}

Status Run::recommendations() {
  Step step(context_, "recommend", passes(5));
  COTERIE_ASSIGN_OR_STATUS(recommendations_, understand::recommend(source_, as_of_, seed_, context_));
  COTERIE_ASSIGN_OR_STATUS(const auto names, ItemNames::load(source_.connection(), as_of_));
  record_["recommend"] = recommend_json(recommendations_);
  json evidence;
  for (const auto& task : recommendations_.tasks) evidence[std::string(to_string(task.task))] = task.evidence;
  record_["details"]["recommend"] = std::move(evidence);
  record_["details"]["examples"] = recommend_examples_json(recommendations_, names, context_);
  std::string summary;
  for (const auto& task : recommendations_.tasks)
    summary += fmt::format("{}{}: {}", summary.empty() ? "" : ", ", to_string(task.task),
                           task.published.empty() ? "nothing to judge on" : task.published);
  step.end(summary);
  return {};
}

Status Run::personas() {
  Step step(context_, "personas", 0);
  COTERIE_ASSIGN_OR_STATUS(const auto* table, features(0));
  COTERIE_ASSIGN_OR_STATUS(const auto names, ItemNames::load(source_.connection(), as_of_));
  const PersonaInput input{*table, memberships_, recommendations_.history->bought,
                           names,  as_of_,       workspace_.settings().currency};
  COTERIE_RETURN_IF_ERROR(add_personas(source_, input, &record_["segments"]));
  step.end(fmt::format("{} personas", record_["segments"].size()));
  return {};
}

Status Run::earlier() {
  COTERIE_ASSIGN_OR_STATUS(kept_, kept_runs(workspace_));
  if (!kept_.empty()) next_taste_ = kept_.back().next_taste;
  earlier_ = choose_earlier(source_, kept_, as_of_);
  if (!earlier_) return {};
  return compute_earlier(source_, seed_, members_, &*earlier_);
}

Status Run::changes() {
  Step step(context_, "changes", passes(2));
  if (!earlier_) {
    record_["changes"] = nullptr;
    step.end("nothing to compare with");
    return {};
  }
  COTERIE_ASSIGN_OR_STATUS(const auto* table, features(0));
  std::vector<ScoredTask> scores;
  for (const auto& task : {understand::kPurchase, understand::kChurn})
    for (const auto& prediction : predictions_)
      if (prediction.name == task.name && prediction.scorer) scores.push_back({task, &*prediction.scorer});
  COTERIE_ASSIGN_OR_STATUS(
      record_["changes"],
      changes_json(source_, {*table, memberships_, scores, record_["details"]["quality"]}, *earlier_));
  step.end(fmt::format("since {}", source_.calendar().date_string(earlier_->as_of)));
  earlier_.reset();
  return {};
}

Status Run::save_model(const registry::NewModel& model, registry::Published published, const json& evidence,
                       store::Commit& commit, int64_t* version) {
  bool golden_rows_pass = false;
  COTERIE_ASSIGN_OR_STATUS(*version, registry_.write(model, commit, &golden_rows_pass));
  if (!golden_rows_pass)
    return base::failure(Code::kInternal, "model {} gives other scores when it is read back", model.name);
  registry_.add({model.name, *version, published, evidence}, commit);
  return {};
}

Status Run::save_models(store::Commit& commit, std::vector<StoredPrediction>* stored) {
  json models = json::array();
  json details = json::object();
  for (auto& prediction : predictions_) {
    int64_t version = 0;
    if (prediction.model)
      COTERIE_RETURN_IF_ERROR(
          save_model(*prediction.model, prediction.published, prediction.evidence, commit, &version));
    if (prediction.published != registry::Published::kNo)
      COTERIE_RETURN_IF_ERROR(
          registry_.make_live(prediction.name, {version, context_.clock->now(), "run"}, commit));
    models.push_back(model_json(prediction, version));
    details[prediction.name] = prediction.evidence;
    stored->push_back({&prediction, prediction.published == registry::Published::kNo ? 0 : version});
  }
  int64_t version = 0;
  for (const auto& model : recommendations_.models)
    COTERIE_RETURN_IF_ERROR(save_model(model.model, model.published, model.evidence, commit, &version));
  if (clusters_model_)
    COTERIE_RETURN_IF_ERROR(save_model(*clusters_model_, registry::Published::kYes,
                                       record_["details"]["clusters"], commit, &version));
  if (tastes_model_)
    COTERIE_RETURN_IF_ERROR(save_model(*tastes_model_, registry::Published::kYes,
                                       record_["details"]["tastes"], commit, &version));
  record_["models"] = std::move(models);
  record_["details"]["models"] = std::move(details);
  return {};
}

// Members of kept divisions stay in the table until those are computed anew. Read under the lock of the commit.
Status Run::carry_divisions(const data::FeatureTable& table) {
  COTERIE_ASSIGN_OR_STATUS(const json divisions, kept_divisions(workspace_));
  if (divisions.empty()) return {};
  COTERIE_ASSIGN_OR_STATUS(auto connection,
                           workspace_.connect(context_, {{store::TableKind::kSegments}, {}}));
  for (const json& division : divisions) {
    COTERIE_ASSIGN_OR_STATUS(auto stored,
                             stored_membership(*connection, division["name"].get<std::string>(), table));
    memberships_.push_back(std::move(stored));
  }
  return {};
}

Status Run::save(std::string_view fingerprint, const DrawReport& draw_report) {
  Step step(context_, "save", 0);
  COTERIE_RETURN_IF_ERROR(context_.check_cancelled());
  COTERIE_ASSIGN_OR_STATUS(auto commit, store::Commit::begin(workspace_, "run"));
  std::vector<StoredPrediction> stored;
  COTERIE_RETURN_IF_ERROR(save_models(*commit, &stored));
  COTERIE_ASSIGN_OR_STATUS(const auto* table, features(0));
  auto& connection = source_.connection();
  COTERIE_RETURN_IF_ERROR(write_features(connection, *table, *commit, context_));
  COTERIE_RETURN_IF_ERROR(carry_divisions(*table));
  COTERIE_RETURN_IF_ERROR(write_segments(connection, *table, memberships_, *commit, context_));
  COTERIE_RETURN_IF_ERROR(write_scores(connection, *table, stored, *commit, context_));
  COTERIE_RETURN_IF_ERROR(write_recommendations(connection, recommendations_, *commit, context_));
  put_latest_run(std::string(fingerprint), record_, *commit);
  KeptRun kept{0, as_of_, seed_, {}, next_cluster_, {}, next_taste_};
  for (const auto& membership : memberships_)
    if (membership.method == "clusters") kept.clusters = membership.segments;
  for (const json& import : record_["details"]["quality"]["imports"])
    kept.imports.push_back(import.value("import_id", ""));
  keep_run(std::move(kept), kept_, *commit);
  if (draw_report) COTERIE_RETURN_IF_ERROR(commit->put_page(kReportName, draw_report(record_)));
  auto generation = commit->finish(context_.clock->now());
  if (!generation) return generation.error();
  step.end(fmt::format("generation {}", *generation));
  return {};
}

// What people keep beside the run: divisions, then segments by rules, which may ask for those. One that fails does not keep
// the others from being computed.
Status refresh_all(store::Workspace& workspace, bool is_new_run, const DrawReport& draw_report,
                   const base::Context& context) {
  COTERIE_ASSIGN_OR_STATUS(const json divisions, kept_divisions(workspace));
  Status status;
  if (!divisions.empty() && is_new_run) {
    Step step(context, "divisions", 0);
    status = refresh_divisions(workspace, is_new_run, draw_report, context);
    step.end(fmt::format("{} kept", divisions.size()));
  } else {
    status = refresh_divisions(workspace, is_new_run, draw_report, context);
  }
  const Status rules = refresh_rule_segments(workspace, is_new_run, context);
  return status.ok() ? rules : status;
}

}  // namespace

Result<RunResult> run(store::Workspace& workspace, const RunOptions& options, const base::Context& context) {
  COTERIE_ASSIGN(auto source, profile::AsOf::open(workspace, context));
  COTERIE_ASSIGN(const Timestamp default_as_of, source->default_as_of());
  const Timestamp as_of = options.as_of.value_or(default_as_of);
  if (as_of <= source->range().first)
    return base::error(
        Code::kFailedPrecondition, "no events before {}; the first is at {}: choose a later --as-of",
        source->calendar().to_string(as_of), source->calendar().to_string(source->range().first));
  COTERIE_ASSIGN(const std::string print, run_fingerprint(workspace, as_of, options.seed));
  COTERIE_ASSIGN(const std::string latest, latest_fingerprint(workspace));
  if (latest == print && !options.is_forced) {
    COTERIE_CHECK_OK(refresh_all(workspace, false, options.draw_report, context));
    COTERIE_ASSIGN(json record, latest_record(workspace));
    return RunResult{std::move(record), true};
  }
  COTERIE_ASSIGN(const json divisions, kept_divisions(workspace));
  context.progress->plan(kSteps + (divisions.empty() ? 0 : 1));
  RunResult out;
  {
    Run job(workspace, *source, as_of, options.seed, context);
    COTERIE_CHECK_OK(job.overview());
    COTERIE_CHECK_OK(job.sales());
    COTERIE_CHECK_OK(job.segments());
    COTERIE_CHECK_OK(job.tastes());
    COTERIE_CHECK_OK(job.predictions());
    COTERIE_CHECK_OK(job.recommendations());
    COTERIE_CHECK_OK(job.personas());
    COTERIE_CHECK_OK(job.changes());
    COTERIE_CHECK_OK(job.save(print, options.draw_report));
    out.record = job.take_record();
  }
  COTERIE_CHECK_OK(refresh_all(workspace, true, options.draw_report, context));
  COTERIE_ASSIGN(out.record["divisions"], kept_divisions(workspace));
  return out;
}

}  // namespace coterie::engine
