// A model written to its file and read back, and what every damage to it is answered with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "base/hash.h"
#include "base/random.h"
#include "learn/model.h"

namespace coterie::learn {
namespace {

using ::testing::HasSubstr;

class ModelFile : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  static ModelState example() {
    return {.algorithm = "k_means",
            .options = {{"n_clusters", 2}, {"tol", 1e-4}, {"random_state", UINT64_MAX}},
            .names = {{"features", {"monetary", "频次"}}, {"none", {}}},
            .tensors = {{"cluster_centers", {2, 2}, {1.5, -0.0, std::nan(""), 4e-320}},
                        {"empty", {0, 3}, {}},
                        {"a_scalar", {}, {7}}}};
  }

  // Writes any bytes with their own checksum, so that only their meaning is at fault.
  base::Result<ModelState> load_bytes(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return load_state(path_, base::hash64(bytes));
  }

  static std::string file_of(const std::string& header, const std::string& data) {
    const uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + data;
  }

  std::string saved_bytes() {
    EXPECT_TRUE(save_state(example(), path_));
    return base::read_file(path_).value();
  }

  std::filesystem::path path_ =
      std::filesystem::path(::testing::TempDir()) /
      (std::string("model_file_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ModelFile, GivesBackEveryBit) {
  const auto checksum = save_state(example(), path_);
  ASSERT_TRUE(checksum) << checksum.error().message();
  EXPECT_EQ(*checksum, base::checksum_file(path_).value());
  const auto loaded = load_state(path_, *checksum);
  ASSERT_TRUE(loaded) << loaded.error().message();
  const ModelState expected = example();
  EXPECT_EQ(loaded->algorithm, expected.algorithm);
  EXPECT_EQ(loaded->options, expected.options);
  EXPECT_EQ(loaded->names, expected.names);
  for (const Tensor& tensor : expected.tensors) {
    const auto other = loaded->tensor(tensor.name);
    ASSERT_TRUE(other) << other.error().message();
    EXPECT_EQ((*other)->shape, tensor.shape);
    ASSERT_EQ((*other)->values.size(), tensor.values.size());
    for (size_t i = 0; i < tensor.values.size(); ++i) {
      EXPECT_EQ(std::bit_cast<uint64_t>((*other)->values[i]), std::bit_cast<uint64_t>(tensor.values[i]));
    }
  }
  EXPECT_EQ(save_state(*loaded, path_).value(), *checksum) << "saved again, it is another file";
}

TEST_F(ModelFile, HasTheSafetensorsLayout) {
  const std::string bytes = saved_bytes();
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  EXPECT_EQ(header["cluster_centers"]["dtype"], "F64");
  EXPECT_EQ(header["cluster_centers"]["shape"], nlohmann::json({2, 2}));
  EXPECT_EQ(header["cluster_centers"]["data_offsets"], nlohmann::json({0, 32}));
  for (const auto& [key, value] : header["__metadata__"].items()) EXPECT_TRUE(value.is_string()) << key;
  EXPECT_EQ(bytes.size(), 8 + length + 5 * sizeof(double));
}

TEST_F(ModelFile, AWrongChecksumIsDataLoss) {
  const auto checksum = save_state(example(), path_);
  ASSERT_TRUE(checksum);
  const auto loaded = load_state(path_, *checksum + 1);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), base::Code::kDataLoss);
  EXPECT_THAT(loaded.error().message(), HasSubstr("checksum"));
}

TEST_F(ModelFile, AMissingFileIsNotFound) {
  const auto loaded = load_state(path_, 0);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), base::Code::kNotFound);
}

TEST_F(ModelFile, EveryTruncationIsDataLoss) {
  const std::string bytes = saved_bytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto loaded = load_bytes(bytes.substr(0, size));
    ASSERT_FALSE(loaded) << "cut to " << size << " bytes";
    EXPECT_EQ(loaded.error().code(), base::Code::kDataLoss);
  }
  EXPECT_FALSE(load_bytes(bytes + "12345678"));
}

