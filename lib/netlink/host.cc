#include "netlink/host.h"

#include <linux/netconf.h>
#include <sys/epoll.h>

#include <algorithm>

#include "netlink/fd.h"
#include "netlink/observer.h"
#include "netlink/performer.h"
#include "netlink/underlay.h"

namespace smeg::netlink {

class Host::Impl {
 public:
  Impl(Options options, RequestSocket requests, KernelDevices kernel, const Result<void>& kernel_works, NewsSocket news)
      : options_(std::move(options)),
        requests_(std::move(requests)),
        kernel_(std::move(kernel)),
        news_(std::move(news)),
        observer_(options_, requests_, engines_, devices_, memory_, forwarder_, kernel_works) {
    hear(news_);
  }

  // What changed before there were news of it is seen by another look.
  Result<netstate::Observed> observe() {
    auto observed = observer_.observe();
    return forwarder_.active() && hear_of_rules() ? observer_.observe() : std::move(observed);
  }
  std::map<netstate::InterfaceName, netstate::ObservedDevice> observe_devices() { return observer_.observe_devices(); }
  std::vector<Result<void>> apply(const netstate::Plan& plan) {
    const auto forwards = [](const netstate::Op& op) { return std::holds_alternative<netstate::SetForwarding>(op); };
    if (std::ranges::any_of(plan.ops, forwards)) hear_of_rules();
    return performer_.apply(plan);
  }
  Result<std::vector<addr::IpAddress>> underlay() { return list_underlay_addresses(requests_, observer_.ours()); }
  int changes_fd() const { return all_news_.get(); }

  Changes take_changes() {
    Changes changes;
    const auto visit = [&](const Message& message) { classify(message, changes); };
    if (!news_.take(visit)) changes = {true, true};
    if (rules_news_ && !rules_news_->take(visit)) changes.ours = true;
    return changes;
  }

 private:
  void hear(const NewsSocket& news) {
    epoll_event event{};
    event.events = EPOLLIN;
    (void)epoll_ctl(all_news_.get(), EPOLL_CTL_ADD, news.fd(), &event);
  }

  // Only once something is forwarded: other programs may change their rules all the time. True where it begins now.
  bool hear_of_rules() {
    if (rules_news_) return false;
    auto news = NewsSocket::open(Protocol::netfilter);
    if (!news) return false;
    rules_news_ = std::move(*news);
    hear(*rules_news_);
    return true;
  }

  void classify(const Message& message, Changes& changes) {
    if (message.port == requests_.port()) return;  // our own doing
    if (const auto* link = std::get_if<LinkMessage>(&message.body)) {
      const bool ours = netstate::is_numbered(link->name, options_.interface_prefix) || is_ours(link->index);
      (ours ? changes.ours : changes.underlay) = true;
    } else if (const auto* address = std::get_if<AddressMessage>(&message.body)) {
      (is_ours(address->index) ? changes.ours : changes.underlay) = true;
    } else if (const auto* route = std::get_if<RouteMessage>(&message.body)) {
      if (route->protocol == netstate::kProtocol) changes.ours = true;
      if (route->destination.length() == 0) changes.underlay = true;
    } else if (const auto* rule = std::get_if<RuleMessage>(&message.body)) {
      changes.ours |= rule->protocol == netstate::kProtocol;
    } else if (const auto* filter = std::get_if<FilterMessage>(&message.body)) {
      changes.ours |= is_ours(filter->index);
    } else if (const auto* queue = std::get_if<QueueMessage>(&message.body)) {
      changes.ours |= is_ours(queue->index);
    } else if (const auto* setting = std::get_if<SettingMessage>(&message.body)) {
      changes.ours |= forwarder_.active() && setting->index == NETCONFA_IFINDEX_ALL && setting->forwards.has_value();
    } else if (const auto* rules = std::get_if<RulesMessage>(&message.body)) {
      changes.ours |= rules->chains || Forwarder::is_ours(*rules);
    }
  }
  bool is_ours(LinkIndex index) const { return observer_.ours().contains(index); }

  Options options_;
  RequestSocket requests_;
  KernelDevices kernel_;
  NewsSocket news_;
  std::optional<NewsSocket> rules_news_;
  const Fd all_news_{epoll_create1(EPOLL_CLOEXEC)};
  Engines engines_{options_};
  Devices devices_{engines_, kernel_};
  DeviceMemory memory_;
  Forwarder forwarder_{options_.request_timeout};
  Observer observer_;
  Performer performer_{options_, requests_, engines_, devices_, memory_, forwarder_};
};

Host::Host(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Host::~Host() = default;

Result<std::unique_ptr<Host>> Host::open(Options options) {
  auto requests = RequestSocket::open(Protocol::route, options.request_timeout);
  if (!requests) return fail(requests.error());
  KernelDevices kernel(options.request_timeout);
  const auto kernel_works = try_kernel_wireguard(*requests, kernel);  // before anybody listens to the news of it
  auto news = NewsSocket::open(Protocol::route);
  if (!news) return fail(news.error());
  auto impl = std::make_unique<Impl>(std::move(options), std::move(*requests), std::move(kernel), kernel_works,
                                     std::move(*news));
  if (impl->changes_fd() < 0) return fail(Code::io, "cannot make a place where news come together");
  return std::unique_ptr<Host>(new Host(std::move(impl)));
}

Result<netstate::Observed> Host::observe() { return impl_->observe(); }
std::map<netstate::InterfaceName, netstate::ObservedDevice> Host::observe_devices() { return impl_->observe_devices(); }
std::vector<Result<void>> Host::apply(const netstate::Plan& plan) { return impl_->apply(plan); }
Result<std::vector<addr::IpAddress>> Host::underlay_addresses() { return impl_->underlay(); }
int Host::changes_fd() const { return impl_->changes_fd(); }
Changes Host::take_changes() { return impl_->take_changes(); }

}  // namespace smeg::netlink
