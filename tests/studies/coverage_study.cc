// Do the 95 % intervals contain the true value? One generated shop a seed: every 50th member makes the small shop that
// models are fitted and judged on, all of them the population on which the same models are measured.
//
//   coverage_study FOLDER FIRST_SEED LAST_SEED USERS DAYS [FACTOR]
//
// One JSON line a shop on standard output. FOLDER is for the workspaces; it is emptied. bench/studies/coverage.py runs
// it in parts and sums up.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "collect/import.h"
#include "collect/simulate/shop_source.h"
#include "studies/member_subset.h"
#include "studies/population.h"

namespace coterie::studies {
namespace {

using base::Result;
using nlohmann::json;
namespace simulate = collect::simulate;

struct Study {
  std::filesystem::path folder;
  uint64_t users;  // of the small shop
  uint32_t days;
  uint64_t factor;  // members of the population for each of the small shop
};

// The catalogue is that of a shop of the small size: a small shop knows nearly all of its own.
simulate::ShopProfile profile_of(const Study& study) {
  simulate::ShopProfile profile = simulate::kRetailProfile;
  profile.items_at_20000_users /= std::sqrt(static_cast<double>(study.factor));
  return profile;
}

Result<std::unique_ptr<store::Workspace>> import_shop(const Study& study, uint64_t seed, bool is_small,
                                                      const base::Context& context) {
  const auto folder = study.folder / (is_small ? "small" : "population");
  std::filesystem::remove_all(folder);
  COTERIE_ASSIGN(auto workspace, store::Workspace::create(folder, {std::string(simulate::kShopTimezone),
                                                                   std::string(simulate::kShopCurrency),
                                                                   base::Language::kEnglish}));
  simulate::ShopSource all(profile_of(study), {study.users * study.factor, study.days, seed, 0.0});
  MemberSubset subset(all, study.factor);
  collect::ImportOptions options;
  options.preset = "coterie";
  collect::TextSource& source = is_small ? static_cast<collect::TextSource&>(subset) : all;
  COTERIE_ASSIGN(const auto report, collect::import_source(*workspace, source, options, context));
  if (report.counts.quarantined != 0)
    return base::error(base::Code::kInternal, "seed {}: a clean shop has rows in quarantine", seed);
  return workspace;
}

Result<json> study_shop(const Study& study, uint64_t seed, const base::Context& context) {
  COTERIE_ASSIGN(const auto small, import_shop(study, seed, true, context));
  COTERIE_ASSIGN(const auto population, import_shop(study, seed, false, context));
  COTERIE_ASSIGN(const auto small_source, profile::AsOf::open(*small, context));
  COTERIE_ASSIGN(const auto population_source, profile::AsOf::open(*population, context));
  COTERIE_ASSIGN(const auto as_of, population_source->default_as_of());
  COTERIE_ASSIGN(const auto found, claims(*small_source, *population_source, as_of, seed, context));
  json metrics = json::object();
  for (const auto& [name, claim] : found)
    metrics[name] = {{"value", claim.interval.value},
                     {"low", claim.interval.low},
                     {"high", claim.interval.high},
                     {"truth", claim.truth},
                     {"rows", claim.rows}};
  return json{{"seed", seed},
              {"users", study.users},
              {"days", study.days},
              {"factor", study.factor},
              {"events", small_source->range().events},
              {"population_events", population_source->range().events},
              {"metrics", std::move(metrics)}};
}

int run(const Study& study, uint64_t first, uint64_t last) {
  for (uint64_t seed = first; seed <= last; ++seed) {
    base::OwnedContext owned(1);
    const auto line = study_shop(study, seed, owned.get());
    if (!line) {
      std::cerr << "seed " << seed << ": " << line.error().message() << '\n';
      return 1;
    }
    std::cout << line->dump() << std::endl;
  }
  std::filesystem::remove_all(study.folder);
  return 0;
}

}  // namespace
}  // namespace coterie::studies

int main(int argc, char** argv) {
  if (argc < 6) {
    std::cerr << "coverage_study FOLDER FIRST_SEED LAST_SEED USERS DAYS [FACTOR]\n";
    return 2;
  }
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  return coterie::studies::run(
      {argv[1], number(4), static_cast<uint32_t>(number(5)), argc > 6 ? number(6) : 50}, number(2),
      number(3));
}
