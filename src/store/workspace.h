// The workspace: one shop, one folder (DESIGN §5). Placeholder until store lands: see store/README.md.
#pragma once
namespace coterie::store { class Workspace; }
