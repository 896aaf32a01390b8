#include "api/events.h"

#include <charconv>
#include <map>

#include "api/limits.h"
#include "api/resources.h"
#include "control/codec.h"

namespace smeg::api {
namespace {

using control::Json;
using control::JsonObject;

template <class View>
View without_traffic(View view) {
  view.last_handshake.reset();
  view.rx_bytes = {};
  view.tx_bytes = {};
  if constexpr (requires { view.tunnel_endpoint; }) view.tunnel_endpoint.reset();  // found anew, or roamed
  return view;
}
control::InviteView without_traffic(control::InviteView view) { return view; }
control::RequestView without_traffic(control::RequestView view) { return view; }

// Equal ones are told apart from others without a copy.
template <class View>
bool same(const View& a, const View& b) {
  return a == b || without_traffic(a) == without_traffic(b);
}

// What is in a list and where it is found: all kinds of things are told alike.
struct MemberKind {
  static constexpr std::string_view kName = "member";
  static const auto& list(const control::MeshView& mesh) { return mesh.members; }
  static auto key(const control::MemberView& member) { return member.public_key; }
  static std::string path(const control::MeshView& mesh, const control::MemberView& member) {
    return member_path(mesh, member);
  }
  static Json json(const control::MemberView& member) { return control::member_to_json(member); }
};
struct GuestKind {
  static constexpr std::string_view kName = "guest";
  static const auto& list(const control::MeshView& mesh) { return mesh.guests; }
  static auto key(const control::GuestView& guest) { return std::pair(guest.address, guest.sponsor); }
  static std::string path(const control::MeshView& mesh, const control::GuestView& guest) {
    return guest_path(mesh, guest.address);
  }
  static Json json(const control::GuestView& guest) { return control::guest_to_json(guest); }
};
struct InviteKind {
  static constexpr std::string_view kName = "invite";
  static const auto& list(const control::MeshView& mesh) { return mesh.invites; }
  static auto key(const control::InviteView& invite) { return invite.id; }
  static std::string path(const control::MeshView& mesh, const control::InviteView& invite) {
    return invite_path(mesh, invite.id);
  }
  static Json json(const control::InviteView& invite) { return control::invite_to_json(invite); }
};

struct RequestKind {
  static constexpr std::string_view kName = "request";
  static const auto& list(const control::MeshView& mesh) { return mesh.requests; }
  static auto key(const control::RequestView& request) { return request.public_key; }
  static std::string path(const control::MeshView& mesh, const control::RequestView& request) {
    return request_path(mesh, request.public_key);
  }
  static Json json(const control::RequestView& request) { return control::request_to_json(request); }
};

Event event(std::string_view kind, std::string_view what, const control::MeshView& mesh, std::string path, Json json) {
  return {std::string(kind).append(".").append(what), Json(JsonObject{{"mesh", control::to_text(mesh.id)},
                                                                      {"href", std::move(path)},
                                                                      {std::string(kind), std::move(json)}})
                                                          .dump()};
}

template <class Kind>
void compare(const control::MeshView& before, const control::MeshView& after, std::vector<Event>& out) {
  std::map<decltype(Kind::key(Kind::list(after).front())), decltype(&Kind::list(after).front())> known;
  for (const auto& each : Kind::list(before)) known.emplace(Kind::key(each), &each);
  const auto tell = [&](std::string_view what, const auto& each) {
    out.push_back(event(Kind::kName, what, after, Kind::path(after, each), Kind::json(each)));
  };
  for (const auto& each : Kind::list(after)) {
    const auto found = known.find(Kind::key(each));
    if (found == known.end()) {
      tell("added", each);
      continue;
    }
    if (!same(*found->second, each)) tell("changed", each);
    known.erase(found);
  }
  for (const auto& [key, each] : known) tell("removed", *each);
}

Event mesh_event(std::string_view what, const control::MeshView& mesh) {
  return event("mesh", what, mesh, mesh_path(mesh), mesh_to_resource(mesh));
}

// Whether the facts of the mesh itself differ; its lists are compared each for itself.
bool same_facts(const control::MeshView& before, const control::MeshView& after) {
  return mesh_to_resource(before).dump() == mesh_to_resource(after).dump();
}

const control::MeshView* find(const control::Snapshot& in, const MeshId& id) {
  for (const control::MeshView& mesh : in.meshes)
    if (mesh.id == id) return &mesh;
  return nullptr;
}

}  // namespace

std::vector<Event> events_between(const control::Snapshot& before, const control::Snapshot& after) {
  std::vector<Event> out;
  if (!(before.daemon == after.daemon))
    out.push_back({"daemon.changed", Json(control::daemon_to_json(after.daemon)).dump()});
  if (!(before.routes == after.routes))
    out.push_back({"routes.changed", Json(JsonObject{{"href", std::string(kRoot) + "/routes"}}).dump()});
  for (const control::MeshView& mesh : after.meshes) {
    const control::MeshView* known = find(before, mesh.id);
    if (!known) out.push_back(mesh_event("added", mesh));
    if (known && !same_facts(*known, mesh)) out.push_back(mesh_event("changed", mesh));
    if (!known || *known == mesh) continue;
    compare<MemberKind>(*known, mesh, out);
    compare<GuestKind>(*known, mesh, out);
    compare<InviteKind>(*known, mesh, out);
    compare<RequestKind>(*known, mesh, out);
  }
  for (const control::MeshView& mesh : before.meshes)
    if (!find(after, mesh.id)) out.push_back(mesh_event("removed", mesh));
  return out;
}

Event connection_event(bool connected) {
  return {connected ? "daemon.connected" : "daemon.lost", Json(JsonObject{{"connected", connected}}).dump()};
}

void EventLog::append(const Event& event) {
  entries_.push_back("id: " + id(end()) + "\nevent: " + event.type + "\ndata: " + event.data + "\n\n");
  bytes_ += entries_.back().size();
  while (entries_.size() > limits::kEventsKept || (bytes_ > limits::kEventBytesKept && entries_.size() > 1)) {
    bytes_ -= entries_.front().size();
    entries_.pop_front();
    ++first_;
  }
}

std::string EventLog::reset() const { return "id: " + id(end() - 1) + "\nevent: reset\ndata: {}\n\n"; }

EventLog::Start EventLog::start(std::string_view last) const {
  if (last.empty()) return {end(), "id: " + id(end() - 1) + "\nevent: ready\ndata: {}\n\n"};
  std::uint64_t seen = 0;
  const auto dash = last.find('-');
  const bool ours = dash != std::string_view::npos && last.substr(0, dash) == run_;
  const std::string_view number = ours ? last.substr(dash + 1) : std::string_view();
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), seen);
  const bool whole = ours && error == std::errc() && stop == number.data() + number.size();
  if (whole && seen + 1 >= first_ && seen < end()) return {seen + 1, ""};
  return {end(), reset()};
}

std::string EventLog::read(std::uint64_t& next) const {
  if (next < first_) {
    next = end();
    return reset();
  }
  std::string out;
  while (next < end() && out.size() < limits::kEventChunkBytes) out += entries_[next++ - first_];
  return out;
}

}  // namespace smeg::api
