// What comes over the control socket, from either side: a line is decoded or refused, and what was decoded survives its
// own encoding.
#include <cstdlib>

#include "control/control.h"

namespace {

using namespace smeg;
using namespace smeg::control;

void must(bool holds) {
  if (!holds) std::abort();
}

std::string_view without_newline(std::string_view line) { return line.substr(0, line.size() - 1); }

void as_request(std::string_view line) {
  const auto decoded = decode_request(line);
  if (!decoded) {
    must(!decoded.error().error.message.empty());
    must(encode_error(decoded.error()).find('\n') == encode_error(decoded.error()).size() - 1);
    return;
  }
  const std::string encoded = encode_request(*decoded);
  const auto again = decode_request(without_newline(encoded));
  must(again && again->id == decoded->id && again->request == decoded->request);
}

void as_snapshot(std::string_view line) {
  const auto decoded = decode_snapshot(line);
  if (!decoded) return;
  const auto again = decode_snapshot(without_newline(encode_snapshot_notice(to_json(*decoded))));
  must(again && *again == *decoded);
  must(!status_table(*decoded, decoded->generated).empty());
  for (const MeshView& mesh : decoded->meshes)
    must(!mesh_table(mesh, decoded->generated).empty() && !guest_table(mesh, decoded->generated).empty());
}

void as_reply(std::string_view line) {
  for (const Command& asked : {Command(MeshCreate{}), Command(InviteCreate{}), Command(KeyRotate{}),
                               Command(DaemonReload{}), Command(DaemonConfig{}), Command(DaemonConfigDiff{}),
                               Command(GuestAdd{}), Command(AuthorityExport{}), Command(MeshLeave{})}) {
    const auto reply = decode_reply(line, std::int64_t{1}, asked);
    if (!reply) continue;
    const auto again = decode_reply(without_newline(encode_reply(std::int64_t{1}, *reply)), std::int64_t{1}, asked);
    must(again && *again == *reply);
    const auto* guest = std::get_if<GuestConfig>(&*reply);
    must(!guest || guest_config(*guest, std::nullopt).expose().starts_with("[Interface]\n# PrivateKey"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line = as_text({data, size});
  as_request(line);
  as_snapshot(line);
  as_reply(line);
  return 0;
}
