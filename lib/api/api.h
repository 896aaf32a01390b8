// What smegd can do, by HTTP: requests in, responses out. Pure: the network, the control socket and the clock are the
// program smeg-api's. docs/api.md is this module as its users see it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "api/events.h"
#include "api/http.h"
#include "api/limits.h"
#include "api/metrics.h"
#include "api/problem.h"
#include "api/throttle.h"
#include "api/token.h"
#include "control/control.h"

namespace smeg::api {

struct Operation;
struct Work;

struct Settings {
  // Names by which clients may call this server, in lower case; addresses and "localhost" always go. A page of some
  // other site that has its name resolve to us (DNS rebinding) calls us by that name.
  std::set<std::string> hosts;
  // Origins of pages that may ask, and read the answers (CORS, in the Fetch standard), beside those that come from
  // here: "https://dashboard.example.org".
  std::set<std::string> origins;
};

// A request that waits for the daemon. Given back to finish().
struct Pending {
  const Operation* operation = nullptr;
  std::string caller;  // the token's name
  control::Command command;
  std::shared_ptr<const Work> work;
  std::string origin;         // of the page that asks, where it is one of Settings::origins
  std::string about;          // what it changes: a mesh's id, or a path
  bool without_body = false;  // HEAD asked
};

// A request that is answered by a stream of events, without end. Given back to unfollow().
struct Follow {
  std::string caller;
  ByteArray<32> token{};  // its hash: a name may be given again
  Response head;
  std::uint64_t next = 0;  // for EventLog::read
  std::string first;       // what is sent before anything else
};

using Next = std::variant<Response, Pending, Follow>;

// The document of `GET /api/v1/openapi.json`.
std::string openapi_document();

// Decides what becomes of a request. One thread. Never fails: what can't be is a response too. Reads are answered from
// the newest Snapshot, however the daemon is.
class Api {
 public:
  // run names this run of the program, for the ids of events.
  Api(Settings settings, KeySource& secrets, std::string run);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // The tokens that count from now on. An error: the file can't be used, so that nobody is let in by it.
  void set_tokens(Result<Tokens> tokens);
  // The state of the daemon, unless a newer one is known. first: it is the first that a connection told that follows
  // the daemon, so that whichever run of the daemon it is of is the one that there is now.
  void publish(std::shared_ptr<const control::Snapshot> snapshot, bool first = false);
  // Whether the daemon answers; why not.
  void set_connected(bool connected, std::string why = {});

  // What is wrong with a request by its head alone, so that nobody's body is read in vain. Counts nothing but what it
  // refuses.
  std::optional<Response> refuse(const Request& head);
  // To a request that is wrong before it can be read as one: too large, too slow, not HTTP.
  Response refuse(unsigned status, const Error& error);
  Next handle(const Request& request, Instant now);
  Response finish(const Pending& pending, const Result<control::Reply>& reply);
  void unfollow(const Follow& follow);
  // Whether the token of one who follows still is one.
  bool may_follow(const Follow& follow) const;

  const EventLog& events() const { return events_; }

 private:
  struct Found;
  struct Caller;

  tl::expected<Found, Response> look(const Request& head) const;
  std::optional<Response> check_place(const Request& head) const;
  tl::expected<Found, Response> route(const Request& head) const;
  tl::expected<Caller, Response> authorise(const Request& head, const Operation& operation) const;
  std::optional<Response> check_media(const Request& head, const Operation& operation) const;

  Next answer(const Request& request, Found found, Instant now);
  Next special(const Request& request, const Found& found);
  Next follow(const Request& request, const Found& found);
  Next change(const Found& found, const struct Call& call, Instant now);
  std::optional<Response> check_conditions(const Request& request, const Operation& operation,
                                           const struct Call& call) const;
  bool is_news(const control::Snapshot& snapshot, bool first) const;
  Response shown(const Request& request, std::string body, std::string_view type) const;
  std::string origin_of(const Request& head) const;
  void share(const std::string& origin, Response& response) const;
  Response count(std::string_view operation, Response response);

  Settings settings_;
  KeySource& secrets_;
  Result<Tokens> tokens_;
  std::shared_ptr<const control::Snapshot> snapshot_;
  std::optional<WallTime> run_before_;  // when the run of the daemon before snapshot_'s began
  bool lost_ = false;                   // the daemon was lost since snapshot_ was told
  bool connected_ = false;
  std::string why_not_ = "the daemon has not been heard of yet";
  EventLog events_;
  Throttle throttle_;
  std::map<std::string, std::size_t> commands_;  // in flight, by token
  std::multiset<std::string> changing_;          // what those in flight change
  std::map<std::string, std::size_t> followers_;
  Counters counters_;
};

}  // namespace smeg::api
