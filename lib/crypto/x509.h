// Certificates: X.509 with Ed25519 keys (RFC 5280, RFC 8410) that TLS and `openssl x509` understand. What the rights in
// the private extension mean is trust's affair.
#pragma once

#include <optional>
#include <string>

#include "crypto/keys.h"
#include "crypto/sign.h"

namespace smeg::crypto {

// The object identifier of the private extension: under 2.25 anyone may use a UUID as an arc (ITU-T X.667).
inline constexpr const char* kRightsOid = "2.25.196174181284226592805208489639296028948";

// What goes into a certificate, or what was read from one.
struct X509Fields {
  std::string subject;                   // common name, 1 to 64 printable ASCII characters
  std::string issuer;                    // common name, the same
  std::uint64_t serial = 0;              // at least 1
  ByteArray<32> public_key{};            // the subject's, Ed25519
  std::optional<ByteArray<16>> address;  // an IPv6 address, as subject alternative name
  Bytes rights;                          // content of the private, non-critical extension; may be empty

  friend bool operator==(const X509Fields&, const X509Fields&) = default;
};

// DER. The signature is the issuer's, plain Ed25519 as RFC 8410 demands. Validity is from 2000-01-01 to the
// "no well-defined expiration" of RFC 5280 section 4.1.2.5. Equal arguments give equal bytes. Empty where a field is
// out of its range or the whole is longer than limits::kCertificateBytes.
Bytes make_x509(const X509Fields& fields, const Secret<32>& issuer_seed);
// Accepts what make_x509 makes, to the byte but for the signature, and nothing else: there is one encoding of each
// certificate, and no field that we carry without having looked at it. Fails with too_large or malformed. Does not
// check the signature.
Result<X509Fields> parse_x509(ByteView der);
// Whether the certificate, one that parse_x509 accepts, was signed by that Ed25519 key.
bool verify_x509(ByteView der, const ByteArray<32>& issuer_key);

}  // namespace smeg::crypto
