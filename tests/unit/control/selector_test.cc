#include <doctest/doctest.h>

#include "unit/control/sample.h"

using namespace smeg;
using namespace smeg::control;

namespace {

const std::vector<MeshChoice> kMeshes = {
    {sample_mesh_id(0x00), "office"}, {sample_mesh_id(0xff), "off"}, {sample_mesh_id(0x01), ""}};

std::string mesh(std::string text, std::span<const MeshChoice> choices = kMeshes) {
  const auto found = choose_mesh(choices, {std::move(text)});
  return found ? std::to_string(*found) : std::string(name(found.error().code)) + ": " + found.error().hint;
}

}  // namespace

TEST_CASE("a request is chosen by its fingerprint, its key, or the beginning of either") {
  crypto::IdentityKey one, other;
  one.bytes.fill(1);
  other.bytes.fill(2);
  const std::vector<crypto::IdentityKey> both = {one, other};
  const std::string shown = fingerprint(other);
  REQUIRE(shown.size() == 29);
  CHECK(fingerprint(one) != shown);
  std::string plain = shown;
  std::erase(plain, '-');
  for (const std::string& text : {shown, plain, shown.substr(0, 6), plain.substr(0, 5), to_text(other)})
    CHECK_MESSAGE(choose_request(both, text) == 1U, text);
  CHECK(choose_request(both, "nobody").error().code == Code::not_found);
  CHECK(choose_request({}, shown).error().code == Code::not_found);
  CHECK(choose_request(std::vector{other, other}, shown).error().code == Code::conflict);
}

TEST_CASE("a mesh by its id, its name or a prefix of either") {
  CHECK(mesh("office") == "0");
  CHECK(mesh("off") == "1");  // a whole name goes before a prefix
  CHECK(mesh("OFFICE") == "0");
  CHECK(mesh("offi") == "0");
  CHECK(mesh(to_text(kMeshes[2].id)) == "2");
  CHECK(mesh("aea") == "2");
  CHECK(mesh("77") == "1");
  CHECK(mesh("of") == "conflict: write more of it; it fits office (aaaaaaaa...), off (77777777...)");
  CHECK(mesh("home").starts_with("not_found: there is office (aaaaaaaa...), off (77777777...), aeaqcaib"));
}

TEST_CASE("no selector means the only mesh") {
  CHECK(mesh("", std::span(kMeshes).first(1)) == "0");
  CHECK(mesh("").starts_with("conflict: say which with -m: office (aaaaaaaa...), off"));
  CHECK(mesh("", {}).starts_with("not_found: make one with `smegctl mesh create`"));
  CHECK(mesh("office", {}).starts_with("not_found: make one"));
}

TEST_CASE("a long list of choices is cut") {
  std::vector<MeshChoice> many;
  for (std::uint8_t i = 0; i < 20; ++i) many.push_back({sample_mesh_id(i), "mesh" + std::to_string(i)});
  CHECK(mesh("", many).ends_with(" and 12 more"));
}

TEST_CASE("a member by alias, address, key or a prefix") {
  const MeshView view = sample_mesh();
  const auto member = [&](std::string text) {
    const auto found = find_member(view, {std::move(text)});
    return found ? (*found)->address.to_string() : std::string(name(found.error().code));
  };
  CHECK(member("alice") == "fd00:1::1");
  CHECK(member("Bob") == "fd00:1::2");
  CHECK(member("b") == "fd00:1::2");
  CHECK(member("fd00:0001:0::3") == "fd00:1::3");
  CHECK(member(to_text(view.members[2].public_key)) == "fd00:1::3");
  CHECK(member("fd00:1::") == "conflict");  // the prefix of three addresses
  CHECK(member("carol") == "not_found");
  CHECK(member("") == "malformed");
}

TEST_CASE("nobody hides a member behind an alias that is its key, nor a mesh behind a name that is its id") {
  MeshView view = sample_mesh();
  const std::string key = to_text(view.members[2].public_key);
  view.members.change(1, [&](MemberView& member) { member.alias = key; });
  const auto found = find_member(view, {key});
  REQUIRE(found);
  CHECK((*found)->public_key == view.members[2].public_key);
  const MeshId id = sample_mesh_id(0x01);
  CHECK(mesh(to_text(id), std::vector<MeshChoice>{{sample_mesh_id(0x02), to_text(id)}, {id, "office"}}) == "1");
}

TEST_CASE("a revoked member gives way to one of the same alias") {
  MeshView view = sample_mesh();
  view.members.change(0, [](MemberView& member) {
    member.alias = "bob";
    member.state = MemberState::revoked;
  });
  CHECK((*find_member(view, {"bob"}))->address.to_string() == "fd00:1::2");
  view.members.change(0, [](MemberView& member) { member.alias = "alice"; });
  CHECK((*find_member(view, {"alice"}))->address.to_string() == "fd00:1::1");
}

TEST_CASE("a guest by name or address") {
  MeshView view = sample_mesh();
  const auto guest = [&](std::string_view text) {
    const auto found = find_guest(view, text);
    return found ? (*found)->address.to_string() : std::string(name(found.error().code));
  };
  CHECK(guest("phone") == "fd00:1::7");
  CHECK(guest("fd00:0001:0::8") == "fd00:1::8");
  CHECK(guest("pho") == "not_found");
  CHECK(guest("") == "not_found");
  view.guests[1].name = "phone";
  CHECK(guest("phone") == "conflict");
  CHECK(guest("fd00:1::8") == "fd00:1::8");
}

TEST_CASE("mesh ids as text") {
  const MeshId id = sample_mesh_id(0xa5);
  CHECK(to_text(id).size() == 32);
  CHECK(*parse_mesh_id(to_text(id)) == id);
  for (const std::string_view text : {"", "a", "0189", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    CHECK(!parse_mesh_id(text));
}
