// The way from other threads to the core's.
#pragma once

#include <functional>

namespace smeg::daemon {

using Task = std::function<void()>;
// Runs the task on the core's thread, in the order of the calls. Any thread; returns at once.
using Post = std::function<void(Task)>;

}  // namespace smeg::daemon
