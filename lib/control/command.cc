#include "control/command.h"

namespace smeg::control {
namespace {

struct MethodOf {
  std::string_view operator()(const MeshCreate&) const { return "mesh.create"; }
  std::string_view operator()(const MeshJoin&) const { return "mesh.join"; }
  std::string_view operator()(const MeshAsk&) const { return "mesh.ask"; }
  std::string_view operator()(const MemberAdmit&) const { return "member.admit"; }
  std::string_view operator()(const MemberRefuse&) const { return "member.refuse"; }
  std::string_view operator()(const DaemonUp&) const { return "daemon.up"; }
  std::string_view operator()(const DaemonReload&) const { return "daemon.reload"; }
  std::string_view operator()(const DaemonConfig&) const { return "daemon.config"; }
  std::string_view operator()(const DaemonConfigDiff&) const { return "daemon.configDiff"; }
  std::string_view operator()(const DaemonLogLevel&) const { return "daemon.logLevel"; }
  std::string_view operator()(const MeshLeave&) const { return "mesh.leave"; }
  std::string_view operator()(const InviteCreate&) const { return "invite.create"; }
  std::string_view operator()(const InviteRevoke&) const { return "invite.revoke"; }
  std::string_view operator()(const MemberRevoke&) const { return "member.revoke"; }
  std::string_view operator()(const GuestAdd&) const { return "guest.add"; }
  std::string_view operator()(const GuestShow&) const { return "guest.show"; }
  std::string_view operator()(const GuestRemove&) const { return "guest.remove"; }
  std::string_view operator()(const KeyRotate&) const { return "key.rotate"; }
  std::string_view operator()(const AuthorityExport&) const { return "authority.export"; }
  std::string_view operator()(const AuthorityImport&) const { return "authority.import"; }
  std::string_view operator()(const AliasSet&) const { return "alias.set"; }
  std::string_view operator()(const SelfChange&) const { return "self.change"; }
  std::string_view operator()(const ServiceSet&) const { return "service.set"; }
  std::string_view operator()(const ServiceRemove&) const { return "service.remove"; }
  std::string_view operator()(const ExitDrain&) const { return "exit.drain"; }
  std::string_view operator()(const Get&) const { return "get"; }
  std::string_view operator()(const Watch&) const { return "watch"; }
  std::string_view operator()(const Command& command) const { return method(command); }
};

}  // namespace

std::string_view method(const Command& command) { return std::visit(MethodOf(), command); }
std::string_view method(const Request& request) { return std::visit(MethodOf(), request); }

}  // namespace smeg::control
