// Datagrams and packets for a host that has a session. The input is a list of pieces, each behind two bytes of length
// (little-endian) and one that says what it is: a datagram as it is, one with a mac1 that fits, the inside of a data
// message of its peer, or a packet that comes out of the TUN. Whatever came, the peers can still talk afterwards, and
// what nobody has sealed reaches nobody.
#include <cstdlib>

#include "datapath/ip.h"
#include "unit/datapath/world.h"
#include "wireguard/cookie.h"

namespace {

using namespace smeg;
using namespace smeg::testing;

constexpr std::size_t kMaxPieces = 16;

void require(bool holds) {
  if (!holds) std::abort();
}

// A datagram of a stranger, or of somebody who speaks from the peer's address.
void receive(Pair& pair, Bytes bytes) {
  const std::size_t before = pair.b.received.size();
  const bool as_peer = !bytes.empty() && bytes.back() % 2 == 0;
  pair.b.receive({as_peer ? pair.a.where : endpoint("203.0.113.9:9"), pair.b.where, std::move(bytes)},
                 pair.world.now());
  require(pair.b.received.size() == before);
}

void receive_with_mac(Pair& pair, Bytes bytes) {
  const auto type = wireguard::classify(bytes);
  if (type == wireguard::MessageType::initiation || type == wireguard::MessageType::response)
    wireguard::CookieJar(pair.b.public_key).stamp(bytes, pair.world.now());
  receive(pair, std::move(bytes));
}

void receive_sealed(Pair& pair, const Bytes& plain) {
  wireguard::Keypair* session = pair.a.table->peer_for(pair.ip_b)->sending();
  const auto counter = session->take_counter(pair.world.now());
  Bytes datagram(plain.size() + wireguard::kDataOverhead);
  wireguard::encode(wireguard::DataHeader{session->remote_index(), *counter}, datagram.data());
  crypto::aead_seal(session->sending_key(), *counter, {}, plain, MutableByteView(datagram).subspan(16));
  const std::size_t before = pair.b.received.size();
  pair.b.receive({pair.a.where, pair.b.where, std::move(datagram), 3}, pair.world.now());
  for (std::size_t i = before; i < pair.b.received.size(); ++i) {
    const auto header = datapath::parse_ip(pair.b.received[i]);
    require(header && header->source == pair.ip_a && header->packet_bytes == pair.b.received[i].size());
  }
}

void send(Pair& pair, const Bytes& packet) {
  pair.b.send_packets({packet}, pair.world.now());
  for (const Bytes& reply : pair.b.replies) {
    const auto header = datapath::parse_ip(reply);
    require(header && header->packet_bytes == reply.size());
  }
}

void take_piece(Pair& pair, std::uint8_t kind, Bytes piece) {
  switch (kind % 4) {
    case 0: return receive(pair, std::move(piece));
    case 1: return receive_with_mac(pair, std::move(piece));
    case 2: return receive_sealed(pair, piece);
    case 3: return send(pair, piece);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Pair pair;
  pair.settle();
  if (size > 0 && data[0] & 0x80) pair.b.waiting = wireguard::kHandshakeBacklog;
  ByteView rest(data, size);
  for (std::size_t i = 0; i < kMaxPieces && rest.size() >= 3; ++i) {
    const std::size_t length = std::min<std::size_t>(load_le<std::uint16_t>(rest.data()) & 0x3fff, rest.size() - 3);
    take_piece(pair, rest[2], to_bytes(rest.subspan(3, length)));
    rest = rest.subspan(3 + length);
  }
  pair.b.received.clear();
  pair.world.send(pair.a, pair.packet_to_b("still there"));
  pair.world.run(30s);
  require(pair.b.received.size() == 1);
  require(pair.b.received[0] == pair.packet_to_b("still there"));
  return 0;
}
