// Hosts that ask to be let in without an invite, and what is decided about them.
#include "node/membership.h"
#include "wire/session.pb.h"

namespace smeg::node {

namespace {

Role wanted_role(const wire::AdmissionRequest& request) {
  return request.role() == wire::ROLE_CLIENT ? Role::client : Role::peer;
}

}  // namespace

Result<trust::Certificate> Membership::admit_asking(const crypto::IdentityKey& joiner, Role role) {
  const trust::Mandate* mandate = mesh_.ledger().mandate_of(self_);
  if (!parts_.issuer || !mandate)
    return fail(Code::forbidden, "this host may not admit members",
                "ask one that may: `smegctl mesh show` there says so");
  return parts_.issuer->admit_asking(joiner, role, mesh_.ledger(),
                                     mesh_.surroundings(joiner, mandate->delegation.number));
}

// Who may have asked before and been let in meanwhile, be it before a restart of ours, gets what it was given then.
Result<void> Membership::serve_ask(SessionId session, const JoinSession& join, const wire::AdmissionRequest& request,
                                   Instant now) {
  const auto joiner = trust::certificate_identity(join.certificate);
  if (!joiner) return fail(joiner.error());
  const trust::Mandate* mandate = mesh_.ledger().mandate_of(self_);
  if (!parts_.issuer || !mandate)
    return fail(Code::forbidden, "the host that was asked may not admit members itself",
                "ask one that may: --via HOST[:PORT]");
  if (mesh_.ledger().banned(*joiner)) return fail(Code::forbidden, "this host is banned from the mesh");
  const auto around = mesh_.surroundings(*joiner, mandate->delegation.number);
  if (const auto admitted = parts_.issuer->admitted_asking(*joiner, mesh_.ledger(), around)) {
    welcome(session, *admitted);
    return {};
  }
  if (request.note().size() > limits::kJoinNoteBytes || !is_plain_text(request.note()))
    return fail(Code::invalid, "a request with a note that is too long, or no text");
  const auto noted =
      requests_.ask({*joiner, join.remote.address, wanted_role(request), request.note(), host_.wall(now), now});
  if (!noted) return noted;
  host_.view_changed = true;
  wire::Envelope reply;
  reply.mutable_join_reply()->mutable_pending();
  send(session, reply);
  // It comes again: nobody is to hold a session for as long as that takes.
  host_.outbox.push(Close{session, "it has to wait"});
  joiners_.erase(session);
  return {};
}

Result<AskingHost> Membership::find_request(const std::string& text) const {
  std::vector<crypto::IdentityKey> keys;
  for (const AskingHost& each : requests_.waiting()) keys.push_back(each.identity);
  const auto chosen = control::choose_request(keys, text);
  if (!chosen) return fail(chosen.error());
  return requests_.waiting()[*chosen];
}

// It gets its certificate when it asks again.
Result<void> Membership::admit_request(const control::MemberAdmit& wanted) {
  const auto asking = find_request(wanted.request);
  if (!asking) return fail(asking.error());
  const auto certificate = admit_asking(asking->identity, wanted.role.value_or(asking->role));
  if (!certificate) return fail(certificate.error());
  requests_.forget(asking->identity);
  host_.note(Note::Level::info,
             "admitted " + trust::to_text(asking->identity) + ", which asked from " + asking->from.to_string());
  host_.state_changed = host_.view_changed = true;
  return {};
}

Result<void> Membership::refuse_request(const control::MemberRefuse& wanted, Instant now) {
  const auto asking = find_request(wanted.request);
  if (!asking) return fail(asking.error());
  requests_.refuse(asking->identity, now);
  host_.view_changed = true;
  return {};
}

std::vector<control::RequestView> Membership::request_views() const {
  std::vector<control::RequestView> out;
  for (const AskingHost& each : requests_.waiting())
    out.push_back({each.identity, each.from, each.role, each.note, each.since});
  return out;
}

}  // namespace smeg::node
