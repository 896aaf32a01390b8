// OpenSSL's algorithms for the files of this module; nobody else includes it.
#pragma once

#include <openssl/evp.h>
#include <openssl/types.h>

#include <memory>

namespace smeg::crypto::internal {

// A library context of our own with the built-in provider, so that no openssl.cnf of the host takes an algorithm away.
// Made at the first use, and never freed: threads may still use it while the program ends. Ends the program where
// OpenSSL can't give what every build of it has (that is: out of memory).
OSSL_LIB_CTX* library();
// Such an algorithm: to be fetched once and kept in a static variable, since fetching is slow.
EVP_CIPHER* fetch_cipher(const char* name);
EVP_MD* fetch_digest(const char* name);
EVP_MAC* fetch_mac(const char* name);
// Ends the program: for a call that fails for nothing but a lack of memory or a mistake of ours.
void require(bool worked);

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
template <class Context>
using ContextPtr = std::unique_ptr<Context, FreeContext>;

}  // namespace smeg::crypto::internal
