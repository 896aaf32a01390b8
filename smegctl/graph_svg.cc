// Each mesh is a circle of its members; what is elsewhere stands in rows below, and lines lead there.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "graph.h"

namespace smeg::ctl {
namespace {

constexpr double kNodeWidth = 110;
constexpr double kNodeHeight = 34;
constexpr double kApart = 60;  // of neighbours on a circle
constexpr double kLeastRadius = 130;
constexpr double kMargin = 90;
constexpr double kRow = 80;
constexpr std::size_t kMostLetters = 15;  // of a label in a box

struct Point {
  double x = 0;
  double y = 0;
};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string escaped(const std::string& text) {
  constexpr std::array<std::pair<char, const char*>, 5> kEntities = {
      {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}}};
  std::string out;
  for (const char c : text) {
    const auto entity = std::ranges::find(kEntities, c, &std::pair<char, const char*>::first);
    out += entity == kEntities.end() ? std::string(1, c) : entity->second;
  }
  return out;
}

// Whole letters of UTF-8.
std::string shortened(const std::string& text) {
  std::size_t letters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
    if (begins && letters++ == kMostLetters) return text.substr(0, i) + "\xe2\x80\xa6";
  }
  return text;
}

const char* fill_of(const GraphNode& node) {
  if (node.kind == NodeKind::mesh) return "#dbe9f6";
  if (node.state == "alive" || node.state == "active") return "#d5f0d5";
  if (node.state == "suspect") return "#fbf0c8";
  if (node.state == "down") return "#f6d3d3";
  return "#e8e8e8";
}

// Where everything stands, and how large the whole is.
class Layout {
 public:
  explicit Layout(const Graph& graph) : graph_(graph), at_(graph.nodes.size()) {
    place_meshes();
    place_elsewhere();
  }

  const Point& at(std::size_t node) const { return at_[node]; }
  double width() const { return width_; }
  double height() const { return height_; }

 private:
  // The nodes of a mesh come behind it.
  std::size_t end_of(std::size_t mesh) const {
    std::size_t end = mesh + 1;
    while (end < graph_.nodes.size() && graph_.nodes[end].kind != NodeKind::mesh &&
           graph_.nodes[end].kind != NodeKind::elsewhere)
      ++end;
    return end;
  }

  static double radius_of(std::size_t around) {
    return std::max(kLeastRadius, static_cast<double>(around) * kApart / (2 * std::numbers::pi));
  }

  void place_meshes() {
    double tallest = 0;
    double x = kMargin;
    for (std::size_t mesh = 0; mesh < graph_.nodes.size(); ++mesh) {
      if (graph_.nodes[mesh].kind != NodeKind::mesh) continue;
      const std::size_t end = end_of(mesh);
      const std::size_t around = end - mesh - 1;
      const double radius = radius_of(around);
      at_[mesh] = {x + radius, kMargin + radius};
      for (std::size_t i = 0; i < around; ++i) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(around);
        at_[mesh + 1 + i] = {at_[mesh].x + radius * std::sin(angle), at_[mesh].y - radius * std::cos(angle)};
      }
      x += 2 * radius + 2 * kMargin;
      tallest = std::max(tallest, 2 * radius);
    }
    width_ = std::max(x, 4 * kNodeWidth);
    height_ = tallest + 2 * kMargin;
  }

  void place_elsewhere() {
    double x = kMargin;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (graph_.nodes[i].kind != NodeKind::elsewhere) continue;
      if (x + kNodeWidth > width_) {
        x = kMargin;
        height_ += kRow;
      }
      at_[i] = {x, height_};
      x += 1.5 * kNodeWidth;
      any_ = true;
    }
    if (any_) height_ += kRow;
  }

  const Graph& graph_;
  std::vector<Point> at_;
  double width_ = 0;
  double height_ = 0;
  bool any_ = false;
};

std::string drawn_edge(const GraphEdge& edge, const Point& from, const Point& to) {
  const std::string colour = edge.kind == EdgeKind::exit ? "#3465a4" : edge.kind == EdgeKind::host ? "#4e9a06" : "#aaa";
  return "<line x1=\"" + number(from.x) + "\" y1=\"" + number(from.y) + "\" x2=\"" + number(to.x) + "\" y2=\"" +
         number(to.y) + "\" stroke=\"" + colour + '"' + (edge.used ? "" : " stroke-dasharray=\"6 4\"") + ">" +
         (edge.label.empty() ? "" : "<title>" + escaped(edge.label) + "</title>") + "</line>\n";
}

std::string drawn_node(const GraphNode& node, const Point& at) {
  std::string title = node.label;
  if (!node.state.empty()) title += ", " + node.state;
  for (const std::string& role : node.roles) title += ", " + role;
  for (const std::string& address : node.addresses) title += ", " + address;
  const bool self = std::ranges::find(node.roles, "self") != node.roles.end();
  return "<g><title>" + escaped(title) + "</title><rect x=\"" + number(at.x - kNodeWidth / 2) + "\" y=\"" +
         number(at.y - kNodeHeight / 2) + "\" width=\"" + number(kNodeWidth) + "\" height=\"" + number(kNodeHeight) +
         "\" rx=\"" + (node.kind == NodeKind::mesh ? "17" : "5") + "\" fill=\"" + fill_of(node) +
         "\" stroke=\"#555\" stroke-width=\"" + (self ? "3" : "1") + "\"/><text x=\"" + number(at.x) + "\" y=\"" +
         number(at.y + 5) + "\" text-anchor=\"middle\">" + escaped(shortened(node.label)) + "</text></g>\n";
}

}  // namespace

std::string graph_svg(const Graph& graph) {
  const Layout layout(graph);
  const std::string width = number(layout.width());
  const std::string height = number(layout.height());
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
                    "\" viewBox=\"0 0 " + width + ' ' + height +
                    "\" font-family=\"sans-serif\" font-size=\"13\">\n<title>smegmesh</title>\n"
                    "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  for (const GraphEdge& edge : graph.edges) out += drawn_edge(edge, layout.at(edge.from), layout.at(edge.to));
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) out += drawn_node(graph.nodes[i], layout.at(i));
  return out + "</svg>\n";
}

}  // namespace smeg::ctl
