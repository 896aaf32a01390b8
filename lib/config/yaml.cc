#include "config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>

namespace smeg::config {
namespace {

std::size_t from_one(int zero_based) { return zero_based < 0 ? 0 : static_cast<std::size_t>(zero_based) + 1; }

// Ends the parse; stays within this file.
struct Refused {
  Problem problem;
};

[[noreturn]] void refuse(const YAML::Mark& mark, std::string message, std::string hint) {
  throw Refused{{from_one(mark.line), from_one(mark.column), {}, std::move(message), std::move(hint)}};
}

// Builds a YamlNode out of yaml-cpp's events. Single use. Throws Refused.
class Builder final : public YAML::EventHandler {
 public:
  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, anchor);
    put(at(mark, YamlNode::Kind::null));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { check(mark, 1); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, anchor);
    YamlNode node = at(mark, YamlNode::Kind::scalar);
    node.text = value;
    node.quoted = tag != "?" && !tag.empty();
    put(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  // A container not yet closed. A map's value comes when its name is there.
  struct Open {
    YamlNode node;
    YamlNode name;
    bool has_name = false;
  };

  static YamlNode at(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = from_one(mark.line);
    node.column = from_one(mark.column);
    return node;
  }
  static void check(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      refuse(mark, "anchors (&name) and aliases (*name) are not taken here", "write the value out");
  }
  bool name_expected() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().has_name;
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    check(mark, anchor);
    if (name_expected()) refuse(mark, "a key must be a single word", "write `key: value`");
    if (open_.size() >= limits::kConfigurationDepth)
      refuse(mark, "nested deeper than " + std::to_string(limits::kConfigurationDepth) + " levels", {});
    open_.push_back({at(mark, kind), {}, false});
  }
  void close() {
    YamlNode done = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(done));
  }
  void put(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.kind == YamlNode::Kind::list) {
      open_.back().node.elements.push_back(std::move(node));
    } else if (open_.back().has_name) {
      open_.back().node.entries.push_back({std::move(open_.back().name), std::move(node)});
      open_.back().has_name = false;
    } else {
      open_.back().name = std::move(node);
      open_.back().has_name = true;
    }
  }

  YamlNode root_;
  std::vector<Open> open_;
};

}  // namespace

tl::expected<YamlNode, Problem> parse_yaml(std::string_view text) {
  if (text.size() > limits::kConfigurationBytes)
    return tl::unexpected(
        Problem{0, 0, {}, "the file is larger than " + std::to_string(limits::kConfigurationBytes) + " bytes"});
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder first;
    if (parser.HandleNextDocument(first)) {
      Builder second;
      if (parser.HandleNextDocument(second))
        return tl::unexpected(Problem{0, 0, {}, "the file holds more than one document", "keep one, without '---'"});
    }
    return first.take();
  } catch (const Refused& refused) {
    return tl::unexpected(refused.problem);
  } catch (const YAML::Exception& error) {
    return tl::unexpected(Problem{from_one(error.mark.line),
                                  from_one(error.mark.column),
                                  {},
                                  "this is no YAML: " + error.msg,
                                  "mind the indentation (blanks, no tabs), the colons and the quotes"});
  }
}

}  // namespace smeg::config
