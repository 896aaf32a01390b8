// One TLS connection, from the first byte of its handshake to its end. Internal to io.
#pragma once

#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>

#include "io/session_socket.h"
#include "io/tls.h"
#include "wire/wire.h"

namespace smeg::io {

class Link;

// What a message on its way to the core takes of limits::kSessionInboxBytes. Each is a piece of work of its own,
// however short it is: a thousand of them may wait, not hundreds of thousands.
inline constexpr std::size_t kMessageOverhead = 1'024;
inline constexpr std::size_t inbox_bytes(ByteView message) { return message.size() + kMessageOverhead; }

// Hears what happens to links. Each link tells one listener, and after on_end() nobody.
class LinkListener {
 public:
  virtual void on_open(Link& link) = 0;
  virtual void on_message(Link& link, Bytes message) = 0;
  // The link is over; shut() does not lead here before its queue is written. reason is empty where it was we who ended
  // it.
  virtual void on_end(Link& link, const std::string& reason) = 0;

 protected:
  ~LinkListener() = default;
};

// Job: handshake, frames in and out, time-outs, an orderly end. Caller and thread: the loop of the sessions. Fails by
// on_end(). Does not know what messages mean. Lives until its last operation has returned (shared_ptr).
class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(SessionId id, Tcp::socket socket, TlsContext& tls, boost::asio::ssl::context& context, LinkListener& listener);
  ~Link();

  // Exactly one of them, once, over a connected socket.
  void answer(Duration timeout);
  void greet(const MeshId& mesh, Protocol protocol, const std::optional<crypto::IdentityKey>& expect, Duration timeout);

  void listen_to(LinkListener& listener) { listener_ = &listener; }
  // Ends the link unless trust() is called in that time.
  void expect_trust(Duration within);
  void trust();
  void send(ByteView message);
  // The listener has dealt with that much, as inbox_bytes() counts it, of what it was given: more may be read.
  void consumed(std::size_t bytes);
  // Writes what is queued, says goodbye, ends. For at most two seconds.
  void shut();
  // Ends at once; on_end() is called with the reason.
  void abort(const std::string& reason);
  // Ends at once, and nobody is told.
  void discard();

  SessionId id() const { return id_; }
  // The handshake was finished well, whatever came after.
  bool opened() const { return opened_; }
  // From on_open() on.
  SessionOpened description() const;

 private:
  enum class State { fresh, handshaking, open, shutting, ended };
  using Failure = boost::system::error_code;

  void handshake(boost::asio::ssl::stream_base::handshake_type type, Duration timeout);
  void on_handshake(const Failure& failure);
  void read();
  void on_read(const Failure& failure, std::size_t size);
  bool deliver(ByteView bytes);
  void write();
  void on_write(const Failure& failure);
  void say_goodbye();
  void arm(Duration after, const std::string& reason);
  void disarm();
  void end(const std::string& reason);
  std::string explain(const Failure& failure) const;

  SessionId id_;
  TlsContext& tls_;
  LinkListener* listener_;
  TlsHandshake about_;
  addr::Endpoint local_;
  addr::Endpoint remote_;
  boost::asio::ssl::stream<Tcp::socket> stream_;
  boost::asio::steady_timer timer_;
  std::uint64_t timer_round_ = 0;  // a wait that was overtaken says nothing
  State state_ = State::fresh;
  bool inbound_ = false;
  bool opened_ = false;
  wire::Deframer deframer_;
  ByteArray<8 * 1'024> input_{};
  std::size_t unread_ = 0;  // given to the listener, not yet dealt with
  bool reading_ = false;
  Bytes queued_;
  Bytes writing_;
};

}  // namespace smeg::io
