#include "node/backend.h"

namespace smeg::node {
namespace {

constexpr const char* kConfigured = "configured";

BackendChoice the_kernels(const netstate::Observed& observed) {
  if (observed.kernel_refusal.empty()) {
    return {control::Backend::kernel, netstate::Backend::kernel, kConfigured, std::nullopt};
  }
  const Error problem{Code::unsupported,
                      "backend: kernel can't be had, and so this host has no tunnels: " + observed.kernel_refusal,
                      "load the kernel's module (modprobe wireguard), or set backend to auto or userspace"};
  return {control::Backend::kernel, std::nullopt, observed.kernel_refusal, problem};
}

// The kernel's is faster, and has no process that could end.
BackendChoice the_best(const netstate::Observed& observed) {
  if (observed.kernel_refusal.empty()) return {control::Backend::kernel, netstate::Backend::kernel, "", std::nullopt};
  return {control::Backend::userspace, netstate::Backend::userspace, observed.kernel_refusal, std::nullopt};
}

}  // namespace

BackendChoice choose_backend(config::Backend wanted, const netstate::Observed* observed) {
  const netstate::Observed nothing{
      .kernel_refusal = "it is not known yet what the kernel has", .interfaces = {}, .routes = {}};
  const netstate::Observed& seen = observed ? *observed : nothing;
  switch (wanted) {
    case config::Backend::automatic: return the_best(seen);
    case config::Backend::kernel: return the_kernels(seen);
    case config::Backend::userspace:
      return {control::Backend::userspace, netstate::Backend::userspace, kConfigured, std::nullopt};
    case config::Backend::stub: return {control::Backend::stub, std::nullopt, kConfigured, std::nullopt};
  }
  return {};
}

}  // namespace smeg::node
