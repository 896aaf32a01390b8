#include "mesh/item.h"

#include <algorithm>

#include "wire/record.pb.h"

namespace smeg::mesh {
namespace {

constexpr std::uint32_t kListFormat = 1;

Result<SignedRecord> record_from(const wire::SignedRecord& in) {
  SignedRecord out{to_bytes(in.certificate()), to_bytes(in.payload()), {}};
  if (out.certificate.size() > limits::kCertificateBytes) {
    return fail(Code::too_large, "a certificate of " + std::to_string(out.certificate.size()) + " bytes");
  }
  if (out.payload.size() > limits::kRecordBytes) {
    return fail(Code::too_large, "a member record of " + std::to_string(out.payload.size()) + " bytes");
  }
  if (in.signature().size() != out.signature.size()) {
    return fail(Code::malformed, "a signature of " + std::to_string(in.signature().size()) + " bytes");
  }
  std::copy(in.signature().begin(), in.signature().end(), out.signature.begin());
  return out;
}

Result<SignedRoute> route_from(const wire::SignedRoute& in) {
  SignedRoute out{to_bytes(in.payload()), {}};
  if (in.signature().size() != out.signature.size()) {
    return fail(Code::malformed, "a signature of " + std::to_string(in.signature().size()) + " bytes");
  }
  std::copy(in.signature().begin(), in.signature().end(), out.signature.begin());
  return out;
}

constexpr std::size_t kRouteItemBytes = limits::kRouteBytes + 256;

}  // namespace

Result<Item> decode_item(ByteView bytes) {
  if (bytes.size() > kRouteItemBytes) {
    return fail(Code::too_large, "an item of " + std::to_string(bytes.size()) + " bytes");
  }
  wire::Item in;
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(Code::malformed, "an item that does not parse");
  }
  if (!in.has_route() && bytes.size() > limits::kItemBytes) {
    return fail(Code::too_large, "an item of " + std::to_string(bytes.size()) + " bytes");
  }
  switch (in.content_case()) {
    case wire::Item::kTrust: {
      auto item = trust::Item::decode(as_bytes(in.trust()));
      if (!item) return fail(item.error());
      return Item(std::move(*item));
    }
    case wire::Item::kRecord: {
      auto record = record_from(in.record());
      if (!record) return fail(record.error());
      return Item(std::move(*record));
    }
    case wire::Item::kRoute: {
      auto route = route_from(in.route());
      if (!route) return fail(route.error());
      return Item(std::move(*route));
    }
    case wire::Item::CONTENT_NOT_SET: break;
  }
  return fail(Code::unsupported, "an item of an unknown kind");
}

Bytes encode_item(const trust::Item& item) {
  wire::Item out;
  out.set_trust(to_string(item.encode()));
  return to_bytes(out.SerializeAsString());
}

Bytes encode_item(const SignedRecord& record) {
  wire::Item out;
  out.mutable_record()->set_certificate(to_string(record.certificate));
  out.mutable_record()->set_payload(to_string(record.payload));
  out.mutable_record()->set_signature(to_string(record.signature));
  return to_bytes(out.SerializeAsString());
}

Bytes encode_item(const SignedRoute& route) {
  wire::Item out;
  out.mutable_route()->set_payload(to_string(route.payload));
  out.mutable_route()->set_signature(to_string(route.signature));
  return to_bytes(out.SerializeAsString());
}

crdt::ContentHash content_hash(const SignedRoute& route) {
  return crypto::hash<32>("smegmesh route content 1", {route.payload, route.signature});
}

crdt::ContentHash content_hash(const SignedRecord& record) {
  return crypto::hash<32>("smegmesh record content 1", {record.certificate, record.payload, record.signature});
}

crdt::ItemKey item_key(const trust::ItemId& id) { return crypto::hash<32>("smegmesh trust key 1", {id}); }

crdt::ItemKey item_key(const crypto::IdentityKey& owner) {
  return crypto::hash<32>("smegmesh record key 1", {owner.bytes});
}

crdt::ItemKey item_key(const crypto::IdentityKey& owner, const addr::Prefix& prefix) {
  const ByteArray<2> shape{static_cast<std::uint8_t>(prefix.address().bits()),
                           static_cast<std::uint8_t>(prefix.length())};
  return crypto::hash<32>("smegmesh route key 1", {owner.bytes, shape, prefix.address().view()});
}

Bytes join_items(const std::vector<Bytes>& items) {
  wire::ItemList out;
  out.set_format(kListFormat);
  for (const Bytes& item : items) out.add_items(to_string(item));
  return to_bytes(out.SerializeAsString());
}

Result<std::vector<Bytes>> split_items(ByteView list) {
  if (list.size() > limits::kStateFileBytes) {
    return fail(Code::too_large, "a list of items of " + std::to_string(list.size()) + " bytes");
  }
  wire::ItemList in;
  if (!in.ParseFromArray(list.data(), static_cast<int>(list.size()))) {
    return fail(Code::malformed, "a list of items that does not parse");
  }
  if (in.format() != kListFormat) {
    return fail(Code::unsupported, "a list of items of format " + std::to_string(in.format()));
  }
  if (static_cast<std::size_t>(in.items_size()) > limits::kMembersPerMesh + limits::kRoutesPerMesh) {
    return fail(Code::too_large, "a list of " + std::to_string(in.items_size()) + " items");
  }
  std::vector<Bytes> out;
  for (const std::string& item : in.items()) out.push_back(to_bytes(item));
  return out;
}

}  // namespace smeg::mesh
