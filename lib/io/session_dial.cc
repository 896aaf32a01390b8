#include "io/session_dial.h"

#include <algorithm>

#include "io/resolve.h"

namespace smeg::io {
namespace {

namespace asio = boost::asio;

// RFC 8305 section 8, Connection Attempt Delay.
constexpr auto kStagger = std::chrono::milliseconds(250);
constexpr std::size_t kComplaintBytes = 512;

}  // namespace

Race::Race(asio::io_context& loop, TlsContext& tls, asio::ssl::context& context, SessionOptions options,
           DialRequest request, Done done)
    : loop_(loop),
      tls_(tls),
      context_(context),
      options_(options),
      request_(std::move(request)),
      done_(std::move(done)),
      resolver_(loop),
      deadline_(loop),
      stagger_(loop) {}

void Race::start() {
  deadline_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(request_.timeout));
  deadline_.async_wait([self = shared_from_this()](const Failure& failure) {
    if (failure || !self->done_) return;
    self->note({}, "no answer in time");
    self->finish(fail(Code::unavailable, self->complaints_));
  });
  for (const auto& candidate : request_.candidates) {
    const auto literal = addr::IpAddress::parse(candidate.host);
    if (literal) waiting_.push_back({*literal, candidate.port});
    if (!literal) resolve(candidate);
  }
  waiting_ = mix_families(waiting_);
  next();
}

void Race::cancel() {
  done_ = nullptr;
  stop_everything();
}

void Race::resolve(const Candidate& candidate) {
  ++resolving_;
  resolver_.async_resolve(candidate.host, std::to_string(candidate.port), Tcp::resolver::numeric_service,
                          [self = shared_from_this(), candidate](const Failure& failure, const auto& results) {
                            self->on_resolved(candidate, failure, results);
                          });
}

void Race::on_resolved(const Candidate& candidate, const Failure& failure, const Tcp::resolver::results_type& results) {
  --resolving_;
  if (!done_) return;
  if (failure) note(candidate.host, failure.message());
  for (const auto& result : results) waiting_.push_back(from_asio(result.endpoint()));
  waiting_ = mix_families(waiting_);
  if (!pacing_) next();
}

// Begins with the next address, if there is one, and comes back for the one behind it.
void Race::next() {
  while (done_ && !waiting_.empty() && begun_ < limits::kDialAttempts) {
    const auto to = waiting_.front();
    waiting_.erase(waiting_.begin());
    if (!begin(to)) continue;
    stagger_.expires_after(kStagger);
    pacing_ = true;
    stagger_.async_wait([self = shared_from_this()](const Failure& failure) {
      if (failure || !self->done_) return;
      self->pacing_ = false;
      self->next();
    });
    return;
  }
  if (!done_ || !attempts_.empty() || resolving_ != 0) return;
  if (begun_ == 0 && complaints_.empty()) note({}, "there is no address to dial");
  finish(fail(Code::unavailable, complaints_));
}

// False where it is over before it began.
bool Race::begin(const addr::Endpoint& to) {
  ++begun_;
  auto socket = std::make_unique<Tcp::socket>(loop_);
  const auto where = to_asio(to);
  Failure failure;
  socket->open(where.protocol(), failure);
  if (failure) return note(to.to_string(), failure.message()), false;
  if (auto marked = mark_socket(socket->native_handle(), options_.mark); !marked) {
    return note(to.to_string(), marked.error().message), false;
  }
  attempts_.push_back({to, std::move(socket), nullptr});
  const auto attempt = std::prev(attempts_.end());
  attempt->socket->async_connect(where, [self = shared_from_this(), attempt](const Failure& refused) {
    if (self->done_) self->on_connected(attempt, refused);
  });
  return true;
}

void Race::on_connected(std::list<Attempt>::iterator attempt, const Failure& failure) {
  if (failure) return lost(attempt, failure.message());
  tune_socket(attempt->socket->native_handle(), options_.dead_after);
  attempt->link = std::make_shared<Link>(request_.session, std::move(*attempt->socket), tls_, context_, *this);
  attempt->socket.reset();
  // on_end() may come before greet() returns; the link must not go with its attempt.
  const auto link = attempt->link;
  link->greet(request_.mesh, request_.protocol, request_.expect, options_.handshake_timeout);
}

void Race::on_open(Link& link) { finish(link.shared_from_this()); }

void Race::on_message(Link&, Bytes) {}

void Race::on_end(Link& link, const std::string& reason) {
  const auto attempt = std::find_if(attempts_.begin(), attempts_.end(),
                                    [&](const Attempt& candidate) { return candidate.link.get() == &link; });
  if (attempt != attempts_.end() && done_) lost(attempt, reason);
}

void Race::lost(std::list<Attempt>::iterator attempt, const std::string& reason) {
  note(attempt->to.to_string(), reason);
  attempts_.erase(attempt);
  next();
}

void Race::note(const std::string& where, const std::string& reason) {
  if (complaints_.size() > kComplaintBytes) return;
  complaints_ += (complaints_.empty() ? "" : "; ") + (where.empty() ? reason : where + ": " + reason);
}

void Race::finish(Result<std::shared_ptr<Link>> result) {
  // The link that won is taken out, the others end.
  if (result) std::erase_if(attempts_, [&](const Attempt& attempt) { return attempt.link == *result; });
  const auto self = shared_from_this();
  const auto done = std::exchange(done_, nullptr);
  stop_everything();
  done(std::move(result));
}

void Race::stop_everything() {
  deadline_.cancel();
  stagger_.cancel();
  resolver_.cancel();
  Failure ignored;
  for (auto& attempt : attempts_) {
    if (attempt.link) attempt.link->discard();
    if (attempt.socket) attempt.socket->close(ignored);
  }
  // The handlers that still run hold iterators, but look at done_ first.
  attempts_.clear();
}

}  // namespace smeg::io
