#include "io/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>

#include "trust/trust.h"

namespace smeg::io {
namespace {

constexpr std::string_view kMemberAlpn = "smeg/1";
constexpr std::string_view kJoinAlpn = "smeg-join/1";
constexpr std::string_view kExporterLabel = "EXPORTER-smegmesh-join";
// A chain of one certificate, and what TLS puts around it.
constexpr long kCertificateListBytes = static_cast<long>(limits::kCertificateBytes) + 256;

std::string_view alpn_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::member: return kMemberAlpn;
    case Protocol::join: return kJoinAlpn;
  }
  return kMemberAlpn;
}

std::optional<Protocol> protocol_of(std::string_view alpn) {
  if (alpn == kMemberAlpn) return Protocol::member;
  if (alpn == kJoinAlpn) return Protocol::join;
  return std::nullopt;
}

int handshake_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}
TlsHandshake& handshake_of(ssl_st* session) {
  return *static_cast<TlsHandshake*>(SSL_get_ex_data(session, handshake_slot()));
}

// DER of a certificate; empty where there is none.
Bytes to_der(X509* certificate) {
  const int size = certificate != nullptr ? i2d_X509(certificate, nullptr) : 0;
  if (size <= 0 || static_cast<std::size_t>(size) > limits::kCertificateBytes) return {};
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* out = der.data();
  i2d_X509(certificate, &out);
  return der;
}

// Why this certificate can't be used on a session; empty where it can.
std::string find_fault(const Bytes& der, const std::optional<crypto::IdentityKey>& expect) {
  const auto fields = crypto::parse_x509(der);
  if (!fields) return "its certificate is refused: " + fields.error().message;
  if (expect && expect->bytes != fields->public_key) return "somebody else answers at that address";
  return {};
}

}  // namespace

struct TlsIdentity::Parts {
  X509* certificate = nullptr;
  EVP_PKEY* key = nullptr;

  Parts() = default;
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
};

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::make(ByteView certificate,
                                                             const crypto::IdentityPrivateKey& key) {
  if (auto fields = crypto::parse_x509(certificate); !fields) return fail(fields.error());
  auto parts = std::make_shared<Parts>();
  const unsigned char* in = certificate.data();
  parts->certificate = d2i_X509(nullptr, &in, static_cast<long>(certificate.size()));
  parts->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.expose().data(), key.expose().size());
  const bool fits = parts->certificate != nullptr && parts->key != nullptr &&
                    X509_check_private_key(parts->certificate, parts->key) == 1;
  ERR_clear_error();
  if (!fits) return fail(Code::malformed, "the certificate is not that key's");
  auto identity = std::make_shared<TlsIdentity>();
  identity->parts_ = std::move(parts);
  return identity;
}

bool TlsIdentity::apply(ssl_st* session) const {
  return SSL_use_certificate(session, parts_->certificate) == 1 && SSL_use_PrivateKey(session, parts_->key) == 1;
}

TlsContext::TlsContext() {
  // What stands in the host's openssl.cnf must not weaken or break us.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  context_ = SSL_CTX_new(TLS_method());
  SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
  SSL_CTX_set_max_proto_version(context_, TLS1_3_VERSION);
  SSL_CTX_set_options(context_, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context_, 0);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(context_, 0);
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_cert_list(context_, kCertificateListBytes);
  SSL_CTX_set1_groups_list(context_, "X25519");
  SSL_CTX_set1_sigalgs_list(context_, "ed25519");
  SSL_CTX_set1_client_sigalgs_list(context_, "ed25519");
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context_, on_verify, this);
  SSL_CTX_set_client_hello_cb(context_, on_client_hello, this);
  SSL_CTX_set_tlsext_servername_callback(context_, on_server_name);
  SSL_CTX_set_tlsext_servername_arg(context_, this);
  SSL_CTX_set_alpn_select_cb(context_, on_alpn, this);
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

void TlsContext::use(const MeshId& mesh, std::shared_ptr<const TlsIdentity> identity, bool serve) {
  drop(mesh);
  own_[mesh] = {std::move(identity), serve};
  if (serve) served_[trust::sni_label(mesh)] = mesh;
}

void TlsContext::drop(const MeshId& mesh) {
  own_.erase(mesh);
  served_.erase(trust::sni_label(mesh));
}

