#include "gossip/accusations.h"

#include <algorithm>

#include "wire/session.pb.h"

namespace smeg::gossip {
namespace {

constexpr std::string_view kDomain = "smegmesh accusation 1";

AccusationId id_of(ByteView payload) {
  return crypto::hash<sizeof(AccusationId)>("smegmesh accusation id 1", {payload});
}

}  // namespace

Bytes signed_text(const MeshId& mesh, ByteView payload) {
  Bytes out(mesh.bytes.begin(), mesh.bytes.end());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

Result<Accusation> Accusation::parse(ByteView payload, ByteView signature) {
  const auto malformed = [] { return fail(Code::malformed, "not an accusation"); };
  wire::Accusation in;
  if (payload.size() > limits::kAccusationBytes ||
      !in.ParseFromArray(payload.data(), static_cast<int>(payload.size())) || in.boot_id().size() != sizeof(BootId))
    return malformed();
  const auto accuser = crypto::IdentityKey::from(as_bytes(in.accuser()));
  const auto accused = crypto::IdentityKey::from(as_bytes(in.accused()));
  if (!accuser || !accused || *accuser == *accused) return malformed();
  Accusation out{*accuser, *accused, {}, id_of(payload), {Statement::Kind::accusation, {}, {}}};
  out.said.payload = to_bytes(payload);
  out.said.signature = to_bytes(signature);
  std::ranges::copy(as_bytes(in.boot_id()), out.accused_boot.begin());
  return out;
}

Accusation Accusation::make(const MeshId& mesh, const crypto::IdentityPrivateKey& key, const BootId& boot,
                            const crypto::IdentityKey& accused, const BootId& accused_boot, std::uint64_t number) {
  Accusation out{crypto::signing_public_key(key), accused, accused_boot, {}, {Statement::Kind::accusation, {}, {}}};
  wire::Accusation content;
  content.set_accuser(to_string(out.accuser.view()));
  content.set_accuser_boot(to_string(boot));
  content.set_accused(to_string(accused.view()));
  content.set_boot_id(to_string(accused_boot));
  content.set_number(number);
  out.said.payload = to_bytes(as_bytes(content.SerializeAsString()));
  out.id = id_of(out.said.payload);
  out.said.signature = to_bytes(crypto::sign(key, kDomain, signed_text(mesh, out.said.payload)));
  return out;
}

bool Accusation::is_authentic(const MeshId& mesh) const {
  return crypto::verify(accuser, kDomain, signed_text(mesh, said.payload), said.signature);
}

bool Accusations::is_news(const Accusation& accusation, Duration patience, Instant now) const {
  if (const auto answers = answered_.find(accusation.accused); answers != answered_.end()) {
    if (find_answer(accusation.accused, accusation.id)) return false;
    const auto at = answers->second.accusers.find(accusation.accuser);
    if (at != answers->second.accusers.end() && now < at->second + patience) return false;
  }
  const auto& others = against(accusation.accused);
  return others.size() < kAccusersKept &&
         std::ranges::find(others, accusation.accuser, &Accusation::accuser) == others.end();
}

void Accusations::add(Accusation accusation) { standing_[accusation.accused].push_back(std::move(accusation)); }

bool Accusations::answer(const crypto::IdentityKey& accused, const AccusationId& id,
                         std::shared_ptr<const Statement> proof, Instant now) {
  if (find_answer(accused, id)) return false;
  Answers& answers = answered_[accused];
  answers.given.push_back({id, std::move(proof), now});
  if (answers.given.size() > kAnswersKept) answers.given.pop_front();
  const auto found = standing_.find(accused);
  if (found == standing_.end()) return true;
  const auto stood = std::ranges::find(found->second, id, &Accusation::id);
  if (stood == found->second.end()) return true;
  answers.accusers[stood->accuser] = now;
  found->second.erase(stood);
  if (found->second.empty()) standing_.erase(found);
  return true;
}

std::shared_ptr<const Statement> Accusations::proof(const Accusation& accusation, Duration after, Instant now) const {
  const Answer* answer = find_answer(accusation.accused, accusation.id);
  return answer && now >= answer->heard + after ? answer->proof : nullptr;
}

const Accusations::Answer* Accusations::find_answer(const crypto::IdentityKey& accused, const AccusationId& id) const {
  const auto found = answered_.find(accused);
  if (found == answered_.end()) return nullptr;
  const auto& given = found->second.given;
  const auto answer = std::ranges::find(given, id, &Answer::id);
  return answer == given.end() ? nullptr : &*answer;
}

std::optional<Instant> Accusations::answered_at(const crypto::IdentityKey& accused,
                                                const crypto::IdentityKey& accuser) const {
  const auto answers = answered_.find(accused);
  if (answers == answered_.end()) return std::nullopt;
  const auto at = answers->second.accusers.find(accuser);
  return at == answers->second.accusers.end() ? std::nullopt : std::optional(at->second);
}

void Accusations::forget(const crypto::IdentityKey& accused) {
  answered_.erase(accused);
  standing_.erase(accused);
}

void Accusations::forget_accuser(const crypto::IdentityKey& accuser) {
  for (auto& [accused, answers] : answered_) answers.accusers.erase(accuser);
  for (auto& [accused, standing] : standing_)
    std::erase_if(standing, [&](const Accusation& accusation) { return accusation.accuser == accuser; });
  std::erase_if(standing_, [](const auto& entry) { return entry.second.empty(); });
}

const std::vector<Accusation>& Accusations::against(const crypto::IdentityKey& accused) const {
  static const std::vector<Accusation> none;
  const auto found = standing_.find(accused);
  return found == standing_.end() ? none : found->second;
}

}  // namespace smeg::gossip
