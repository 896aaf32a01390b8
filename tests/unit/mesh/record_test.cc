#include "mesh/record.h"

#include <doctest/doctest.h>

#include "unit/mesh/testing.h"
#include "wire/record.pb.h"

namespace smeg::mesh {
namespace {

Record full_record() {
  Record record;
  record.mesh.bytes[3] = 7;
  record.identity.bytes[0] = 9;
  record.version = {2, 77};
  record.boot_id[15] = 1;
  record.wg_public_key = crypto::WgPublicKey{{1, 2, 3}};
  record.kem_public_key = {5, 6};
  record.endpoints = {
      {EndpointKind::configured, std::string("host.example"), 51820, 21910, 10},
      {EndpointKind::outgoing, *addr::IpAddress::parse("192.0.2.1"), 51820, 0, 20},
      {EndpointKind::observed, *addr::IpAddress::parse("2001:db8::1"), 0, 21910, 30},
  };
  record.alias = "kitchen";
  record.description = "Küche, 2. Stock";
  record.offline = true;
  record.software = "0.1.0";
  record.guests = {{"phone", {{7, 8, 9}}}, {"router", {{10, 11, 12}}}};
  record.lanes = {{{{1}}, {{13, 14}}, 51'830}, {{{2}}, {{15, 16}}, 51'831}};
  record.services = {{"http", ServiceProtocol::tcp, 80, {"path=/status", "title=Küche"}},
                     {"dns", ServiceProtocol::udp, 53, {}}};
  record.carrier = crypto::IdentityKey{{17}};
  return record;
}

wire::Record wire_of(const Record& record) {
  wire::Record out;
  REQUIRE(out.ParseFromString(to_string(record.encode())));
  return out;
}

Result<Record> decoded(const wire::Record& in) { return Record::decode(as_bytes(in.SerializeAsString())); }

// Changes a full record in one way and says how it is refused.
template <class Change>
Code refusal(Change change) {
  wire::Record in = wire_of(full_record());
  change(in);
  const auto out = decoded(in);
  REQUIRE_FALSE(out);
  return out.error().code;
}

TEST_CASE("a record survives its encoding") {
  const Record record = full_record();
  CHECK(Record::decode(record.encode()) == record);
  Record stub = record;
  stub.wg_public_key.reset();
  stub.endpoints.clear();
  stub.lanes.clear();
  stub.carrier.reset();
  CHECK(Record::decode(stub.encode()) == stub);
}

TEST_CASE("impossible records are refused, each for its reason") {
  CHECK(Record::decode(as_bytes("\xff\xff")).error().code == Code::malformed);
  CHECK(Record::decode({}).error().code == Code::unsupported);
  CHECK(Record::decode(Bytes(limits::kRecordBytes + 1)).error().code == Code::too_large);
  CHECK(refusal([](auto& in) { in.set_format(2); }) == Code::unsupported);
  CHECK(refusal([](auto& in) { in.set_mesh_id("short"); }) == Code::malformed);
  CHECK(refusal([](auto& in) { in.clear_identity(); }) == Code::malformed);
  CHECK(refusal([](auto& in) { in.set_boot_id("short"); }) == Code::malformed);
  CHECK(refusal([](auto& in) { in.set_wg_public_key("short"); }) == Code::malformed);
  CHECK(refusal([](auto& in) { in.set_kem_public_key(std::string(limits::kKemKeyBytes + 1, 'x')); }) ==
        Code::too_large);
  CHECK(refusal([](auto& in) { in.set_alias("Not_A_Label"); }) != Code::malformed);
  CHECK(refusal([](auto& in) { in.set_description(std::string(limits::kDescriptionBytes + 1, 'x')); }) ==
        Code::too_large);
  CHECK(refusal([](auto& in) { in.set_software(std::string(limits::kSoftwareBytes + 1, 'x')); }) == Code::too_large);
}

TEST_CASE("nobody wraps a counter") {
  CHECK(refusal([](auto& in) { in.set_counter(~std::uint64_t{0}); }) == Code::invalid);
  CHECK(refusal([](auto& in) { in.set_counter(limits::kCounterEnd); }) == Code::invalid);
  wire::Record in = wire_of(full_record());
  in.set_counter(limits::kCounterEnd - 1);
  CHECK(decoded(in));
}

TEST_CASE("text that steers a terminal is refused") {
  CHECK(refusal([](auto& in) { in.set_description("\x1b[2J"); }) == Code::invalid);
  CHECK(refusal([](auto& in) { in.set_software("1\n2"); }) == Code::invalid);
  CHECK(refusal([](auto& in) { in.set_description("\xc2\x9b"); }) == Code::invalid);
}

TEST_CASE("endpoints: unknown kinds are skipped, impossible ones are refused") {
  wire::Record in = wire_of(full_record());
  in.mutable_endpoints(0)->set_kind(static_cast<wire::EndpointKind>(99));
  in.mutable_endpoints(0)->set_port(1'000'000);
  const auto out = decoded(in);
  REQUIRE(out);
  CHECK(out->endpoints.size() == 2);

  CHECK(refusal([](auto& r) { r.mutable_endpoints(0)->set_port(65'536); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_endpoints(0)->set_control_port(65'536); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_endpoints(1)->set_port(0); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_endpoints(1)->set_address("12345"); }) == Code::malformed);
  CHECK(refusal([](auto& r) { r.mutable_endpoints(1)->set_address(std::string(4, '\0')); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_endpoints(1)->set_name("both"); }) == Code::malformed);
  CHECK(refusal([](auto& r) { r.mutable_endpoints(0)->set_name("with space"); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_endpoints(0)->set_name(std::string(254, 'a')); }) == Code::too_large);
  CHECK(refusal([](auto& r) {
          for (int i = 0; i < 6; ++i) *r.add_endpoints() = r.endpoints(0);
        }) == Code::too_large);
}

TEST_CASE("a carrier is named by its key") {
  CHECK(refusal([](auto& r) { r.set_carrier("short"); }) == Code::malformed);
}

TEST_CASE("guests: each has a name and a key of its own") {
  CHECK(refusal([](auto& r) { r.mutable_guests(0)->clear_name(); }) != Code::unsupported);
  CHECK(refusal([](auto& r) { r.mutable_guests(0)->set_name("Phone"); }) != Code::unsupported);
  CHECK(refusal([](auto& r) { r.mutable_guests(0)->set_name(std::string(64, 'a')); }) != Code::unsupported);
  CHECK(refusal([](auto& r) { r.mutable_guests(0)->set_wg_public_key("short"); }) == Code::malformed);
  CHECK(refusal([](auto& r) { r.mutable_guests(0)->clear_wg_public_key(); }) == Code::malformed);
  CHECK(refusal([](auto& r) { r.mutable_guests(0)->set_wg_public_key(std::string(32, '\0')); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_guests(0)->set_wg_public_key(r.wg_public_key()); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_guests(1)->set_wg_public_key(r.guests(0).wg_public_key()); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_guests(1)->set_name("phone"); }) == Code::invalid);
  CHECK(refusal([](auto& r) {
          while (static_cast<std::size_t>(r.guests_size()) <= limits::kGuestsPerMember) *r.add_guests() = r.guests(0);
        }) == Code::too_large);
}

TEST_CASE("lanes: in the order of those whom they are for, each with a key and a port of its own") {
  CHECK(refusal([](auto& r) { r.mutable_lanes(0)->set_identity("short"); }) == Code::malformed);
  CHECK(refusal([](auto& r) { r.mutable_lanes(0)->clear_wg_public_key(); }) == Code::malformed);
  CHECK(refusal([](auto& r) { r.mutable_lanes(0)->clear_port(); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_lanes(0)->set_port(65'536); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_lanes(0)->set_wg_public_key(std::string(32, '\0')); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_lanes(0)->set_wg_public_key(r.wg_public_key()); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_lanes(0)->set_wg_public_key(r.guests(0).wg_public_key()); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_lanes(1)->set_wg_public_key(r.lanes(0).wg_public_key()); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_lanes(1)->set_port(r.lanes(0).port()); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_lanes(1)->set_identity(r.lanes(0).identity()); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_lanes()->SwapElements(0, 1); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_lanes(1)->set_identity(r.identity()); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.clear_wg_public_key(); }) == Code::invalid);
  CHECK(refusal([](auto& r) {
          while (static_cast<std::size_t>(r.lanes_size()) <= kLanesPerRecord) *r.add_lanes() = r.lanes(0);
        }) == Code::too_large);
  const Record record = full_record();
  CHECK(record.lane_for({{2}}) == &record.lanes[1]);
  CHECK(record.lane_for({{3}}) == nullptr);
}

TEST_CASE("services that are not good are refused, those of protocols to come are skipped") {
  CHECK(refusal([](auto& r) { r.mutable_services(0)->set_name("HTTP"); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_services(0)->set_name("a--b"); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_services(0)->set_name("80"); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_services(0)->set_name("sixteen-letters-"); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_services(0)->set_port(0); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_services(0)->set_port(65'536); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_services(0)->set_texts(0, "path"); }) == Code::malformed);
  CHECK(refusal([](auto& r) { r.mutable_services(0)->set_texts(0, "=x"); }) == Code::malformed);
  CHECK(refusal([](auto& r) { r.mutable_services(0)->set_texts(0, "a=\x1b[2J"); }) == Code::invalid);
  CHECK(refusal([](auto& r) { r.mutable_services(0)->set_texts(0, "a=" + std::string(254, 'x')); }) == Code::too_large);
  CHECK(refusal([](auto& r) { r.mutable_services(0)->set_texts(0, "TITLE=x"); }) == Code::invalid);
  CHECK(refusal([](auto& r) { *r.add_services() = r.services(0); }) == Code::exists);
  CHECK(refusal([](auto& r) {
          while (static_cast<std::size_t>(r.services_size()) <= limits::kServicesPerMember)
            *r.add_services() = r.services(0);
        }) == Code::too_large);
  wire::Record later = wire_of(full_record());
  later.mutable_services(0)->set_protocol(static_cast<wire::ServiceProtocol>(7));
  const auto out = decoded(later);
  REQUIRE(out);
  REQUIRE(out->services.size() == 1);
  CHECK(out->services[0].name == "dns");
}

TEST_CASE("the fullest record is within its limit") {
  Record record = full_record();
  const std::string longest(limits::kAliasBytes, 'a');
  record.kem_public_key.clear();
  record.version = {limits::kCounterEnd, limits::kCounterEnd - 1};
  record.alias = longest;
  record.description = std::string(limits::kDescriptionBytes, 'd');
  record.software = std::string(limits::kSoftwareBytes, 's');
  record.endpoints.assign(limits::kEndpointsPerRecord,
                          {EndpointKind::configured, std::string(limits::kHostNameBytes, 'h'), 65'535, 65'535, ~0u});
  record.guests.clear();
  for (std::size_t i = 0; i < limits::kGuestsPerMember; ++i) {
    std::string name = longest;
    name[i] = 'b';
    crypto::WgPublicKey key{{1, 1, 1}};
    key.bytes[31] = static_cast<std::uint8_t>(i);
    record.guests.push_back({std::move(name), key});
  }
  record.services.clear();
  for (std::size_t i = 0; i < limits::kServicesPerMember; ++i) {
    std::string name(limits::kServiceNameBytes, 'a');
    name[i % name.size()] = 'b';
    record.services.push_back({name, i < name.size() ? ServiceProtocol::udp : ServiceProtocol::tcp, 65'535, {}});
    for (std::size_t j = 0; j < limits::kServiceTexts; ++j)
      record.services.back().texts.push_back(std::string(1, static_cast<char>('a' + j)) + "=123456");
  }
  record.lanes.clear();
  for (std::uint8_t i = 1; i <= kLanesPerRecord; ++i)
    record.lanes.push_back({{{1, i}}, {{2, i}}, static_cast<std::uint16_t>(65'535 - i)});
  CHECK(record.encode().size() <= limits::kRecordBytes);
  CHECK(Record::decode(record.encode()) == record);
}

TEST_CASE("a signature is over payload and certificate together, by the owner's key alone") {
  SeededKeys keys(1);
  const auto key = crypto::IdentityPrivateKey::random(keys);
  const crypto::IdentityPrivateKey owner{key};
  const auto identity = crypto::signing_public_key(owner);
  const SignedRecord good = sign_record(full_record(), {1, 2, 3}, owner);
  CHECK(verify_record(good, identity));

  SignedRecord bad = good;
  bad.payload.back() ^= 1;
  CHECK_FALSE(verify_record(bad, identity));
  bad = good;
  bad.certificate.back() ^= 1;
  CHECK_FALSE(verify_record(bad, identity));
  bad = good;
  bad.signature[5] ^= 1;
  CHECK_FALSE(verify_record(bad, identity));
  const crypto::IdentityPrivateKey other{crypto::IdentityPrivateKey::random(keys)};
  CHECK_FALSE(verify_record(good, crypto::signing_public_key(other)));
}

}  // namespace
}  // namespace smeg::mesh
