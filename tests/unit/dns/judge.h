// What an answer says, as ldns reads it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/base.h"

namespace smeg::dns {

struct Said {
  std::uint16_t id = 0;
  unsigned rcode = 0;  // with EDNS's upper bits
  bool response = false, authoritative = false, truncated = false, recursion_desired = false,
       recursion_available = false;
  bool authentic = false;
  std::string question;              // "aLice.office.smeg. IN AAAA", as it was written
  std::vector<std::string> answers;  // "alice.office.smeg. 10 IN AAAA fd00:1:2:3::a", in lower case
  std::vector<std::string> authorities;
  std::vector<std::string> additionals;
  bool edns = false;
  unsigned edns_payload = 0, edns_version = 0;
  bool dnssec_ok = false;
};

// None where it is no DNS message.
std::optional<Said> judge(ByteView message);

}  // namespace smeg::dns
