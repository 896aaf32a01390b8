#include "io/tls.h"

#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "trust/trust.h"
#include "unit/io/session_fixture.h"

namespace smeg::io {
namespace {

struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};
using Session = std::unique_ptr<SSL, FreeSession>;

// Two ends of a handshake in memory.
struct Pair {
  Session client;
  Session server;
  TlsHandshake client_about;
  TlsHandshake server_about;

  Pair(SSL_CTX* client_context, const TlsContext& server_context)
      : client(SSL_new(client_context)), server(SSL_new(server_context.native())) {
    BIO* near = nullptr;
    BIO* far = nullptr;
    REQUIRE(BIO_new_bio_pair(&near, 0, &far, 0) == 1);
    SSL_set_bio(client.get(), near, near);
    SSL_set_bio(server.get(), far, far);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());
    server_context.prepare_server(server.get(), server_about);
  }
  // Whether both ends get there.
  bool shake() {
    bool ok[2] = {};
    for (int round = 0; round < 8; ++round) {
      ok[0] = SSL_do_handshake(client.get()) == 1;
      ok[1] = SSL_do_handshake(server.get()) == 1;
    }
    // In TLS 1.3 a client has finished before the server looks at its certificate.
    char byte = 0;
    const int read = SSL_read(client.get(), &byte, 1);
    const bool alive = read > 0 || SSL_get_error(client.get(), read) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return ok[0] && ok[1] && alive;
  }
  bool server_showed_certificate() const {
    X509* seen = SSL_get1_peer_certificate(client.get());
    X509_free(seen);
    return seen != nullptr;
  }
};

// A dialler that keeps to none of our rules unless the test says so.
struct RawClient {
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  RawClient() = default;
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { SSL_CTX_free(context); }

