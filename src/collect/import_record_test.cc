#include "collect/import_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/collect_testing.h"
#include "collect/describe.h"
#include "collect/inputs.h"

namespace coterie::collect {
namespace {

using testing::HasSubstr;

TEST(ImportRecord, ItsOptionsReadTheSameRowsFromTheirRawText) {
  const TemporaryFolder folder;
  ImportOptions options;
  options.columns = *parse_column_choices("user_id=Who,ts=When,behavior=What");
  options.behaviors = *parse_behavior_choices("x=buy");
  options.repeats = data::Repeats::kKeep;
  const auto file = folder.write("a.csv", "Who|When|What\nu1|2024-03-01|x\n");
  const auto opened = FileImport::open(file, options);
  ASSERT_TRUE(opened.has_value()) << opened.error().message();
  const auto details = import_details(opened->plan(), options, *identify_file(file));

  const auto again = import_options_from(details);
  ASSERT_TRUE(again.has_value()) << again.error().message();
  StringSource raw("u1|2024-03-01|x\n");
  MemorySink sink;
  base::OwnedContext owned;
  const auto summary = import_file(raw, *again, *base::Calendar::create("UTC"), sink, owned.get());
  ASSERT_TRUE(summary.has_value()) << summary.error().message();
  ASSERT_EQ(sink.events.size(), 1u);
  EXPECT_EQ(sink.events[0].behavior, "buy");
  EXPECT_EQ(again->repeats, data::Repeats::kKeep);
}

TEST(ImportRecord, TellsTheSameBytesReadInTheSameWay) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.csv", "user_id,ts,behavior\nu1,2024-03-01,x\n");
  const auto opened = FileImport::open(file, {});
  const FileIdentity identity = identify_file(file)->value();
  const auto details = import_details(opened->plan(), {}, identity);
  EXPECT_TRUE(is_same_import(details, identity, fingerprint(opened->plan(), {})));
  ImportOptions other;
  other.behaviors = *parse_behavior_choices("x=buy");
  EXPECT_FALSE(is_same_import(details, identity, fingerprint(opened->plan(), other)));
  folder.write("a.csv", "user_id,ts,behavior\nu1,2024-03-01,y\n");
  EXPECT_FALSE(is_same_import(details, identify_file(file)->value(), fingerprint(opened->plan(), {})));
}

TEST(ImportRecord, AnOlderRecordSaysSo) {
  EXPECT_THAT(import_options_from(nlohmann::json::object()).error().message(),
              HasSubstr("import the file again"));
}

TEST(Inputs, FoldersAndPatternsAreSortedAndHiddenFilesPassedOver) {
  const TemporaryFolder folder;
  folder.write("b.csv", "x");
  folder.write("a.csv", "x");
  folder.write(".hidden", "x");
  folder.write("c.txt", "x");
  const auto names = [&](const std::vector<std::string>& given) {
    std::string out;
    const auto inputs = find_inputs(given);
    for (const Input& input : *inputs) out += input.path.filename().string() + (input.is_named ? "! " : " ");
    return out;
  };
  const std::string path = folder.path().string();
  EXPECT_EQ(names({path}), "a.csv b.csv c.txt ");
  EXPECT_EQ(names({path + "/*.csv"}), "a.csv b.csv ");
  EXPECT_EQ(names({path + "/b.csv", path}), "b.csv! a.csv c.txt ");
  EXPECT_EQ(find_inputs(std::vector<std::string>{path + "/*.zip"}).error().code(), base::Code::kNotFound);
}

TEST(Describe, ProposesWhatAnUnknownFileMeans) {
  const TemporaryFolder folder;
  std::string rows = "会员号,下单时间,商品编码,数量,单价,备注\n";
  for (int i = 0; i < 20; ++i)
    rows += "m" + std::to_string(i) + ",2024-03-01 10:00,i" + std::to_string(i % 5) + ",1,9.5,\n";
  const auto description = describe_file(folder.write("orders.csv", rows), {}, *base::Calendar::create("UTC"),
                                         2'000'000'000 * base::kSecond);
  ASSERT_TRUE(description.has_value()) << description.error().message();
  EXPECT_TRUE(description->is_proposal);
  EXPECT_THAT(description->command, HasSubstr("user_id=会员号"));
  EXPECT_THAT(description->command, HasSubstr("'*=buy'"));
  ASSERT_FALSE(description->rows.empty());
  EXPECT_EQ(description->rows[0][0], "m0");
}

TEST(Describe, SaysWhyAPresetFits) {
  const TemporaryFolder folder;
  const auto file =
      folder.write("e.csv", "timestamp,visitorid,event,itemid,transactionid\n1433221332117,2,view,3,\n");
  const auto description =
      describe_file(file, {}, *base::Calendar::create("UTC"), 2'000'000'000 * base::kSecond);
  ASSERT_TRUE(description.has_value()) << description.error().message();
  EXPECT_EQ(description->preset, "retailrocket");
  EXPECT_EQ(description->known_by.size(), 5u);
  EXPECT_EQ(description->rows.size(), 1u);
}

}  // namespace
}  // namespace coterie::collect
