// Facts about items and users in parts and ranges, checked against a plain sorted list.
#include "store/fact_parts.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "base/random.h"
#include "store/store_testing.h"

namespace coterie::store {
namespace {

using Fact = std::tuple<std::string, std::string, int64_t, std::string>;  // id, name, valid_from, value
using Facts = std::set<Fact>;

class FactPartsTest : public WorkspaceTest {
 protected:
  struct Line {
    Fact fact;
    uint64_t line;
  };

  static std::vector<Line> random_facts(uint64_t seed, size_t count, bool has_lines) {
    base::Random random(seed, 0);
    std::vector<Line> out;
    for (size_t i = 0; i < count; ++i) {
      // Ids that look like SQL, that hold quotes, and one that most facts are about.
      const uint64_t who = random.below(40);
      const std::string id = who < 15 ? "'; DROP TABLE users" : fmt::format("u'{}", who);
      out.push_back(
          {{id, random.below(2) == 0 ? "city" : "level", static_cast<int64_t>(random.below(50)) * 1'000'000,
            fmt::format("v{}", random.below(3))},
           has_lines ? 1 + i / 2 : 0});
      // A record is about one user.
      if (has_lines && i % 2 == 1) std::get<0>(out[i].fact) = std::get<0>(out[i - 1].fact);
    }
    return out;
  }

  IngestCounts import(Workspace& workspace, const std::vector<Line>& lines, size_t part_rows,
                      AttributeKind kind) {
    auto job = Ingest::begin(workspace,
                             {.source = "facts.csv", .preset = "x", .received_at = 1, .part_rows = part_rows},
                             context());
    EXPECT_TRUE(job) << job.error().message();
    data::AttributeBatch batch;
    std::set<uint64_t> records;
    for (const auto& [fact, line] : lines) {
      batch.id.append(std::get<0>(fact));
      batch.name.append(std::get<1>(fact));
      batch.value.append(std::get<3>(fact));
      batch.valid_from.push_back(std::get<2>(fact));
      batch.line.push_back(line);
      if (line > 0) records.insert(line);
      if (batch.rows() < 5) continue;
      EXPECT_TRUE((*job)->append(batch, kind).ok());
      batch.clear();
    }
    EXPECT_TRUE((*job)->append(batch, kind).ok());
    (*job)->count_records(records.size());
    auto counts = (*job)->commit();
    EXPECT_TRUE(counts) << counts.error().message();
    return *counts;
  }

  // Exactly one row a fact.
  Facts stored(Workspace& workspace, AttributeKind kind) {
    Facts out;
    auto connection = workspace.connect(context());
    EXPECT_TRUE(connection);
    const char* columns = kind == AttributeKind::kItems ? "item_id, attribute, valid_from, value FROM items"
                                                        : "user_id, trait, valid_from, value FROM users";
    EXPECT_TRUE((*connection)
                    ->query(fmt::format("SELECT {}", columns), {},
                            [&](const Rows& rows) -> base::Status {
                              for (size_t i = 0; i < rows.size(); ++i)
                                EXPECT_TRUE(out.emplace(rows.text(0, i), rows.text(1, i), rows.int64(2, i),
                                                        rows.text(3, i))
                                                .second);
                              return {};
                            })
                    .ok());
    return out;
  }

  // Of equal values that follow each other in time the first.
  static Facts changes(const std::vector<Line>& lines) {
    Facts all, out;
    for (const auto& line : lines) all.insert(line.fact);
    const Fact* last = nullptr;
    for (const Fact& fact : all) {
      const bool same = last != nullptr && std::get<0>(*last) == std::get<0>(fact) &&
                        std::get<1>(*last) == std::get<1>(fact) && std::get<3>(*last) == std::get<3>(fact);
      if (!same) out.insert(fact);
      last = &fact;
    }
    return out;
  }
};

TEST_F(FactPartsTest, RowsOfEventsLeaveTheirChangesWhateverThePart) {
  for (const size_t part_rows : {7, 64, 1 << 20}) {
    std::filesystem::remove_all(shop());
    const auto workspace = create();
    const auto lines = random_facts(3, 600, false);
    import(*workspace, lines, part_rows, AttributeKind::kItems);
    EXPECT_EQ(stored(*workspace, AttributeKind::kItems), changes(lines)) << part_rows;
    import(*workspace, lines, 100, AttributeKind::kItems);
    EXPECT_EQ(stored(*workspace, AttributeKind::kItems), changes(lines)) << part_rows;
  }
}

TEST_F(FactPartsTest, RecordsAreCountedByWhatTheyAdd) {
  for (const size_t part_rows : {7, 1 << 20}) {
    std::filesystem::remove_all(shop());
    const auto workspace = create();
    Facts known;
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      const auto lines = random_facts(seed, 400, true);
      std::set<uint64_t> records, news;
      for (const auto& [fact, line] : lines) {
        records.insert(line);
        if (known.insert(fact).second) news.insert(line);
      }
      const IngestCounts counts = import(*workspace, lines, part_rows, AttributeKind::kUsers);
      EXPECT_EQ(counts.received, records.size());
      EXPECT_EQ(counts.accepted, news.size()) << "seed " << seed << ", parts of " << part_rows;
      EXPECT_EQ(counts.duplicate, records.size() - news.size());
      EXPECT_EQ(stored(*workspace, AttributeKind::kUsers), known);
    }
  }
}

TEST_F(FactPartsTest, FilesOfOneImportFollowEachOtherInOrderOfId) {
  const auto workspace = create();
  import(*workspace, random_facts(5, 600, true), 50, AttributeKind::kUsers);
  EXPECT_GT(files_in("users"), 3U);
  EXPECT_EQ(
      query(*workspace,
            "SELECT count(*) FROM (SELECT max(user_id) AS last, lead(min(user_id)) OVER (ORDER BY "
            "filename) AS next FROM read_parquet('" +
                shop().string() + "/users/*.parquet', filename = true) GROUP BY filename) WHERE next < last"),
      0);
}

}  // namespace
}  // namespace coterie::store
