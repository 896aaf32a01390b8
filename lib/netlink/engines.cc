#include "netlink/engines.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace smeg::netlink {
namespace {

using Clock = std::chrono::steady_clock;
using netstate::InterfaceName;

constexpr std::string_view kSocketSuffix = ".sock";
constexpr int kStartPollMs = 10;  // between two looks at an engine that starts

}  // namespace

std::string Engines::socket_path(const InterfaceName& name) const {
  return options_.uapi_directory + "/" + name.text() + std::string(kSocketSuffix);
}

std::vector<InterfaceName> Engines::sockets() const {
  std::vector<InterfaceName> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(options_.uapi_directory, error), end; !error && at != end;
       at.increment(error)) {
    const std::string file = at->path().filename().string();
    if (!file.ends_with(kSocketSuffix)) continue;
    const std::string text = file.substr(0, file.size() - kSocketSuffix.size());
    if (!netstate::is_numbered(text, options_.interface_prefix)) continue;
    if (auto name = InterfaceName::parse(text)) names.push_back(*name);
  }
  return names;
}

Result<UapiConnection> Engines::connect(const InterfaceName& name) const {
  return UapiConnection::open(socket_path(name), request_deadline());
}

std::optional<Listener> Engines::find(const InterfaceName& name) const {
  const auto connection = connect(name);
  Listener listener;
  if (connection) {
    listener.process = ProcessId{connection->process()};
  } else if (const auto child = processes_.child_of(name); child && connection.error().code != Code::not_found) {
    listener.process = *child;  // too busy to take a connection
  } else {
    return std::nullopt;
  }
  listener.ours = processes_.is_ours(listener.process, name);
  listener.in_our_namespace = listener.process.value != 0 && processes_.in_our_namespace(listener.process);
  return listener;
}

Result<ProcessId> Engines::start(const InterfaceName& name) {
  if (const auto other = find(name)) {
    return fail(Code::exists,
                "cannot start the engine of " + name.text() + ": process " + std::to_string(other->process.value) +
                    " serves " + socket_path(name),
                "end that process, or set interfacePrefix to another name");
  }
  std::remove(socket_path(name).c_str());  // left behind: nobody listens
  const auto process = processes_.start(name);
  if (!process) return process;
  if (auto ready = wait_for_answer(name, *process); !ready) {
    (void)processes_.end(*process, options_.engine_stop_timeout);
    return fail(ready.error());
  }
  return process;
}

Result<void> Engines::wait_for_answer(const InterfaceName& name, ProcessId process) {
  const auto deadline = Clock::now() + options_.engine_start_timeout;
  while (Clock::now() < deadline) {
    if (const auto how = processes_.ended(process)) {
      return fail(Code::unavailable, "it ended at once (" + *how + ")",
                  "run \"" + options_.engine.path + "\" by hand to see why; it needs /dev/net/tun and CAP_NET_ADMIN");
    }
    if (auto connection = connect(name)) {
      if (connection->process() == process.value && connection->get(deadline)) return {};
    }
    poll(nullptr, 0, kStartPollMs);
  }
  return fail(Code::unavailable,
              "it did not answer within " + std::to_string(options_.engine_start_timeout.count()) + " ms");
}

Result<void> Engines::stop(const InterfaceName& name) {
  std::optional<ProcessId> process = processes_.child_of(name);
  if (const auto listener = find(name); listener && listener->in_our_namespace) process = listener->process;
  if (process) {
    if (auto ended = processes_.end(*process, options_.engine_stop_timeout); !ended) return ended;
  }
  if (!find(name)) std::remove(socket_path(name).c_str());
  return {};
}

Result<wireguard::DeviceStatus> Engines::get(const InterfaceName& name) const {
  auto connection = connect(name);
  if (!connection) return fail(connection.error());
  return connection->get(request_deadline());
}

Result<void> Engines::set(const InterfaceName& name, const wireguard::DeviceConfig& config) const {
  auto connection = connect(name);
  if (!connection) return fail(connection.error());
  return connection->set(config, request_deadline());
}

}  // namespace smeg::netlink
