#include "trust/issuer.h"

#include <set>

#include "unit/trust/world.h"

namespace smeg::trust {
namespace {

using namespace std::chrono_literals;
using test::check_void;

struct Admitting : test::World {
  Invite invite(InviteTerms terms = {}) {
    const auto made = issuer.create_invite(ledger, terms, {}, true, now, secrets);
    if (!made) MESSAGE(made.error().message);
    REQUIRE(made);
    return *made;
  }
  Result<Admitted> redeem(const JoinRequest& request, std::uint8_t host, const Surroundings& around = {},
                          const RootAuthority* root = nullptr) {
    return issuer.redeem(request, identity(host), exporter, ledger, around, root, now);
  }
  Result<Admitted> join(const Invite& token, std::uint8_t host, const Surroundings& around = {}) {
    return redeem(make_join_request(token, identity(host), exporter), host, around, &authority);
  }
  Certificate joined(const Invite& token, std::uint8_t host, const Surroundings& around = {}) {
    const auto admitted = join(token, host, around);
    if (!admitted) MESSAGE(admitted.error().message);
    REQUIRE(admitted);
    REQUIRE(ledger.check(admitted->certificate));
    return admitted->certificate;
  }
  // Refused with these words, and nothing has changed.
  void refused(const JoinRequest& request, std::uint8_t host, Code code, std::string_view message,
               const Surroundings& around = {}, const RootAuthority* root = nullptr) {
    const Bytes before = issuer.encode();
    const Bytes ledger_before = ledger.encode();
    const Error error = test::error_of(redeem(request, host, around, root));
    CHECK(error.code == code);
    CHECK(error.message == message);
    CHECK(issuer.encode() == before);
    CHECK(ledger.encode() == ledger_before);
  }
  void refused(const Invite& token, std::uint8_t host, Code code, std::string_view message) {
    refused(make_join_request(token, identity(host), exporter), host, code, message, {}, &authority);
  }

