// Neumaier's sum over a span.
#include "kernels/sum.h"

namespace coterie::kernels {

double compensated_sum(std::span<const double> values) {
  CompensatedSum sum;
  for (const double value : values) sum.add(value);
  return sum.value();
}

}  // namespace coterie::kernels
