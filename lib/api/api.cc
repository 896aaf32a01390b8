#include "api/api.h"

#include <algorithm>

#include "api/operation.h"
#include "api/resources.h"

namespace smeg::api {

using control::Json;
using control::JsonObject;

// The operation that a request means, with the parts of its target.
struct Api::Found {
  const Operation* operation = nullptr;
  std::map<std::string, std::string> path;
  std::map<std::string, std::string> query;
  std::string text;  // of the path, as it was sent
  std::string caller;
  ByteArray<32> token{};  // the hash of the caller's
  Scope scope = Scope::read;
};

// Who asks; nobody in particular where the operation is for anybody.
struct Api::Caller {
  std::string name;
  ByteArray<32> token{};
  Scope scope = Scope::read;
};

namespace {

constexpr std::string_view kJsonType = "application/json";
// What pages of other origins may send, and see of the answer beside what any may.
constexpr std::string_view kFieldsOfPages = "Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID";
constexpr std::string_view kFieldsForPages = "ETag, Location, Retry-After, Allow, WWW-Authenticate";
constexpr std::string_view kNone = "none";  // an operation, of requests that mean none

tl::unexpected<Response> refused(unsigned status, Code code, std::string message, std::string hint = {}) {
  return tl::unexpected(problem(status, {code, std::move(message), std::move(hint)}));
}

// "GET" is asked for by HEAD too.
bool answers(const Operation& operation, std::string_view method) {
  return operation.method == method || (operation.method == "GET" && method == "HEAD");
}

std::string_view media_type_of(const Operation& operation) {
  if (operation.answer == "Line" || operation.answer == "Metrics") return "text/plain";
  return operation.answer == "EventStream" ? "text/event-stream" : kJsonType;
}

std::string allowed(const std::vector<const Operation*>& operations) {
  std::set<std::string> methods{"OPTIONS"};
  for (const Operation* each : operations) {
    methods.emplace(each->method);
    if (each->method == "GET") methods.emplace("HEAD");
  }
  std::string out;
  for (const std::string& each : methods) out.append(out.empty() ? "" : ", ").append(each);
  return out;
}

std::string tag_of(std::string_view body) {
  return '"' + crypto::to_base32(crypto::hash<16>("smegmesh entity tag", {as_bytes(body)})) + '"';
}

std::string json_text(const Json& json) { return json.dump() + '\n'; }

const Operation* reader_at(std::string_view path) {
  for (const Operation& each : operations())
    if (each.path == path && std::holds_alternative<Read>(each.handler)) return &each;
  return nullptr;
}

// The operation that reads what this one changes; nullptr where nothing does. An action has nothing to be read where it
// is posted to: it changes what is one step up, as .../key/rotate does .../key.
const Operation* reader_of(const Operation& changes) {
  const Operation* reader = reader_at(changes.path);
  if (reader || changes.method != "POST") return reader;
  return reader_at(changes.path.substr(0, changes.path.rfind('/')));
}

// What of a change's query its reader knows too: whether ?ban= is there makes no difference to a member.
std::map<std::string, std::string> query_for(const Operation& reader, const Call& change) {
  std::map<std::string, std::string> out;
  for (const Parameter& each : reader.query)
    if (const auto found = change.query.find(std::string(each.name)); found != change.query.end()) out.insert(*found);
  return out;
}

// By its whole id, or by its name.
Result<const control::MeshView*> mesh_of(const control::Snapshot& snapshot, const std::string& text) {
  const control::MeshView* found = nullptr;
  for (const control::MeshView& mesh : snapshot.meshes) {
    if (control::to_text(mesh.id) == text) return &mesh;
    if (mesh.name.empty() || mesh.name != text) continue;
    if (found) return fail(Code::conflict, "more than one mesh has that name", "say it by its id");
    found = &mesh;
  }
  if (found) return found;
  return fail(Code::not_found, "this host is in no mesh '" + text.substr(0, limits::kMeshNameBytes) + "'",
              "GET /api/v1/meshes lists those that it is in");
}

// What a change may be in the way of: everything in its mesh is shown with the mesh.
std::string about(const Operation& operation, const Call& call) {
  if (call.mesh) return control::to_text(call.mesh->id);
  const Operation* reader = reader_of(operation);
  return std::string(reader ? reader->path : operation.path);
}

Result<JsonObject> body_of(const Request& request, const Operation& operation) {
  if (operation.takes.empty()) return JsonObject();
  if (request.body.empty() && !operation.must_have_body) return JsonObject();
  if (request.body.empty()) return fail(Code::malformed, "the request has no body", "send a JSON object");
  auto json = Json::parse(request.body);
  if (!json) return fail(json.error().code, "the body " + json.error().message);
  auto* object = std::get_if<JsonObject>(&json->value);
  if (!object) return fail(Code::malformed, "the body must be an object, {...}");
  return std::move(*object);
}

std::string bearer_of(const Request& head) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string* header = head.find("Authorization");
  if (!header || !equal_ignoring_case(std::string_view(*header).substr(0, kScheme.size()), kScheme)) return {};
  return header->substr(kScheme.size());
}

Response unauthorized(bool token_given) {
  Response out =
      problem(401, {Code::unauthenticated, token_given ? "there is no such token" : "the request carries no token",
                    "`smegctl token create` makes one; send it as `Authorization: Bearer TOKEN`"});
  out.headers.push_back({"WWW-Authenticate", token_given ? R"(Bearer realm="smegmesh", error="invalid_token")"
                                                         : R"(Bearer realm="smegmesh")"});
  return out;
}

bool has_body(const Request& head) {
  const std::string* length = head.find("Content-Length");
  return (length && *length != "0") || head.find("Transfer-Encoding");
}

void one_less(std::map<std::string, std::size_t>& counts, const std::string& caller) {
  const auto found = counts.find(caller);
  if (found != counts.end() && --found->second == 0) counts.erase(found);
}

std::size_t sum(const std::map<std::string, std::size_t>& counts) {
  std::size_t out = 0;
  for (const auto& [caller, count] : counts) out += count;
  return out;
}

}  // namespace