// What a header may claim and must not be believed.
TEST_F(ModelFile, EveryMalformedHeaderIsDataLoss) {
  const std::string metadata =
      R"("__metadata__":{"format":"coterie-model-1","algorithm":"a","options":"{}","names":"{}"})";
  const auto with_tensor = [&](const std::string& tensor) {
    return "{" + metadata + ",\"t\":" + tensor + "}";
  };
  const std::string data(16, '\0');
  ASSERT_TRUE(load_bytes(file_of(with_tensor(R"({"dtype":"F64","shape":[2],"data_offsets":[0,16]})"), data)));
  const std::vector<std::string> headers = {
      "",
      "[]",
      "null",
      "{",
      std::string(100'000, '['),
      "{}",
      R"({"__metadata__":7})",
      R"({"__metadata__":{"format":"coterie-model-1","algorithm":"a","options":"{","names":"{}"}})",
      R"({"__metadata__":{"format":"coterie-model-1","algorithm":"a","options":"{}","names":"[1]"}})",
      R"({"__metadata__":{"format":"coterie-model-1","algorithm":"a","options":"{}","names":"{\"x\":[1]}"}})",
      R"({"__metadata__":{"format":"coterie-model-9","algorithm":"a","options":"{}","names":"{}"}})",
      R"({"__metadata__":{"format":"coterie-model-1","algorithm":1,"options":"{}","names":"{}"}})",
      with_tensor("7"),
      with_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,16]})"),
      with_tensor(R"({"dtype":7,"shape":[2],"data_offsets":[0,16]})"),
      with_tensor(R"({"dtype":"F64","shape":[3],"data_offsets":[0,16]})"),
      with_tensor(R"({"dtype":"F64","shape":[-2],"data_offsets":[0,16]})"),
      with_tensor(R"({"dtype":"F64","shape":[2.0],"data_offsets":[0,16]})"),
      with_tensor(R"({"dtype":"F64","shape":2,"data_offsets":[0,16]})"),
      with_tensor(R"({"dtype":"F64","shape":[2]})"),
      with_tensor(R"({"dtype":"F64","shape":[2],"data_offsets":[0,16,16]})"),
      with_tensor(R"({"dtype":"F64","shape":[2],"data_offsets":[16,0]})"),
      with_tensor(R"({"dtype":"F64","shape":[1],"data_offsets":[8,16]})"),
      with_tensor(R"({"dtype":"F64","shape":[1],"data_offsets":[0,8]})"),
      with_tensor(R"({"dtype":"F64","shape":[2],"data_offsets":[0,15]})"),
      with_tensor(R"({"dtype":"F64","shape":[4],"data_offsets":[0,32]})"),
      with_tensor(R"({"dtype":"F64","shape":[4294967296,4294967296,2],"data_offsets":[0,16]})"),
      with_tensor(R"({"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,18446744073709551608]})"),
      with_tensor(R"({"dtype":"F64","shape":[2],"data_offsets":[0,16]},"u":)"
                  R"({"dtype":"F64","shape":[2],"data_offsets":[0,16]})"),
  };
  for (const std::string& header : headers) {
    const auto loaded = load_bytes(file_of(header, data));
    ASSERT_FALSE(loaded) << header.substr(0, 200);
    EXPECT_EQ(loaded.error().code(), base::Code::kDataLoss) << header.substr(0, 200);
  }
  std::string long_length = file_of("{}", data);
  std::memset(long_length.data(), 0xff, 8);
  EXPECT_FALSE(load_bytes(long_length));
}

TEST_F(ModelFile, FlippedBytesNeverCrashIt) {
  const std::string bytes = saved_bytes();
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    base::Random random(seed);
    std::string flipped = bytes;
    for (uint64_t flips = 1 + random.below(4); flips > 0; --flips) {
      flipped[random.below(flipped.size())] = static_cast<char>(random.below(256));
    }
    const auto loaded = load_bytes(flipped);
    EXPECT_TRUE(loaded || loaded.error().code() == base::Code::kDataLoss) << "seed " << seed;
  }
}

TEST_F(ModelFile, RefusesToSaveWhatItCouldNotRead) {
  ModelState twice = example();
  twice.tensors.push_back(twice.tensors.front());
  EXPECT_FALSE(save_state(twice, path_));
  ModelState wrong_shape = example();
  wrong_shape.tensors[0].shape = {5};
  EXPECT_FALSE(save_state(wrong_shape, path_));
  ModelState not_utf8 = example();
  not_utf8.names["features"].push_back("\xff\xfe");
  const auto saved = save_state(not_utf8, path_);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code(), base::Code::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ModelFile, AMissingTensorIsDataLossByName) {
  const ModelState state = example();
  const auto tensor = state.tensor("radius");
  ASSERT_FALSE(tensor);
  EXPECT_EQ(tensor.error().code(), base::Code::kDataLoss);
  EXPECT_THAT(tensor.error().message(), HasSubstr("radius"));
  EXPECT_THAT(tensor.error().message(), HasSubstr("k_means"));
}

}  // namespace
}  // namespace coterie::learn
