// The contract every estimator is held to (DESIGN §7), as one typed test suite over small adapters.
//
// An adapter says how to make input for one estimator and how to fit and score it; the suite does the rest.
// It is a struct of static members:
//
//   struct XAdapter {
//     using Model = learn::X;
//     using Data = ...;                   training input and query in one copyable struct
//
//     static constexpr bool kTakesNumbers;       false when the input holds no real numbers (ids only): then
//                                                bad_inputs() need not have "nan" and "infinity"
//     static constexpr bool kFitsOneRow;         whether fit(one_row()) gives a model; if not, kInvalidArgument
//     static constexpr bool kFitsConstantInput;  whether fit(constant()) does; if not, kInvalidArgument
//
//     static Data random(size_t rows, uint64_t seed);   valid input; the suite asks for up to 5000 rows
//     static Data one_row();
//     static Data constant();                           at least 20 rows, all equal
//     static std::vector<BadInput<Data>> bad_inputs();  what fit refuses: "empty", "nan", "infinity",
//                                                       "wrong_shape", and whatever else the method refuses
//     static std::vector<BadInput<Data>> bad_queries(); what score refuses, given a model of random(200, 1)
//
//     static base::Result<Model> fit(const Data&, uint64_t random_state, const base::Context&);
//     static base::Result<std::vector<double>> score(const Model&, const Data& query, const base::Context&);
//         every number the model has to say about the query (labels, probabilities, ranks), in one list
//
//     static std::optional<Weighted<Data>> weighted();  the same rows once with integer weights and once
//                                                       repeated; nullopt when the method takes no weights
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(X, EstimatorConformance, XAdapter);
//
// One file a family: <name>_conformance.cc. Bits are compared, not values, unless a field says otherwise.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/context.h"
#include "base/random.h"
#include "learn/model.h"

namespace coterie::testing {

/// Something to be refused with kInvalidArgument, in a message that contains `words`.
template <class Data>
struct BadInput {
  std::string name;
  Data data;
  std::string words;
};

/// Two ways to say the same rows. Scores of `query` agree to `tolerance` (0 = the same bits).
template <class Data>
struct Weighted {
  Data with_weights;
  Data repeated;
  Data query;
  double tolerance = 0;
};

/// The bits of each number, so that NaN equals itself and −0 differs from 0.
inline std::vector<uint64_t> bits(const std::vector<double>& values) {
  std::vector<uint64_t> out;
  out.reserve(values.size());
  for (const double value : values) out.push_back(std::bit_cast<uint64_t>(value));
  return out;
}

/// Everything a model is, comparable with ==.
struct ModelBits {
  std::string algorithm;
  std::string options;
  std::map<std::string, std::vector<std::string>> names;
  std::map<std::string, std::pair<std::vector<size_t>, std::vector<uint64_t>>> tensors;
  friend bool operator==(const ModelBits&, const ModelBits&) = default;
};

inline ModelBits model_bits(const learn::ModelState& state) {
  ModelBits out{state.algorithm, state.options.dump(), state.names, {}};
  for (const learn::Tensor& tensor : state.tensors) {
    out.tensors[tensor.name] = {tensor.shape, bits(tensor.values)};
  }
  return out;
}

template <class Adapter>
class EstimatorConformance : public ::testing::Test {
 protected:
  using Data = typename Adapter::Data;
  using Model = typename Adapter::Model;
  struct Outcome {
    ModelBits model;
    std::vector<uint64_t> scores;
    friend bool operator==(const Outcome&, const Outcome&) = default;
  };

  static Outcome fit_and_score(const Data& data, uint64_t random_state, size_t threads) {
    base::OwnedContext context(threads);
    const auto model = Adapter::fit(data, random_state, context.get());
    EXPECT_TRUE(model) << (model ? "" : model.error().message());
    if (!model) return {};
    const auto scores = Adapter::score(*model, data, context.get());
    EXPECT_TRUE(scores) << (scores ? "" : scores.error().message());
    return {model_bits(model->state()), scores ? bits(*scores) : std::vector<uint64_t>()};
  }