Api::Api(Settings settings, KeySource& secrets, std::string run)
    : settings_(std::move(settings)),
      secrets_(secrets),
      tokens_(Tokens()),
      events_(std::move(run)),
      throttle_(limits::kCommandsPerSecond, limits::kCommandsAtOnce) {}

Api::~Api() = default;

void Api::set_tokens(Result<Tokens> tokens) {
  tokens_ = std::move(tokens);
  throttle_.prune([&](const std::string& name) {
    return tokens_ && std::ranges::find(tokens_->all(), name, &Token::name) != tokens_->all().end();
  });
}

// Runs are not put in order by their times: a clock may be set back while the daemon restarts. What a command of the
// run before was told may arrive late, and is the one thing to pass over. Times are told to the second, so that two
// runs may seem to be one: after a loss whatever a new connection says counts.
bool Api::is_news(const control::Snapshot& snapshot, bool first) const {
  if (!snapshot_ || (first && lost_)) return true;
  if (snapshot.daemon.started == snapshot_->daemon.started) return snapshot.version > snapshot_->version;
  return first || snapshot.daemon.started != run_before_;
}

void Api::publish(std::shared_ptr<const control::Snapshot> snapshot, bool first) {
  if (!is_news(*snapshot, first)) return;
  if (snapshot_) {
    if (snapshot->daemon.started != snapshot_->daemon.started) run_before_ = snapshot_->daemon.started;
    for (const Event& event : events_between(*snapshot_, *snapshot)) events_.append(event);
  }
  snapshot_ = std::move(snapshot);
  if (first) lost_ = false;
}

void Api::set_connected(bool connected, std::string why) {
  if (connected != connected_) events_.append(connection_event(connected));
  connected_ = connected;
  lost_ = lost_ || !connected;
  why_not_ = std::move(why);
}

// ---- What the head of a request says

std::optional<Response> Api::check_place(const Request& head) const {
  const std::string* host = head.find("Host");
  if (!host || head.count("Host") > 1)
    return problem(400, {Code::malformed, "a request has one Host", "speak HTTP/1.1"});
  const auto place = addr::HostPort::parse(*host);
  if (!place) return problem(400, {Code::malformed, "Host: " + place.error().message});
  if (!place->address && place->name != "localhost" && !settings_.hosts.contains(place->name))
    return problem(421, {Code::forbidden, "this server isn't known as '" + place->name + "'",
                         "start smeg-api with --host " + place->name + ", or call it by its address"});
  const std::string* origin = head.find("Origin");
  if (!origin || *origin == "http://" + *host || *origin == "https://" + *host || settings_.origins.contains(*origin))
    return std::nullopt;
  return problem(403, {Code::forbidden, "pages of other sites may not ask here",
                       "start smeg-api with --origin and that site, if it is yours"});
}

