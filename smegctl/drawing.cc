// The mesh as a document for questions, and as a drawing.
#include "drawing.h"

#include "control/codec.h"
#include "grammar.h"
#include "graph.h"
#include "query.h"
#include "tables.h"

namespace smeg::ctl {
namespace {

std::string draw(const Graph& graph, Drawing drawing) {
  switch (drawing) {
    case Drawing::dot: return graph_dot(graph);
    case Drawing::svg: return graph_svg(graph);
    case Drawing::json: return graph_json(graph);
    case Drawing::netjson: return graph_netjson(graph);
    case Drawing::ascii: return graph_ascii(graph);
  }
  return "";
}

std::string together(const std::vector<std::string>& results, Format format) {
  std::string out;
  for (const std::string& each : results)
    out += format == Format::yaml ? "---\n" + formatted(format, each) : each + '\n';
  return out;
}

}  // namespace

Outcome<> query_mesh(const Invocation& with, const QueryOptions& options) {
  return show(with, [&](const Invocation&, const control::Snapshot& all) -> Outcome<std::string> {
    std::string document;
    if (options.all) {
      document = control::to_json(all);
    } else {
      const auto mesh = control::find_mesh(all, with.mesh);
      if (!mesh) return refused(mesh.error());
      document = control::mesh_json(**mesh);
    }
    const bool lines = with.format == Format::json_line || with.format == Format::yaml;
    const auto results =
        query(options.filter, document, {!lines, with.look().colour && !with.for_programs(), options.raw});
    if (!results) return refused(results.error());
    return together(*results, options.raw ? Format::json : with.format);
  });
}

Outcome<> visualise(const Invocation& with, std::optional<Drawing> drawing) {
  return show(with, [&](const Invocation&, const control::Snapshot& all) -> Outcome<std::string> {
    const auto some = narrowed(with, all);
    if (!some) return tl::unexpected(some.error());
    const Graph graph = graph_of(*some);
    if (drawing) return draw(graph, *drawing);
    return with.either([&] { return graph_ascii(graph); }, [&] { return graph_json(graph); });
  });
}

void add_drawing(Grammar& to) {
  const auto options = std::make_shared<QueryOptions>();
  CLI::App& asked = to.view(to.app(), "query", "ask in the language of jq(1) what a mesh's document says",
                            [options](const Invocation& with) { return query_mesh(with, *options); });
  asked.add_option("FILTER", options->filter, "as '.members[] | select(.state == \"down\").alias'")
      ->required()
      ->type_name("");
  asked.add_flag("--all", options->all, "of all that the daemon tells, not of one mesh");
  asked.add_flag("-r,--raw", options->raw, "texts as they are, without quotes");
  const auto drawing = std::make_shared<std::optional<Drawing>>();
  CLI::App& drawn = to.view(to.app(), "visualise", "draw meshes, members, guests, and the ways out",
                            [drawing](const Invocation& with) { return visualise(with, *drawing); });
  add(drawn, "-f,--format", *drawing, parse_drawing,
      "dot for Graphviz, svg, json, netjson, or ascii (default ascii; json with -o json)")
      ->type_name("DRAWING");
}

}  // namespace smeg::ctl
