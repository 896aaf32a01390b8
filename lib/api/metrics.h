// Figures for Prometheus, in its text format 0.0.4.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "control/control.h"

namespace smeg::api {

// What the API counts of itself.
struct Counters {
  std::map<std::pair<std::string_view, unsigned>, std::uint64_t> responses;  // by operation and status
  std::size_t event_clients = 0;
  std::size_t commands_in_flight = 0;
};

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

// snapshot may be missing: nothing was heard of the daemon yet.
std::string metrics_text(const control::Snapshot* snapshot, bool connected, const Counters& counters);
// The same without what the API knows of itself: none need run.
std::string daemon_metrics_text(const control::Snapshot* snapshot);

}  // namespace smeg::api
