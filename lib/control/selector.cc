#include "control/selector.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace smeg::control {
namespace {

constexpr std::size_t kChoicesShown = 8;

std::string quoted(std::string_view text) { return "'" + std::string(text.substr(0, 64)) + "'"; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// One of several things to choose from: what it is by (a key, an address), the names that somebody gave it, and how it
// is shown.
struct Candidate {
  std::vector<std::string> identities;
  std::vector<std::string> names;
  std::string shown;
};
using Texts = std::vector<std::string> Candidate::*;

std::string listed(std::span<const Candidate> candidates, std::span<const std::size_t> indices) {
  std::string out;
  for (const std::size_t index : indices.first(std::min(indices.size(), kChoicesShown)))
    out += (out.empty() ? "" : ", ") + candidates[index].shown;
  if (indices.size() > kChoicesShown) out += " and " + std::to_string(indices.size() - kChoicesShown) + " more";
  return out;
}

std::vector<std::size_t> matching(std::span<const Candidate> candidates, std::initializer_list<Texts> where,
                                  const std::function<bool(const std::string&)>& fits) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (std::ranges::any_of(where, [&](Texts texts) { return std::ranges::any_of(candidates[i].*texts, fits); }))
      out.push_back(i);
  return out;
}

std::vector<std::size_t> all_of(std::span<const Candidate> candidates) {
  std::vector<std::size_t> out(candidates.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  return out;
}

// what: "mesh" or "member". Nobody hides behind a name that is another one's key.
Result<std::size_t> choose(std::span<const Candidate> candidates, const std::string& wanted, const std::string& what) {
  const auto is_it = [&](const std::string& text) { return text == wanted; };
  auto found = matching(candidates, {&Candidate::identities}, is_it);
  if (found.empty()) found = matching(candidates, {&Candidate::names}, is_it);
  if (found.empty())
    found = matching(candidates, {&Candidate::identities, &Candidate::names},
                     [&](const std::string& text) { return text.starts_with(wanted); });
  if (found.size() == 1) return found.front();
  if (!found.empty())
    return fail(Code::conflict, quoted(wanted) + " fits more than one " + what,
                "write more of it; it fits " + listed(candidates, found));
  return fail(Code::not_found, "there is no " + what + " " + quoted(wanted),
              "there is " + listed(candidates, all_of(candidates)));
}

Candidate candidate(const MeshChoice& mesh) {
  const std::string id = to_text(mesh.id);
  if (mesh.name.empty()) return {{id}, {}, id};
  return {{id}, {mesh.name}, mesh.name + " (" + id.substr(0, 8) + "...)"};
}

Candidate candidate(const MemberChoice& member) {
  const std::string key = to_text(member.key);
  const std::string address = member.address.to_string();
  if (member.alias.empty()) return {{key, address}, {}, address};
  return {{key, address}, {member.alias}, member.alias};
}

}  // namespace

Result<std::size_t> choose_mesh(std::span<const MeshChoice> choices, const MeshSelector& selector) {
  if (choices.empty())
    return fail(Code::not_found, "this host is in no mesh",
                "make one with `smegctl mesh create`, or join one with `smegctl mesh join TOKEN`");
  std::vector<Candidate> candidates;
  for (const MeshChoice& choice : choices) candidates.push_back(candidate(choice));
  if (!selector.text.empty()) return choose(candidates, lower(selector.text), "mesh");
  if (choices.size() == 1) return 0;
  return fail(Code::conflict, "this host is in " + std::to_string(choices.size()) + " meshes",
              "say which with -m: " + listed(candidates, all_of(candidates)));
}

Result<std::size_t> choose_member(std::span<const MemberChoice> choices, const MemberSelector& selector) {
  if (selector.text.empty())
    return fail(Code::malformed, "no member was named", "name one by its alias, address or identity key");
  if (choices.empty()) return fail(Code::not_found, "the mesh has no members");
  std::vector<Candidate> candidates;
  for (const MemberChoice& choice : choices) candidates.push_back(candidate(choice));
  // An address has many forms; it is found by its value.
  const auto address = addr::IpAddress::parse(selector.text);
  return choose(candidates, address ? address->to_string() : lower(selector.text), "member");
}

std::string fingerprint(const crypto::IdentityKey& key) {
  constexpr std::size_t kGroup = 4;
  constexpr std::size_t kBytes = 15;  // six groups
  const auto hash = crypto::hash<16>("smegmesh key fingerprint 1", {key.bytes});
  const std::string text = crypto::to_base32(ByteView(hash).first(kBytes));
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += kGroup) out += (out.empty() ? "" : "-") + text.substr(at, kGroup);
  return out;
}

Result<std::size_t> choose_request(std::span<const crypto::IdentityKey> choices, const std::string& text) {
  if (choices.empty()) return fail(Code::not_found, "nobody asks to be let in", "`smegctl member requests` shows who");
  std::vector<Candidate> candidates;
  for (const crypto::IdentityKey& key : choices) {
    const std::string shown = fingerprint(key);
    std::string plain = shown;
    std::erase(plain, '-');
    candidates.push_back({{shown, plain, to_text(key)}, {}, shown});
  }
  return choose(candidates, lower(text), "request");
}

std::string to_text(const MeshId& id) { return crypto::to_base32(id.bytes); }

Result<MeshId> parse_mesh_id(std::string_view text) {
  MeshId id;
  const auto bytes = crypto::from_base32(text);
  if (!bytes || bytes->size() != id.bytes.size())
    return fail(Code::malformed, quoted(text) + " is not a mesh id",
                "a mesh id is 32 of the letters a-z and digits 2-7");
  std::ranges::copy(*bytes, id.bytes.begin());
  return id;
}

Result<crypto::WgPublicKey> parse_wg_key(std::string_view text) {
  const auto bytes = crypto::from_base64(text);
  if (!bytes || bytes->size() != 32)
    return fail(Code::malformed, "is not a WireGuard key", "it is 32 bytes in base64, as `wg` prints them");
  return crypto::WgPublicKey::from(*bytes);
}

}  // namespace smeg::control
