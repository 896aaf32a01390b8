// What earlier versions wrote has to be read by every later one. The files in tests/golden/mesh are never changed; what
// a format gains gets new files beside them.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "mesh/item.h"
#include "mesh/record.h"

namespace smeg::mesh {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(SMEG_GOLDEN) / "mesh";

Bytes read(const std::string& name) {
  std::ifstream file(kFolder / name, std::ios::binary);
  INFO("tests/golden/mesh/" << name);
  REQUIRE(file);
  return to_bytes(std::string(std::istreambuf_iterator<char>(file), {}));
}

void write(const std::string& name, ByteView bytes) {
  std::ofstream(kFolder / name, std::ios::binary)
      .write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
}

// Nothing but what has to stay as it is for ever goes in here.
Record first() {
  Record record;
  record.mesh.bytes = {1, 2, 3};
  record.identity.bytes = {4, 5, 6};
  record.version = {2, 77};
  record.boot_id = {7, 8, 9};
  record.wg_public_key = crypto::WgPublicKey{{10, 11, 12}};
  record.kem_public_key = {13, 14};
  record.endpoints = {{EndpointKind::configured, std::string("host.example"), 51820, 21910, 0},
                      {EndpointKind::observed, *addr::IpAddress::parse("2001:db8::1"), 0, 21910, 10},
                      {EndpointKind::outgoing, *addr::IpAddress::parse("192.0.2.1"), 51820, 0, 20}};
  record.alias = "kitchen";
  record.description = "second floor";
  record.offline = true;
  record.software = "smegmesh 0.1.0";
  return record;
}

Record with_guests() {
  Record record = first();
  record.guests = {{"phone", {{15, 16}}}, {"router-2", {{17, 18}}}};
  return record;
}

Record with_lanes() {
  Record record = with_guests();
  record.lanes = {{{{2, 19}}, {{20, 21}}, 51'821}, {{{22, 23}}, {{24, 25}}, 51'822}};
  return record;
}

Record with_services() {
  Record record = first();
  record.services = {{"http", ServiceProtocol::tcp, 80, {"path=/status"}}, {"dns", ServiceProtocol::udp, 53, {}}};
  return record;
}

// Run once for a new format: unit_mesh --no-skip --test-case="writing the golden files".
TEST_CASE("writing the golden files" * doctest::skip()) {
  if (!std::filesystem::exists(kFolder / "record-1")) write("record-1", first().encode());
  if (!std::filesystem::exists(kFolder / "record-guests")) write("record-guests", with_guests().encode());
  if (!std::filesystem::exists(kFolder / "record-lanes")) write("record-lanes", with_lanes().encode());
  if (!std::filesystem::exists(kFolder / "record-services")) write("record-services", with_services().encode());
}

// The word of a bridge, over two others, behind its own record.
TEST_CASE("a route of the first release is read, and found good, as it was") {
  const auto items = split_items(read("route-1"));
  REQUIRE(items);
  REQUIRE(items->size() == 2);
  const auto record = decode_item(items->at(0)), item = decode_item(items->at(1));
  REQUIRE(record);
  REQUIRE(item);
  const auto owner = trust::Certificate::parse(std::get<SignedRecord>(*record).certificate);
  REQUIRE(owner);
  const SignedRoute& bytes = std::get<SignedRoute>(*item);
  CHECK(verify_route(bytes, owner->identity()));
  const auto route = Route::decode(bytes.payload);
  REQUIRE(route);
  CHECK(route->encode() == bytes.payload);
  CHECK(route->announced == RouteContent::Announced{5, 1});
  CredentialBook book;
  const auto way = check(*route->attestation, {route->mesh, *owner}, book);
  REQUIRE_MESSAGE(way, (way ? "" : way.error().message));
  CHECK(way->path.size() == 3);
  CHECK(way->cost == 5);
}

TEST_CASE("a record of the first release is read, and written, as it was") {
  CHECK(Record::decode(read("record-1")) == first());
  CHECK(first().encode() == read("record-1"));
}

TEST_CASE("a record with guests is read, and written, as it was") {
  CHECK(Record::decode(read("record-guests")) == with_guests());
  CHECK(with_guests().encode() == read("record-guests"));
}

TEST_CASE("a record with lanes is read, and written, as it was") {
  CHECK(Record::decode(read("record-lanes")) == with_lanes());
  CHECK(with_lanes().encode() == read("record-lanes"));
}

TEST_CASE("a record with services is read, and written, as it was") {
  CHECK(Record::decode(read("record-services")) == with_services());
  CHECK(with_services().encode() == read("record-services"));
}

}  // namespace
}  // namespace smeg::mesh
