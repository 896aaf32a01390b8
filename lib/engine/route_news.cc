#include "engine/route_news.h"

#include <sys/epoll.h>

namespace smeg::engine {
namespace {

constexpr auto kPause = std::chrono::milliseconds(100);

}  // namespace

Result<void> RouteNews::start() {
  resume_at_ = kNever;
  return loop_.watch(watch_.descriptor(), EPOLLIN, [this](std::uint32_t) { on_news(); });
}

void RouteNews::on_news() {
  watch_.quiet();
  exchange_.routes.fetch_add(1);
  loop_.forget(watch_.descriptor());
  resume_at_ = io::OsClock::now() + kPause;
}

void RouteNews::on_deadline(Instant now) {
  if (now < resume_at_) return;
  if (!start()) resume_at_ = now + kPause;
}

}  // namespace smeg::engine
