// Cholesky factorisation of a small dense matrix: what a Newton step solves its equations with.
//
// Plain and in one thread: a step costs O(n·d²) to set up and only d³/3 here. Sums run in a fixed order.
// Source: Golub & Van Loan, Matrix Computations, §4.2.
#pragma once

#include <cstddef>
#include <span>

namespace coterie::learn {

/// Overwrites the lower triangle of the symmetric `a` (n×n, row-major; the upper one is not read) with L,
/// where L·Lᵀ = a. Returns false when `a` is not positive definite to working precision; the triangle is then
/// spoiled.
[[nodiscard]] bool cholesky_factor(std::span<double> a, size_t n);

/// Overwrites b (n) with the solution x of L·Lᵀ·x = b.
void cholesky_solve(std::span<const double> l, size_t n, std::span<double> b);

}  // namespace coterie::learn
