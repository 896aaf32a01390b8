// Certificates as others show them: whatever is accepted has one encoding, and means the same when it is read again.
#include <cstdlib>

#include "trust/trust.h"

namespace {

using namespace smeg;

void require(bool condition) {
  if (!condition) std::abort();
}

const trust::Ledger& some_ledger() {
  static const trust::Ledger ledger(trust::Genesis{});
  return ledger;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto fields = crypto::parse_x509(input);
  const auto identity = trust::certificate_identity(input);
  require(fields.has_value() == identity.has_value());
  const auto certificate = trust::Certificate::parse(input);
  if (!certificate) return 0;
  require(fields.has_value());
  require(*identity == certificate->identity());
  require(std::ranges::equal(certificate->der(), input));
  // Rights that are read can be written, and are then read as the same.
  require(trust::Rights::decode(certificate->rights().encode()) == certificate->rights());
  // Nobody has delegated anything, so nothing counts.
  require(!some_ledger().check(*certificate));
  return 0;
}
