// Item-based collaborative filtering under the contract of estimator_conformance.h.
#include "learn/neighbors/item_knn.h"

#include "conformance/estimator_conformance.h"

namespace coterie::testing {
namespace {

struct ItemKnnAdapter {
  using Model = learn::ItemKnn;
  using Data = learn::Interactions;

  static constexpr bool kTakesNumbers = false;
  static constexpr bool kFitsOneRow = true;
  static constexpr bool kFitsConstantInput = true;
  static constexpr size_t kItems = 120;

  static Data with_profiles(const std::vector<std::vector<uint32_t>>& profiles) {
    Data data{profiles.size(), kItems, {0}, {}};
    for (const std::vector<uint32_t>& profile : profiles) {
      data.item_index.insert(data.item_index.end(), profile.begin(), profile.end());
      data.offsets.push_back(data.item_index.size());
    }
    return data;
  }

  static Data random(size_t rows, uint64_t seed) {
    base::Random random(seed);
    std::vector<std::vector<uint32_t>> profiles(rows);
    for (std::vector<uint32_t>& profile : profiles) {
      const double taste = 0.02 + 0.1 * random.uniform();
      for (uint32_t item = 0; item < kItems; ++item)
        if (random.chance(taste)) profile.push_back(item);
    }
    profiles.front() = {1, 2};
    return with_profiles(profiles);
  }

  static Data one_row() { return with_profiles({{3, 17, 40}}); }
  static Data constant() { return with_profiles(std::vector<std::vector<uint32_t>>(20, {0, 5, 7})); }

  static std::vector<BadInput<Data>> bad_inputs() {
    const Data good = with_profiles({{0, 4}, {1, 2, 3}});
    std::vector<BadInput<Data>> bad{{"empty", Data{}, "0 users and 0 items"},
                                    {"no_interactions", with_profiles({{}, {}}), "no interactions"},
                                    {"wrong_shape", good, "offsets for 3 users"},
                                    {"item_out_of_range", good, "user row 1"},
                                    {"unordered", good, "user row 0"},
                                    {"repeated", good, "user row 1"},
                                    {"offsets_go_backwards", good, "go backwards"}};
    bad[2].data.users = 3;
    bad[3].data.item_index.back() = kItems;
    std::swap(bad[4].data.item_index[0], bad[4].data.item_index[1]);
    bad[5].data.item_index[3] = 1;
    bad[6].data.offsets[1] = 9;
    return bad;
  }

  static std::vector<BadInput<Data>> bad_queries() { return {}; }  // unknown items do not count

  static base::Result<Model> fit(const Data& data, uint64_t, const base::Context& context) {
    return Model::fit(data, {.k = 20, .shrinkage = 0.5}, context);
  }

  static base::Result<std::vector<double>> score(const Model& model, const Data& query,
                                                 const base::Context&) {
    std::vector<double> numbers;
    std::vector<double> scores(model.items());
    for (size_t user = 0; user < std::min<size_t>(query.users, 100); ++user) {
      const std::span<const uint32_t> profile = query.of_user(user);
      model.score(profile, scores);
      numbers.insert(numbers.end(), scores.begin(), scores.end());
      for (const learn::RankedItem& ranked : model.recommend(profile, profile, {}, 10)) {
        numbers.push_back(ranked.item);
        for (const learn::Contribution& reason : model.explain(profile, ranked.item, 3)) {
          numbers.push_back(reason.item);
          numbers.push_back(reason.cosine);
        }
      }
    }
    return numbers;
  }

  static std::optional<Weighted<Data>> weighted() { return std::nullopt; }
};

INSTANTIATE_TYPED_TEST_SUITE_P(ItemKnn, EstimatorConformance, ItemKnnAdapter);

}  // namespace
}  // namespace coterie::testing
