#include "engine/log.h"

#include <doctest/doctest.h>

using namespace smeg::engine;

TEST_CASE("levels are named as wireguard-go names them") {
  CHECK(log_level_of("silent") == LogLevel::silent);
  CHECK(log_level_of("error") == LogLevel::error);
  CHECK(log_level_of("verbose") == LogLevel::verbose);
  CHECK(log_level_of("debug") == LogLevel::verbose);
  CHECK(log_level_of("") == LogLevel::error);
  CHECK(log_level_of("loud") == LogLevel::error);
  CHECK(log_level_of(nullptr) == LogLevel::error);
}
