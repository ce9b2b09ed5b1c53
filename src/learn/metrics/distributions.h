// Quantiles and tails of the distributions that tests are made of, by Boost.Math.
//
// Range    probabilities in (0, 1), degrees of freedom > 0, sigma > 0; outside them NaN
// Threads  safe
#pragma once

namespace coterie::learn {

/// The z below which a standard normal value lies with probability p.
double normal_quantile(double p);

/// Probability of a standard normal value at least as far from 0 as z, on either side.
double normal_two_sided(double z);

/// The t below which Student's t with `degrees` of freedom lies with probability p.
double student_t_quantile(double p, double degrees);

/// The x below which chi-squared with `degrees` of freedom (not necessarily whole) lies with probability p.
double chi_squared_quantile(double p, double degrees);

/// Probability of chi-squared with `degrees` of freedom above x ≥ 0.
double chi_squared_upper(double x, double degrees);

}  // namespace coterie::learn
