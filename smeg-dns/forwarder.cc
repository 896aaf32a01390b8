#include "forwarder.h"

namespace smeg::nameserver {

std::optional<dns::RemoteAnswer> Forwarder::known(const dns::RemoteName& name) const {
  return known_.find(name, now());
}

void Forwarder::ask(const std::shared_ptr<const dns::Zone>& zone, const dns::RemoteName& name, Done done) {
  const auto under_way = questions_.find(name.key());
  if (under_way != questions_.end()) {
    if (under_way->second->waiting.size() >= limits::kDnsRemoteWaiting) return done(std::nullopt);
    under_way->second->waiting.push_back(std::move(done));
    return;
  }
  if (questions_.size() >= limits::kDnsRemotePending) return done(std::nullopt);
  const auto question = std::make_shared<Question>(loop_, name);
  question->zone = zone;
  question->waiting.push_back(std::move(done));
  questions_.emplace(name.key(), question);
  ask_next(question);
}

// A socket for each attempt: its port is as hard to guess as the id.
void Forwarder::ask_next(const std::shared_ptr<Question>& question) {
  boost::system::error_code error;
  question->socket.close(error);
  question->patience.cancel();
  if (question->asked == question->name.bridges.size()) return finish(question, std::nullopt);
  const addr::IpAddress bridge = question->name.bridges[question->asked++];
  question->sent = dns::remote_question(*question->zone, question->name, static_cast<std::uint16_t>(chance_()));
  question->socket.open(asio::ip::udp::v6(), error);
  if (!error) question->socket.connect({to_asio(bridge), port_}, error);
  if (!error) question->socket.send(asio::buffer(question->sent), 0, error);
  if (error) return asio::post(loop_, [this, question] { ask_next(question); });
  question->patience.expires_after(limits::kDnsRemotePatience);
  question->patience.async_wait([this, question](const boost::system::error_code& ended) {
    if (!ended) ask_next(question);
  });
  listen(question);
}

// What is no answer to the question is passed over: it may be somebody else's guess.
void Forwarder::listen(const std::shared_ptr<Question>& question) {
  question->buffer.resize(limits::kDnsUdpAnswerBytes);
  question->socket.async_receive(
      asio::buffer(question->buffer),
      [this, question, attempt = question->asked](const boost::system::error_code& error, std::size_t size) {
        if (error == asio::error::operation_aborted || attempt != question->asked) return;
        if (error) return ask_next(question);  // nobody listens there
        const ByteView message(question->buffer.data(), size);
        if (auto answer = dns::read_remote_answer(message, question->sent, question->name))
          return finish(question, answer);
        if (dns::is_failure(message, question->sent)) return ask_next(question);
        listen(question);
      });
}

void Forwarder::finish(const std::shared_ptr<Question>& question, const std::optional<dns::RemoteAnswer>& answer) {
  boost::system::error_code ignored;
  question->socket.close(ignored);
  question->patience.cancel();
  questions_.erase(question->name.key());
  if (answer) known_.keep(question->name, *answer, now());
  for (const Done& done : question->waiting) done(answer);
}

}  // namespace smeg::nameserver
