// For tests of the store: a workspace in a folder of the test's own, and events made by a formula.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/context.h"
#include "store/catalog.h"
#include "store/duckdb.h"
#include "store/ingest.h"
#include "store/workspace.h"

namespace coterie::store {

class WorkspaceTest : public ::testing::Test {
 protected:
  WorkspaceTest() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = std::filesystem::temp_directory_path() /
            fmt::format("coterie_{}_{}_{}", info->test_suite_name(), info->name(), ::getpid());
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  ~WorkspaceTest() override { std::filesystem::remove_all(root_); }

  std::filesystem::path shop() const { return root_ / "a shop"; }
  std::unique_ptr<Workspace> create() {
    auto made = Workspace::create(shop(), {"Asia/Shanghai", "CNY", base::Language::kEnglish});
    EXPECT_TRUE(made) << made.error().message();
    return std::move(*made);
  }
  std::unique_ptr<Workspace> open(Workspace::Access access = Workspace::Access::kRead) {
    auto opened = Workspace::open(shop(), access);
    EXPECT_TRUE(opened) << opened.error().message();
    return opened ? std::move(*opened) : nullptr;
  }
  base::Context context() { return owned_.get(); }

  /// Events [begin, end) of user "u<i % users>", as one import.
  uint64_t ingest(Workspace& workspace, uint64_t begin, uint64_t end, uint64_t users = 97) {
    auto job = Ingest::begin(
        workspace, {"file.csv", "coterie", {}, data::Repeats::kDrop, 1'700'000'000'000'000}, context());
    EXPECT_TRUE(job) << job.error().message();
    data::EventBatch batch;
    for (uint64_t i = begin; i < end; ++i) add_event(batch, i, users);
    EXPECT_TRUE((*job)->append(batch).ok());
    auto counts = (*job)->commit();
    EXPECT_TRUE(counts) << counts.error().message();
    return counts ? counts->accepted : 0;
  }

  int64_t query(Connection& connection, std::string_view sql) {
    auto value = connection.query_int64(sql);
    EXPECT_TRUE(value) << value.error().message();
    return value ? *value : -1;
  }
  int64_t query(Workspace& workspace, std::string_view sql) {
    auto connection = workspace.connect(context());
    EXPECT_TRUE(connection) << connection.error().message();
    return connection ? query(**connection, sql) : -1;
  }

  size_t files_in(std::string_view folder) const {
    size_t files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(shop() / folder)) ++files;
    return files;
  }

  std::filesystem::path root_;
  base::OwnedContext owned_{2};

 private:
  static void add_event(data::EventBatch& batch, uint64_t i, uint64_t users) {
    batch.event_id.append(fmt::format("e{}", i));
    batch.is_content_id.push_back(0);
    // Every seventh event is of somebody without a user_id.
    if (i % 7 == 0) {
      batch.user_id.append_null();
      batch.anonymous_id.append(fmt::format("a{}", i % users));
    } else {
      batch.user_id.append(fmt::format("u{}", i % users));
      batch.anonymous_id.append_null();
    }
    batch.item_id.append(fmt::format("i{}", i % 13));
    batch.behavior.append(i % 3 == 0 ? "buy" : "view");
    batch.ts.push_back(1'600'000'000'000'000 +
                       static_cast<int64_t>(i * 2'654'435'761 % 1'000'000'007) * 1000);
    batch.value.append_null();
    batch.quantity.append(10'000);
    batch.unit_price.append(static_cast<int64_t>(i % 1000));
    batch.line_amount.append(static_cast<int64_t>(i % 1000));
    batch.discount.append_null();
    for (auto* column : {&batch.currency, &batch.order_id, &batch.session_id, &batch.channel,
                         &batch.campaign_id, &batch.decision_id, &batch.properties})
      column->append_null();
    batch.line.push_back(i + 2);
  }
};

}  // namespace coterie::store
