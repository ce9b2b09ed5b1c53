// Owners of the handles of DuckDB's C API: each destroys its handle when it goes.
#pragma once

#include <duckdb.h>

namespace coterie::store {

template <typename Handle, void (*destroy)(Handle*)>
struct OwnedHandle {
  Handle handle{};
  OwnedHandle() = default;
  explicit OwnedHandle(Handle owned) : handle(owned) {}
  ~OwnedHandle() { destroy(&handle); }
  OwnedHandle(const OwnedHandle&) = delete;
  OwnedHandle& operator=(const OwnedHandle&) = delete;
};

using Prepared = OwnedHandle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using Pending = OwnedHandle<duckdb_pending_result, duckdb_destroy_pending>;
using QueryResult = OwnedHandle<duckdb_result, duckdb_destroy_result>;
using Chunk = OwnedHandle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using LogicalType = OwnedHandle<duckdb_logical_type, duckdb_destroy_logical_type>;

}  // namespace coterie::store
