#include "invocation.h"

#include <ostream>

#include "progress.h"

namespace smeg::ctl {
namespace {

using namespace std::chrono_literals;

constexpr Duration kQueryTimeout = 10s;
// A join dials hosts that may be slow or gone; the daemon has time-outs of its own and answers before this.
constexpr Duration kCommandTimeout = 2min;

}  // namespace

// NO_COLOR is no-color.org's; a terminal that is "dumb" (term(7)) knows none.
control::Look Invocation::look() const {
  const bool refused = no_color || !around.environment("NO_COLOR").value_or("").empty() ||
                       around.environment("TERM").value_or("") == "dumb";
  return {format == Format::wide, around.out_is_terminal && !refused};
}

Outcome<ipc::ControlClient> Invocation::connect() const {
  auto client = ipc::ControlClient::connect(socket);
  if (client) return *std::move(client);
  const int status = client.error().code == Code::unavailable ? kNoDaemon : kRefused;
  return tl::unexpected(Failure{std::move(client).error(), status});
}

Outcome<control::Snapshot> Invocation::snapshot() const {
  auto client = connect();
  if (!client) return tl::unexpected(std::move(client).error());
  Progress progress(around, "waiting for the daemon");
  client->on_wait([&](Duration waited) { progress.show(waited); });
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
  Progress progress(around, "waiting for the daemon to carry it out");
  client->on_wait([&](Duration waited) { progress.show(waited); });
  return outcome(client->call(command, kCommandTimeout), *client);
}

void Invocation::print(const std::string& text, const std::string& json_text) const {
  around.out << (for_programs() ? formatted(format, json_text) : text);
}

void Invocation::print_either(const Write& text, const Write& json_text) const {
  around.out << either(text, json_text);
}

std::string Invocation::either(const Write& text, const Write& json_text) const {
  return for_programs() ? formatted(format, json_text()) : text();
}

void Invocation::note(const std::string& text) const {
  if (!for_programs()) around.err << text << '\n';
}

}  // namespace smeg::ctl
