// Events and effects in a line of the trace: short, complete enough to tell two runs apart, without secrets in clear.
#pragma once

#include <string>

#include "node/node.h"

namespace smeg::sim {

std::string describe(const node::SessionEvent& event);
std::string describe(const node::Effect& effect);
std::string describe(const netstate::Event& event);

}  // namespace smeg::sim
