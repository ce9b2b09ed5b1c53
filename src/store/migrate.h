// Migration: a workspace of an older format becomes one of this format, step by step.
//
//   1 → 2   events get their bucket, quarantine gets import_id (missing), folders for the new kinds, the hashes
//           of all event ids (event_ids/), and state.db its digests and state.sum
//   2 → 3   features lie a column each; before, a row each (user_id, feature, value)
// A step is one commit: new files aside, then one transaction that swaps them in and raises format_version. A
// crash before it leaves the old format, and unlisted files that the next try removes.
#pragma once

#include "base/context.h"
#include "base/status.h"
#include "store/workspace.h"

namespace coterie::store {

/// Does nothing when the workspace is of the newest format. Other processes wait, or find it done.
/// Errors: kPermissionDenied, kResourceExhausted, kDataLoss; the workspace is then as it was.
base::Status migrate(Workspace& workspace, const base::Context& context);

}  // namespace coterie::store