tl::expected<Api::Found, Response> Api::route(const Request& head) const {
  if (head.target.size() > limits::kHttpTargetBytes) return refused(414, Code::too_large, "the target is too long");
  auto target = parse_target(head.target);
  if (!target) return tl::unexpected(problem(target.error()));
  Found found;
  found.query = std::move(target->query);
  found.text = head.target.substr(0, head.target.find('?'));
  std::vector<const Operation*> there;
  for (const Operation& each : operations()) {
    auto values = match(each.path, target->path);
    if (!values) continue;
    there.push_back(&each);
    // The first one counts: what is spelled out comes before what is in braces.
    if (found.operation || !answers(each, head.method)) continue;
    found.operation = &each;
    found.path = *std::move(values);
  }
  if (found.operation) return found;
  if (there.empty())
    return refused(404, Code::not_found, "there is nothing here", "GET /api/v1/openapi.json says what is where");
  Response out =
      head.method == "OPTIONS" ? Response{204, {}, {}} : problem(405, {Code::unsupported, "that can't be done here"});
  out.headers.push_back({"Allow", allowed(there)});
  if (head.method == "OPTIONS" && head.find("Access-Control-Request-Method") && !origin_of(head).empty()) {
    out.headers.push_back({"Access-Control-Allow-Methods", allowed(there)});
    out.headers.push_back({"Access-Control-Allow-Headers", std::string(kFieldsOfPages)});
    out.headers.push_back({"Access-Control-Max-Age", "600"});
  }
  return tl::unexpected(std::move(out));
}

tl::expected<Api::Caller, Response> Api::authorise(const Request& head, const Operation& operation) const {
  if (!operation.scope) return Caller{};
  if (!tokens_) return tl::unexpected(problem(503, tokens_.error()));
  const std::string bearer = bearer_of(head);
  const Token* token = bearer.empty() ? nullptr : tokens_->find(bearer);
  if (!token || head.count("Authorization") > 1) return tl::unexpected(unauthorized(!bearer.empty()));
  if (token->scope >= *operation.scope) return Caller{token->name, token->hash, token->scope};
  auto out = problem(403, {Code::forbidden,
                           "this takes a token of scope " + std::string(name(*operation.scope)) + "; '" + token->name +
                               "' has " + std::string(name(token->scope)),
                           "`smegctl token create` makes one"});
  out.headers.push_back({"WWW-Authenticate", R"(Bearer realm="smegmesh", error="insufficient_scope", scope=")" +
                                                 std::string(name(*operation.scope)) + '"'});
  return tl::unexpected(std::move(out));
}

std::optional<Response> Api::check_media(const Request& head, const Operation& operation) const {
  const std::string_view type = media_type_of(operation);
  const std::string* accept = head.find("Accept");
  if (accept && !operation.answer.empty() && !accepts(*accept, type))
    return problem(406, {Code::unsupported, "the answer is " + std::string(type), "accept that, or anything"});
  if (operation.takes.empty() || !has_body(head)) return std::nullopt;
  const std::string* sent = head.find("Content-Type");
  const std::string sent_type = sent ? media_type(*sent) : "";
  const bool good =
      sent_type == kJsonType || (operation.method == "PATCH" && sent_type == "application/merge-patch+json");
  if (good && !head.find("Content-Encoding")) return std::nullopt;
  Response out = problem(415, {Code::unsupported, "the body must be JSON, in no encoding",
                               "send it with `Content-Type: application/json`"});
  out.headers.push_back(
      {operation.method == "PATCH" ? "Accept-Patch" : "Accept",
       operation.method == "PATCH" ? "application/merge-patch+json, application/json" : std::string(kJsonType)});
  return out;
}

tl::expected<Api::Found, Response> Api::look(const Request& head) const {
  if (auto wrong = check_place(head)) return tl::unexpected(*std::move(wrong));
  auto found = route(head);
  if (!found) return found;
  const auto caller = authorise(head, *found->operation);
  if (!caller) return tl::unexpected(caller.error());
  found->caller = caller->name;
  found->token = caller->token;
  found->scope = caller->scope;
  if (auto wrong = check_media(head, *found->operation)) return tl::unexpected(*std::move(wrong));
  return found;
}

// ---- What becomes of it

std::optional<Response> Api::refuse(const Request& head) {
  auto found = look(head);
  if (found) return std::nullopt;
  found.error().without_body = head.method == "HEAD";
  share(origin_of(head), found.error());
  return count(kNone, std::move(found).error());
}

Response Api::refuse(unsigned status, const Error& error) { return count(kNone, problem(status, error)); }

