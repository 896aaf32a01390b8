// What members tell one another of a mesh, what a joiner asks, and what a host keeps. The first byte says what the rest
// is.
#include <cstdlib>

#include "trust/trust.h"
#include "wire/trust.pb.h"

namespace {

using namespace smeg;

void require(bool condition) {
  if (!condition) std::abort();
}

const MeshId& some_mesh() {
  static const MeshId mesh = *trust::parse_mesh_id("lt2vz5co3bxds3clpi6mo4qt3o6v2jru");
  return mesh;
}

void read_bundle(ByteView input) {
  const auto ledger = trust::Ledger::decode(input, some_mesh());
  if (!ledger) return;
  const auto again = trust::Ledger::decode(ledger->encode(), some_mesh());
  require(again.has_value());
  require(again->digest() == ledger->digest());
  require(again->encode() == ledger->encode());
}

void read_item(ByteView input) {
  const auto item = trust::Item::decode(input);
  if (!item) return;
  const auto again = trust::Item::decode(item->encode());
  require(again.has_value());
  require(again->id() == item->id());
  // Nobody has signed it, so it is refused, and nothing changes.
  trust::Ledger ledger{trust::Genesis{}};
  const auto digest = ledger.digest();
  require(!ledger.apply(*item));
  require(ledger.digest() == digest);
}

void read_statement(ByteView input) {
  const auto statement = trust::decode_statement(input);
  if (!statement || std::holds_alternative<trust::UnknownStatement>(*statement)) return;
  require(trust::decode_statement(trust::encode_statement(*statement)) == *statement);
}

void read_removal(ByteView input) {
  const auto removal = trust::decode_removal(input);
  if (!removal) return;
  const auto again = trust::decode_removal(trust::encode_removal(*removal));
  require(again.has_value());
  require(trust::encode_removal(*again) == trust::encode_removal(*removal));
}

void read_request(ByteView input) {
  wire::JoinRequest proto;
  if (!proto.ParseFromArray(input.data(), static_cast<int>(input.size()))) return;
  const auto request = trust::JoinRequest::from_proto(proto);
  if (!request) return;
  require(!trust::proves_invite(*request, {}, {}));
}

void read_issuer(ByteView input) {
  const crypto::IdentityPrivateKey key;
  const auto issuer = trust::Issuer::decode(input, some_mesh(), key);
  if (!issuer) return;
  const auto again = trust::Issuer::decode(issuer->encode(), some_mesh(), key);
  require(again.has_value());
  require(again->encode() == issuer->encode());
}

void read_root(ByteView input) {
  const auto authority = trust::RootAuthority::decode(input);
  if (!authority) return;
  const auto again = trust::RootAuthority::decode(authority->encode());
  require(again.has_value());
  require(again->encode() == authority->encode());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr void (*kReaders[])(ByteView) = {read_bundle,  read_item,   read_statement, read_removal,
                                            read_request, read_issuer, read_root};
  if (size > 0) kReaders[data[0] % std::size(kReaders)]({data + 1, size - 1});
  return 0;
}
