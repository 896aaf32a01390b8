// Tokens as people paste them: as they are, and as a body under a checksum that fits, so that it gets behind that.
#include <cstdlib>

#include "trust/domains.h"
#include "trust/trust.h"

namespace {

using namespace smeg;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(std::string_view text) {
  const auto invite = trust::Invite::parse(text);
  if (!invite) return;
  require(invite->uses >= 1 && invite->uses <= limits::kInviteUses);
  require(invite->contacts.size() <= limits::kEndpointsPerRecord);
  const auto again = trust::Invite::parse(invite->to_token());
  require(again.has_value());
  require(again->mesh == invite->mesh && again->issuer == invite->issuer && again->seed == invite->seed);
  require(again->contacts == invite->contacts && again->expires == invite->expires && again->uses == invite->uses);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  check(as_text(input));
  Bytes body = to_bytes(input);
  const auto sum = crypto::hash<16>(trust::domains::kTokenChecksum, {body});
  body.insert(body.end(), sum.begin(), sum.begin() + 4);
  check("smeg1" + crypto::to_base32(body));
  return 0;
}
