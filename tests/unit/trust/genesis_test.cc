#include "trust/genesis.h"

#include "unit/trust/world.h"

namespace smeg::trust {

TEST_CASE("the mesh id follows from all of the genesis") {
  const test::World world;
  const Genesis& genesis = world.authority.genesis();
  Genesis other = genesis;
  other.next_root_hash[31] ^= 1;
  CHECK(other.mesh_id() != genesis.mesh_id());
  other = genesis;
  other.root_key.bytes[0] ^= 1;
  CHECK(other.mesh_id() != genesis.mesh_id());
  CHECK(genesis.mesh_id() == world.mesh());
}

TEST_CASE("a mesh id is 32 characters, in either case, and nothing else") {
  const test::World world;
  std::string text = to_text(world.mesh());
  CHECK(text.size() == 32);
  CHECK(parse_mesh_id(text) == world.mesh());
  for (char& c : text) c = static_cast<char>(std::toupper(c));
  CHECK(parse_mesh_id(text) == world.mesh());
  for (const std::string& bad : {std::string(), text.substr(1), text + "a", text.substr(1) + "1", " " + text})
    CHECK(test::error_of(parse_mesh_id(bad)).code == Code::malformed);
}

TEST_CASE("an identity key is 52 characters") {
  const test::World world;
  const std::string text = to_text(world.identity(1));
  CHECK(text.size() == 52);
  CHECK(parse_identity_key(text) == world.identity(1));
  CHECK_FALSE(parse_identity_key(text.substr(1)));
  CHECK_FALSE(parse_identity_key(to_text(world.mesh())));
}

TEST_CASE("the name for TLS does not show the mesh id") {
  const test::World world;
  const std::string label = sni_label(world.mesh());
  CHECK(label.size() == 32 + 5);
  CHECK(label.ends_with(".smeg"));
  CHECK(label.find(to_text(world.mesh())) == std::string::npos);
  CHECK(label == sni_label(world.mesh()));
  CHECK(label != sni_label(test::World(2).mesh()));
}

}  // namespace smeg::trust
