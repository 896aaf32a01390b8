// One client of the control socket. For this module alone.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "base/base.h"
#include "ipc/asio.h"

namespace smeg::ipc {

// Lines that are shared by all whom they go to.
using Line = std::shared_ptr<const std::string>;

// Cuts what a client sends into lines and hands them on one at a time: the next one when the last has been answered and
// the answer is on its way. Used on the loop's thread. It ends by itself, and says so, when the client goes or breaks a
// rule. Does not know what the lines mean.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  // Whom a connection serves; it outlives the connection or calls abandon().
  class Owner {
   public:
    virtual ~Owner() = default;
    // Leads to one answer().
    virtual void on_line(const std::shared_ptr<Connection>& from, std::string_view line) = 0;
    // Nothing follows.
    virtual void on_gone(const std::shared_ptr<Connection>& from) = 0;
  };

  Connection(Socket socket, Owner& owner);

  void start();
  void answer(Line line);
  // Sends a last line, then ends.
  void refuse(Line line);
  // Something that was not asked for now. Only the newest waits while the client is slow.
  void notify(Line line);
  // Ends without a word to the owner.
  void abandon();

 private:
  void read();
  void on_read(std::size_t size);
  void next_line();
  void send(Line line);
  void write();
  void on_written();
  void end();

  Socket socket_;
  boost::asio::steady_timer write_timer_;
  Owner* owner_;
  std::array<char, 16 * 1'024> chunk_;
  std::string input_;
  std::deque<Line> output_;  // the first of them is being written; at most an answer, a notice and a refusal
  Line notice_;              // waits for its turn
  bool reading_ = false;
  bool asked_ = false;     // a line is with the owner, or its answer not yet written
  bool answered_ = false;  // the answer is in output_
  bool last_ = false;      // ends when output_ is empty
};

}  // namespace smeg::ipc
