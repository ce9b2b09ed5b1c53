#include "learn/metrics/distributions.h"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <limits>

namespace coterie::learn {

namespace {

// Out of range is NaN, not an exception.
using Quiet = boost::math::policies::policy<
    boost::math::policies::domain_error<boost::math::policies::ignore_error>,
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::underflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>,
    boost::math::policies::promote_double<false>>;
using Normal = boost::math::normal_distribution<double, Quiet>;
using StudentsT = boost::math::students_t_distribution<double, Quiet>;
using ChiSquared = boost::math::chi_squared_distribution<double, Quiet>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool is_probability(double p) { return p > 0 && p < 1; }

}  // namespace

double normal_quantile(double p) { return is_probability(p) ? quantile(Normal(), p) : kNaN; }

double normal_two_sided(double z) { return 2 * cdf(complement(Normal(), z < 0 ? -z : z)); }

double student_t_quantile(double p, double degrees) {
  return is_probability(p) && degrees > 0 ? quantile(StudentsT(degrees), p) : kNaN;
}

double chi_squared_quantile(double p, double degrees) {
  return is_probability(p) && degrees > 0 ? quantile(ChiSquared(degrees), p) : kNaN;
}

double chi_squared_upper(double x, double degrees) {
  return x >= 0 && degrees > 0 ? cdf(complement(ChiSquared(degrees), x)) : kNaN;
}

}  // namespace coterie::learn
