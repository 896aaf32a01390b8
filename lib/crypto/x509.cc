#include "crypto/x509.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sodium.h>

#include <algorithm>
#include <memory>

namespace smeg::crypto {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, Deleter<ASN1_OCTET_STRING_free>>;
using ObjectPtr = std::unique_ptr<ASN1_OBJECT, Deleter<ASN1_OBJECT_free>>;
struct FreeBytes {
  void operator()(unsigned char* bytes) const { OPENSSL_free(bytes); }
};
using BytesPtr = std::unique_ptr<unsigned char, FreeBytes>;

constexpr std::size_t kNameBytes = 64;  // ub-common-name, RFC 5280 appendix A.1
constexpr const char* kNotBefore = "20000101000000Z";
constexpr const char* kNotAfter = "99991231235959Z";

// What follows the signed part in every certificate: the algorithm Ed25519, and a bit string of 64 bytes.
constexpr ByteArray<10> kSignaturePrefix{0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x41, 0x00};
constexpr std::size_t kTailBytes = kSignaturePrefix.size() + crypto_sign_BYTES;
// GeneralNames (RFC 5280 section 4.2.1.6) that are one IPv6 address: a sequence of 18 bytes, iPAddress of 16.
constexpr ByteArray<4> kAddressPrefix{0x30, 0x12, 0x87, 0x10};
// Every certificate is between 128 and 65,535 bytes long, so that its length takes these forms only.
constexpr std::size_t kShortHeader = 3;
constexpr std::size_t kLongHeader = 4;

// A failed call leaves errors in a queue of the thread, where they would be taken for those of a later one.
struct ErrorQueueGuard {
  ErrorQueueGuard() = default;
  ErrorQueueGuard(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
  ~ErrorQueueGuard() { ERR_clear_error(); }
};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytes &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool set_name(X509_NAME* name, const std::string& text) {
  return name != nullptr && X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
                                                       reinterpret_cast<const unsigned char*>(text.data()),
                                                       static_cast<int>(text.size()), -1, 0) == 1;
}

bool set_public_key(X509* certificate, const ByteArray<32>& key) {
  BytesPtr bytes(static_cast<unsigned char*>(OPENSSL_memdup(key.data(), key.size())));
  if (!bytes || X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(certificate), OBJ_nid2obj(NID_ED25519), V_ASN1_UNDEF,
                                       nullptr, bytes.get(), static_cast<int>(key.size())) != 1)
    return false;
  static_cast<void>(bytes.release());  // it is the certificate's now
  return true;
}

OctetsPtr octets(ByteView bytes) {
  OctetsPtr out(ASN1_OCTET_STRING_new());
  if (out && ASN1_OCTET_STRING_set(out.get(), bytes.data(), static_cast<int>(bytes.size())) != 1) out.reset();
  return out;
}

bool add_extension(X509* certificate, const ASN1_OBJECT* type, ByteView content) {
  const OctetsPtr data = octets(content);
  const ExtensionPtr extension(data ? X509_EXTENSION_create_by_OBJ(nullptr, type, 0, data.get()) : nullptr);
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_address(X509* certificate, const ByteArray<16>& address) {
  Bytes names(kAddressPrefix.begin(), kAddressPrefix.end());
  names.insert(names.end(), address.begin(), address.end());
  return add_extension(certificate, OBJ_nid2obj(NID_subject_alt_name), names);
}

const ASN1_OBJECT* rights_type() {
  static const ObjectPtr type(OBJ_txt2obj(kRightsOid, 1));
  return type.get();
}

bool set_fields(X509* certificate, const X509Fields& fields) {
  auto* algorithm = const_cast<X509_ALGOR*>(X509_get0_tbs_sigalg(certificate));
  return X509_set_version(certificate, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), fields.serial) == 1 &&
         X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_ED25519), V_ASN1_UNDEF, nullptr) == 1 &&
         set_name(X509_get_issuer_name(certificate), fields.issuer) &&
         ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), kNotBefore) == 1 &&
         ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), kNotAfter) == 1 &&
         set_name(X509_get_subject_name(certificate), fields.subject) &&
         set_public_key(certificate, fields.public_key) &&
         (!fields.address || add_address(certificate, *fields.address)) &&
         (fields.rights.empty() || add_extension(certificate, rights_type(), fields.rights));
}

// The part that is signed. Empty for fields that are out of their range.
Bytes encode_signed_part(const X509Fields& fields) {
  if (!is_name(fields.subject) || !is_name(fields.issuer) || fields.serial == 0 ||
      fields.rights.size() > limits::kCertificateBytes)
    return {};
  const X509Ptr certificate(X509_new());
  if (!certificate || !set_fields(certificate.get(), fields)) return {};
  unsigned char* der = nullptr;
  const int size = i2d_re_X509_tbs(certificate.get(), &der);
  const BytesPtr owner(der);
  return size > 0 ? Bytes(der, der + size) : Bytes();
}

