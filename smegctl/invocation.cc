#include "invocation.h"

#include <ostream>

namespace smeg::ctl {
namespace {

using namespace std::chrono_literals;

constexpr Duration kQueryTimeout = 10s;
// A join dials hosts that may be slow or gone; the daemon has time-outs of its own and answers before this.
constexpr Duration kCommandTimeout = 2min;

template <class T>
Outcome<T> outcome(Result<T> result, const ipc::ControlClient& client) {
  if (result) return *std::move(result);
  return tl::unexpected(Failure{std::move(result).error(), client.lost() ? kNoDaemon : kRefused});
}

}  // namespace

Outcome<ipc::ControlClient> Invocation::connect() const {
  auto client = ipc::ControlClient::connect(socket);
  if (client) return *std::move(client);
  const int status = client.error().code == Code::unavailable ? kNoDaemon : kRefused;
  return tl::unexpected(Failure{std::move(client).error(), status});
}

Outcome<control::Snapshot> Invocation::snapshot() const {
  auto client = connect();
  if (!client) return tl::unexpected(std::move(client).error());
  return outcome(client->get(kQueryTimeout), *client);
}

Outcome<control::MeshView> Invocation::chosen_mesh() const {
  const auto all = snapshot();
  if (!all) return tl::unexpected(all.error());
  const auto found = control::find_mesh(*all, mesh);
  if (!found) return refused(found.error());
  return **found;
}

Outcome<control::Reply> Invocation::call(const control::Command& command) const {
  auto client = connect();
  if (!client) return tl::unexpected(std::move(client).error());
  return outcome(client->call(command, kCommandTimeout), *client);
}

void Invocation::print(const std::string& text, const std::string& json_text) const {
  around.out << (json ? json_text : text);
}

void Invocation::print_either(const Write& text, const Write& json_text) const {
  around.out << (json ? json_text() : text());
}

void Invocation::note(const std::string& text) const {
  if (!json) around.err << text << '\n';
}

}  // namespace smeg::ctl
