// Older names of commands, with the options that they had.
#include "commands.h"
#include "drawing.h"
#include "grammar.h"
#include "tables.h"

namespace smeg::ctl {
namespace {

constexpr const char* kGroup = "Older names";

// How the older commands said that a host takes part.
struct OlderMembership {
  control::MembershipOptions options;
  bool advertise = false;
  bool defaults = false;

  void add_to(CLI::App& app) {
    add(app, "-r,--role", options.role, parse_role, "peer or client")->type_name("ROLE");
    add(app, "-p,--wgport", port, number_from<std::uint16_t>(0, 65'535), "UDP port of WireGuard; 0 is a free one")
        ->type_name("PORT");
    add_hosts(app, "-e,--endpoint", options.endpoints, "where others reach this host");
    add(app, "-k,--KeepAliveWg", options.keepalive, parse_keepalive, "keep NAT open by a packet this often; 0 is off")
        ->type_name("DURATION");
    app.add_flag("-a,--advertise", advertise, "bridge this host's meshes: see advertiseRoute in smegd.yaml");
    app.add_flag("-d,--defaults", defaults, "lead to the internet: see advertiseDefaults in smegd.yaml");
  }

  // What is for the configuration now can't be said here.
  Outcome<control::MembershipOptions> get() const {
    if (advertise || defaults)
      return wrong_usage({Code::unsupported, "what a host advertises is set in its configuration",
                          std::string("write `baseConfiguration: { ") +
                              (advertise ? "advertiseRoute: true" : "advertiseDefaults: true") +
                              " }` there, and leave the flag out"});
    control::MembershipOptions out = options;
    if (port > 0) out.wg_port = port;
    return out;
  }

  std::uint16_t port = 0;
};

CLI::App& older(Grammar& to, const std::string& name, const std::string& now, Grammar::Action action) {
  CLI::App& app = to.command(to.app(), name, "now `smegctl " + now + "`", std::move(action));
  app.group(kGroup);
  return app;
}

void add_meshid(CLI::App& app, const std::shared_ptr<std::string>& mesh, const std::string& names) {
  app.add_option(names, *mesh, "the mesh, by its id or name")->required()->type_name("MESH");
}

Invocation of_mesh(Invocation with, const std::string& mesh) {
  with.mesh.text = mesh;
  return with;
}

void add_new_mesh(Grammar& to) {
  const auto options = std::make_shared<OlderMembership>();
  options->add_to(older(to, "new-mesh", "mesh create", [options](const Invocation& with) -> Outcome<> {
    const auto how = options->get();
    if (!how) return tl::unexpected(how.error());
    return mesh_create(with, {"", *how});
  }));
}

// Without a token: the member at that place is asked, and waited for.
void add_joining(Grammar& to) {
  const auto wanted = std::make_shared<control::MeshAsk>();
  const auto options = std::make_shared<OlderMembership>();
  CLI::App& join = older(to, "join-mesh", "mesh join", [=](const Invocation& with) -> Outcome<> {
    const auto how = options->get();
    if (!how) return tl::unexpected(how.error());
    wanted->options = *how;
    return mesh_ask(with, *wanted, true);
  });
  add(join, "-m,--meshid", wanted->mesh, control::parse_mesh_id, "the mesh, by its id")->required()->type_name("ID");
  add_hosts(join, "-i,--ip", wanted->vias, "a member that may admit");
  options->add_to(join);
}

void add_leaving(Grammar& to) {
  const auto mesh = std::make_shared<std::string>();
  CLI::App& leave = older(to, "leave-mesh", "mesh leave",
                          [mesh](const Invocation& with) { return mesh_leave(of_mesh(with, *mesh)); });
  add_meshid(leave, mesh, "-m,--mesh");
}

void add_alias(Grammar& to) {
  const auto mesh = std::make_shared<std::string>();
  const auto alias = std::make_shared<std::string>();
  CLI::App& put = older(to, "put-alias", "alias set",
                        [=](const Invocation& with) { return alias_set(of_mesh(with, *mesh), *alias); });
  add_meshid(put, mesh, "-m,--meshid");
  add(put, "-a,--alias", *alias, parse_alias, "letters a-z, digits and '-'")->required()->type_name("NAME");
}

void add_description(Grammar& to) {
  const auto mesh = std::make_shared<std::string>();
  const auto text = std::make_shared<std::string>();
  CLI::App& put = older(to, "put-description", "description set",
                        [=](const Invocation& with) { return description_set(of_mesh(with, *mesh), *text); });
  add_meshid(put, mesh, "-m,--meshid");
  put.add_option("-d,--description", *text, "one line, for people")->required()->type_name("TEXT");
}

// "8080" or "53/udp": what is known of a service beside its name.
Result<Service> parse_service_value(std::string_view text) {
  const auto slash = text.find('/');
  const auto port = number_from<std::uint16_t>(1, 65'535)(text.substr(0, slash));
  const auto protocol = slash == std::string_view::npos ? Result<ServiceProtocol>(ServiceProtocol::tcp)
                                                        : parse_service_protocol(text.substr(slash + 1));
  if (port && protocol) return Service{"", *protocol, *port, {}};
  return fail(Code::malformed, "a service's value is its port now",
              "write 8080 or 53/udp; what else there is to know goes to `smegctl service set --text KEY=VALUE`");
}

void add_services(Grammar& to) {
  const auto mesh = std::make_shared<std::string>();
  const auto service = std::make_shared<Service>();
  const auto called = std::make_shared<std::string>();
  CLI::App& set = older(to, "set-service", "service set", [=](const Invocation& with) {
    Service whole = *service;
    whole.name = *called;
    return service_set(of_mesh(with, *mesh), whole);
  });
  CLI::App& remove = older(to, "delete-service", "service rm", [=](const Invocation& with) {
    return service_remove(of_mesh(with, *mesh), *called, std::nullopt);
  });
  for (CLI::App* each : {&set, &remove}) {
    add_meshid(*each, mesh, "-m,--meshid");
    add(*each, "-s,--service", *called, parse_service_name, "what it speaks: http, ssh, my-app")
        ->required()
        ->type_name("NAME");
  }
  add(set, "-v,--value", *service, parse_service_value, "its port, as 8080 or 53/udp")->required()->type_name("PORT");
}

void add_query(Grammar& to) {
  const auto mesh = std::make_shared<std::string>();
  const auto options = std::make_shared<QueryOptions>();
  CLI::App& query = older(to, "query-mesh", "query",
                          [=](const Invocation& with) { return query_mesh(of_mesh(with, *mesh), *options); });
  add_meshid(query, mesh, "-m,--mesh");
  query.add_option("-q,--query", options->filter, "in the language of jq(1)")->required()->type_name("FILTER");
}

}  // namespace

void add_older(Grammar& to) {
  add_new_mesh(to);
  older(to, "list-meshes", "mesh list", mesh_list);
  older(to, "get-graph", "visualise -f dot", [](const Invocation& with) { return visualise(with, Drawing::dot); });
  add_joining(to);
  add_leaving(to);
  add_query(to);
  add_description(to);
  add_services(to);
  add_alias(to);
}

}  // namespace smeg::ctl
