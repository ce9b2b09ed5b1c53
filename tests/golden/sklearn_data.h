// Reads the small data sets that come inside scikit-learn (sklearn/datasets/data/*.csv) for golden tests.
//
// They are not part of this repository. COTERIE_SKLEARN_DATA names the folder that holds iris.csv,
// wine_data.csv and breast_cancer.csv. Without it a golden test skips and says so; with
// COTERIE_REQUIRE_DATA=1 it fails instead.
//
//   TEST(KMeansGolden, Iris) {
//     COTERIE_LOAD_SKLEARN_CSV_OR_SKIP(iris, "iris.csv");
//     ... iris.x (150 × 4), iris.y ...
//   }
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/matrix.h"

namespace coterie::testing {

/// One data set: x is rows × features as written in the file, y the class of each row.
struct LabelledData {
  kernels::Matrix x;
  std::vector<int> y;
};

namespace internal {

/// Reports that data is absent: a failure when COTERIE_REQUIRE_DATA=1, else nothing.
inline std::nullopt_t absent(const std::string& what) {
  const char* required = std::getenv("COTERIE_REQUIRE_DATA");
  if (required != nullptr && std::string_view(required) == "1") ADD_FAILURE() << what;
  return std::nullopt;
}

/// The first line is "rows,features,class names..."; each row after it is the features, then the class.
inline std::optional<LabelledData> parse_sklearn_csv(std::istream& in) {
  std::string line;
  std::getline(in, line);
  size_t rows = 0, features = 0;
  char comma = 0;
  if (!(std::istringstream(line) >> rows >> comma >> features)) return std::nullopt;
  LabelledData data{kernels::Matrix(rows, features), std::vector<int>(rows)};
  for (size_t i = 0; i < rows; ++i) {
    if (!std::getline(in, line)) return std::nullopt;
    std::istringstream fields(line);
    for (double& value : data.x.row(i)) {
      if (!(fields >> value >> comma)) return std::nullopt;
    }
    if (!(fields >> data.y[i])) return std::nullopt;
  }
  return data;
}

}  // namespace internal

/// The named file of COTERIE_SKLEARN_DATA; nothing when the variable is not set or the file cannot be read.
inline std::optional<LabelledData> load_sklearn_csv(std::string_view name) {
  const char* folder = std::getenv("COTERIE_SKLEARN_DATA");
  if (folder == nullptr) {
    return internal::absent("COTERIE_SKLEARN_DATA is not set; set it to the folder sklearn/datasets/data");
  }
  const std::filesystem::path path = std::filesystem::path(folder) / name;
  std::ifstream in(path);
  if (!in) return internal::absent("cannot open " + path.string());
  auto data = internal::parse_sklearn_csv(in);
  if (!data) ADD_FAILURE() << path << " is not a scikit-learn data file";
  return data;
}

/// (x - mean) / standard deviation of every column, the deviation over n as in scikit-learn's StandardScaler.
inline kernels::Matrix standardised(const kernels::Matrix& x) {
  kernels::Matrix out = x;
  for (size_t j = 0; j < x.cols; ++j) {
    double mean = 0, variance = 0;
    for (size_t i = 0; i < x.rows; ++i) mean += x.at(i, j) / static_cast<double>(x.rows);
    for (size_t i = 0; i < x.rows; ++i) {
      variance += (x.at(i, j) - mean) * (x.at(i, j) - mean) / static_cast<double>(x.rows);
    }
    const double scale = variance > 0 ? std::sqrt(variance) : 1;
    for (size_t i = 0; i < x.rows; ++i) out.at(i, j) = (x.at(i, j) - mean) / scale;
  }
  return out;
}

}  // namespace coterie::testing

/// Declares `var`, or skips the test loudly (fails it when COTERIE_REQUIRE_DATA=1).
#define COTERIE_LOAD_SKLEARN_CSV_OR_SKIP(var, name)                                    \
  auto var##_loaded = ::coterie::testing::load_sklearn_csv(name);                      \
  if (!var##_loaded)                                                                   \
    GTEST_SKIP() << name                                                               \
                 << " is not there: set COTERIE_SKLEARN_DATA to scikit-learn's folder" \
                    " sklearn/datasets/data";                                          \
  const ::coterie::testing::LabelledData& var = *var##_loaded
