// The shell around the core: everything that a Node needs of the world, wired up in one place.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_set>

#include "daemon/clocks.h"
#include "daemon/disk.h"
#include "daemon/kernel.h"
#include "io/io.h"
#include "ipc/asio.h"
#include "ipc/ipc.h"
#include "node/node.h"

namespace smeg::daemon {

// What the core has done since its start.
struct CoreCounters {
  std::uint64_t calls = 0;
  std::uint64_t slow_calls = 0;  // over limits::kCoreCall
  Duration longest_call{};
};

// Job: feeds the Node with what happens, and carries out its effects in order: sessions, disk, kernel, control socket,
// log. Keeps no state of its own about meshes and takes no decision. Thread: the one that calls run(); what other
// threads have to say comes through the loop. Fails at create(), with an error that an operator can act on; afterwards
// what goes wrong goes to the node or the log.
class Core {
 public:
  // Takes the state directory, binds the sockets. Nothing has been changed outside where it fails.
  // reload reads the configuration anew.
  using Reload = std::function<tl::expected<config::Config, std::string>()>;
  static Result<std::unique_ptr<Core>> create(const config::Config& config, Reload reload);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Until a signal says stop and all is put away. False where that could not be finished in time.
  bool run();

 private:
  Core(const config::Config& config, Reload reload);
  Result<void> open_state();
  Result<void> open_sessions();
  Result<void> open_kernel_thread();
  Result<void> open_control();
  Result<void> open_clocks();

  // A call of the node with all that follows from it.
  template <class Call>
  void call(Call what);
  void settle();
  void update_calendar(Instant now);
  Post post();

  void carry_out(node::UseIdentity effect);
  void carry_out(node::ForgetIdentity effect);
  void carry_out(node::Dial effect);
  void carry_out(node::Send effect);
  void carry_out(node::Close effect);
  void carry_out(node::Apply effect);
  void carry_out(node::Observe effect);
  void carry_out(node::Persist effect);
  void carry_out(node::ReadToken effect);
  void carry_out(node::RunHook effect);
  void carry_out(node::ReadConfiguration effect);
  void carry_out(node::SetLogLevel effect);
  void carry_out(node::Reply effect);
  void carry_out(node::Publish effect);
  void carry_out(node::Note effect);

  void on_session(io::SessionEvent event);
  void on_written(node::Ticket ticket, const Result<void>& result);
  void wait_for_signal();
  void on_signal(int number);
  void stop();
  void end_if_stopped();

  config::Config config_;  // of the start
  Reload reload_;
  boost::asio::io_context loop_{1};
  io::OsRng jitter_;
  io::OsKeySource secrets_;
  std::optional<io::StateDirectory> directory_;
  std::unique_ptr<node::Node> node_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<ipc::ControlServer> control_;
  std::unique_ptr<Clocks> clocks_;
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<io::SessionHost> sessions_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer give_up_;
  std::unordered_set<node::SessionId> strangers_;  // came in, and the node has not spoken to them
  Instant calendar_set_at_{};
  bool settling_ = false;
  bool stopping_ = false;
  bool draining_ = false;
  bool ended_well_ = false;
  CoreCounters counters_;
};

}  // namespace smeg::daemon