  void show(const Person& person) {
    const auto identity = TlsIdentity::make(person.certificate, person.key);
    REQUIRE(identity);
    const unsigned char* in = person.certificate.data();
    X509* certificate = d2i_X509(nullptr, &in, static_cast<long>(person.certificate.size()));
    EVP_PKEY* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, person.key.expose().data(), 32);
    REQUIRE(SSL_CTX_use_certificate(context, certificate) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  // Another kind of key in an otherwise fine certificate.
  void show_ecdsa() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3'600);
    X509_set_pubkey(certificate, key);
    REQUIRE(X509_sign(certificate, key, EVP_sha256()) > 0);
    REQUIRE(SSL_CTX_use_certificate(context, certificate) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
};

void ask(SSL* client, const std::string& server_name, std::string_view alpn) {
  if (!server_name.empty()) REQUIRE(SSL_set_tlsext_host_name(client, server_name.c_str()) == 1);
  if (alpn.empty()) return;
  std::string list(1, static_cast<char>(alpn.size()));
  list += alpn;
  REQUIRE(SSL_set_alpn_protos(client, reinterpret_cast<const unsigned char*>(list.data()),
                              static_cast<unsigned>(list.size())) == 0);
}

struct Server {
  Person person = Person(1);
  MeshId mesh = mesh_number(7);
  TlsContext context;

  Server() { context.use(mesh, TlsIdentity::make(person.certificate, person.key).value(), true); }
};

TEST_CASE("two contexts agree on mesh, protocol, certificates and exporter") {
  const Server server;
  const Person dialler(2);
  for (const Protocol protocol : {Protocol::member, Protocol::join}) {
    TlsContext client;
    client.use(server.mesh, TlsIdentity::make(dialler.certificate, dialler.key).value(), false);
    Pair pair(client.native(), server.context);
    pair.client_about.mesh = server.mesh;
    pair.client_about.protocol = protocol;
    REQUIRE(client.prepare_client(pair.client.get(), pair.client_about));
    REQUIRE(pair.shake());
    CHECK(TlsContext::check_finished(pair.client.get(), pair.client_about));
    CHECK(TlsContext::check_finished(pair.server.get(), pair.server_about));
    CHECK(pair.server_about.mesh == server.mesh);
    CHECK(pair.server_about.protocol == protocol);
    CHECK(pair.server_about.certificate == dialler.certificate);
    CHECK(pair.client_about.certificate == server.person.certificate);
    CHECK(TlsContext::exporter(pair.client.get()) == TlsContext::exporter(pair.server.get()));
    CHECK(TlsContext::exporter(pair.client.get()) != ByteArray<32>{});
    CHECK(SSL_version(pair.client.get()) == TLS1_3_VERSION);
    CHECK(SSL_session_reused(pair.client.get()) == 0);
    CHECK(SSL_SESSION_is_resumable(SSL_get_session(pair.client.get())) == 0);
  }
}

TEST_CASE("who does not say which mesh and which protocol learns nothing") {
  const Server server;
  const std::string name = trust::sni_label(server.mesh);
  const struct {
    std::string server_name;
    std::string_view alpn;
  } wrong[] = {{"", "smeg/1"},
               {trust::sni_label(mesh_number(8)), "smeg/1"},
               {"example.org", "smeg/1"},
               {name, ""},
               {name, "h2"},
               {name, "smeg/2"}};
  for (const auto& each : wrong) {
    RawClient client;
    client.show(Person(2));
    Pair pair(client.context, server.context);
    ask(pair.client.get(), each.server_name, each.alpn);
    CHECK_FALSE(pair.shake());
    CHECK_FALSE(pair.server_showed_certificate());
    CHECK_FALSE(pair.server_about.refusal.empty());
  }
  RawClient client;
  client.show(Person(2));
  Pair pair(client.context, server.context);
  ask(pair.client.get(), name, "smeg/1");
  CHECK(pair.shake());
}

TEST_CASE("nobody comes in without an Ed25519 certificate of the accepted form, or below TLS 1.3") {
  const Server server;
  const auto attempt = [&](RawClient& client) {
    Pair pair(client.context, server.context);
    ask(pair.client.get(), trust::sni_label(server.mesh), "smeg/1");
    return pair.shake();
  };
  SUBCASE("no certificate") {
    RawClient client;
    CHECK_FALSE(attempt(client));
  }
  SUBCASE("another kind of key") {
    RawClient client;
    client.show_ecdsa();
    CHECK_FALSE(attempt(client));
  }
  SUBCASE("a chain") {
    RawClient client;
    client.show(Person(2));
    const Person issuer(3);
    const unsigned char* in = issuer.certificate.data();
    SSL_CTX_add_extra_chain_cert(client.context, d2i_X509(nullptr, &in, static_cast<long>(issuer.certificate.size())));
    CHECK_FALSE(attempt(client));
  }
  SUBCASE("TLS 1.2") {
    RawClient client;
    client.show(Person(2));
    SSL_CTX_set_max_proto_version(client.context, TLS1_2_VERSION);
    CHECK_FALSE(attempt(client));
  }
  SUBCASE("another group") {
    RawClient client;
    client.show(Person(2));
    REQUIRE(SSL_CTX_set1_groups_list(client.context, "P-256") == 1);
    CHECK_FALSE(attempt(client));
  }
  SUBCASE("none of it") {
    RawClient client;
    client.show(Person(2));
    CHECK(attempt(client));
  }
}

TEST_CASE("a dialler that expects somebody refuses everybody else") {
  const Server server;
  const Person dialler(2);
  TlsContext client;
  client.use(server.mesh, TlsIdentity::make(dialler.certificate, dialler.key).value(), false);
  for (const bool right : {true, false}) {
    Pair pair(client.native(), server.context);
    pair.client_about.mesh = server.mesh;
    pair.client_about.expect = crypto::signing_public_key(right ? server.person.key : dialler.key);
    REQUIRE(client.prepare_client(pair.client.get(), pair.client_about));
    CHECK(pair.shake() == right);
    CHECK(pair.client_about.refusal.empty() == right);
  }
}

TEST_CASE("a mesh is served only while it is meant to be") {
  Server server;
  const auto reachable = [&] {
    RawClient client;
    client.show(Person(2));
    Pair pair(client.context, server.context);
    ask(pair.client.get(), trust::sni_label(server.mesh), "smeg/1");
    return pair.shake();
  };
  const auto identity = TlsIdentity::make(server.person.certificate, server.person.key).value();
  CHECK(reachable());
  server.context.use(server.mesh, identity, false);
  CHECK_FALSE(reachable());
  server.context.use(server.mesh, identity, true);
  CHECK(reachable());
  server.context.drop(server.mesh);
  CHECK_FALSE(reachable());
}

TEST_CASE("an identity is a certificate and its own key") {
  const Person one(1);
  const Person two(2);
  CHECK(TlsIdentity::make(one.certificate, one.key));
  CHECK_FALSE(TlsIdentity::make(one.certificate, two.key));
  CHECK_FALSE(TlsIdentity::make(as_bytes("no certificate"), one.key));
  TlsContext context;
  Session session(SSL_new(context.native()));
  TlsHandshake about;
  CHECK(context.prepare_client(session.get(), about).error().code == Code::not_found);
}

}  // namespace
}  // namespace smeg::io
