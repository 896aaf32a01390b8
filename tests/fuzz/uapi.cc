// Both sides of the userspace interface. The first byte says which, and in pieces of how many bytes the rest comes.
// A request that is taken must come out again as it was, and be one that a device can carry out and report on.
#include <cstdlib>

#include "unit/wireguard/support.h"

namespace {

using namespace smeg;
using namespace smeg::wireguard;

void require(bool holds) {
  if (!holds) std::abort();
}

template <class Parser, class Take>
void parse(std::string_view text, std::size_t piece, Take take) {
  Parser parser;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    parser.feed(text.substr(at, piece));
    while (auto one = parser.next()) take(*one);
  }
}

void take_reply(const Result<DeviceStatus>& status) {
  if (!status) return;
  parse<UapiReplyParser>(uapi_get_reply(*status), 1'000'000,
                         [&](const Result<DeviceStatus>& again) { require(again == status); });
}

void take_request(const Result<UapiRequest>& request, Device& device) {
  if (!request) {
    require(uapi_errno(request.error()) > 0);
    return;
  }
  const auto* config = std::get_if<DeviceConfig>(&*request);
  if (!config) return;
  parse<UapiRequestParser>(uapi_set_request(*config), 1'000'000, [&](const Result<UapiRequest>& again) {
    // What goes with a removal is dropped on the way.
    for (const PeerConfig& peer : config->peers)
      if (peer.remove) return;
    require(again && std::get<DeviceConfig>(*again) == *config);
  });
  require(device.configure(*config, testing::kStart).has_value());
  (void)device.take_effects();
  take_reply(device.status());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  const std::size_t piece = std::size_t{1} + (data[0] >> 1);
  if (data[0] % 2 == 0) {
    testing::SeededKeys keys(1);
    SeededRng jitter(2);
    Device device(keys, jitter);
    parse<UapiRequestParser>(text, piece, [&](const Result<UapiRequest>& request) { take_request(request, device); });
  } else {
    parse<UapiReplyParser>(text, piece, take_reply);
  }
  return 0;
}
