#include "crypto/openssl_algorithms.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>

#include <cstdlib>

namespace smeg::crypto::internal {
namespace {

template <class Algorithm>
Algorithm* required(Algorithm* algorithm) {
  require(algorithm != nullptr);
  return algorithm;
}

OSSL_LIB_CTX* make_library() {
  OSSL_LIB_CTX* context = required(OSSL_LIB_CTX_new());
  require(OSSL_PROVIDER_load(context, "default") != nullptr);
  return context;
}

}  // namespace

void require(bool worked) {
  if (!worked) std::abort();
}

OSSL_LIB_CTX* library() {
  static OSSL_LIB_CTX* const context = make_library();
  return context;
}

EVP_CIPHER* fetch_cipher(const char* name) { return required(EVP_CIPHER_fetch(library(), name, nullptr)); }
EVP_MD* fetch_digest(const char* name) { return required(EVP_MD_fetch(library(), name, nullptr)); }
EVP_MAC* fetch_mac(const char* name) { return required(EVP_MAC_fetch(library(), name, nullptr)); }

}  // namespace smeg::crypto::internal
