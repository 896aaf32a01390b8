#include "sim/describe.h"

namespace smeg::sim {
namespace {

// Contents are named by their hash.
std::string digest(ByteView bytes) {
  return std::to_string(bytes.size()) + ":" +
         crypto::to_hex(crypto::hash<16>("smegmesh simulation content 1", {bytes})).substr(0, 12);
}

std::string hex(std::uint64_t value) {
  ByteArray<8> bytes;
  store_be(bytes.data(), value);
  return crypto::to_hex(bytes);
}

std::string id(node::SessionId session) {
  const bool dialled = (session.value & node::kDialledSession) != 0;
  return (dialled ? "out" : "in") + std::to_string(session.value & ~node::kDialledSession);
}

struct EventText {
  std::string operator()(const node::SessionOpened& e) const {
    return "opened " + id(e.session) + " " + e.remote.to_string() + " " + digest(e.peer_certificate);
  }
  std::string operator()(const node::SessionMessage& e) const {
    return "message " + id(e.session) + " " + digest(e.message);
  }
  std::string operator()(const node::SessionClosed& e) const { return "closed " + id(e.session) + " " + e.reason; }
};

struct EffectText {
  std::string operator()(const node::UseIdentity& e) const {
    return "use-identity " + hex(load_be<std::uint64_t>(e.mesh.bytes.data())) + (e.serve ? " serve " : " ") +
           digest(e.certificate);
  }
  std::string operator()(const node::ForgetIdentity& e) const {
    return "forget-identity " + hex(load_be<std::uint64_t>(e.mesh.bytes.data()));
  }
  std::string operator()(const node::Dial& e) const {
    std::string out = "dial " + id(e.session);
    for (const auto& target : e.targets) out += " " + target.host + ":" + std::to_string(target.port);
    return out;
  }
  std::string operator()(const node::Send& e) const { return "send " + id(e.session) + " " + digest(e.message); }
  std::string operator()(const node::Close& e) const { return "close " + id(e.session) + " " + e.reason; }
  std::string operator()(const node::Apply& e) const {
    std::string out = "apply " + std::to_string(e.id.value);
    for (const auto& op : e.plan.ops) out += "; " + netstate::describe(op);
    return out;
  }
  std::string operator()(const node::Observe& e) const { return e.devices_only ? "observe devices" : "observe"; }
  std::string operator()(const node::Persist& e) const {
    return "persist " + std::to_string(e.ticket.value) + (e.file == node::File::state ? " state " : " members ") +
           digest(e.contents);
  }
  std::string operator()(const node::ReadToken& e) const { return "read token " + e.path; }
  std::string operator()(const node::RunHook& e) const { return "run " + e.hook + " for " + e.interface.text(); }
  std::string operator()(const node::ReadConfiguration&) const { return "read the configuration"; }
  std::string operator()(const node::SetLogLevel& e) const { return "log " + std::string(control::name(e.level)); }
  std::string operator()(const node::Reply& e) const {
    return "reply " + std::to_string(e.command.value) + " " + (e.reply ? "done" : e.reply.error().message);
  }
  std::string operator()(const node::Publish& e) const {
    return "publish " + std::to_string(e.snapshot ? e.snapshot->version : 0);
  }
  std::string operator()(const node::Note& e) const { return "note " + e.text; }
};

struct KernelText {
  std::string operator()(const netstate::Observed& e) const {
    return "observed " + std::to_string(e.interfaces.size()) + " interfaces " + std::to_string(e.routes.size()) +
           " routes" + (e.forwarding ? " forwarding" : "");
  }
  std::string operator()(const netstate::PlanDone& e) const {
    std::string out = "plan-done " + std::to_string(e.plan.value);
    for (const auto& result : e.results) out += result ? " ok" : " " + result.error().message;
    return out;
  }
  std::string operator()(const netstate::DevicesSeen& e) const { return "devices " + std::to_string(e.devices.size()); }
  std::string operator()(const netstate::Drift&) const { return "drift"; }
  std::string operator()(const netstate::UnderlaySeen& e) const {
    std::string out = "underlay";
    for (const auto& address : e.addresses) out += " " + address.to_string();
    return out;
  }
};

}  // namespace

std::string describe(const node::SessionEvent& event) { return std::visit(EventText{}, event); }
std::string describe(const node::Effect& effect) { return std::visit(EffectText{}, effect); }
std::string describe(const netstate::Event& event) { return std::visit(KernelText{}, event); }

}  // namespace smeg::sim
