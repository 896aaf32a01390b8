#include <boost/asio.hpp>
#include <thread>

#include "base/base.h"
#include "crypto/crypto.h"
#include "mesh/mesh.h"

void shell() {
  std::thread t(shell);
  auto now = std::chrono::steady_clock::now();
}