Bytes encode(ByteView signed_part, const ByteArray<crypto_sign_BYTES>& signature) {
  const std::size_t size = signed_part.size() + kTailBytes;
  Bytes der{0x30};
  if (size < 0x100) {
    der.insert(der.end(), {0x81, static_cast<std::uint8_t>(size)});
  } else {
    der.insert(der.end(), {0x82, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
  }
  der.insert(der.end(), signed_part.begin(), signed_part.end());
  der.insert(der.end(), kSignaturePrefix.begin(), kSignaturePrefix.end());
  der.insert(der.end(), signature.begin(), signature.end());
  return der;
}

struct Parts {
  ByteView signed_part;
  ByteView signature;
};

// Where the parts lie in something that encode() made; in anything else they are not what they are called.
Parts split(ByteView der) {
  if (der.size() < kLongHeader + kTailBytes) return {};
  const std::size_t header = der[1] == 0x81 ? kShortHeader : kLongHeader;
  return {der.subspan(header, der.size() - header - kTailBytes), der.last(crypto_sign_BYTES)};
}

std::optional<std::string> read_name(const X509_NAME* name) {
  if (X509_NAME_entry_count(name) != 1) return std::nullopt;
  const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, 0);
  if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != NID_commonName) return std::nullopt;
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(entry);
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<std::size_t>(ASN1_STRING_length(text)));
}

bool read_public_key(X509* certificate, ByteArray<32>& out) {
  ASN1_OBJECT* type = nullptr;
  const unsigned char* key = nullptr;
  int size = 0;
  if (X509_PUBKEY_get0_param(&type, &key, &size, nullptr, X509_get_X509_PUBKEY(certificate)) != 1 ||
      OBJ_obj2nid(type) != NID_ED25519 || size != static_cast<int>(out.size()))
    return false;
  std::copy_n(key, out.size(), out.begin());
  return true;
}

// Reads the two extensions that we know; whether there is anything else shows when the fields are encoded anew.
bool read_extension(X509_EXTENSION* extension, X509Fields& fields) {
  const ASN1_OCTET_STRING* data = X509_EXTENSION_get_data(extension);
  const ByteView content(ASN1_STRING_get0_data(data), static_cast<std::size_t>(ASN1_STRING_length(data)));
  const ASN1_OBJECT* type = X509_EXTENSION_get_object(extension);
  if (OBJ_cmp(type, rights_type()) == 0) {
    fields.rights = to_bytes(content);
    return true;
  }
  if (OBJ_obj2nid(type) != NID_subject_alt_name || content.size() != kAddressPrefix.size() + 16) return false;
  fields.address.emplace();
  std::ranges::copy(content.subspan(kAddressPrefix.size()), fields.address->begin());
  return true;
}

std::optional<X509Fields> read_fields(X509* certificate) {
  X509Fields fields;
  auto subject = read_name(X509_get_subject_name(certificate));
  auto issuer = read_name(X509_get_issuer_name(certificate));
  if (!subject || !issuer || ASN1_INTEGER_get_uint64(&fields.serial, X509_get0_serialNumber(certificate)) != 1 ||
      !read_public_key(certificate, fields.public_key))
    return std::nullopt;
  fields.subject = *std::move(subject);
  fields.issuer = *std::move(issuer);
  const int extensions = X509_get_ext_count(certificate);
  if (extensions > 2) return std::nullopt;
  for (int i = 0; i < extensions; ++i) {
    if (!read_extension(X509_get_ext(certificate, i), fields)) return std::nullopt;
  }
  return fields;
}

}  // namespace

Bytes make_x509(const X509Fields& fields, const Secret<32>& issuer_seed) {
  const ErrorQueueGuard guard;
  const Bytes signed_part = encode_signed_part(fields);
  if (signed_part.empty()) return {};
  ByteArray<crypto_sign_PUBLICKEYBYTES> public_key;
  Secret<crypto_sign_SECRETKEYBYTES> key;
  ByteArray<crypto_sign_BYTES> signature;
  crypto_sign_seed_keypair(public_key.data(), key.mutable_bytes().data(), issuer_seed.expose().data());
  crypto_sign_detached(signature.data(), nullptr, signed_part.data(), signed_part.size(), key.expose().data());
  Bytes der = encode(signed_part, signature);
  return der.size() <= limits::kCertificateBytes ? der : Bytes();
}

Result<X509Fields> parse_x509(ByteView der) {
  const ErrorQueueGuard guard;
  if (der.size() > limits::kCertificateBytes)
    return fail(Code::too_large, "a certificate of " + std::to_string(der.size()) + " bytes");
  const unsigned char* at = der.data();
  const X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate || at != der.data() + der.size()) return fail(Code::malformed, "not an X.509 certificate");
  auto fields = read_fields(certificate.get());
  if (!fields) return fail(Code::malformed, "not a certificate of the form that members have");
  // What was read says it all, and there is one way to say it.
  const Bytes signed_part = encode_signed_part(*fields);
  const Parts parts = split(der);
  ByteArray<crypto_sign_BYTES> signature{};
  if (parts.signature.size() == signature.size()) std::ranges::copy(parts.signature, signature.begin());
  if (signed_part.empty() || !std::ranges::equal(encode(signed_part, signature), der))
    return fail(Code::malformed, "not a certificate of the form that members have");
  return *std::move(fields);
}

bool verify_x509(ByteView der, const ByteArray<32>& issuer_key) {
  const Parts parts = split(der);
  return internal::ed25519_check(issuer_key, parts.signed_part, parts.signature);
}

}  // namespace smeg::crypto
