// The files of event id hashes (known_ids.h) as a whole: made from the events, merged, compared with them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/context.h"
#include "base/status.h"
#include "store/catalog.h"
#include "store/commit.h"
#include "store/duckdb.h"

namespace coterie::store {

/// A bag of hashes, whatever their order: two bags that differ differ here, but for chance (128 bits).
struct IdSum {
  uint64_t count = 0;
  uint64_t sum = 0;
  uint64_t mixed_sum = 0;
  void add(uint64_t hash);
  IdSum& operator+=(const IdSum& other);
  friend bool operator==(const IdSum&, const IdSum&) = default;
};

/// Of the ids that `select` (one VARCHAR column) yields. `hashes`, when given, is called with each block.
base::Result<IdSum> sum_of_ids(Connection& connection, std::string_view select, const base::Context& context,
                               const std::function<base::Status(std::span<const uint64_t>)>& hashes = {});

/// Of what a file holds. Errors: kDataLoss, kNotFound.
base::Result<IdSum> sum_of_file(const std::filesystem::path& path);

/// Adds a file with the hashes of all events of `generation` to the commit.
base::Status rebuild_event_ids(Workspace& workspace, Connection& connection, Commit& commit,
                               int64_t generation, const base::Context& context);

}  // namespace coterie::store
