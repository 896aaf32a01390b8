// Certificates: X.509 with Ed25519 keys (RFC 5280, RFC 8410) that TLS and `openssl x509` understand. What the rights in
// the private extension mean is trust's affair.
#pragma once

#include <optional>
#include <string>

#include "crypto/keys.h"
#include "crypto/sign.h"

namespace smeg::crypto {

// What goes into a certificate, or what was read from one.
struct X509Fields {
  std::string subject;                          // common name, at most 64 bytes
  std::string issuer;                           // common name, at most 64 bytes
  std::uint64_t serial = 0;                     // at least 1
  ByteArray<32> public_key{};                   // the subject's, Ed25519
  std::optional<ByteArray<16>> address;         // an IPv6 address, as subject alternative name
  Bytes rights;                                 // content of the private, non-critical extension; may be empty
};

// DER. The signature is the issuer's, plain Ed25519 as RFC 8410 demands. Validity is from 2000-01-01 to the
// "no well-defined expiration" of RFC 5280 section 4.1.2.5.
Bytes make_x509(const X509Fields& fields, const Secret<32>& issuer_seed);
// Accepts what make_x509 makes and nothing else of note: Ed25519 only, at most limits::kCertificateBytes, no trailing
// bytes, no unknown critical extension. Does not check the signature.
Result<X509Fields> parse_x509(ByteView der);
// Whether the certificate was signed by that Ed25519 key.
bool verify_x509(ByteView der, const ByteArray<32>& issuer_key);

}  // namespace smeg::crypto
