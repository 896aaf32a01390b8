// The mesh as a document for questions, and as a drawing: what commands do, and the older ones too.
#pragma once

#include <optional>

#include "graph.h"
#include "invocation.h"

namespace smeg::ctl {

struct QueryOptions {
  std::string filter;
  bool all = false;
  bool raw = false;
};
Outcome<> query_mesh(const Invocation& with, const QueryOptions& options);
// None: JSON where a format for programs was asked for, else lines of text.
Outcome<> visualise(const Invocation& with, std::optional<Drawing> drawing);

}  // namespace smeg::ctl
