// Deduplication across parts, files and writers, checked against a plain set of ids.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>

#include "base/hash.h"
#include "base/random.h"
#include "store/catalog.h"
#include "store/duckdb.h"
#include "store/ingest.h"
#include "store/workspace.h"

namespace coterie::store {
namespace {

namespace fs = std::filesystem;

struct Sent {
  std::string id;  // the sender's own, or the text whose hash is the content id
  bool is_content_id;
  std::string user;
};

class EventPartsTest : public ::testing::Test {
 protected:
  EventPartsTest() { fs::remove_all(folder_); }
  ~EventPartsTest() override {
    workspace_.reset();
    fs::remove_all(folder_);
  }
  void SetUp() override {
    auto made = Workspace::create(folder_, {"UTC", "EUR", base::Language::kEnglish});
    ASSERT_TRUE(made) << made.error().message();
    workspace_ = std::move(*made);
  }

  static std::string stored(const Sent& sent) {
    return sent.is_content_id ? base::to_string(base::hash128(sent.id)) : sent.id;
  }

  static void add(data::EventBatch& batch, const Sent& sent) {
    batch.event_id.append(stored(sent));
    batch.is_content_id.push_back(sent.is_content_id ? 1 : 0);
    batch.user_id.append(sent.user);
    for (auto* column :
         {&batch.anonymous_id, &batch.item_id, &batch.currency, &batch.order_id, &batch.session_id,
          &batch.channel, &batch.campaign_id, &batch.decision_id, &batch.properties})
      column->append_null();
    batch.behavior.append("view");
    batch.ts.push_back(1'700'000'000'000'000 + static_cast<int64_t>(batch.line.size()));
    batch.value.append_null();
    for (auto* column : {&batch.quantity, &batch.unit_price, &batch.line_amount, &batch.discount})
      column->append_null();
    batch.line.push_back(batch.line.size() + 2);
  }

  std::unique_ptr<Ingest> begin(data::Repeats repeats, base::OwnedContext& owned, size_t part_rows = 64) {
    IngestOptions options{"file.csv", "coterie", {}, repeats, 1'700'000'000'000'000};
    options.part_rows = part_rows;
    auto job = Ingest::begin(*workspace_, options, owned.get());
    EXPECT_TRUE(job) << job.error().message();
    return std::move(*job);
  }

  static void append(Ingest& job, const std::vector<Sent>& rows, size_t batch_rows = 16) {
    data::EventBatch batch;
    for (const Sent& row : rows) {
      add(batch, row);
      if (batch.rows() < batch_rows) continue;
      ASSERT_TRUE(job.append(batch).ok());
      batch.clear();
    }
    if (batch.rows() > 0) {
      ASSERT_TRUE(job.append(batch).ok());
    }
  }

  IngestCounts ingest(const std::vector<Sent>& rows, data::Repeats repeats) {
    auto job = begin(repeats, two_);
    append(*job, rows);
    auto counts = job->commit();
    EXPECT_TRUE(counts) << counts.error().message();
    return *counts;
  }

  std::multiset<std::string> stored_ids() {
    auto connection = workspace_->connect(one_.get());
    EXPECT_TRUE(connection) << connection.error().message();
    std::multiset<std::string> ids;
    EXPECT_TRUE((*connection)
                    ->query("SELECT event_id FROM events ORDER BY event_id", {},
                            [&](const Rows& rows) -> base::Status {
                              for (size_t i = 0; i < rows.size(); ++i)
                                ids.insert(std::string(rows.text(0, i)));
                              return {};
                            })
                    .ok());
    return ids;
  }

  fs::path folder_ = fs::temp_directory_path() / ("coterie_event_parts_" + std::to_string(::getpid()));
  std::unique_ptr<Workspace> workspace_;
  base::OwnedContext one_{1}, two_{2};
};

// What a plain reading of the rules keeps: the reference.
std::set<std::string> expected_ids(const std::vector<std::vector<Sent>>& files, data::Repeats repeats) {
  std::set<std::string> known;
  for (const auto& file : files) {
    std::map<std::string, int> seen;
    for (const Sent& row : file) {
      const std::string id = row.is_content_id ? base::to_string(base::hash128(row.id)) : row.id;
      const int before = seen[id]++;
      if (before > 0 && !(row.is_content_id && repeats == data::Repeats::kKeep)) continue;
      known.insert(before == 0 ? id : fmt::format("{}-{}", id, before));
    }
  }
  return known;
}

TEST_F(EventPartsTest, KeepsExactlyTheDistinctIdsOverPartsAndFiles) {
  for (const data::Repeats repeats : {data::Repeats::kKeep, data::Repeats::kDrop}) {
    workspace_.reset();
    fs::remove_all(folder_);
    SetUp();
    base::Random random(11);
    std::vector<std::vector<Sent>> files(4);
    uint64_t rows = 0, accepted = 0, duplicate = 0;
    for (auto& file : files) {
      for (int i = 0; i < 700; ++i) {
        const uint64_t which = random.below(900);
        file.push_back({fmt::format("event {}", which), which % 3 != 0, fmt::format("u{}", which % 50)});
      }
      const IngestCounts counts = ingest(file, repeats);
      rows += file.size();
      accepted += counts.accepted;
      duplicate += counts.duplicate;
      EXPECT_EQ(counts.received, counts.accepted + counts.duplicate);
    }
    const auto expected = expected_ids(files, repeats);
    EXPECT_EQ(stored_ids(), std::multiset<std::string>(expected.begin(), expected.end()));
    EXPECT_EQ(accepted, expected.size());
    EXPECT_EQ(accepted + duplicate, rows);
  }
}

TEST_F(EventPartsTest, DropsWhatAnotherImportBroughtMeanwhile) {
  std::vector<Sent> mine, others;
  for (int i = 0; i < 300; ++i) mine.push_back({fmt::format("e{}", i), false, "u1"});
  for (int i = 250; i < 400; ++i) others.push_back({fmt::format("e{}", i), false, "u1"});
  auto job = begin(data::Repeats::kDrop, two_);
  append(*job, mine);
  EXPECT_EQ(ingest(others, data::Repeats::kDrop).accepted, 150u);
  const auto counts = job->commit();
  ASSERT_TRUE(counts) << counts.error().message();
  EXPECT_EQ(counts->accepted, 250u);
  EXPECT_EQ(counts->duplicate, 50u);
  EXPECT_EQ(stored_ids().size(), 400u);
  EXPECT_EQ(ingest(mine, data::Repeats::kDrop).accepted, 0u);
}

// Short ids and long ones that differ behind the eighth byte only, many of them in one bucket.
TEST_F(EventPartsTest, FilesAreInOrderOfBucketUserTimeAndId) {
  base::Random random(5);
  std::vector<Sent> rows;
  for (int i = 0; i < 40'000; ++i) {
    const uint64_t who = random.below(30'000);
    rows.push_back({fmt::format("e{}", random.below(1'000'000'000)), false,
                    who % 3 == 0   ? fmt::format("u{}", who)
                    : who % 3 == 1 ? fmt::format("customer-{}", who)
                                   : std::string(1 + who % 9, 'x')});
  }
  auto job = begin(data::Repeats::kDrop, two_, 25'000);
  append(*job, rows, 1'000);
  ASSERT_TRUE(job->commit());
  auto connection = workspace_->connect(one_.get());
  auto wrong = (*connection)
                   ->query_int64(
                       "SELECT count(*) FROM (SELECT (bucket, user_id, ts, event_id) < lag((bucket, user_id, "
                       "ts, event_id)) OVER (PARTITION BY filename ORDER BY file_row_number) AS wrong FROM "
                       "read_parquet('" +
                       (folder_ / "events").string() +
                       "/*.parquet', filename = true, file_row_number = true)) WHERE wrong");
  ASSERT_TRUE(wrong) << wrong.error().message();
  EXPECT_EQ(*wrong, 0);
  auto other = (*connection)->query_int64("SELECT count(*) FROM events WHERE bucket IS NULL");
  EXPECT_EQ(*other, 0);
}

// Where the budget holds one part and not two, the next one is collected when the one before is written.
TEST_F(EventPartsTest, NeedsTheMemoryOfOnePartAlone) {
  std::vector<Sent> rows;
  for (int i = 0; i < 640; ++i) rows.push_back({fmt::format("e{}", i), false, "u1"});
  const auto import = [&](uint64_t free_bytes) {
    auto job = begin(data::Repeats::kDrop, two_);
    const auto held = two_.budget.reserve(two_.budget.limit_bytes() - free_bytes, "the rest");
    data::EventBatch batch;
    base::Status taken;
    for (size_t i = 0; i < rows.size() && taken.ok(); i += 16) {
      batch.clear();
      for (size_t row = i; row < i + 16; ++row) add(batch, rows[row]);
      taken = job->append(batch);
    }
    const auto counts = job->commit();
    return counts ? counts->accepted : 0;
  };
  EXPECT_EQ(import(10'000), 0u);
  EXPECT_EQ(import(18'000), 640u);
}

TEST_F(EventPartsTest, FlagsOnlyWhatItAccepts) {
  auto job = begin(data::Repeats::kDrop, two_);
  append(*job, {{"a", false, "u1"}, {"a", false, "u1"}, {"b", false, "u2"}, {"c", false, "u2"}});
  data::FlagBatch flags;
  for (const uint64_t line : {3, 4}) {
    flags.line.push_back(line);
    flags.rule.append("odd");
    flags.column.append_null();
    flags.reason.append("because");
  }
  ASSERT_TRUE(job->append(flags).ok());
  const auto counts = job->commit();
  ASSERT_TRUE(counts) << counts.error().message();
  EXPECT_EQ(counts->flagged_by_rule, (std::map<std::string, uint64_t>{{"odd", 1}}));
  auto connection = workspace_->connect(one_.get());
  EXPECT_EQ(*(*connection)->query_int64("SELECT line FROM flags WHERE event_id = 'b' AND rule = 'odd'"), 4);
}

TEST_F(EventPartsTest, AFlagQueryMarksUsersFromTheirFirstFlaggedEventOn) {
  IngestOptions options{"file.csv", "coterie", {}, data::Repeats::kDrop, 0};
  options.flag_queries = {{"busy", "", "too many",
                           "SELECT line, ts AS known_from FROM staged_events WHERE user_id = 'u2'",
                           "is_bot"}};
  auto job = Ingest::begin(*workspace_, options, two_.get());
  ASSERT_TRUE(job) << job.error().message();
  append(**job, {{"a", false, "u1"}, {"b", false, "u2"}, {"c", false, "u2"}});
  const auto counts = (*job)->commit();
  ASSERT_TRUE(counts) << counts.error().message();
  EXPECT_EQ(counts->flagged_by_rule.at("busy"), 2u);
  auto connection = workspace_->connect(one_.get());
  EXPECT_EQ(*(*connection)
                 ->query_int64("SELECT epoch_us(valid_from) FROM users WHERE user_id = 'u2' AND "
                               "trait = 'is_bot' AND value = 'true'"),
            1'700'000'000'000'001);
}

}  // namespace
}  // namespace coterie::store
