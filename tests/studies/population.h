// The same models on all members of a shop of whom they have seen a part: what their metrics truly are.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/status.h"
#include "learn/metrics/bootstrap.h"
#include "profile/as_of.h"

namespace coterie::studies {

/// An interval as the small shop claims it, and the metric on the population.
struct Claim {
  learn::Interval interval;
  double truth = 0;
  size_t rows = 0;  ///< of the small shop that the interval comes from
};

/// By name: "purchase/auc", "any/own_history/recall20", ... What a run of the small shop publishes: the model of
/// `purchase`, its baselines, and every method of recommendation, each with its interval; and what is true on the
/// population's members: of `purchase`, the metric of the same model on all of them; of recommendations, the mean over
/// the members that the small shop does not have, each judged as one more member of it, its earlier purchases in the
/// fit, since those of every member are. Names for which the small shop has too little data are missing.
///
/// Errors   those of the query engine and the estimators
base::Result<std::map<std::string, Claim>> claims(profile::AsOf& small, profile::AsOf& population,
                                                  base::Timestamp as_of, uint64_t seed,
                                                  const base::Context& context);

}  // namespace coterie::studies
