// What TLS must be between hosts: 1.3, certificates on both sides, chosen by server name, nothing kept between
// sessions.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "io/session.h"

struct ssl_st;
struct ssl_ctx_st;
struct x509_store_ctx_st;

namespace smeg::io {

// Our certificate and its key in one mesh, in OpenSSL's form. Immutable; any thread.
class TlsIdentity {
 public:
  // malformed where the certificate does not parse or is another key's.
  static Result<std::shared_ptr<const TlsIdentity>> make(ByteView certificate, const crypto::IdentityPrivateKey& key);
  // Puts it into a session that has not begun to send its certificate.
  bool apply(ssl_st* session) const;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

// What a handshake is about, from one end of it to the other. Stays where it is while its session lives.
struct TlsHandshake {
  MeshId mesh;
  Protocol protocol = Protocol::member;
  std::optional<crypto::IdentityKey> expect;  // whose key the other side must hold
  Bytes certificate;                          // the other side's, once it was seen
  std::string refusal;                        // why we refused, if it was we
};

// The settings of all sessions, and who we are in each mesh. For the thread of the sessions alone.
//
// There is no way to turn verification off. OpenSSL's own verification, which asks whether some authority is trusted,
// is replaced by one that accepts exactly one well-formed Ed25519 certificate, as crypto::parse_x509 reads it; that its
// owner holds the key is proven by TLS itself, and whether that owner is a member the core decides with `trust`.
class TlsContext {
 public:
  TlsContext();
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  void use(const MeshId& mesh, std::shared_ptr<const TlsIdentity> identity, bool serve);
  void drop(const MeshId& mesh);

  // Readies a fresh session to dial, or to answer. The handshake must outlive it.
  Result<void> prepare_client(ssl_st* session, TlsHandshake& handshake) const;
  void prepare_server(ssl_st* session, TlsHandshake& handshake) const;
  // After the handshake: whether both sides speak of the same thing. The words are for an operator.
  static Result<void> check_finished(ssl_st* session, const TlsHandshake& handshake);
  static ByteArray<32> exporter(ssl_st* session);

  ssl_ctx_st* native() const { return context_; }

 private:
  struct Own {
    std::shared_ptr<const TlsIdentity> identity;
    bool serve = false;
  };

  static int on_client_hello(ssl_st* session, int* alert, void* self);
  static int on_server_name(ssl_st* session, int* alert, void* self);
  static int on_alpn(ssl_st* session, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                     unsigned in_size, void* self);
  static int on_verify(x509_store_ctx_st* store, void* self);

  ssl_ctx_st* context_;
  std::map<MeshId, Own> own_;
  std::map<std::string, MeshId, std::less<>> served_;  // by server name
};

}  // namespace smeg::io
