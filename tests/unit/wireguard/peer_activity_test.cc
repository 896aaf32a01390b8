#include "wireguard/peer_activity.h"

#include <doctest/doctest.h>

#include "unit/wireguard/support.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

TEST_CASE("bytes add up, the first unanswered packet counts") {
  PeerActivity activity;
  CHECK(activity.awaiting_since() == kNever);
  CHECK(activity.owing_since() == kNever);
  CHECK(activity.last_traversal() == kNever);
  CHECK(activity.data_sent(100, kStart));
  CHECK(activity.data_sent(50, kStart + 1s));
  CHECK(activity.tx_bytes() == 150);
  CHECK(activity.awaiting_since() == kStart);
  CHECK(activity.last_traversal() == kStart + 1s);
  CHECK(activity.data_received(70, kStart + 2s));
  CHECK(activity.rx_bytes() == 70);
  CHECK(activity.awaiting_since() == kNever);
  CHECK(activity.owing_since() == kStart + 2s);
  activity.keepalive_sent(32, kStart + 3s);
  CHECK(activity.owing_since() == kNever);
  CHECK(activity.awaiting_since() == kNever);
}

TEST_CASE("timers are asked for until somebody watches") {
  PeerActivity activity;
  CHECK(activity.data_sent(1, kStart));
  CHECK(activity.data_sent(1, kStart));
  activity.start_watching();
  CHECK(!activity.data_sent(1, kStart));
  CHECK(!activity.data_received(1, kStart));
  activity.stop_watching();
  CHECK(activity.data_received(1, kStart));
}

}  // namespace
}  // namespace smeg::wireguard
