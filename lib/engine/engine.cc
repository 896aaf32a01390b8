#include "engine/engine.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace smeg::engine {
namespace {

// Packets that wait while the egress worker isn't running: as long as the queue of a network card, for with TUN's own
// 500 a TCP flow at full speed loses packets whenever another program gets the processor.
constexpr unsigned kQueueLength = 1'000;

// What a TUN interface has when nobody has set it: too much for a tunnel.
constexpr unsigned kTunMtu = 1'500;

// The first error of several results, where there is one.
template <class... Results>
std::optional<Error> first_error(const Results&... results) {
  std::optional<Error> error;
  ((!results && !error ? void(error = results.error()) : void()), ...);
  return error;
}

// What its maker has set on an adopted one stays.
Result<void> prepare_tun(const io::Tun& tun, bool adopted) {
  const auto present = tun.mtu();
  if (!present) return fail(present.error());
  const bool chosen = adopted && *present != kTunMtu;
  const auto mtu = chosen ? Result<void>() : tun.set_mtu(wireguard::kDefaultMtu);
  const auto length = adopted ? Result<void>() : tun.set_queue_length(kQueueLength);
  if (auto error = first_error(mtu, length)) return fail(std::move(*error));
  return {};
}

}  // namespace

Engine::Engine(EngineOptions options, io::Tun tun, UapiSocket socket, io::LinkWatch link, DeadlineTimer timer,
               WallClockWatch wall, std::unique_ptr<Loop> loop)
    : log_(options.log_level, options.interface),
      timing_(options.timing),
      tun_(std::move(tun)),
      socket_(std::move(socket)),
      link_(std::move(link)),
      timer_(std::move(timer)),
      wall_(std::move(wall)),
      loop_(std::move(loop)) {}

Engine::~Engine() {
  if (exchange_) exchange_->stop_workers();
  threads_.clear();
}

Result<std::unique_ptr<Engine>> Engine::create(EngineOptions options) {
  const bool adopted = static_cast<bool>(options.tun);
  auto tun = adopted ? io::Tun::adopt(std::move(options.tun)) : io::Tun::create(options.interface);
  if (!tun) return fail(std::move(tun.error()));
  if (auto made = prepare_tun(*tun, adopted); !made) return fail(std::move(made.error()));
  options.interface = tun->name();
  auto link = io::LinkWatch::open(tun->index());
  auto timer = DeadlineTimer::make();
  auto wall = WallClockWatch::make();
  auto loop = Loop::make();
  if (auto error = first_error(link, timer, wall, loop)) return fail(std::move(*error));
  auto socket = options.uapi_listener
                    ? UapiSocket::adopt(std::move(options.uapi_listener), options.uapi_folder, options.interface)
                    : UapiSocket::listen(options.uapi_folder, options.interface);
  if (!socket) return fail(std::move(socket.error()));
  std::unique_ptr<Engine> engine(new Engine(std::move(options), std::move(*tun), std::move(*socket), std::move(*link),
                                            std::move(*timer), std::move(*wall), std::move(*loop)));
  if (auto prepared = engine->prepare(); !prepared) return fail(std::move(prepared.error()));
  return engine;
}

Result<void> Engine::prepare() {
  auto queue = EventQueue::make();
  auto stop_bell = Wake::make();
  auto underlay_bell = Wake::make();
  const auto mtu = tun_.mtu();
  auto route_watch = io::RouteWatch::open();
  auto routes = io::Routes::open();
  auto egress_routes = io::Routes::open();
  if (auto error = first_error(queue, stop_bell, underlay_bell, mtu, route_watch, routes, egress_routes))
    return fail(std::move(*error));
  was_up_ = tun_.is_up().value_or(false);
  exchange_ = std::make_unique<Exchange>(std::move(*queue), std::move(*stop_bell), std::move(*underlay_bell),
                                         Underlay{.sockets = nullptr, .mtu = *mtu, .mark = 0, .up = true});
  controller_ = std::make_unique<Controller>(*exchange_, log_, std::move(*routes), timing_);
  if (auto opened = controller_->open_sockets(); !opened) return opened;
  server_ = std::make_unique<UapiServer>(
      *loop_, socket_, [this](const wireguard::UapiRequest& request) { return controller_->on_request(request); });
  route_news_ = std::make_unique<RouteNews>(std::move(*route_watch), *loop_, *exchange_);
  egress_ = std::make_unique<EgressWorker>(tun_, *exchange_, std::move(*egress_routes));
  ingress_ = std::make_unique<IngressWorker>(tun_, *exchange_);
  if (auto watched = watch_signals(); !watched) return watched;
  return watch_everything();
}

