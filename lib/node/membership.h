// This host in one mesh.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gossip/gossip.h"
#include "mesh/mesh.h"
#include "node/allowance.h"
#include "node/backend.h"
#include "node/broadcast.h"
#include "node/desired.h"
#include "node/host.h"
#include "node/inbox.h"
#include "node/join_requests.h"
#include "node/lanes.h"
#include "node/links.h"
#include "node/member_views.h"
#include "route/route.h"
#include "trust/trust.h"

namespace smeg::wire {
class AdmissionRequest;
class Envelope;
class MeshState;
}  // namespace smeg::wire

namespace smeg::node {

// WireGuard's port of the interface of that number, unless another is wished for or it is in use.
constexpr std::uint16_t first_port_of(unsigned interface_number) {
  return static_cast<std::uint16_t>(51'820 + interface_number);
}

// A guest that this host sponsors.
struct KeptGuest {
  std::string name;  // a label
  crypto::WgPublicKey key;
  crypto::PresharedKey preshared_key;
};

// What a membership consists of besides what others say: kept in File::state.
struct MembershipParts {
  std::string name;  // local; may be empty
  control::MembershipOptions options;
  trust::Ledger ledger;
  trust::Certificate certificate;
  std::optional<trust::Issuer> issuer;       // where we were ever allowed to admit
  std::optional<trust::RootAuthority> root;  // where we hold it
  crypto::WgPrivateKey wg_key;
  std::uint64_t counter_reserved = 0;  // counters below may have been used
  std::string alias;                   // claimed
  std::string description;
  std::optional<unsigned> interface_number;
  std::uint16_t listen_port = 0;                                         // 0: not chosen yet
  std::map<crypto::IdentityKey, std::vector<DialTarget>> contacts = {};  // to dial before the cache is written
  std::vector<KeptGuest> guests = {};                                    // at most limits::kGuestsPerMember
  std::vector<Service> services = {};                                    // that commands set
  std::vector<KeptLane> lanes = {};                                      // at most netstate::kLanesPerMesh
};

// Job: keeps our record published, holds sessions with members, reconciles state with them, admits joiners, and says
// what tunnels are wanted. Caller: Node. Single-threaded. Never fails for what others send: they are refused, in words.
// Does not touch other meshes, files or the kernel: it says what changed through Host.
class Membership {
 public:
  Membership(Host& host, const crypto::Secret<32>& seed, MembershipParts parts, Instant now);

  const MeshId& id() const { return mesh_.id(); }
  const std::string& name() const { return parts_.name; }
  const crypto::IdentityKey& self() const { return self_; }
  addr::IpAddress address() const { return parts_.certificate.address(); }
  Role role() const { return parts_.certificate.rights().role; }
  bool standing_down() const { return !standing_down_.empty(); }

  // ---- Sessions (membership_sessions.cc)
  void on_opened(const SessionOpened& opened, Instant now);
  void on_message(SessionId session, ByteView message, Instant now);
  void on_closed(SessionId session, const std::string& reason, Instant now);
  // Items of a cache or of a welcome, to be taken in as time allows; not from a session.
  void take_in(std::vector<Bytes> items);
  // Whether items of our own files still wait.
  bool loading() const { return inbox_.has_own(); }
  // Where to dial a member of whom nothing else is known.
  void add_contact(const crypto::IdentityKey& member, std::vector<DialTarget> targets, Instant now);

  // ---- Time
  void on_deadline(Instant now);
  Instant next_deadline() const;
  // The end of a call of the node: what the call changed is passed on.
  void settle(Instant now);

  // ---- What the operator wants (membership_commands.cc)
  Result<control::InviteCreated> create_invite(const control::InviteCreate& wanted, Instant now);
  Result<void> revoke_invite(const std::string& id);
  Result<void> revoke_member(const control::MemberRevoke& wanted, Instant now);
  Result<void> admit_request(const control::MemberAdmit& wanted);
  Result<void> refuse_request(const control::MemberRefuse& wanted, Instant now);
  Result<control::KeyRotated> rotate_key(const control::KeyRotate& wanted, Instant now);
  Result<control::AuthorityExported> export_authority(const control::AuthorityExport& wanted);
  Result<void> import_authority(const control::AuthorityImport& wanted, Instant now);
  Result<void> set_alias(const std::string& alias, Instant now);
  Result<void> change_self(const control::SelfChange& wanted, Instant now);
  Result<void> set_service(const Service& service, Instant now);
  Result<void> remove_service(const control::ServiceRemove& wanted, Instant now);
  // Guests (membership_guests.cc)
  Result<control::GuestConfig> add_guest(const control::GuestAdd& wanted, Instant now);
  Result<control::GuestConfig> show_guest(const control::GuestShow& wanted) const;
  Result<void> remove_guest(const std::string& name, Instant now);
  // Tells members that we leave for good.
  void leave(Instant now);
  // Tells members that we go offline.
  void go_offline(Instant now);
  void close_all(const std::string& reason);
  // The same, and nothing more is done until somebody turns it on again: by release(), and another one.
  void go_down(Instant now);
  MembershipParts release() &&;
  // Something of what host.config says is others.
  void configuration_changed(Instant now);
  // Our own addresses are others now.
  void underlay_changed() { republish_ = true; }
  // The calendar was set, by so much.
  void wall_clock_set(Duration by);

  // ---- The operating system
  // The interface that this mesh has or shall have; nothing for a stub.
  bool wants_interface() const;
  const std::optional<netstate::InterfaceName>& interface() const { return interface_; }
  bool had_interface() const { return interface_ || parts_.interface_number; }
  // Chooses among what there is; fails where no name can be had.
  Result<void> choose_interface(const netstate::Observed& observed, const std::set<netstate::InterfaceName>& taken);
  // The listen port of that interface is in use by somebody else. Nothing where the interface isn't ours.
  void refuse_port(const netstate::InterfaceName& interface);
  std::optional<WantedMesh> wanted(const netstate::Observed* observed, Instant now);
  // Lanes (membership_lanes.cc). The names that they had, for nobody else to take.
  void reserve_lane_interfaces(std::set<netstate::InterfaceName>& reserved) const;
  // Gives lanes to those who need one by what `wanted` says, and to nobody else. occupied: by all other interfaces that
  // are wanted; what the lanes take comes to it.
  void choose_lanes(WantedMesh& wanted, const netstate::Observed& observed, Occupied& occupied, Instant now);
  // Whether a handshake of a lane is awaited, which is to be seen soon.
  bool awaits_handshake(Instant now) const;

  // ---- Routes between meshes (membership_routes.cc)
  // Whether this host is to pass packets between this mesh and others that say so.
  bool bridges() const;
  route::OwnMesh own_mesh() const;
  // What others tell here that this host takes, and what they plead for. is_void: somebody on the way is known to be a
  // member no more.
  void add_offers(route::World& world, const std::function<bool(const mesh::Way&)>& is_void) const;
  // Of a client: the peer that it asks to be carried by (membership_clients.cc); none: any.
  void wish_carrier(const std::optional<crypto::IdentityKey>& peer);
  // What a member tells; null for nothing. Valid until the next change.
  const mesh::VerifiedRoute* told_route(const crypto::IdentityKey& member, const addr::Prefix& prefix) const;
  // Adds those that ways told here lead over, but for ways over somebody who is down.
  void add_bridges(std::set<control::BridgeView>& out) const;
  const mesh::VerifiedRoute* own_route(const addr::Prefix& prefix) const { return told_route(self_, prefix); }
  template <class Visit>
  void for_each_own_route(Visit visit) const {
    mesh_.routes().for_each_of(self_, visit);
  }
  Result<mesh::Credential> credential_of(const crypto::IdentityKey& member) const {
    return mesh_.credential_of(member);
  }
  bool admits(const trust::Certificate& certificate) const { return mesh_.admits(certificate).has_value(); }
  const crypto::IdentityPrivateKey& key() const { return key_; }
  // Says it, unless it has been said; false where that can't be now.
  bool announce(const mesh::RouteContent& content);

  // ---- Looking
  control::MeshView view(const netstate::Observed* observed);
  void save(wire::MeshState& out) const;
  Bytes cache() const { return mesh_.cache(); }

 private:
  struct Peer {  // of an open session, before and after it has proved to be a member
    SessionId session;
    bool inbound = false;
    bool greeted = false;
    crypto::IdentityKey identity;            // whose key it holds
    Result<trust::Certificate> certificate;  // that it shows
    addr::Endpoint remote;
    unsigned bad_messages = 0;
    Instant unwanted_since = kNever;  // gossip has had no use for it
  };
  struct JoinSession {
    ByteArray<32> exporter{};
    Bytes certificate;
    addr::Endpoint remote;
    Instant until;
    bool asked = false;
  };
  // A comparison under way. There is one at a time, for what one neighbour has is not to be fetched from all of them.
  struct Sync {
    SessionId session;
    Instant until;            // then the next one begins, whatever is still missing
    Instant end;              // likewise, however much has come of late
    bool listed = false;      // it has been said what is there
    std::size_t lacking = 0;  // items that are still to come
  };
  // What was dropped of what somebody sent; see control::DroppedView.
  using Reason = std::uint64_t control::DroppedView::*;
  struct TunnelId {
    crypto::IdentityKey member;
    netstate::Lane own = netstate::kMainLane;  // over which of our interfaces
    bool theirs = false;                       // to the lane that the member has for us
    friend auto operator<=>(const TunnelId&, const TunnelId&) = default;
  };
  struct TunnelChoice {  // of an endpoint for a member's tunnel
    std::vector<addr::Endpoint> candidates;
    std::size_t index = 0;
    Instant since{};
  };

  // membership.cc
  const config::BaseConfiguration& base() const;
  std::chrono::seconds keepalive() const;
  bool is_stub() const { return host_.config.backend == config::Backend::stub; }
  mesh::RecordContent own_content() const;
  std::vector<mesh::MemberEndpoint> own_endpoints() const;
  std::vector<Service> own_services() const;
  std::vector<Service> with_configured(std::vector<Service> services) const;
  Result<void> check_alias(const std::string& alias) const;
  void reserve_counters();
  bool may_publish(Instant now) const;
  void publish(Instant now);
  void members_changed(Instant now);
  void take_member(const crypto::IdentityKey& identity, Instant now);
  void take_all_members(Instant now);
  gossip::RosterPtr roster_entry(const mesh::Member& member) const;
  void follow_liveness(Instant now);
  void dial_wanted(Instant now);
  std::map<crypto::IdentityKey, std::vector<DialTarget>> dial_targets() const;
  void thin_out(Instant now);
  void make_room(Instant now);
  void part_from(const std::vector<SessionId>& sessions, Instant now);
  void check_twin(Instant now);
  trust::CertificateNumber highest_number(trust::DelegationNumber delegation) const;
  void check_own_certificate();
  std::vector<addr::Endpoint> tunnel_candidates(const mesh::Member& member, std::optional<std::uint16_t> port) const;
  std::optional<netstate::EndpointChoice> choose_endpoint(const mesh::Member& member, const TunnelId& tunnel,
                                                          const netstate::ObservedDevice* device, Instant now);
  std::vector<control::SessionView> session_views() const;
  control::MemberView member_view(const mesh::Member& member) const;
  const netstate::ObservedDevice* device(const netstate::Observed* observed) const;
  std::uint16_t any_port();

  // membership_lanes.cc
  std::vector<mesh::RecordLane> own_lanes() const;
  std::optional<LaneEnd> lane_end(const mesh::Member& member, netstate::Lane own,
                                  const netstate::ObservedDevice* device, Instant now);
  Result<void> place_lane(KeptLane& lane, const netstate::Observed& observed, Occupied& occupied);
  WantedLane wanted_lane(const KeptLane& lane, const netstate::Observed& observed, Instant now);
  std::optional<netstate::InterfaceName> lane_interface(const KeptLane& lane) const;
  void await(const TunnelId& tunnel, bool up, Instant now);
  void drop_lanes(Instant unwanted_before);
  unsigned interface_number(const netstate::InterfaceName& interface) const;
  MemberViews::Tunnel tunnel_view(const control::MemberView& member, const netstate::Observed* observed) const;

  // membership_clients.cc
  static bool may_carry(const mesh::Member& member);
  route::Carriers carriers() const;
  route::Carried carried(const route::Carriers& ring, const crypto::IdentityKey& client) const;
  void carry_clients(WantedMesh& wanted) const;
  void be_carried(WantedMesh& wanted, const route::Carried& by) const;

  // membership_routes.cc
  bool accepts(const addr::Prefix& prefix, const mesh::Way& way) const;

  // membership_guests.cc
  Result<void> check_new_guest(const control::GuestAdd& wanted) const;
  Result<const KeptGuest*> find_guest(const std::string& name) const;
  Result<addr::HostPort> guest_endpoint(const std::optional<addr::HostPort>& wanted) const;
  control::GuestConfig guest_config(const KeptGuest& guest, addr::HostPort endpoint) const;
  std::vector<WantedGuest> wanted_guests() const;
  std::vector<control::GuestView> guest_views(const netstate::ObservedDevice* device) const;

  // membership_sessions.cc
  Result<trust::Certificate> certificate_of(const SessionOpened& opened,
                                            const std::optional<crypto::IdentityKey>& expected) const;
  Bytes hello(const Peer& peer) const;
  void on_refusal(const Peer& peer, const wire::Envelope& envelope, Instant now);
  void on_hello(Peer& peer, const wire::Envelope& envelope, Instant now);
  Result<crypto::IdentityKey> admit_session(const Peer& peer, const wire::Envelope& envelope, Instant now);
  void on_member_message(Peer& peer, const crypto::IdentityKey& from, const wire::Envelope& envelope, Instant now);
  void on_join_message(SessionId session, ByteView message, Instant now);
  void welcome(SessionId session, const trust::Certificate& certificate);
  Result<void> serve_join(SessionId session, const JoinSession& join, const wire::Envelope& envelope, Instant now);
  void ask_for_own(SessionId session);
  void show_removals(const Peer& peer);
  void count_bad(Peer& peer, unsigned bad = 1);
  // from: whoever has proved to hold that key; nobody's: who has proved nothing.
  void count_dropped(const std::optional<crypto::IdentityKey>& from, Reason reason, std::uint64_t count = 1);
  // The peer's whose session it is, where it has been let in.
  std::optional<crypto::IdentityKey> sender(SessionId session) const;
  std::vector<control::DroppedView> dropped_views();
  void refuse(SessionId session, const Error& error, Instant now);
  void drop_session(SessionId session, const std::string& reason, Instant now);
  // The same, and counted.
  void reject(SessionId session, const std::string& reason, Instant now);
  void recheck_sessions(Instant now);

  // membership_requests.cc
  Result<void> serve_ask(SessionId session, const JoinSession& join, const wire::AdmissionRequest& request,
                         Instant now);
  Result<trust::Certificate> admit_asking(const crypto::IdentityKey& joiner, Role role);
  Result<AskingHost> find_request(const std::string& text) const;
  std::vector<control::RequestView> request_views() const;

  // membership_sync.cc
  void want_sync(SessionId session, Instant now);
  void next_sync(Instant now);
  void end_sync(SessionId session, Instant now);
  void start_sync(SessionId session);
  void on_sync_digest(SessionId session, const wire::Envelope& envelope, Instant now);
  void on_sync_list(SessionId session, const wire::Envelope& envelope, Instant now);
  void on_items(SessionId session, const wire::Envelope& envelope);
  bool take_request(SessionId session, Instant now);
  void send_lists(SessionId session, std::vector<std::size_t> buckets, bool answer, Instant now);
  void send_items(SessionId session, std::vector<crdt::ItemKey> keys, Instant now);
  void send_serialised(SessionId session, const std::vector<Bytes>& items, bool along_the_tree = false);
  void work_inbox(Instant now);
  void take_item(const Incoming& incoming, Instant now);
  Result<void> take_trust(const trust::Item& item, Instant now);
  struct News {
    crdt::ItemKey key{};
    SessionId from{};    // who told us; {}: said here
    bool urgent = true;  // said here, or who may be in the mesh
  };
  struct Parcel {
    News news;
    Bytes item;
    bool everywhere = false;  // whole along every session
  };
  void tell(const News& news);
  void flush_news(Instant now);
  void tell_news(SessionId session, const std::vector<Parcel>& parcels);
  void on_news(SessionId session, const wire::Envelope& envelope, Instant now);
  void on_want(SessionId session, const wire::Envelope& envelope, Instant now);
  void ask_for_overdue(Instant now);
  void regrow_tree(SessionId lost, Instant now);
  void send(SessionId session, const wire::Envelope& envelope);

  Host& host_;
  MembershipParts parts_;
  crypto::IdentityPrivateKey key_;
  crypto::IdentityKey self_;
  mesh::Mesh mesh_;
  gossip::Gossip gossip_;
  Links links_;
  MemberViews views_;
  std::map<SessionId, Peer> peers_;
  std::map<SessionId, JoinSession> joiners_;
  JoinRequests requests_;
  std::set<crypto::IdentityKey> known_by_name_;  // members with no endpoint but names
  std::map<TunnelId, TunnelChoice> tunnels_;
  std::map<TunnelId, Instant> awaited_;  // of lanes, whose handshake is awaited since then
  std::map<TunnelId, Instant> awaited_before_;
  std::map<crypto::IdentityKey, crypto::WgPublicKey> lane_ends_;  // of members that have a lane for us
  std::set<crypto::WgPublicKey> tunnel_keys_;  // that we wanted in this run, at most limits::kMembersPerMesh
  std::map<crypto::IdentityKey, addr::IpAddress> observed_by_;   // our address, as members see it
  std::map<crypto::IdentityKey, control::DroppedView> dropped_;  // of members
  control::DroppedView dropped_of_others_;
  std::map<crypto::IdentityKey, Allowance> answers_;  // by members that have a session, or had one a moment ago
  std::optional<Sync> sync_;
  std::deque<SessionId> syncs_;  // that are to follow, each once
  Inbox inbox_;
  std::vector<News> news_;  // fresh items, as they came
  Broadcast broadcast_;
  std::optional<netstate::InterfaceName> interface_;
  Instant started_;
  Instant next_pull_;
  Instant next_thinning_;
  bool alone_ = true;  // there is no session that is ready
  std::uint64_t epochs_seen_ = 0;
  unsigned epochs_apart_ = 0;   // epochs in a row in which the leader's digest was not ours
  bool members_stale_ = false;  // an item of the inbox changed some
  bool republish_ = true;       // what we say of ourselves may not be what we have said
  std::optional<crypto::IdentityKey> wish_;
  bool wish_known_ = false;  // before, that of the last start stands
  bool outdone_ = false;     // somebody holds a later record of ours than we do: it takes a new one, whatever is in it
  bool routes_refused_ = false;  // what this host said of a route wasn't taken, and that was noted
  bool offline_ = false;
  bool port_refused_ = false;
  std::string standing_down_;  // why; empty while all is well
};

}  // namespace smeg::node
