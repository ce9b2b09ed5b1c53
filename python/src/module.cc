// The module coterie._core. Its functions take arrays as they are; python/coterie/ checks and converts.
#include "call.h"

namespace coterie::python {
void add_cluster(nb::module_& module);  // cluster.cc
}  // namespace coterie::python

NB_MODULE(_core, module) {
  module.doc() = "Coterie's C++, for the package's own use";
  coterie::python::add_cluster(module);
}
