#include "netstate/plan.h"

#include <doctest/doctest.h>

#include "unit/netstate/support.h"

namespace smeg::netstate {

using namespace test;

TEST_CASE("an operation is described without secrets") {
  const crypto::WgPrivateKey key = private_key(0x5a);
  const SetDevice device{interface_name(0), key, 51'820, 7};
  CHECK(describe(device) == "set key and listen port 51820 of smeg0, firewall mark 7");

  SetPeer peer{interface_name(0), peer_key(1), crypto::PresharedKey(ByteArray<32>{1, 2, 3}), {}, {}, {}, false};
  peer.allowed_ips = {prefix("fd00::2/128")};
  peer.endpoint = EndpointChoice{endpoint("[2001:db8::1]:7"), 1};
  CHECK(describe(peer) == "set peer AQEBAQEBAQ... of smeg0: 1 allowed prefixes more, endpoint [2001:db8::1]:7");
  CHECK(describe(peer).find(crypto::to_base64(peer.preshared_key.expose()).substr(0, 6)) == std::string::npos);

  CHECK(describe(AddRoute{{prefix("fd00::/64")}, {interface_name(1)}}) == "add route fd00::/64 over smeg1");
  CHECK(describe(RemoveRoute{{prefix("fd00::/64"), 5, 9}, {interface_name(1)}}) ==
        "remove route fd00::/64 over smeg1 metric 5 table 9");
  CHECK(describe(AddRoute{{prefix("fd00::/64")}, {interface_name(1), 1'280, true}}) ==
        "add route fd00::/64 over smeg1 MTU fixed to 1280");
  CHECK(describe(SetForwarding{{{interface_name(1), interface_name(2)},
                                {{interface_name(2), {{prefix("fd01::/64"), prefix("fd02::/64")}}}}}}) ==
        "forward packets of smeg1 smeg2, fd01::/64 and 1 more behind this host for smeg2");
  CHECK(describe(AddInterface{interface_name(1), {}, Backend::kernel}) ==
        "add interface smeg1 of the kernel's WireGuard");
  CHECK(describe(AddAddress{interface_name(1), address("fd00::1")}) == "add address fd00::1/128 to smeg1");
}

TEST_CASE("every operation knows its interface, where it has one") {
  const Op remove = RemoveInterface{interface_name(3)};
  const Op route = AddRoute{{prefix("fd00::/64")}, {interface_name(1)}};
  CHECK(*interface_of(remove) == interface_name(3));
  CHECK(*interface_of(route) == interface_name(1));
  CHECK(!interface_of(Op(RemoveForwarding{})));
}

}  // namespace smeg::netstate
