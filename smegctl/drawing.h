// The mesh as a document for questions, and as a drawing: what commands do, and the older ones too.
#pragma once

#include "graph.h"
#include "invocation.h"

namespace smeg::ctl {

struct QueryOptions {
  std::string filter;
  bool all = false;
  bool raw = false;
};
Outcome<> query_mesh(const Invocation& with, const QueryOptions& options);
Outcome<> visualise(const Invocation& with, Drawing drawing);

}  // namespace smeg::ctl
