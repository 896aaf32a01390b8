#include "netlink/host.h"

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
        observer_(options_, requests_, engines_, devices_, memory_, kernel_works) {}

  Result<netstate::Observed> observe() { return observer_.observe(); }
  std::map<netstate::InterfaceName, netstate::ObservedDevice> observe_devices() { return observer_.observe_devices(); }
  std::vector<Result<void>> apply(const netstate::Plan& plan) { return performer_.apply(plan); }
  Result<std::vector<addr::IpAddress>> underlay() { return list_underlay_addresses(requests_, observer_.ours()); }
  int changes_fd() const { return news_.fd(); }

  Changes take_changes() {
    Changes changes;
    const bool whole = news_.take([&](const Message& message) { classify(message, changes); });
    if (!whole) changes = {true, true};
    return changes;
  }

 private:
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
    } else if (const auto* filter = std::get_if<FilterMessage>(&message.body)) {
      changes.ours |= is_ours(filter->index);
    } else if (const auto* queue = std::get_if<QueueMessage>(&message.body)) {
      changes.ours |= is_ours(queue->index);
    }
  }
  bool is_ours(LinkIndex index) const { return observer_.ours().contains(index); }

  Options options_;
  RequestSocket requests_;
  KernelDevices kernel_;
  NewsSocket news_;
  Engines engines_{options_};
  Devices devices_{engines_, kernel_};
  DeviceMemory memory_;
  Observer observer_;
  Performer performer_{options_, requests_, engines_, devices_, memory_};
};

Host::Host(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Host::~Host() = default;

Result<std::unique_ptr<Host>> Host::open(Options options) {
  auto requests = RequestSocket::open(Protocol::route, options.request_timeout);
  if (!requests) return fail(requests.error());
  KernelDevices kernel(options.request_timeout);
  const auto kernel_works = try_kernel_wireguard(*requests, kernel);  // before anybody listens to the news of it
  auto news = NewsSocket::open();
  if (!news) return fail(news.error());
  auto impl = std::make_unique<Impl>(std::move(options), std::move(*requests), std::move(kernel), kernel_works,
                                     std::move(*news));
  return std::unique_ptr<Host>(new Host(std::move(impl)));
}

Result<netstate::Observed> Host::observe() { return impl_->observe(); }
std::map<netstate::InterfaceName, netstate::ObservedDevice> Host::observe_devices() { return impl_->observe_devices(); }
std::vector<Result<void>> Host::apply(const netstate::Plan& plan) { return impl_->apply(plan); }
Result<std::vector<addr::IpAddress>> Host::underlay_addresses() { return impl_->underlay(); }
int Host::changes_fd() const { return impl_->changes_fd(); }
Changes Host::take_changes() { return impl_->take_changes(); }

}  // namespace smeg::netlink
