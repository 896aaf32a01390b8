#include "trust/invite.h"

#include <algorithm>

#include "trust/domains.h"
#include "trust/proto.h"

namespace smeg::trust {
namespace {

constexpr std::string_view kFamily = "smeg";
constexpr char kVersion = '1';
constexpr std::size_t kChecksumBytes = 4;
constexpr std::uint64_t kEndOfTime = 253'402'300'800;  // the year 10000, in unix seconds

ByteArray<kChecksumBytes> checksum(ByteView body) {
  const auto digest = crypto::hash<16>(domains::kTokenChecksum, {body});
  ByteArray<kChecksumBytes> out;
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool begins_with_family(std::string_view text) {
  return text.size() > kFamily.size() &&
         std::equal(kFamily.begin(), kFamily.end(), text.begin(), [](char a, char b) { return a == (b | 0x20); });
}

tl::unexpected<Error> damaged() {
  return fail(Code::unauthenticated, "the token is damaged: a part of it is missing or was mistyped",
              "copy it again, as a whole");
}

tl::unexpected<Error> impossible() {
  return fail(Code::invalid, "the token is intact, but what it says is impossible", "ask for a new one");
}

// The bytes behind the version, with the checksum checked and cut off.
Result<Bytes> open(std::string_view token) {
  const std::string_view text = trim(token);
  if (text.size() > limits::kTokenBytes) return fail(Code::too_large, "the token is too long to be one");
  if (!begins_with_family(text) || text[kFamily.size()] < '1' || text[kFamily.size()] > '9')
    return fail(Code::malformed, "not a token", "a token begins with smeg1, as `smegctl invite create` prints it");
  if (text[kFamily.size()] != kVersion)
    return fail(Code::unsupported, "the token is of a later version", "upgrade this host");
  auto bytes = crypto::from_base32(text.substr(kFamily.size() + 1));
  if (!bytes || bytes->size() < kChecksumBytes) return damaged();
  const ByteView body = ByteView(*bytes).first(bytes->size() - kChecksumBytes);
  if (!std::ranges::equal(checksum(body), ByteView(*bytes).last(kChecksumBytes))) return damaged();
  bytes->resize(body.size());
  return bytes;
}

}  // namespace

std::string Invite::to_token() const {
  wire::Invite out;
  proto::set_bytes(*out.mutable_mesh_id(), mesh.bytes);
  proto::set_bytes(*out.mutable_issuer(), issuer.bytes);
  for (const addr::HostPort& contact : contacts) out.add_contacts(contact.to_string());
  proto::set_bytes(*out.mutable_seed(), seed.expose());
  if (expires) out.set_expires(proto::to_seconds(*expires));
  out.set_uses(uses);
  Bytes body = proto::serialize(out);
  proto::wipe(*out.mutable_seed());
  const auto sum = checksum(body);
  body.insert(body.end(), sum.begin(), sum.end());
  std::string token = std::string(kFamily) + kVersion + crypto::to_base32(body);
  crypto::wipe(body);
  return token;
}

Result<Invite> Invite::parse(std::string_view token) {
  auto body = open(token);
  if (!body) return fail(body.error());
  auto in = proto::parse<wire::Invite>(*body);
  crypto::wipe(*body);
  if (!in) return impossible();
  Invite out;
  const auto secret = crypto::Secret<32>::from(as_bytes(in->seed()));
  proto::wipe(*in->mutable_seed());
  if (!secret || !proto::get_bytes(in->mesh_id(), out.mesh.bytes) || !proto::get_bytes(in->issuer(), out.issuer.bytes))
    return impossible();
  out.seed = crypto::InvitePrivateKey(*secret);
  out.uses = in->uses();
  if (out.uses == 0 || out.uses > limits::kInviteUses || in->expires() >= kEndOfTime) return impossible();
  if (in->expires() != 0) out.expires = proto::from_seconds(in->expires());
  if (static_cast<std::size_t>(in->contacts_size()) > limits::kEndpointsPerRecord) return impossible();
  for (const std::string& text : in->contacts()) {
    // A form of contact that only a later version knows is of no use here.
    const auto contact = addr::HostPort::parse(text);
    if (contact && contact->port) out.contacts.push_back(*contact);
  }
  return out;
}

}  // namespace smeg::trust
