// What another host may say of the way to a prefix. The first byte says how the rest is taken: as a route's payload, as
// an item, or as a credential. Whatever is taken in must come out again as it was, and nothing counts that nobody
// signed.
#include <cstdint>
#include <cstdlib>

#include "mesh/item.h"

namespace {

using namespace smeg;

void payload(ByteView bytes) {
  const auto route = mesh::Route::decode(bytes);
  if (!route) return;
  const auto again = mesh::Route::decode(route->encode());
  if (!again || static_cast<const mesh::RouteContent&>(*again) != *route || again->version != route->version)
    std::abort();
  if (!route->attestation || route->attestation->hops.empty()) return;
  mesh::CredentialBook book;
  const mesh::Attestation& attestation = *route->attestation;
  const auto teller = book.check(attestation.hops.back().from_credential, attestation.mesh);
  if (teller) (void)mesh::check(attestation, {route->mesh, **teller}, book);
}

void item(ByteView bytes) {
  const auto decoded = mesh::decode_item(bytes);
  if (!decoded) return;
  const auto* route = std::get_if<mesh::SignedRoute>(&*decoded);
  if (!route) return;
  const auto again = mesh::decode_item(mesh::encode_item(*route));
  if (!again || std::get<mesh::SignedRoute>(*again) != *route) std::abort();
  if (mesh::verify_route(*route, {})) std::abort();
  payload(route->payload);
}

void credential(ByteView bytes) {
  if (trust::check_credential(bytes, {})) std::abort();  // nobody knows a genesis whose hash is zero
  if (bytes.size() < MeshId{}.bytes.size()) return;
  MeshId mesh;
  std::copy_n(bytes.begin(), mesh.bytes.size(), mesh.bytes.begin());
  (void)trust::check_credential(bytes.subspan(mesh.bytes.size()), mesh);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView rest(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0: payload(rest); break;
    case 1: item(rest); break;
    case 2: credential(rest); break;
  }
  return 0;
}
