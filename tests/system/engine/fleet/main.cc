// Many hosts in one process, for what an engine does when many call: each has a key and an address of its own, and a
// real wireguard::Device. The addresses must be local to the network namespace
// (`ip route add local 10.64.0.0/10 dev lo` makes a whole range so).
//
//   fleet junk KEY ENDPOINT FIRST COUNT RATE SECONDS    initiations that nobody can open, with a mac1 that fits
//   fleet peers KEY ENDPOINT FIRST COUNT RATE SECONDS   one handshake each, with retries, RATE of them begun a second
//   fleet config COUNT                                  the same peers, for `wg setconf`
//
// KEY is the engine's public key, FIRST the first of COUNT addresses. The last line of output is the result.
#include <poll.h>

#include <fmt/format.h>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "fleet.h"

using namespace smeg;
using namespace smeg::fleet;

namespace {

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "fleet: %s\n", why.c_str());
  std::exit(2);
}

std::uint32_t number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) refuse("not a number: " + std::string(text));
  return value;
}

Task read_task(const std::vector<std::string>& words) {
  if (words.size() != 7) refuse("wrong number of arguments");
  Task task;
  const auto key = crypto::from_base64(words[1]);
  if (!key || key->size() != 32) refuse("not a key: " + words[1]);
  std::ranges::copy(*key, task.engine.bytes.begin());
  const auto endpoint = addr::Endpoint::parse(words[2]);
  const auto first = addr::IpAddress::parse(words[3]);
  if (!endpoint || !first || !first->is_v4()) refuse("not an endpoint or IPv4 address");
  task.at = *endpoint;
  task.first = *first;
  task.count = number(words[4]);
  task.rate = number(words[5]);
  task.seconds = number(words[6]);
  if (task.count == 0 || task.rate == 0) refuse("nothing to do");
  return task;
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> words(values + 1, values + count);
  if (words.size() == 2 && words[0] == "config") {
    for (std::uint32_t i = 0; i < number(words[1]); ++i)
      fmt::print("[Peer]\nPublicKey = {}\nAllowedIPs = 10.128.{}.{}/32\n",
                 crypto::to_base64(crypto::wg_public_key(key_of(i)).bytes), i / 256, i % 256);
    return 0;
  }
  if (!words.empty() && words[0] == "junk") return send_junk(read_task(words));
  if (!words.empty() && words[0] == "peers") return call_as_peers(read_task(words));
  refuse("junk, peers or config?");
}
