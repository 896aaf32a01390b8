#include "crypto/x509.h"

#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <random>

#include "crypto/crypto.h"

namespace smeg::crypto {
namespace {

Secret<32> seed_of(std::uint8_t byte) {
  ByteArray<32> bytes;
  bytes.fill(byte);
  return Secret<32>(bytes);
}

X509Fields example() {
  X509Fields fields;
  fields.subject = "subject of a certificate";
  fields.issuer = "issuer of a certificate";
  fields.serial = 42;
  fields.public_key = internal::ed25519_public(seed_of(1));
  fields.address = ByteArray<16>{0xfd, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  fields.rights = to_bytes("what it may");
  return fields;
}

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};

std::unique_ptr<X509, Free> openssl_parse(const Bytes& der) {
  const unsigned char* at = der.data();
  return std::unique_ptr<X509, Free>(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

std::string openssl_text(const Bytes& der) {
  const auto certificate = openssl_parse(der);
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  REQUIRE(certificate);
  X509_print_ex(bio.get(), certificate.get(), XN_FLAG_ONELINE, 0);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

TEST_CASE("what is made is read back") {
  for (const std::uint64_t serial : {1ULL, 127ULL, 128ULL, 65'535ULL, 0x8000'0000'0000'0000ULL, ~0ULL}) {
    X509Fields fields = example();
    fields.serial = serial;
    const Bytes der = make_x509(fields, seed_of(2));
    const auto read = parse_x509(der);
    REQUIRE(read);
    CHECK(*read == fields);
  }
}

TEST_CASE("extensions may be left out, and names may be of any length") {
  for (const std::size_t length : {1u, 63u, 64u}) {
    X509Fields fields = example();
    fields.subject = std::string(length, 's');
    fields.issuer = std::string(length, 'i');
    fields.address.reset();
    CHECK(parse_x509(make_x509(fields, seed_of(2))) == fields);
    fields.rights.clear();
    CHECK(parse_x509(make_x509(fields, seed_of(2))) == fields);
  }
}

TEST_CASE("fields out of their range give no certificate") {
  const auto refused = [](auto change) {
    X509Fields fields = example();
    change(fields);
    return make_x509(fields, seed_of(2)).empty();
  };
  CHECK(refused([](X509Fields& f) { f.subject.clear(); }));
  CHECK(refused([](X509Fields& f) { f.subject = std::string(65, 'x'); }));
  CHECK(refused([](X509Fields& f) { f.issuer = "a\nb"; }));
  CHECK(refused([](X509Fields& f) { f.serial = 0; }));
  CHECK(refused([](X509Fields& f) { f.rights.resize(limits::kCertificateBytes); }));
  CHECK_FALSE(refused([](X509Fields&) {}));
}

TEST_CASE("only the issuer's key verifies") {
  const Bytes der = make_x509(example(), seed_of(2));
  CHECK(verify_x509(der, internal::ed25519_public(seed_of(2))));
  CHECK_FALSE(verify_x509(der, internal::ed25519_public(seed_of(1))));
  CHECK_FALSE(verify_x509(der, ByteArray<32>{}));
  CHECK_FALSE(verify_x509({}, internal::ed25519_public(seed_of(2))));
}

TEST_CASE("whatever bit is changed, the certificate is refused or its signature does not fit") {
  const auto issuer = internal::ed25519_public(seed_of(2));
  const Bytes der = make_x509(example(), seed_of(2));
  for (std::size_t bit = 0; bit < der.size() * 8; ++bit) {
    Bytes changed = der;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    CAPTURE(bit);
    REQUIRE_FALSE((parse_x509(changed).has_value() && verify_x509(changed, issuer)));
  }
}

TEST_CASE("cut or extended certificates are refused") {
  const Bytes der = make_x509(example(), seed_of(2));
  for (std::size_t size = 0; size < der.size(); ++size) CHECK_FALSE(parse_x509(ByteView(der).first(size)));
  Bytes longer = der;
  longer.push_back(0);
  CHECK(parse_x509(longer).error().code == Code::malformed);
  CHECK(parse_x509(Bytes(limits::kCertificateBytes + 1)).error().code == Code::too_large);
}

TEST_CASE("a certificate that says more than we read is refused") {
  const auto certificate = openssl_parse(make_x509(example(), seed_of(2)));
  REQUIRE(certificate);
  const std::unique_ptr<EVP_PKEY, Free> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_of(2).expose().data(), 32));
  const auto der = [&] {
    REQUIRE(X509_sign(certificate.get(), key.get(), nullptr) > 0);
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(certificate.get(), &bytes);
    const Bytes out(bytes, bytes + size);
    OPENSSL_free(bytes);
    return out;
  };
  // Signed by OpenSSL it is the same to the byte.
  CHECK(der() == make_x509(example(), seed_of(2)));

  SUBCASE("a critical extension") {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  SUBCASE("a second name") {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "O", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("x"), -1, -1, 0);
  }
  SUBCASE("a validity of its own") { ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), "20300101000000Z"); }
  SUBCASE("another version") { X509_set_version(certificate.get(), X509_VERSION_2); }
  SUBCASE("a negative serial number") { ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), -1); }
  CHECK_FALSE(parse_x509(der()));
}

TEST_CASE("noise is refused and leaves no error behind") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2'000; ++i) {
    Bytes noise(random() % 600);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    CHECK_FALSE(parse_x509(noise));
  }
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("OpenSSL understands the certificate") {
  const Bytes der = make_x509(example(), seed_of(2));
  const std::string text = openssl_text(der);
  CAPTURE(text);
  for (const std::string_view line :
       {"Version: 3 (0x2)", "Serial Number: 42", "Signature Algorithm: ED25519", "Issuer: CN = issuer of a certificate",
        "Not Before: Jan  1 00:00:00 2000 GMT", "Not After : Dec 31 23:59:59 9999 GMT",
        "Subject: CN = subject of a certificate", "Public Key Algorithm: ED25519",
        "IP Address:FD01:203:405:607:809:A0B:C0D:E0F", kRightsOid})
    CHECK(text.find(line) != std::string::npos);

  const auto certificate = openssl_parse(der);
  const auto issuer = internal::ed25519_public(seed_of(2));
  const std::unique_ptr<EVP_PKEY, Free> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, issuer.data(), issuer.size()));
  CHECK(X509_verify(certificate.get(), key.get()) == 1);
}

}  // namespace smeg::crypto
