#include "serve/report/report.h"
namespace coterie::serve {
std::string report_html(const nlohmann::json&, base::Language) { return "<html></html>"; }
}  // namespace coterie::serve