Next Api::handle(const Request& request, Instant now) {
  if (auto wrong = refuse(request)) return *std::move(wrong);
  Found found = *look(request);
  const std::string_view id = found.operation->id;
  Next next = answer(request, std::move(found), now);
  const std::string origin = origin_of(request);
  if (auto* pending = std::get_if<Pending>(&next)) {
    pending->without_body = request.method == "HEAD";
    pending->origin = origin;
  }
  if (auto* follow = std::get_if<Follow>(&next)) share(origin, follow->head);
  auto* response = std::get_if<Response>(&next);
  if (!response) return next;
  share(origin, *response);
  response->without_body = request.method == "HEAD";
  return count(id, std::move(*response));
}

Next Api::answer(const Request& request, Found found, Instant now) {
  const Operation& operation = *found.operation;
  for (const auto& [name, value] : found.query)
    if (std::ranges::find(operation.query, std::string_view(name), &Parameter::name) == operation.query.end())
      return problem(400, {Code::malformed, "there is no parameter '" + name.substr(0, 64) + "' here"});
  if (std::holds_alternative<Special>(operation.handler)) return special(request, found);
  if (!snapshot_) return problem(503, {Code::unavailable, why_not_, "is smegd running?"});
  auto body = body_of(request, operation);
  if (!body) return problem(body.error());
  Call call{*snapshot_, nullptr, {}, found.query, found.text, *std::move(body), found.scope, connected_, secrets_};
  for (const auto& [name, value] : found.path) {
    if (name != "mesh") {
      call.item = value;
      continue;
    }
    const auto mesh = mesh_of(*snapshot_, value);
    if (!mesh) return problem(mesh.error());
    call.mesh = *mesh;
  }
  if (auto wrong = check_conditions(request, operation, call)) return *std::move(wrong);
  if (const auto* read = std::get_if<Read>(&operation.handler)) {
    const auto json = (*read)(call);
    return json ? shown(request, json_text(*json), kJsonType) : problem(json.error());
  }
  return change(found, call, now);
}

// What is asked for, unless the client has it already.
Response Api::shown(const Request& request, std::string body, std::string_view type) const {
  Response out;
  const std::string tag = tag_of(body);
  out.headers = {{"ETag", tag}, {"Cache-Control", "private, no-cache"}, {"Vary", "Authorization"}};
  const std::string* known = request.find("If-None-Match");
  if (known && matches_tag(*known, tag, true)) {
    out.status = 304;
    return out;
  }
  out.headers.push_back({"Content-Type", std::string(type)});
  out.body = std::move(body);
  return out;
}

// A change that is only wanted of what the client has seen.
std::optional<Response> Api::check_conditions(const Request& request, const Operation& operation,
                                              const Call& call) const {
  const std::string* match = request.find("If-Match");
  const std::string* none_match = operation.is_change() ? request.find("If-None-Match") : nullptr;
  if (!match && !none_match) return std::nullopt;
  const Operation* reader = operation.is_change() ? reader_of(operation) : &operation;
  const auto query = reader ? query_for(*reader, call) : std::map<std::string, std::string>();
  const Call read{call.snapshot, call.mesh,  call.item,      query,       call.path,
                  call.body,     call.scope, call.connected, call.secrets};
  const auto json = reader ? std::get<Read>(reader->handler)(read)
                           : Result<Json>(fail(Code::not_found, "there is nothing to compare with"));
  // Such as a name that may mean two things: whether there is anything can't be said.
  if (!json && json.error().code != Code::not_found) return problem(json.error());
  const std::string tag = json ? tag_of(json_text(*json)) : "";
  const bool good = (!match || (json && matches_tag(*match, tag, false))) &&
                    (!none_match || !json || !matches_tag(*none_match, tag, true));
  // What is under way shows once it is done: until then nobody knows whether the condition holds.
  if (good && operation.is_change() && changing_.contains(about(operation, call)))
    return problem(503, {Code::unavailable, "another change is under way there", "try again in a moment"});
  if (good) return std::nullopt;
  Response out = problem(412, {Code::conflict, "it isn't as it was any more", "read it anew"});
  if (json) out.headers.push_back({"ETag", tag});
  return out;
}