Result<void> TlsContext::prepare_client(ssl_st* session, TlsHandshake& handshake) const {
  const auto own = own_.find(handshake.mesh);
  if (own == own_.end()) return fail(Code::not_found, "this host has no certificate for that mesh");
  SSL_set_ex_data(session, handshake_slot(), &handshake);
  const std::string_view alpn = alpn_of(handshake.protocol);
  Bytes offered{static_cast<std::uint8_t>(alpn.size())};
  offered.insert(offered.end(), alpn.begin(), alpn.end());
  const bool ready = own->second.identity->apply(session) &&
                     SSL_set_tlsext_host_name(session, trust::sni_label(handshake.mesh).c_str()) == 1 &&
                     SSL_set_alpn_protos(session, offered.data(), static_cast<unsigned>(offered.size())) == 0;
  ERR_clear_error();
  if (!ready) return fail(Code::io, "TLS could not be set up");
  return {};
}

void TlsContext::prepare_server(ssl_st* session, TlsHandshake& handshake) const {
  SSL_set_ex_data(session, handshake_slot(), &handshake);
}

Result<void> TlsContext::check_finished(ssl_st* session, const TlsHandshake& handshake) {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(session, &chosen, &size);
  if (as_text({chosen, size}) != alpn_of(handshake.protocol)) {
    return fail(Code::unsupported, "the other side speaks another protocol");
  }
  if (handshake.certificate.empty()) return fail(Code::unauthenticated, "the other side showed no certificate");
  return {};
}

ByteArray<32> TlsContext::exporter(ssl_st* session) {
  ByteArray<32> out{};
  SSL_export_keying_material(session, out.data(), out.size(), kExporterLabel.data(), kExporterLabel.size(), nullptr, 0,
                             0);
  return out;
}

// A dialler that does not say what it wants, and of which mesh, learns nothing, not even a certificate.
int TlsContext::on_client_hello(ssl_st* session, int* alert, void*) {
  for (const unsigned extension :
       {unsigned{TLSEXT_TYPE_server_name}, unsigned{TLSEXT_TYPE_application_layer_protocol_negotiation}}) {
    const unsigned char* content = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(session, extension, &content, &size) == 1) continue;
    handshake_of(session).refusal = "it names no mesh or no protocol";
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_CLIENT_HELLO_ERROR;
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

int TlsContext::on_server_name(ssl_st* session, int* alert, void* self) {
  // OpenSSL calls this on the dialling side too, where there is nothing to choose.
  if (SSL_is_server(session) == 0) return SSL_TLSEXT_ERR_OK;
  const auto& context = *static_cast<const TlsContext*>(self);
  const char* name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
  const auto served = name != nullptr ? context.served_.find(std::string_view(name)) : context.served_.end();
  if (served == context.served_.end() || !context.own_.at(served->second).identity->apply(session)) {
    handshake_of(session).refusal = "it asks for a mesh that is not served here";
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  handshake_of(session).mesh = served->second;
  return SSL_TLSEXT_ERR_OK;
}

int TlsContext::on_alpn(ssl_st* session, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                        unsigned in_size, void*) {
  // OpenSSL has checked the lengths within the list.
  for (ByteView rest(in, in_size); !rest.empty() && rest[0] < rest.size(); rest = rest.subspan(1u + rest[0])) {
    const ByteView offered = rest.subspan(1, rest[0]);
    const auto protocol = protocol_of(as_text(offered));
    if (!protocol) continue;
    handshake_of(session).protocol = *protocol;
    *out = offered.data();
    *out_size = static_cast<unsigned char>(offered.size());
    return SSL_TLSEXT_ERR_OK;
  }
  handshake_of(session).refusal = "it speaks no protocol of ours";
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Accepts exactly what the core will look at: one certificate, Ed25519, well-formed. See the class comment.
int TlsContext::on_verify(x509_store_ctx_st* store, void*) {
  auto* session = static_cast<ssl_st*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  TlsHandshake& handshake = handshake_of(session);
  const auto* chain = X509_STORE_CTX_get0_untrusted(store);
  if (chain != nullptr && sk_X509_num(chain) > 1) {
    handshake.refusal = "it shows a chain of certificates instead of one";
  } else {
    handshake.certificate = to_der(X509_STORE_CTX_get0_cert(store));
    handshake.refusal = find_fault(handshake.certificate, handshake.expect);
  }
  if (handshake.refusal.empty()) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

}  // namespace smeg::io
