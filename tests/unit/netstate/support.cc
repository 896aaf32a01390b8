#include "unit/netstate/support.h"

namespace smeg::netstate::test {
namespace {

bool one_in(Rng& rng, std::uint64_t n) { return rng.below(n) == 0; }

// Any element; the container is not empty.
template <class Container>
auto any_of(Container& container, Rng& rng) {
  return std::next(container.begin(), static_cast<std::ptrdiff_t>(rng.below(container.size())));
}

addr::Prefix random_prefix(Rng& rng) {
  if (one_in(rng, 4)) return prefix("10.0." + std::to_string(rng.below(6)) + ".0/24");
  return prefix("fd00::" + std::to_string(rng.below(8)) + "/128");
}

EndpointChoice random_choice(Rng& rng) {
  return {endpoint("192.0.2." + std::to_string(1 + rng.below(3)) + ":51820"), rng.below(2)};
}

Hairpin random_hairpin(Rng& rng) {
  return {prefix("fd0" + std::to_string(rng.below(2)) + "::/64"), {address("fd00::1").address}};
}

Device random_device(unsigned number, std::uint16_t port, Rng& rng) {
  Device device;
  device.private_key = private_key(static_cast<std::uint8_t>(100 + 4 * number + rng.below(2)));
  device.listen_port = port;
  device.fwmark = static_cast<std::uint32_t>(rng.below(2));
  const std::uint64_t peers = rng.below(5);
  for (std::uint64_t i = 0; i < peers; ++i) {
    Peer peer;
    if (!one_in(rng, 3)) peer.endpoint = random_choice(rng);
    if (one_in(rng, 3)) peer.preshared_key = crypto::PresharedKey(ByteArray<32>{7});
    peer.keepalive = std::chrono::seconds(rng.below(2) * 25);
    device.peers[peer_key(static_cast<std::uint8_t>(rng.below(6)))] = std::move(peer);
  }
  if (device.peers.empty()) return device;
  for (std::uint64_t i = 0; i < 8; ++i) {
    const addr::Prefix wanted = random_prefix(rng);
    for (auto& [key, peer] : device.peers) peer.allowed_ips.erase(wanted);
    any_of(device.peers, rng)->second.allowed_ips.insert(wanted);
  }
  return device;
}

void add_sources(Device& device, Rng& rng) {
  for (auto& [key, peer] : device.peers) {
    const std::uint64_t sources = rng.below(3);
    for (std::uint64_t i = 0; i < sources; ++i) peer.sources.insert(random_prefix(rng));
  }
}

std::optional<Forwarding> random_forwarding(const State& state, Rng& rng) {
  if (one_in(rng, 2)) return std::nullopt;
  Forwarding forwarding;
  for (const auto& [name, interface] : state.interfaces) {
    if (forwarding.meshes.empty() || one_in(rng, 2)) forwarding.meshes.insert(name);
  }
  for (const auto& name : forwarding.meshes) {
    if (one_in(rng, 3)) forwarding.back.insert(name);
  }
  for (const auto& name : forwarding.meshes) {
    if (one_in(rng, 2)) forwarding.beyond[name].behind = {prefix("2001:db8:" + std::to_string(rng.below(3)) + "::/48")};
    if (one_in(rng, 3)) forwarding.beyond[name].masqueraded = {prefix("fd00::/8")};
  }
  if (one_in(rng, 3)) forwarding.apart.insert(*forwarding.meshes.begin());
  if (forwarding.meshes.size() > 1 && one_in(rng, 3))
    forwarding.lanes.emplace(*forwarding.meshes.rbegin(), *forwarding.meshes.begin());
  for (const auto& [lane, main] : forwarding.lanes) {
    forwarding.back.erase(lane);
    forwarding.beyond.erase(lane);
  }
  return forwarding;
}

RouteTarget random_target(const State& state, Rng& rng) {
  RouteTarget target{any_of(state.interfaces, rng)->first};
  if (one_in(rng, 3)) target.mtu = one_in(rng, 2) ? 1'280 : 1'400;
  target.mtu_fixed = target.mtu != 0 && one_in(rng, 2);
  return target;
}

void disturb_device(ObservedDevice& device, Rng& rng) {
  if (one_in(rng, 4)) device.fwmark = 99;
  if (one_in(rng, 6)) device.listen_port = static_cast<std::uint16_t>(40'000 + rng.below(100));
  if (one_in(rng, 8)) device.peers[peer_key(77)].allowed_ips = {prefix("fd77::/64")};
  if (device.peers.empty()) return;
  ObservedPeer& peer = any_of(device.peers, rng)->second;
  switch (rng.below(7)) {
    case 0:
      peer.endpoint = endpoint("198.51.100.9:1024");  // roamed
      peer.last_handshake = WallTime(std::chrono::milliseconds(1));
      break;
    case 1:
      peer.chosen.reset();  // we were restarted
      break;
    case 2: peer.allowed_ips.clear(); break;
    case 3: peer.allowed_ips.insert(prefix("fd88::/64")); break;
    case 4: device.peers.erase(device.peers.begin()); break;
    case 5: peer.rx_bytes += 1; break;
    case 6: peer.sources = {prefix("fd66::/64")}; break;
  }
}

void disturb_interface(Observed& kernel, const InterfaceName& name, Rng& rng) {
  ObservedInterface& interface = kernel.interfaces.at(name);
  switch (rng.below(10)) {
    case 0:  // the link was set down
      interface.up = false;
      interface.addresses.clear();
      std::erase_if(kernel.routes, [&](const auto& route) { return route.second.interface == name; });
      break;
    case 1:
      interface.mtu = 9'000;
      if (one_in(rng, 2)) break;
      interface.mtu = 1'200;  // too small for IPv6: the kernel takes it off the interface
      interface.addresses.clear();
      std::erase_if(kernel.routes, [&](const auto& route) { return route.second.interface == name; });
      break;
    case 2: interface.addresses.emplace(address("fd99::1"), one_in(rng, 2)); break;
    case 3: interface.addresses.clear(); break;
    case 4:  // the engine died
      kernel.interfaces.erase(name);
      std::erase_if(kernel.routes, [&](const auto& route) { return route.second.interface == name; });
      break;
    case 5: interface.device.reset(); break;
    case 6:  // the link was deleted, the engine lives on
      interface.index = 0;
      interface.up = false;
      interface.hairpin.reset();
      interface.addresses.clear();
      std::erase_if(kernel.routes, [&](const auto& route) { return route.second.interface == name; });
      break;
    case 7:
      interface.mesh.reset();
      interface.lane = kMainLane;
      break;
    case 8:
      interface.hairpin.reset();
      if (one_in(rng, 2)) interface.hairpin = random_hairpin(rng);
      break;
    case 9:
      if (interface.device) disturb_device(*interface.device, rng);
      break;
  }
}

}  // namespace

InterfaceName interface_name(unsigned number) { return *InterfaceName::make("smeg", number); }

MeshId mesh(std::uint8_t number) {
  MeshId id;
  id.bytes.fill(number);
  return id;
}

crypto::WgPublicKey peer_key(std::uint8_t number) {
  crypto::WgPublicKey key;
  key.bytes.fill(number);
  return key;
}

crypto::WgPrivateKey private_key(std::uint8_t number) {
  ByteArray<32> bytes;
  bytes.fill(number);
  bytes[0] &= 248;
  bytes[31] = static_cast<std::uint8_t>((bytes[31] & 127) | 64);
  return crypto::WgPrivateKey(bytes);
}

addr::Prefix prefix(std::string_view text) { return addr::Prefix::parse(text).value(); }
addr::Endpoint endpoint(std::string_view text) { return addr::Endpoint::parse(text).value(); }
Address address(std::string_view text) { return Address::host(addr::IpAddress::parse(text).value()); }

State small_state() {
  Interface interface;
  interface.mesh = mesh(1);
  interface.addresses = {address("fd00::1")};
  interface.device.private_key = private_key(1);
  interface.device.listen_port = 51'820;
  Peer peer;
  peer.endpoint = EndpointChoice{endpoint("192.0.2.1:51820"), 0};
  peer.allowed_ips = {prefix("fd00::2/128")};
  interface.device.peers.emplace(peer_key(1), peer);
  State state;
  state.interfaces.emplace(interface_name(0), interface);
  state.routes.emplace(RouteKey{prefix("fd00::/64")}, RouteTarget{interface_name(0)});
  return state;
}

State random_state(Rng& rng) {
  State state;
  std::vector<std::uint16_t> ports = {0, 51'820, 51'821, 51'822, 51'823, 0};
  std::set<Owner> owners;
  const std::uint64_t interfaces = rng.below(4);
  for (std::uint64_t i = 0; i < interfaces; ++i) {
    const auto number = static_cast<unsigned>(rng.below(4));
    if (state.interfaces.contains(interface_name(number))) continue;
    const auto port = any_of(ports, rng);
    Interface interface;
    interface.mesh = mesh(static_cast<std::uint8_t>(number + 10 * (rng.below(6) / 5)));
    interface.lane = static_cast<Lane>(rng.below(2));
    while (!owners.insert({interface.mesh, interface.lane}).second) ++interface.lane;
    interface.mtu = one_in(rng, 3) ? 1'280 : 1'420;
    interface.addresses = {address("fd00::" + std::to_string(1 + rng.below(3)))};
    if (one_in(rng, 3)) interface.addresses.insert(address("fd01::1"));
    if (one_in(rng, 3)) interface.hairpin = random_hairpin(rng);
    interface.device = random_device(number, *port, rng);
    interface.backend = one_in(rng, 3) ? Backend::kernel : Backend::userspace;
    if (interface.backend == Backend::userspace) add_sources(interface.device, rng);
    ports.erase(port);
    state.interfaces.emplace(interface_name(number), std::move(interface));
  }
  if (state.interfaces.empty()) return state;
  const std::uint64_t routes = rng.below(6);
  for (std::uint64_t i = 0; i < routes; ++i) {
    const RouteKey key{prefix("fd0" + std::to_string(rng.below(4)) + "::/64"), one_in(rng, 4) ? 512 : kDefaultMetric};
    state.routes.insert_or_assign(key, random_target(state, rng));
  }
  state.forwarding = random_forwarding(state, rng);
  for (std::uint32_t priority = 1; priority <= 3; ++priority) {
    if (!one_in(rng, 3)) continue;
    Rule rule{.priority = priority, .table = 80 + static_cast<std::uint32_t>(rng.below(2))};
    if (one_in(rng, 2)) rule.unless_mark = 7;
    rule.without_default = one_in(rng, 2);
    state.rules.insert(rule);
  }
  return state;
}

void disturb(Observed& kernel, Rng& rng) {
  const std::uint64_t times = rng.below(4);
  for (std::uint64_t i = 0; i < times && !kernel.interfaces.empty(); ++i) {
    const InterfaceName name = any_of(kernel.interfaces, rng)->first;
    if (kernel.interfaces.at(name).ours) disturb_interface(kernel, name, rng);
  }
  if (!kernel.routes.empty() && one_in(rng, 3)) kernel.routes.erase(any_of(kernel.routes, rng));
  if (!kernel.rules.empty() && one_in(rng, 3)) kernel.rules.erase(any_of(kernel.rules, rng));
  if (one_in(rng, 6)) kernel.rules.insert(Rule{.priority = 2, .table = 99});
  if (one_in(rng, 6)) kernel.forwarding.reset();
  if (one_in(rng, 6)) kernel.forwarding = Forwarding{};  // rules were taken out of it
  if (one_in(rng, 5)) {
    ObservedInterface foreign;
    foreign.index = 900;
    foreign.mtu = 1'500;
    foreign.up = true;
    foreign.addresses = {{address("2001:db8::1"), false}};
    kernel.interfaces.emplace(interface_name(static_cast<unsigned>(rng.below(4))), foreign);
  }
  if (one_in(rng, 5)) {
    std::erase_if(kernel.interfaces, [](const auto& entry) { return !entry.second.ours; });
  }
}

}  // namespace smeg::netstate::test