Next Api::change(const Found& found, const Call& call, Instant now) {
  auto work = std::get<Change>(found.operation->handler)(call);
  if (!work) return problem(work.error());
  if (!connected_) return problem(503, {Code::unavailable, why_not_, "is smegd running?"});
  const auto running = commands_.find(found.caller);
  const bool full = running != commands_.end() && running->second >= limits::kCommandsInFlightPerToken;
  if (!full && sum(commands_) >= limits::kCommandsInFlight)
    return problem(503, {Code::unavailable, "too many changes at once", "try again in a moment"});
  const Duration wait = full ? Duration::zero() : throttle_.wait(found.caller, now);
  if (full || wait > Duration::zero()) {
    Response out = problem(429, {Code::unavailable, "too many changes at once by '" + found.caller + "'",
                                 "wait for those that are under way"});
    out.headers.push_back({"Retry-After", std::to_string(1 + std::chrono::floor<std::chrono::seconds>(wait).count())});
    return out;
  }
  ++commands_[found.caller];
  const auto shared = std::make_shared<const Work>(*std::move(work));
  Pending out{found.operation, found.caller, shared->command, shared, {}, about(*found.operation, call)};
  changing_.insert(out.about);
  return out;
}

Response Api::finish(const Pending& pending, const Result<control::Reply>& reply) {
  one_less(commands_, pending.caller);
  if (const auto one = changing_.find(pending.about); one != changing_.end()) changing_.erase(one);
  const Operation& operation = *pending.operation;
  const auto answer = reply && snapshot_ ? pending.work->answer(*reply, *snapshot_)
                      : reply            ? Result<Answer>(fail(Code::unavailable, "the daemon has gone meanwhile"))
                                         : Result<Answer>(fail(reply.error()));
  Response out = answer ? Response{operation.status, {}, {}} : problem(answer.error());
  out.without_body = pending.without_body;
  share(pending.origin, out);
  if (!answer) return count(operation.id, std::move(out));
  out.headers.push_back({"Cache-Control", "no-store"});
  if (!answer->location.empty()) out.headers.push_back({"Location", answer->location});
  if (answer->body) {
    out.headers.push_back({"Content-Type", std::string(kJsonType)});
    out.body = json_text(*answer->body);
  }
  return count(operation.id, std::move(out));
}

Next Api::special(const Request& request, const Found& found) {
  const Response ready{200, {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}}, "ok\n"};
  switch (std::get<Special>(found.operation->handler)) {
    case Special::health: return ready;
    case Special::readiness:
      if (connected_ && snapshot_) return ready;
      return problem(503, {Code::unavailable, connected_ ? "the daemon is starting" : why_not_});
    case Special::metrics: {
      counters_.event_clients = sum(followers_);
      counters_.commands_in_flight = sum(commands_);
      return Response{200,
                      {{"Content-Type", std::string(kMetricsType)}, {"Cache-Control", "no-store"}},
                      metrics_text(snapshot_.get(), connected_, counters_)};
    }
    case Special::document: {
      static const std::string document = openapi_document();
      return shown(request, document, kJsonType);
    }
    case Special::events: return follow(request, found);
  }
  return ready;
}

Next Api::follow(const Request& request, const Found& found) {
  const auto mine = followers_.find(found.caller);
  if (mine != followers_.end() && mine->second >= limits::kEventClientsPerToken)
    return problem(429, {Code::unavailable, "'" + found.caller + "' follows events too often", "end some of them"});
  if (sum(followers_) >= limits::kEventClients)
    return problem(503, {Code::unavailable, "too many clients follow events", "end some of them"});
  const Response head{200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}}, {}};
  if (request.method == "HEAD") return head;
  const std::string* last = request.find("Last-Event-ID");
  auto start = events_.start(last ? *last : "");
  ++followers_[found.caller];
  count(found.operation->id, head);
  return Follow{found.caller, found.token, head, start.next, "retry: 2000\n\n" + start.text};
}

void Api::unfollow(const Follow& follow) { one_less(followers_, follow.caller); }

bool Api::may_follow(const Follow& follow) const {
  return tokens_ && std::ranges::find(tokens_->all(), follow.token, &Token::hash) != tokens_->all().end();
}

// The Origin of a page that a browser has to be told of: empty where there is none, or where it is from here.
std::string Api::origin_of(const Request& head) const {
  const std::string* origin = head.find("Origin");
  return origin && settings_.origins.contains(*origin) ? *origin : "";
}

// Lets a page of that origin read the response. A browser sends the token only where the page says it, so that no
// credentials of its own (Access-Control-Allow-Credentials) are called for.
void Api::share(const std::string& origin, Response& response) const {
  if (!settings_.origins.empty()) response.headers.push_back({"Vary", "Origin"});
  if (origin.empty()) return;
  response.headers.push_back({"Access-Control-Allow-Origin", origin});
  response.headers.push_back({"Access-Control-Expose-Headers", std::string(kFieldsForPages)});
}

Response Api::count(std::string_view operation, Response response) {
  ++counters_.responses[{operation, response.status}];
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  return response;
}

}  // namespace smeg::api
