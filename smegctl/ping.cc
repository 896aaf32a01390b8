// ICMPv6 echo (RFC 4443 section 4) to a member, printed as ping prints it.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ostream>

#include "commands.h"
#include "icmp.h"

namespace smeg::ctl {
namespace {

struct Totals {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  double least_ms = 0;
  double most_ms = 0;
  double sum_ms = 0;
};

std::string milliseconds(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), value < 10 ? "%.2f" : "%.1f", value);
  return text.data();
}

void note(Totals& totals, double rtt_ms) {
  totals.least_ms = totals.received ? std::min(totals.least_ms, rtt_ms) : rtt_ms;
  totals.most_ms = std::max(totals.most_ms, rtt_ms);
  totals.sum_ms += rtt_ms;
  ++totals.received;
}

// Sends one request and prints what comes until the next is due. last: waits for its own answer alone.
void round(Echo& echo, const std::string& from, Totals& totals, Clock::time_point until, bool last, std::ostream& out) {
  const auto sequence = static_cast<std::uint16_t>(++totals.sent);
  if (const auto sent = echo.send(sequence); !sent)
    out << "seq=" << sequence << ": " << sent.error().message << std::endl;
  while (const auto answer = echo.receive(until)) {
    note(totals, answer->rtt_ms);
    out << answer->bytes << " bytes from " << from << ": seq=" << answer->sequence
        << " time=" << milliseconds(answer->rtt_ms) << " ms" << std::endl;
    if (last && totals.received == totals.sent) return;
  }
}

void print_totals(const Totals& totals, const std::string& to, std::ostream& out) {
  const std::uint64_t lost = totals.sent - std::min(totals.sent, totals.received);
  out << "--- " << to << ": " << totals.sent << " sent, " << totals.received << " received, "
      << (totals.sent ? lost * 100 / totals.sent : 0) << "% lost\n";
  if (totals.received)
    out << "rtt min/avg/max = " << milliseconds(totals.least_ms) << '/'
        << milliseconds(totals.sum_ms / static_cast<double>(totals.received)) << '/' << milliseconds(totals.most_ms)
        << " ms\n";
}

struct Target {
  addr::IpAddress address;
  std::string label;
};

// A member, or a guest. A guest's name is given in full, so that it goes before the beginning of a member's, but not
// before an alias.
Result<Target> find_target(const control::MeshView& mesh, const std::string& text) {
  const auto member = control::find_member(mesh, {text});
  const auto guest = control::find_guest(mesh, text);
  if (member && (!guest || (*member)->alias == text)) return Target{(*member)->address, control::label(**member)};
  if (guest) return Target{(*guest)->address, control::label(**guest)};
  return fail(guest.error().code == Code::conflict ? guest.error() : member.error());
}

}  // namespace

Outcome<> ping_member(const Invocation& with, const PingOptions& options) {
  const auto mesh = with.chosen_mesh();
  if (!mesh) return tl::unexpected(mesh.error());
  const auto target = find_target(*mesh, options.member);
  if (!target) return refused(target.error());
  const std::string address = target->address.to_string();
  Echo echo(target->address);
  if (auto ok = echo.open(); !ok) return refused(ok.error());
  std::ostream& out = with.around.out;
  if (!with.for_programs()) out << "PING " << target->label << " (" << address << ")" << std::endl;
  std::ostream nowhere(nullptr);
  Totals totals;
  while (totals.sent < options.count) {
    const bool last = totals.sent + 1 == options.count;
    const auto wait = last ? options.timeout : options.interval;
    round(echo, address, totals, Clock::now() + wait, last, with.for_programs() ? nowhere : out);
  }
  if (with.for_programs()) {
    const double mean_ms = totals.received ? totals.sum_ms / static_cast<double>(totals.received) : 0;
    out << formatted(with.format, control::ping_json({address, totals.sent, totals.received, totals.least_ms, mean_ms,
                                                      totals.most_ms}));
  } else {
    print_totals(totals, target->label, out);
  }
  if (totals.received) return {};
  return refused({Code::unavailable, "no answer from " + target->label, "`smegctl status` says how it is seen"});
}

}  // namespace smeg::ctl
