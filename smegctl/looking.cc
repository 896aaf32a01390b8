// Commands that look at what the daemon tells, and change nothing: peers, whois, wait, health, metrics.
#include <poll.h>

#include <chrono>
#include <ostream>

#include "api/metrics.h"
#include "condition.h"
#include "control/codec.h"
#include "grammar.h"
#include "peers.h"
#include "progress.h"
#include "tables.h"
#include "whois.h"

namespace smeg::ctl {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr Duration kTryAgain = 200ms;  // to reach a daemon that isn't there yet
constexpr Duration kLook = 1s;         // for progress, and for conditions that come true by age alone
constexpr Duration kAnswer = 10s;

Outcome<> peers(const Invocation& with) {
  return show(with, [&](const Invocation&, const control::Snapshot& all) -> Outcome<std::string> {
    const auto some = narrowed(with, all);
    if (!some) return tl::unexpected(some.error());
    return with.either([&] { return peers_table(*some, with.around.now(), with.look()); },
                       [&] { return peers_json(*some); });
  });
}

Outcome<> show_whois(const Invocation& with, const std::string& text) {
  return show(with, [&](const Invocation&, const control::Snapshot& all) -> Outcome<std::string> {
    const auto some = narrowed(with, all);
    if (!some) return tl::unexpected(some.error());
    const auto found = whois(*some, text);
    if (!found) return refused(found.error());
    return with.either([&] { return whois_table(*found, with.look()); }, [&] { return whois_json(text, *found); });
  });
}

struct WaitOptions {
  std::vector<Condition> conditions;
  Duration timeout = 30s;
};

// Waits for one thing after the other to be so at the same time. Where the daemon isn't there, it may come.
class Waiting {
 public:
  Waiting(const Invocation& with, const WaitOptions& options)
      : with_(with),
        options_(options),
        begun_(Clock::now()),
        deadline_(begun_ + options.timeout),
        progress_(with.around, "waiting") {}

  Outcome<> run() {
    do {
      auto client = with_.connect();
      if (client && follow(*client)) return {};
      if (!client && client.error().error.code == Code::forbidden) return tl::unexpected(client.error());
      if (!client) last_ = client.error();
    } while (pause());
    if (last_.status == kNoDaemon) return tl::unexpected(last_);
    return refused({Code::unavailable,
                    last_.error.message + ", and did not come about in " + format_duration(options_.timeout),
                    "`smegctl status` says how things stand; --timeout waits longer"});
  }

 private:
  Duration left() const { return std::max<Duration>(Duration::zero(), deadline_ - Clock::now()); }

  bool is_met(const control::Snapshot& snapshot) {
    for (const Condition& each : options_.conditions)
      if (std::string lack = lacking(each, snapshot, with_.mesh, with_.around.now()); !lack.empty()) {
        last_ = {{Code::unavailable, std::move(lack)}, kRefused};
        return false;
      }
    return true;
  }

  // True once all is so; false where the daemon is lost, or the time is over.
  bool follow(ipc::ControlClient& client) {
    auto snapshot = client.watch(kAnswer);
    while (snapshot) {
      if (is_met(*snapshot)) return true;
      if (left() == Duration::zero()) return false;
      progress_.show(Clock::now() - begun_);
      const auto more = client.wait(std::min(left(), kLook));
      if (!more) return false;
      if (*more) snapshot = client.next(kAnswer);
    }
    last_ = {snapshot.error(), client.lost() ? kNoDaemon : kRefused};
    return false;
  }

  // False where there is no time to try again.
  bool pause() {
    if (left() == Duration::zero()) return false;
    progress_.show(Clock::now() - begun_);
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(std::min(left(), kTryAgain));
    ::poll(nullptr, 0, static_cast<int>(wait.count()));
    return true;
  }

  const Invocation& with_;
  const WaitOptions& options_;
  Clock::time_point begun_;
  Clock::time_point deadline_;
  Progress progress_;
  Failure last_{{}, kRefused};
};

Outcome<> wait(const Invocation& with, const WaitOptions& options) {
  const auto begun = Clock::now();
  if (auto met = Waiting(with, options).run(); !met) return met;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  with.print("", control::with_schema({{"met", true}, {"afterMs", took.count()}}));
  return {};
}

enum class Check { live, ready };
Result<Check> parse_check(std::string_view text) {
  if (text == "live") return Check::live;
  if (text == "ready") return Check::ready;
  return fail(Code::malformed, "'" + std::string(text) + "' is no check", "use live or ready");
}

Outcome<> health(const Invocation& with, Check check) {
  const auto snapshot = with.snapshot();
  if (!snapshot) return tl::unexpected(snapshot.error());
  const std::string lack =
      check == Check::live ? "" : lacking(condition::Ready{}, *snapshot, with.mesh, with.around.now());
  if (!lack.empty())
    return refused({Code::unavailable, lack, "`smegctl status` has the rest; `smegctl wait --for ready` waits for it"});
  control::JsonArray problems;
  for (const control::Problem& each : snapshot->daemon.problems) problems.push_back(control::problem_to_json(each));
  with.print("ok\n", control::with_schema({{"check", check == Check::live ? "live" : "ready"},
                                           {"ok", true},
                                           {"problems", std::move(problems)}}));
  return {};
}

Outcome<> metrics(const Invocation& with) {
  if (with.for_programs())
    return wrong_usage({Code::unsupported, "figures come in the text format of Prometheus alone", "leave -o out"});
  const auto snapshot = with.snapshot();
  // That the daemon is gone is a figure too, for whoever collects them from a file.
  if (!snapshot) with.around.out << api::daemon_metrics_text(nullptr);
  if (!snapshot) return tl::unexpected(snapshot.error());
  with.around.out << api::daemon_metrics_text(&*snapshot);
  return {};
}

}  // namespace

void add_looking(Grammar& to) {
  to.view(to.app(), "peers", "the tunnels of this host: where they lead, since when, how much went through", peers);
  const auto text = std::make_shared<std::string>();
  CLI::App& asked =
      to.view(to.app(), "whois", "whose an address, a name, a key or a prefix is, and whether it is right",
              [text](const Invocation& with) { return show_whois(with, *text); });
  asked.add_option("WHOM", *text, "an address, a prefix, an alias, a key, or the beginning of one")
      ->required()
      ->type_name("");
  const auto wait_options = std::make_shared<WaitOptions>();
  CLI::App& waited = to.command(to.app(), "wait", "until something is so; exit status 1 where it does not come about",
                                [wait_options](const Invocation& with) { return wait(with, *wait_options); });
  add_several(waited, "--for", wait_options->conditions, parse_condition,
              std::string(kConditionForms) + "; several are waited for together")
      ->required()
      ->type_name("CONDITION");
  add(waited, "--timeout", wait_options->timeout, duration_from(0s, 24h), "give up after that (default 30s)")
      ->type_name("DURATION");
  const auto check = std::make_shared<Check>(Check::ready);
  CLI::App& checked = to.command(to.app(), "health", "exit status 0 where all is well, for probes",
                                 [check](const Invocation& with) { return health(with, *check); });
  add(checked, "--check", *check, parse_check,
      "live: the daemon answers; ready: and is in all of its meshes (default ready)")
      ->type_name("CHECK");
  to.command(to.app(), "metrics", "figures in the text format of Prometheus, as smeg-api serves them", metrics);
}

}  // namespace smeg::ctl
