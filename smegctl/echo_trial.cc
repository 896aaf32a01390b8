#include "echo_trial.h"

#include <algorithm>

namespace smeg::ctl {
namespace {

constexpr int kLargeTries = 3;

// Whether one of these packets comes back.
bool comes_back(Echo& echo, std::uint16_t& sequence, int tries, std::size_t payload, Duration patience,
                std::optional<Error>& error) {
  for (int i = 0; i < tries; ++i) {
    error.reset();
    if (const auto sent = echo.send(++sequence, payload); !sent) error = sent.error();
    const auto until = Clock::now() + patience;
    while (const auto answer = echo.receive(until))
      if (answer->bytes >= payload) return true;
  }
  return false;
}

// The largest packet that should pass: what the interface, the route and the kernel agree on.
std::size_t largest(const control::Snapshot& snapshot, const control::Target& target, const Echo& echo) {
  std::size_t size = echo.path_mtu().value_or(SIZE_MAX);
  const control::ExitView* exit = target.mesh ? nullptr : control::exit_for(snapshot, target.address);
  const control::MeshView* mesh = exit ? control::mesh_of(snapshot, exit->mesh) : target.mesh;
  if (mesh && !mesh->interfaces.empty()) size = std::min<std::size_t>(size, mesh->interfaces.front().mtu);
  if (exit && exit->mtu != 0) size = std::min<std::size_t>(size, exit->mtu);
  return size == SIZE_MAX ? 0 : size;
}

void try_large(const control::Snapshot& snapshot, const control::Target& target, Echo& echo, std::uint16_t& sequence,
               Duration patience, control::Evidence& out) {
  std::optional<Error> error;
  for (int i = 0; i < kLargeTries && !out.large_answered; ++i) {
    // The path may have said meanwhile that it carries less: that is how it should be.
    out.large_bytes = largest(snapshot, target, echo);
    if (out.large_bytes <= kEchoOverhead + kEchoPayload) return;
    out.large_answered = comes_back(echo, sequence, 1, out.large_bytes - kEchoOverhead, patience, error);
  }
}

}  // namespace

std::optional<control::Evidence> try_packets(const control::Snapshot& snapshot, const control::Target& target,
                                             int tries, Duration patience) {
  control::Evidence out;
  Echo echo(target.address);
  if (const auto ok = echo.open(); !ok) {
    if (ok.error().code == Code::forbidden) return std::nullopt;
    out.send_error = ok.error();
    return out;
  }
  std::uint16_t sequence = 0;
  out.answered = comes_back(echo, sequence, tries, kEchoPayload, patience, out.send_error);
  if (out.answered) {
    try_large(snapshot, target, echo, sequence, patience, out);
  } else if (!target.mesh && !out.send_error) {
    Probe probe;
    if (probe.open(target.address)) out.hops = trace_way(probe, patience);
  }
  return out;
}

}  // namespace smeg::ctl