  /// fit gives a model whose scores are numbers, or refuses in words.
  static void expect_fits_or_refuses(const Data& data, bool fits) {
    base::OwnedContext context;
    const auto model = Adapter::fit(data, 1, context.get());
    ASSERT_EQ(model.has_value(), fits) << (model ? "it gave a model" : model.error().message());
    if (!fits) {
      EXPECT_EQ(model.error().code(), base::Code::kInvalidArgument);
      EXPECT_FALSE(model.error().message().empty());
      return;
    }
    const auto scores = Adapter::score(*model, data, context.get());
    ASSERT_TRUE(scores) << scores.error().message();
    for (const double score : *scores) EXPECT_FALSE(std::isnan(score));
  }
};

TYPED_TEST_SUITE_P(EstimatorConformance);

TYPED_TEST_P(EstimatorConformance, RejectsBadInputInWords) {
  base::OwnedContext context;
  std::set<std::string> names;
  for (const auto& bad : TypeParam::bad_inputs()) {
    SCOPED_TRACE(bad.name);
    names.insert(bad.name);
    const auto model = TypeParam::fit(bad.data, 1, context.get());
    ASSERT_FALSE(model) << "it gave a model";
    EXPECT_EQ(model.error().code(), base::Code::kInvalidArgument) << model.error().message();
    EXPECT_THAT(model.error().message(), ::testing::HasSubstr(bad.words));
    EXPECT_EQ(context.budget.used_bytes(), 0u);
  }
  EXPECT_THAT(names, ::testing::IsSupersetOf({"empty", "wrong_shape"}));
  if (TypeParam::kTakesNumbers) {
    EXPECT_THAT(names, ::testing::IsSupersetOf({"nan", "infinity"}));
  }
}

TYPED_TEST_P(EstimatorConformance, RejectsBadQueriesInWords) {
  base::OwnedContext context;
  const auto model = TypeParam::fit(TypeParam::random(200, 1), 1, context.get());
  ASSERT_TRUE(model) << model.error().message();
  for (const auto& bad : TypeParam::bad_queries()) {
    SCOPED_TRACE(bad.name);
    const auto scores = TypeParam::score(*model, bad.data, context.get());
    ASSERT_FALSE(scores) << "it gave scores";
    EXPECT_EQ(scores.error().code(), base::Code::kInvalidArgument) << scores.error().message();
    EXPECT_THAT(scores.error().message(), ::testing::HasSubstr(bad.words));
  }
}

TYPED_TEST_P(EstimatorConformance, FitsOrRefusesOneRow) {
  this->expect_fits_or_refuses(TypeParam::one_row(), TypeParam::kFitsOneRow);
}

TYPED_TEST_P(EstimatorConformance, FitsOrRefusesConstantInput) {
  this->expect_fits_or_refuses(TypeParam::constant(), TypeParam::kFitsConstantInput);
}

TYPED_TEST_P(EstimatorConformance, SameSeedGivesTheSameBits) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto data = TypeParam::random(700, seed);
    EXPECT_EQ(this->fit_and_score(data, seed, 1), this->fit_and_score(data, seed, 1));
  }
}

TYPED_TEST_P(EstimatorConformance, AnyNumberOfThreadsGivesTheSameBits) {
  const auto data = TypeParam::random(5000, 11);
  const auto one = this->fit_and_score(data, 5, 1);
  EXPECT_FALSE(one.scores.empty());
  EXPECT_EQ(one, this->fit_and_score(data, 5, 2));
  EXPECT_EQ(one, this->fit_and_score(data, 5, 7));
}

TYPED_TEST_P(EstimatorConformance, SavedAndLoadedIsIdentical) {
  base::OwnedContext context;
  const auto data = TypeParam::random(300, 3);
  const auto model = TypeParam::fit(data, 1, context.get());
  ASSERT_TRUE(model) << model.error().message();
  const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->test_suite_name();
  std::string name = test;
  std::replace(name.begin(), name.end(), '/', '_');
  const auto path = std::filesystem::path(::testing::TempDir()) / (name + ".safetensors");
  const auto checksum = learn::save_state(model->state(), path);
  ASSERT_TRUE(checksum) << checksum.error().message();
  const auto state = learn::load_state(path, *checksum);
  ASSERT_TRUE(state) << state.error().message();
  EXPECT_EQ(model_bits(*state), model_bits(model->state()));
  const auto loaded = TypeParam::Model::from_state(*state);
  ASSERT_TRUE(loaded) << loaded.error().message();
  const auto before = TypeParam::score(*model, data, context.get());
  const auto after = TypeParam::score(*loaded, data, context.get());
  ASSERT_TRUE(before && after);
  EXPECT_EQ(bits(*before), bits(*after));
  EXPECT_EQ(model_bits(loaded->state()), model_bits(model->state()));
  std::filesystem::remove(path);
}

