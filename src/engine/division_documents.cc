#include "engine/division_documents.h"

#include "base/json.h"

namespace coterie::engine {

using base::Result;
using nlohmann::json;

store::Document document_of(const KeptDivision& division) {
  const json body = {{"words", to_json(division.words)},
                     {"created_at", division.created_at},
                     {"run", division.run},
                     {"names", division.names},
                     {"next", division.next},
                     {"record", division.record}};
  return {std::string(kDivisions), division.name, body.dump()};
}

Result<std::vector<KeptDivision>> read_divisions(store::Workspace& workspace) {
  COTERIE_ASSIGN(const auto documents, workspace.catalog().documents(kDivisions));
  std::vector<KeptDivision> out;
  for (const auto& document : documents) {
    COTERIE_ASSIGN(json body, base::parse_json(document.body, "state.db, a division"));
    out.push_back({document.key, division_words(body["words"]), body.value("created_at", int64_t{0}),
                   body.value("run", ""), body.value("names", std::map<std::string, std::string>{}),
                   body.value("next", int64_t{1}), std::move(body["record"])});
  }
  return out;
}

json to_json(const KeptDivision& division) {
  json out = division.record;
  out["name"] = division.name;
  out["words"] = to_json(division.words);
  out["created_at"] = base::utc_string(division.created_at);
  out["names"] = json::array();
  for (const auto& [values, name] : division.names) out["names"].push_back(name);
  return out;
}

json to_json(const std::vector<KeptDivision>& divisions) {
  json out = json::array();
  for (const KeptDivision& division : divisions) out.push_back(to_json(division));
  return out;
}

Result<json> kept_divisions(store::Workspace& workspace) {
  COTERIE_ASSIGN(const auto divisions, read_divisions(workspace));
  return to_json(divisions);
}

}  // namespace coterie::engine
