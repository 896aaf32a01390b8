#include "mesh/item.h"

#include <doctest/doctest.h>

#include "unit/mesh/testing.h"
#include "wire/record.pb.h"

namespace smeg::mesh {
namespace {

TEST_CASE("items survive their encoding") {
  Office office;
  const auto host = office.admit();
  const SignedRecord record = sign_record(record_of(office, host, 1), host.certificate, host.key);
  const auto item = decode_item(encode_item(record));
  REQUIRE(item);
  CHECK(std::get<SignedRecord>(*item) == record);

  const trust::Item leave = trust::make_leave(host.parsed(), host.key);
  const auto again = decode_item(encode_item(leave));
  REQUIRE(again);
  CHECK(std::get<trust::Item>(*again).id() == leave.id());
}

TEST_CASE("the content hash is over every part") {
  const SignedRecord record{{1}, {2}, {3}};
  SignedRecord other = record;
  other.certificate = {2};
  CHECK(content_hash(other) != content_hash(record));
  other = record;
  other.payload = {3};
  CHECK(content_hash(other) != content_hash(record));
  other = record;
  other.signature[0] = 4;
  CHECK(content_hash(other) != content_hash(record));
  CHECK(content_hash({{1, 2}, {}, {3}}) != content_hash({{1}, {2}, {3}}));
}

TEST_CASE("a list of items is checked before it is taken apart") {
  const std::vector<Bytes> items = {{1}, {2, 3}, {}};
  CHECK(split_items(join_items(items)) == items);
  wire::ItemList list;
  list.set_format(2);
  CHECK(split_items(as_bytes(list.SerializeAsString())).error().code == Code::unsupported);
  list.set_format(1);
  for (std::size_t i = 0; i <= limits::kMembersPerMesh + limits::kRoutesPerMesh; ++i) list.add_items("");
  CHECK(split_items(as_bytes(list.SerializeAsString())).error().code == Code::too_large);
}

TEST_CASE("a record without a whole signature is malformed") {
  wire::Item item;
  item.mutable_record()->set_signature("short");
  CHECK(decode_item(as_bytes(item.SerializeAsString())).error().code == Code::malformed);
}

}  // namespace
}  // namespace smeg::mesh
