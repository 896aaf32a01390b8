#include "daemon/core.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "daemon/hook.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/translate.h"

namespace smeg::daemon {
namespace {

namespace asio = boost::asio;

// An orderly stop tells the others, takes the interfaces down and ends. It may not take longer.
constexpr auto kStopTimeout = std::chrono::seconds(5);
// The calendar is compared with the monotonic clock so often: only when something happens anyway.
constexpr auto kCalendarInterval = std::chrono::minutes(1);

void tell_service_manager(std::string_view state) {
  if (auto told = notify_service_manager(state); !told) log_error("service manager", told.error());
}

// Whether what the engine writes to our standard error will be read when we are gone: a terminal, a file and the
// journal stay, a pipe does not.
bool stderr_outlives_us() {
  struct stat facts {};
  if (::fstat(STDERR_FILENO, &facts) != 0) return false;
  return S_ISREG(facts.st_mode) || S_ISCHR(facts.st_mode) ||
         (S_ISSOCK(facts.st_mode) && std::getenv("JOURNAL_STREAM") != nullptr);
}

config::LogLevel to_log(control::LogLevel level) {
  switch (level) {
    case control::LogLevel::debug: return config::LogLevel::debug;
    case control::LogLevel::info: return config::LogLevel::info;
    case control::LogLevel::warning: return config::LogLevel::warning;
    case control::LogLevel::error: return config::LogLevel::error;
  }
  return config::LogLevel::info;
}

config::LogLevel to_log(node::Note::Level level) {
  switch (level) {
    case node::Note::Level::debug: return config::LogLevel::debug;
    case node::Note::Level::info: return config::LogLevel::info;
    case node::Note::Level::warning: return config::LogLevel::warning;
    case node::Note::Level::error: return config::LogLevel::error;
  }
  return config::LogLevel::info;
}

}  // namespace

Core::Core(const config::Config& config, Reload reload)
    : config_(config), reload_(std::move(reload)), signals_(loop_, SIGTERM, SIGINT, SIGHUP), give_up_(loop_) {}

Core::~Core() {
  // What talks to the core goes before what it talks with.
  control_.reset();
  sessions_.reset();
  kernel_.reset();
  disk_.reset();
}

Result<std::unique_ptr<Core>> Core::create(const config::Config& config, Reload reload) {
  std::unique_ptr<Core> core(new Core(config, std::move(reload)));
  for (const auto step :
       {&Core::open_state, &Core::open_sessions, &Core::open_kernel_thread, &Core::open_control, &Core::open_clocks}) {
    if (auto done = (*core.*step)(); !done) return fail(done.error());
  }
  return core;
}

Result<void> Core::open_state() {
  auto directory = io::StateDirectory::open(config_.state_directory);
  if (!directory) return fail(directory.error());
  directory_.emplace(std::move(*directory));
  node::LoadedFiles files;
  auto state = directory_->read(name_of(node::File::state));
  if (!state) return fail(state.error());
  files.state = std::move(*state);
  auto members = directory_->read(name_of(node::File::members));
  if (!members && members.error().code != Code::malformed) return fail(members.error());
  if (members) files.members = std::move(*members);
  if (!members) {
    // A cache: others will tell it anew. But it is evidence of a failing disk, and stays.
    auto aside = directory_->set_aside(name_of(node::File::members));
    if (!aside) return fail(aside.error());
    log_error("the members of the meshes will be asked for again, the bad file is kept as " + *aside, members.error());
  }
  const Instant now = io::OsClock::now();
  auto node = node::Node::create(config_, std::move(files), jitter_, secrets_, now, io::OsClock::wall_now());
  if (!node) {
    return fail(node.error().code, "state in " + config_.state_directory + ": " + node.error().message,
                node.error().hint);
  }
  node_ = std::move(*node);
  calendar_set_at_ = now;
  disk_ = std::make_unique<Disk>(
      [this](node::File file, ByteView contents) { return directory_->replace(name_of(file), contents); }, post(),
      [this](node::Ticket ticket, const Result<void>& result) { on_written(ticket, result); });
  return {};
}

Result<void> Core::open_sessions() {
  io::SessionOptions options;
  // Without interfaces there is no route into a mesh that could swallow our own packets, and no privilege is needed.
  options.mark = config_.backend == config::Backend::stub ? 0 : kUnderlayMark;
  sessions_ = std::make_unique<io::SessionHost>(options, post(),
                                                [this](io::SessionEvent event) { on_session(std::move(event)); });
  std::vector<addr::Endpoint> at;
  for (const auto& address : config_.listen) at.push_back({address, config_.control_port});
  auto bound = sessions_->listen(at);
  if (!bound) return fail(bound.error());
  for (const auto& endpoint : *bound) log_info("taking sessions at " + endpoint.to_string());
  return {};
}

Result<void> Core::open_kernel_thread() {
  netlink::Options options;
  options.interface_prefix = config_.interface_prefix;
  options.engine.inherit_stderr = stderr_outlives_us();
  auto port = open_kernel(options);
  if (!port) return fail(port.error());
  kernel_ = std::make_unique<Kernel>(std::move(*port), post(), [this](netstate::Event event) {
    call([&](Instant now) { node_->on_kernel(std::move(event), now); });
  });
  return {};
}

Result<void> Core::open_control() {
  ipc::ControlServerOptions options;
  options.path = config_.control_socket;
  auto control = ipc::ControlServer::open(loop_, options, [this](control::CommandId id, control::Command command) {
    call([&](Instant now) { node_->on_command(id, std::move(command), now); });
  });
  if (!control) return fail(control.error());
  control_ = std::move(*control);
  return {};
}

Result<void> Core::open_clocks() {
  auto clocks = Clocks::make(
      loop_, [this] { call([this](Instant now) { node_->on_deadline(now); }); },
      [this] {
        log_info("the calendar's time was set");
        calendar_set_at_ = Instant{};
        call([](Instant) {});
      });
  if (!clocks) return fail(clocks.error());
  clocks_ = std::move(*clocks);
  return {};
}

Post Core::post() {
  return [this](Task task) { asio::post(loop_, std::move(task)); };
}

bool Core::run() {
  wait_for_signal();
  call([](Instant) {});
  tell_service_manager("READY=1");
  loop_.run();
  return ended_well_;
}

template <class Call>
void Core::call(Call what) {
  const Instant begun = io::OsClock::now();
  update_calendar(begun);
  what(begun);
  const Duration took = io::OsClock::now() - begun;
  ++counters_.calls;
  counters_.longest_call = std::max(counters_.longest_call, took);
  if (took > limits::kCoreCall) ++counters_.slow_calls;
  settle();
}

void Core::update_calendar(Instant now) {
  if (now - calendar_set_at_ < kCalendarInterval) return;
  calendar_set_at_ = now;
  node_->set_wall_clock(io::OsClock::wall_now(), now);
}

// What the node wants done is done, in order. What is carried out may lead to another call, as an answered client's
// next command does: its effects then come behind those under way.
void Core::settle() {
  if (settling_) return;
  settling_ = true;
  for (auto effects = node_->take_effects(); !effects.empty(); effects = node_->take_effects()) {
    for (auto& effect : effects) std::visit([this](auto& what) { carry_out(std::move(what)); }, effect);
  }
  settling_ = false;
  clocks_->set_deadline(node_->next_deadline());
  if (stopping_) end_if_stopped();
}

void Core::carry_out(node::UseIdentity effect) {
  auto used = sessions_->use_identity(effect.mesh, effect.certificate, effect.key, effect.serve);
  if (!used) log_error("our own certificate can't be used", used.error());
}

void Core::carry_out(node::ForgetIdentity effect) { sessions_->drop_identity(effect.mesh); }

void Core::carry_out(node::Dial effect) { sessions_->dial(to_io(std::move(effect))); }

void Core::carry_out(node::Send effect) {
  // The node speaks only to those whose certificate it has checked.
  if (strangers_.erase(effect.session) != 0) sessions_->accept(to_io(effect.session));
  sessions_->send(to_io(effect.session), std::move(effect.message));
}

void Core::carry_out(node::Close effect) {
  strangers_.erase(effect.session);
  log_debug("session " + std::to_string(effect.session.value & ~node::kDialledSession) +
            " is closed: " + effect.reason);
  sessions_->close(to_io(effect.session));
}

void Core::carry_out(node::Apply effect) { kernel_->apply(effect.id, std::move(effect.plan)); }

void Core::carry_out(node::Observe effect) {
  if (effect.devices_only) {
    kernel_->observe_devices();
  } else {
    kernel_->observe();
  }
}

void Core::carry_out(node::Persist effect) { disk_->write(std::move(effect)); }

// A token is a few hundred bytes: read here and now.
void Core::carry_out(node::ReadToken effect) {
  auto content = io::read_file(effect.path, limits::kTokenBytes);
  auto token = content.map([](Bytes& bytes) {
    control::SecretText text(to_string(bytes));
    crypto::wipe(bytes);
    return text;
  });
  asio::post(loop_, [this, mesh = std::move(effect.mesh), token = std::move(token)] {
    call([&](Instant now) { node_->on_token(mesh, token, now); });
  });
}

// Between plans, where it has its place, on the thread that may block.
void Core::carry_out(node::RunHook effect) {
  const auto work = [hook = std::move(effect)] {
    const std::string what = hook.hook + " of " + hook.interface.text();
    const auto output = run_hook(hook.command, hook_environment(hook), config::kHookTime);
    if (!output) return log_error(what, output.error());
    log_info(what + " is done" + (output->empty() ? "" : ": " + *output));
  };
  kernel_->run(work, [this] { call([&](Instant now) { node_->on_hook_done(now); }); });
}

void Core::carry_out(node::ReadConfiguration) {
  auto read = reload_();
  // A line each; the last one ends like any other text.
  if (!read) read.error().erase(read.error().find_last_not_of('\n') + 1);
  Result<config::Config> config =
      read ? Result<config::Config>(*std::move(read)) : fail(Code::invalid, read.error(), "nothing of it was applied");
  asio::post(loop_,
             [this, config = std::move(config)] { call([&](Instant now) { node_->on_configuration(config, now); }); });
}

void Core::carry_out(node::SetLogLevel effect) { set_log_level(to_log(effect.level)); }

void Core::carry_out(node::Reply effect) { control_->answer(effect.command, effect.reply); }

void Core::carry_out(node::Publish effect) { control_->publish(std::move(effect.snapshot)); }

void Core::carry_out(node::Note effect) { log(to_log(effect.level), effect.text); }

void Core::on_session(io::SessionEvent event) {
  auto translated = to_node(std::move(event));
  if (const auto* opened = std::get_if<node::SessionOpened>(&translated); opened != nullptr && opened->inbound) {
    strangers_.insert(opened->session);
  }
  if (const auto* closed = std::get_if<node::SessionClosed>(&translated)) strangers_.erase(closed->session);
  call([&](Instant now) { node_->on_session(std::move(translated), now); });
}

void Core::on_written(node::Ticket ticket, const Result<void>& result) {
  if (!result) log_error("can't write the state", result.error());
  call([&](Instant now) {
    if (result) {
      node_->on_persisted(ticket, now);
    } else {
      node_->on_persist_failed(ticket, result.error(), now);
    }
  });
}

void Core::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& failure, int number) {
    if (failure) return;
    on_signal(number);
    wait_for_signal();
  });
}

void Core::on_signal(int number) {
  if (number == SIGHUP) {
    if (!stopping_) call([this](Instant now) { node_->reload(now); });
    return;
  }
  if (!stopping_) {
    log_info("stopping");
    return stop();
  }
  // Whoever asks twice does not want to wait. The next start puts right what is left.
  log_warning("stopping at once: interfaces may be left behind");
  ::_exit(1);
}

void Core::stop() {
  stopping_ = true;
  tell_service_manager("STOPPING=1");
  give_up_.expires_after(kStopTimeout + config::hook_patience(node_->config()));
  give_up_.async_wait([](const boost::system::error_code& failure) {
    if (failure) return;
    // Threads that hang in the kernel or on the disk can't be waited for.
    log_error("the stop took too long: interfaces may be left behind, and the next start puts them right");
    ::_exit(1);
  });
  call([this](Instant now) { node_->stop(now); });
}

void Core::end_if_stopped() {
  if (draining_ || !node_->stopped()) return;
  draining_ = true;
  sessions_->drain([this] {
    ended_well_ = true;
    loop_.stop();
  });
}

}  // namespace smeg::daemon
