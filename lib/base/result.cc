#include "base/result.h"

namespace smeg {

std::string_view name(Code code) {
  switch (code) {
    case Code::malformed: return "malformed";
    case Code::too_large: return "too_large";
    case Code::unsupported: return "unsupported";
    case Code::invalid: return "invalid";
    case Code::unauthenticated: return "unauthenticated";
    case Code::forbidden: return "forbidden";
    case Code::expired: return "expired";
    case Code::used_up: return "used_up";
    case Code::revoked: return "revoked";
    case Code::not_found: return "not_found";
    case Code::exists: return "exists";
    case Code::conflict: return "conflict";
    case Code::unavailable: return "unavailable";
    case Code::io: return "io";
  }
  return "invalid";
}

}  // namespace smeg
