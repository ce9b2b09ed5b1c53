// The bootstrap of AUC on rows from a file, for the duel with numpy (bench/duels/bootstrap).
//
//   bootstrap_study FILE N_RESAMPLES THREADS
//
// FILE holds one f64 score a row, then one u8 label a row. Prints one JSON object.
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "learn/metrics/bootstrap.h"

namespace coterie::studies {
namespace {

int run(const char* path, size_t n_resamples, size_t threads) {
  const auto bytes = base::read_file(path);
  if (!bytes) {
    std::cerr << bytes.error().message() << '\n';
    return 1;
  }
  const size_t rows = bytes->size() / (sizeof(double) + 1);
  std::vector<double> scores(rows);
  std::vector<uint8_t> labels(rows);
  std::memcpy(scores.data(), bytes->data(), rows * sizeof(double));
  std::memcpy(labels.data(), bytes->data() + rows * sizeof(double), rows);
  base::OwnedContext owned(threads);
  const auto auc = learn::bootstrap_auc(scores, labels, {.n_resamples = n_resamples}, owned.get());
  if (!auc) {
    std::cerr << auc.error().message() << '\n';
    return 1;
  }
  const nlohmann::json out = {{"rows", rows}, {"auc", auc->value}, {"low", auc->low}, {"high", auc->high}};
  std::cout << out << '\n';
  return 0;
}

}  // namespace
}  // namespace coterie::studies

int main(int count, char** arguments) {
  if (count != 4) {
    std::cerr << "usage: bootstrap_study FILE N_RESAMPLES THREADS\n";
    return 2;
  }
  return coterie::studies::run(arguments[1], std::strtoull(arguments[2], nullptr, 10),
                               std::strtoull(arguments[3], nullptr, 10));
}
