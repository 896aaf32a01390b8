// Tells the service manager how we are (sd_notify(3)), without its library.
#pragma once

#include <string_view>

#include "base/base.h"

namespace smeg::daemon {

// Sends a state such as "READY=1" to the socket that $NOTIFY_SOCKET names; nothing where there is none.
// Fails with io or invalid; the caller logs it and goes on.
Result<void> notify_service_manager(std::string_view state);

}  // namespace smeg::daemon