  TlsExporter exporter{9, 9, 9};
};

}  // namespace

TEST_CASE("a joiner gets a certificate that counts") {
  Admitting world;
  const Invite token = world.invite({Role::client, false, {}, {*addr::Prefix::parse("10.0.0.0/8")}, 2, {}});
  const Certificate first = world.joined(token, 2);
  CHECK(first.identity() == world.identity(2));
  CHECK(first.issuer() == world.identity(1));
  CHECK(first.number() == CertificateNumber{2});  // the founder has the first
  CHECK(first.incarnation() == Incarnation{1});
  CHECK(first.rights().role == Role::client);
  CHECK(first.rights().prefixes == std::vector{*addr::Prefix::parse("10.0.0.0/8")});
  CHECK(first.rights().invite == token.id());
  CHECK(first.rights().use == 1);
  const Certificate second = world.joined(token, 3);
  CHECK(second.number() == CertificateNumber{3});
  CHECK(second.rights().use == 2);
  CHECK(second.address() != first.address());
}

TEST_CASE("a token that is not this issuer's") {
  Admitting world;
  test::World elsewhere(2);
  const Invite foreign = *elsewhere.issuer.create_invite(elsewhere.ledger, {}, {}, true, world.now, world.secrets);
  world.refused(foreign, 2, Code::conflict, "the token is for another mesh");

  Invite another = world.invite();
  another.issuer = world.identity(5);
  world.refused(another, 2, Code::conflict, "the token was made by another member, and only that one takes it");

  // Altered, with a checksum that fits again: a seed that was never given out.
  Invite altered = world.invite();
  altered.seed = crypto::InvitePrivateKey(test::host_seed(77));
  world.refused(altered, 2, Code::not_found, "this host knows no such token");
}

TEST_CASE("a peer that proves nothing") {
  Admitting world;
  const Invite token = world.invite();
  const JoinRequest good = make_join_request(token, world.identity(2), world.exporter);
  constexpr std::string_view kNoProof = "the joiner has not proved that it holds the token";
  JoinRequest request = good;
  request.proof = {};
  world.refused(request, 2, Code::unauthenticated, kNoProof);
  // The proof of somebody else, and the proof of another session.
  world.refused(good, 3, Code::unauthenticated, kNoProof);
  world.refused(make_join_request(token, world.identity(2), TlsExporter{1}), 2, Code::unauthenticated, kNoProof);
  CHECK(world.redeem(good, 2));
}

TEST_CASE("a token that is used up, expired or revoked") {
  Admitting world;
  const Invite once = world.invite();
  world.joined(once, 2);
  world.refused(once, 3, Code::used_up, "the token is used up");

  const Invite brief = world.invite({Role::peer, false, {}, {}, 5, 60s});
  world.now += 59s;
  world.joined(brief, 3);
  world.now += 1s;
  world.refused(brief, 4, Code::expired, "the token has expired");

  const Invite revoked = world.invite({Role::peer, false, {}, {}, 5, {}});
  world.joined(revoked, 4);
  REQUIRE(world.issuer.revoke_invite(revoked.id()));
  world.refused(revoked, 6, Code::revoked, "the token was revoked");
  // Not even for whom it was redeemed before.
  world.refused(revoked, 4, Code::revoked, "the token was revoked");
}

TEST_CASE("asking again with the same token gives the same certificate, however late") {
  Admitting world;
  const Invite token = world.invite({Role::peer, false, {}, {}, 1, 60s});
  const Certificate first = world.joined(token, 2);
  const Bytes state = world.issuer.encode();
  world.now += 1h;
  const auto again = world.join(token, 2);
  REQUIRE(again);
  CHECK(again->repeated);
  CHECK(again->certificate == first);
  CHECK(world.issuer.encode() == state);
}

TEST_CASE("who was removed does not get the old certificate back") {
  Admitting world;
  const Invite once = world.invite();
  const Invite twice = world.invite({Role::peer, false, {}, {}, 2, {}});
  const Certificate by_once = world.joined(once, 2);
  const Certificate by_twice = world.joined(twice, 3);
  world.take(*world.issuer.revoke(by_once, false, world.ledger));
  world.take(make_leave(by_twice, world.key(3)));
  world.refused(once, 2, Code::used_up, "the token is used up");
  const Certificate back = world.joined(twice, 3);
  CHECK(back.incarnation() == Incarnation{2});
  CHECK(back.address() == by_twice.address());
  world.refused(twice, 4, Code::used_up, "the token is used up");
  CHECK(world.joined(world.invite(), 2).incarnation() == Incarnation{2});
}

TEST_CASE("a banned joiner stays out") {
  Admitting world;
  const Invite token = world.invite({Role::peer, false, {}, {}, 9, {}});
  const Certificate member = world.joined(token, 2);
  world.take(*world.issuer.revoke(member, true, world.ledger));
  world.refused(token, 2, Code::forbidden, "the joiner is banned by this host");
  world.take(*world.authority.revoke(world.ledger, world.identity(3), {}, true));
  world.refused(token, 3, Code::forbidden, "the joiner is banned from the mesh");
}

TEST_CASE("a new incarnation goes above all that are known") {
  Admitting world;
  Surroundings around;
  around.incarnation = {7};
  CHECK(world.joined(world.invite(), 2, around).incarnation() == Incarnation{8});
  // This host has issued 8, even if nobody else knows of it.
  CHECK(world.joined(world.invite(), 2).incarnation() == Incarnation{9});
  around.incarnation = {kEveryIncarnation.value - 1};
  const Invite token = world.invite();
  world.refused(make_join_request(token, world.identity(3), world.exporter), 3, Code::forbidden,
                "the joiner was admitted as often as it can be", around);
}

TEST_CASE("a certificate that was given before does not do where a newer one is known") {
  Admitting world;
  const Invite token = world.invite({Role::peer, false, {}, {}, 2, {}});
  const Certificate first = world.joined(token, 2);
  Surroundings around;
  around.incarnation = {1};
  CHECK(world.joined(token, 2, around) == first);
  around.incarnation = {2};
  CHECK(world.joined(token, 2, around).incarnation() == Incarnation{3});
}

TEST_CASE("the address avoids those of others") {
  Admitting world;
  Surroundings around;
  std::set<addr::IpAddress> taken;
  around.address_taken = [&](const addr::IpAddress& address) { return taken.contains(address); };
  for (unsigned count = 0; count < addr::kAddressCounts; ++count) {
    const Certificate certificate = world.joined(world.invite(), 2, around);
    CHECK(certificate.rights().address_count == count);
    taken.insert(certificate.address());
  }
  const Invite token = world.invite();
  world.refused(make_join_request(token, world.identity(2), world.exporter), 2, Code::conflict,
                "all addresses that the joiner may have are taken by others", around);
}

TEST_CASE("aliases are granted as the invite says") {
  Admitting world;
  const auto alias_with = [&](std::vector<std::string> grants, std::string wanted) {
    const Invite token = world.invite({Role::peer, false, std::move(grants), {}, 1, {}});
    const auto admitted =
        world.redeem(make_join_request(token, world.identity(2), world.exporter, std::move(wanted)), 2);
    REQUIRE(admitted);
    return admitted->certificate.rights().alias;
  };
  CHECK(alias_with({}, "") == "");
  CHECK(alias_with({}, "alpha") == "");  // left to be claimed
  CHECK(alias_with({"alpha"}, "") == "alpha");
  CHECK(alias_with({"alpha"}, "alpha") == "alpha");
  CHECK(alias_with({"alpha"}, "beta") == "");
  CHECK(alias_with({"alpha", "beta"}, "beta") == "beta");
  CHECK(alias_with({"alpha", "beta"}, "") == "");
  CHECK(alias_with({"*"}, "gamma") == "gamma");
  CHECK(alias_with({"*"}, "") == "");

  Surroundings around;
  around.alias_granted = [](std::string_view alias) { return alias == "alpha"; };
  const Invite token = world.invite({Role::peer, false, {"*"}, {}, 1, {}});
  world.refused(make_join_request(token, world.identity(2), world.exporter, "alpha"), 2, Code::conflict,
                "the alias alpha is granted to another member", around);
}

TEST_CASE("a joiner may be less than invited for, and no more") {
  Admitting world;
  const auto role_with = [&](Role invited, Role wanted) {
    const Invite token = world.invite({invited, false, {}, {}, 1, {}});
    return world.redeem(make_join_request(token, world.identity(2), world.exporter, {}, wanted), 2);
  };
  CHECK(role_with(Role::peer, Role::client)->certificate.rights().role == Role::client);
  CHECK(role_with(Role::peer, Role::peer)->certificate.rights().role == Role::peer);
  const Invite client = world.invite({Role::client, false, {}, {}, 1, {}});
  world.refused(make_join_request(client, world.identity(2), world.exporter, {}, Role::peer), 2, Code::forbidden,
                "the invite is for the role client, not peer");
}

TEST_CASE("an administrator becomes a delegate, where the root is at hand") {
  Admitting world;
  const Invite token = world.invite({Role::peer, true, {}, {}, 1, {}});
  world.refused(make_join_request(token, world.identity(2), world.exporter), 2, Code::unavailable,
                "the token makes an administrator, which needs the root's key, and this host has it no more");
  const auto admitted = world.join(token, 2);
  REQUIRE(admitted);
  REQUIRE(admitted->delegation);
  // Until the delegation is in the ledger, asking again gives it once more.
  const auto again = world.join(token, 2);
  REQUIRE(again);
  CHECK(again->repeated);
  REQUIRE(again->delegation);
  CHECK(again->delegation->id() == admitted->delegation->id());
  world.take(*admitted->delegation);
  CHECK_FALSE(world.join(token, 2)->delegation);

  // It admits others, and the whole mesh takes it.
  Issuer second(world.mesh(), world.key(2));
  const Invite invite = *second.create_invite(world.ledger, {}, {}, false, world.now, world.secrets);
  const auto third = second.redeem(make_join_request(invite, world.identity(3), world.exporter), world.identity(3),
                                   world.exporter, world.ledger, {}, nullptr, world.now);
  REQUIRE(third);
  CHECK(third->certificate.seniority() == Seniority{{2}, {1}});
  CHECK(world.ledger.check(third->certificate));
}

TEST_CASE("an administrator's token needs the newest root") {
  Admitting world;
  const Invite token = world.invite({Role::peer, true, {}, {}, 1, {}});
  const RootAuthority old = world.authority;
  world.take_all(*world.authority.rotate(world.ledger, world.secrets));
  world.refused(make_join_request(token, world.identity(2), world.exporter), 2, Code::expired,
                "this copy of the root's key is out of date: the root was changed since", {}, &old);
}

TEST_CASE("who may not admit, or no more, does not") {
  Admitting world;
  Issuer nobody(world.mesh(), world.key(5));
  CHECK(test::error_of(nobody.create_invite(world.ledger, {}, {}, false, world.now, world.secrets)).message ==
        "this host may not admit members");
  CHECK(test::error_of(nobody.issue_own(world.ledger, {})).code == Code::forbidden);

  const Invite token = world.invite();
  const Certificate member = world.joined(world.invite(), 6);
  world.take_all(*world.authority.revoke_delegation(world.ledger, {1}, {9}));
  world.refused(token, 2, Code::forbidden, "this host's right to admit members was revoked");
  const Error error = test::error_of(world.issuer.revoke(member, false, world.ledger));
  CHECK(error.code == Code::forbidden);
  CHECK(error.message == "this host's right to admit members was revoked");
}

TEST_CASE("a delegate stops at the number of members that it may admit") {
  Admitting world;
  world.delegate(5, Powers::all(), 2);
  Issuer modest(world.mesh(), world.key(5));
  const Invite token =
      *modest.create_invite(world.ledger, {Role::peer, false, {}, {}, 9, {}}, {}, false, world.now, world.secrets);
  const auto join = [&](std::uint8_t host) {
    return modest.redeem(make_join_request(token, world.identity(host), world.exporter), world.identity(host),
                         world.exporter, world.ledger, {}, nullptr, world.now);
  };
  CHECK(join(6));
  CHECK(join(7));
  const Bytes before = modest.encode();
  const Error error = test::error_of(join(8));
  CHECK(error.code == Code::forbidden);
  CHECK(error.message == "this host has admitted as many members as it may");
  CHECK(modest.encode() == before);
}

TEST_CASE("numbers go on after a restart, and above what others have seen") {
  Admitting world;
  const Certificate first = world.joined(world.invite(), 2);
  world.issuer = *Issuer::decode(world.issuer.encode(), world.mesh(), world.key(1));
  CHECK(world.joined(world.invite(), 3).number().value == first.number().value + 1);
  Surroundings around;
  around.highest_number = {40};
  CHECK(world.joined(world.invite(), 4, around).number() == CertificateNumber{41});
  CHECK(world.joined(world.invite(), 5).number() == CertificateNumber{42});
}

TEST_CASE("numbers are counted for each delegation") {
  Admitting world;
  world.joined(world.invite(), 2);
  const DelegationNumber second = world.delegate(1);
  CHECK(world.joined(world.invite(), 3).seniority() == Seniority{second, {1}});
  world.take_all(*world.authority.revoke_delegation(world.ledger, second, {1}));
  CHECK(world.joined(world.invite(), 4).seniority() == Seniority{{1}, {3}});
}

TEST_CASE("an issuer takes back its own members only") {
  Admitting world;
  const DelegationNumber second = world.delegate(5);
  Rights rights = world.rights();
  rights.delegation = second;
  const Certificate foreign = world.certify(5, 2, 1, rights);
  const Error error = test::error_of(world.issuer.revoke(foreign, false, world.ledger));
  CHECK(error.code == Code::forbidden);
  CHECK(error.message == "this member was admitted by somebody else");

  const Certificate own = world.joined(world.invite(), 2);
  world.take(*world.issuer.revoke(own, false, world.ledger));
  check_void(world.ledger, own, Code::revoked, "this member has left the mesh or was removed from it");
  CHECK(world.ledger.check(foreign));
}

TEST_CASE("the issuer does not admit itself by its own token") {
  Admitting world;
  world.refused(world.invite(), 1, Code::exists, "this host is a member already");
}

TEST_CASE("a founder has what a mesh needs") {
  const test::World world;
  CHECK(world.ledger.check(world.founding.certificate));
  CHECK(world.founding.certificate.identity() == world.identity(1));
  CHECK(world.founding.certificate.rights().alias == "founder");
  CHECK(world.founding.certificate.seniority() == Seniority{{1}, {1}});
  CHECK(world.authority.check(world.ledger));
  CHECK(world.ledger.mandate_of(world.identity(1))->delegation.number == DelegationNumber{1});
  test::SeededSecrets secrets(5);
  CHECK(test::error_of(found_mesh(test::host_seed(1), secrets, "Not A Label")).code == Code::invalid);
}

}  // namespace smeg::trust