TYPED_TEST_P(EstimatorConformance, RefusesADamagedState) {
  base::OwnedContext context;
  const auto model = TypeParam::fit(TypeParam::random(300, 3), 1, context.get());
  ASSERT_TRUE(model) << model.error().message();
  const learn::ModelState good = model->state();
  const auto refuses = [](const learn::ModelState& state) {
    const auto loaded = TypeParam::Model::from_state(state);
    ASSERT_FALSE(loaded) << "it gave a model";
    EXPECT_EQ(loaded.error().code(), base::Code::kDataLoss) << loaded.error().message();
  };
  learn::ModelState other = good;
  other.algorithm = "another_method";
  refuses(other);
  for (size_t i = 0; i < good.tensors.size(); ++i) {
    SCOPED_TRACE(good.tensors[i].name);
    learn::ModelState missing = good;
    missing.tensors.erase(missing.tensors.begin() + static_cast<std::ptrdiff_t>(i));
    refuses(missing);
    learn::ModelState reshaped = good;
    reshaped.tensors[i].shape.insert(reshaped.tensors[i].shape.begin(), 1);
    refuses(reshaped);
    learn::ModelState longer = good;
    longer.tensors[i].shape.back() += 1;
    longer.tensors[i].values.resize(longer.tensors[i].values.size() + 1);
    if (longer.tensors[i].shape.size() == 1) refuses(longer);
  }
}

TYPED_TEST_P(EstimatorConformance, StopsWhenCancelled) {
  base::OwnedContext context(2);
  context.cancel.cancel();
  const auto model = TypeParam::fit(TypeParam::random(2000, 1), 1, context.get());
  ASSERT_FALSE(model) << "it gave a model";
  EXPECT_EQ(model.error().code(), base::Code::kCancelled) << model.error().message();
  EXPECT_EQ(context.budget.used_bytes(), 0u);
}

TYPED_TEST_P(EstimatorConformance, KeepsWithinTheMemoryBudget) {
  base::OwnedContext tight(2, /*memory_bytes=*/1000);
  const auto refused = TypeParam::fit(TypeParam::random(5000, 1), 1, tight.get());
  ASSERT_FALSE(refused) << "it gave a model";
  EXPECT_EQ(refused.error().code(), base::Code::kResourceExhausted) << refused.error().message();
  EXPECT_EQ(tight.budget.used_bytes(), 0u);
  base::OwnedContext wide(2);
  ASSERT_TRUE(TypeParam::fit(TypeParam::random(5000, 1), 1, wide.get()));
  EXPECT_EQ(wide.budget.used_bytes(), 0u) << "fit kept memory reserved";
}

TYPED_TEST_P(EstimatorConformance, IntegerWeightsEqualRepeatedRows) {
  const auto pair = TypeParam::weighted();
  if (!pair) GTEST_SKIP() << "the method takes no weights";
  base::OwnedContext context;
  const auto weighted = TypeParam::fit(pair->with_weights, 1, context.get());
  const auto repeated = TypeParam::fit(pair->repeated, 1, context.get());
  ASSERT_TRUE(weighted) << weighted.error().message();
  ASSERT_TRUE(repeated) << repeated.error().message();
  const auto a = TypeParam::score(*weighted, pair->query, context.get());
  const auto b = TypeParam::score(*repeated, pair->query, context.get());
  ASSERT_TRUE(a && b);
  if (pair->tolerance == 0) {
    EXPECT_EQ(bits(*a), bits(*b));
  } else {
    EXPECT_THAT(*a, ::testing::Pointwise(::testing::DoubleNear(pair->tolerance), *b));
  }
}

TYPED_TEST_P(EstimatorConformance, ScoresFromManyThreadsAtOnce) {
  base::OwnedContext context(2);
  const auto data = TypeParam::random(500, 4);
  const auto model = TypeParam::fit(data, 1, context.get());
  ASSERT_TRUE(model) << model.error().message();
  const auto expected = TypeParam::score(*model, data, context.get());
  ASSERT_TRUE(expected);
  std::vector<std::vector<uint64_t>> seen(4);
  std::vector<std::thread> threads;
  for (auto& mine : seen) {
    threads.emplace_back([&] {
      const auto scores = TypeParam::score(*model, data, context.get());
      if (scores) mine = bits(*scores);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : seen) EXPECT_EQ(mine, bits(*expected));
}

REGISTER_TYPED_TEST_SUITE_P(EstimatorConformance, RejectsBadInputInWords, RejectsBadQueriesInWords,
                            FitsOrRefusesOneRow, FitsOrRefusesConstantInput, SameSeedGivesTheSameBits,
                            AnyNumberOfThreadsGivesTheSameBits, SavedAndLoadedIsIdentical,
                            RefusesADamagedState, StopsWhenCancelled, KeepsWithinTheMemoryBudget,
                            IntegerWeightsEqualRepeatedRows, ScoresFromManyThreadsAtOnce);

}  // namespace coterie::testing