Result<void> Engine::watch_signals() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  if (sigprocmask(SIG_BLOCK, &ends, nullptr) < 0) return fail(io::os_error("can't block signals", errno));
  // A client or a log that went away is no reason to end, nor is the terminal from which a parent was started.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  signals_.reset(signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return fail(io::os_error("can't watch for signals", errno));
  return loop_->watch(signals_.get(), EPOLLIN, [this](std::uint32_t) { stop("told to end"); });
}

Result<void> Engine::watch_everything() {
  const auto watched = {
      loop_->watch(timer_.descriptor(), EPOLLIN,
                   [this](std::uint32_t) {
                     timer_.quiet();
                     server_->on_deadline(io::OsClock::now());
                     route_news_->on_deadline(io::OsClock::now());
                     controller_->on_deadline();
                   }),
      loop_->watch(wall_.descriptor(), EPOLLIN,
                   [this](std::uint32_t) {
                     wall_.quiet();
                     controller_->on_wall_clock();
                   }),
      loop_->watch(exchange_->events->descriptor(), EPOLLIN,
                   [this](std::uint32_t) {
                     if (!controller_->on_events()) stop("the interface was deleted");
                   }),
      loop_->watch(link_.descriptor(), EPOLLIN, [this](std::uint32_t) { on_link(); }),
      loop_->watch(socket_.watch(), EPOLLIN,
                   [this](std::uint32_t) {
                     if (socket_.is_gone()) stop("the UAPI socket was deleted");
                   }),
      server_->start(),
      route_news_->start(),
  };
  for (const auto& result : watched) {
    if (!result) return result;
  }
  return {};
}

Result<void> Engine::start_workers() {
  auto egress = Thread::start("smeg-egress", [this] { egress_->run(); });
  if (!egress) return fail(std::move(egress.error()));
  threads_.push_back(std::move(*egress));
  auto ingress = Thread::start("smeg-ingress", [this] { ingress_->run(); });
  if (!ingress) return fail(std::move(ingress.error()));
  threads_.push_back(std::move(*ingress));
  return {};
}

Result<void> Engine::run(const std::function<void()>& serving) {
  if (auto dropped = drop_privileges(); !dropped) return dropped;
  if (auto started = start_workers(); !started) return started;
  log_.verbose("serving at " + socket_.path());
  serving();
  return loop_->run([this] {
    timer_.set(std::min({controller_->next_deadline(), server_->next_deadline(), route_news_->next_deadline()}));
  });
}

// Until it is first up, the interface counts as up, so that sessions are there by then. It may be moved to another
// network namespace, and goes on to work there: then nothing more is heard of it here, and it counts as up too. Whether
// it was deleted shows at its queue.
void Engine::on_link() {
  const auto news = link_.take();
  auto state = news.state;
  if (news.lost) {
    const auto up = tun_.is_up();
    const auto mtu = tun_.mtu();
    if (up && mtu) state = io::LinkState{true, *up, *mtu};
  }
  if (!state) return;
  was_up_ = was_up_ || state->up;
  const unsigned known = exchange_->underlay.get()->mtu;
  const bool up = state->up || !was_up_ || !state->there;
  controller_->on_link(up, state->mtu > 0 ? state->mtu : known);
}

void Engine::stop(std::string_view why) {
  log_.verbose(why);
  loop_->stop();
}

}  // namespace smeg::engine
