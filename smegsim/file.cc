#include "file.h"

#include <charconv>

#include "config/reader.h"

namespace smeg::simulator {
namespace {

using config::Section;
using config::Word;
using config::YamlNode;

constexpr Word<Split> kSplits[] = {{"even", Split::even}, {"uneven", Split::uneven}, {"one-way", Split::one_way}};
constexpr Word<Deed> kDeeds[] = {{"kill", Deed::kill},
                                 {"power-cut", Deed::power_cut},
                                 {"freeze", Deed::freeze},
                                 {"leave", Deed::leave},
                                 {"join", Deed::join},
                                 {"rename", Deed::rename},
                                 {"partition", Deed::partition},
                                 {"step-clock", Deed::step_clock},
                                 {"lose", Deed::lose}};

template <class Number>
auto number_from(Number least, Number most) {
  return [least, most](const YamlNode& node) {
    return config::number_of(node, least, most).map([](std::uint64_t value) { return static_cast<Number>(value); });
  };
}

auto share_up_to(double most) {
  return config::parsed_by([most](std::string_view text) { return parse_percent(text, most); });
}

Result<Duration> time_of(const YamlNode& node) { return config::duration_of(node, Duration::zero(), bounds::kLongest); }
Result<Duration> step_of(const YamlNode& node) {
  return config::parsed_by([](std::string_view text) -> Result<Duration> {
    const bool back = text.starts_with('-');
    const auto value = parse_duration(back ? text.substr(1) : text);
    if (!value) return fail(value.error());
    return back ? -*value : *value;
  })(node);
}

// Optional keys: what stands there, in the place of nothing.
template <class T, class Parse>
auto given(Parse parse) {
  return [parse](const YamlNode& node) -> Result<std::optional<T>> {
    auto value = parse(node);
    if (!value) return fail(value.error());
    return std::optional<T>(*std::move(value));
  };
}

void read_event(const YamlNode& node, const std::string& path, config::Problems& problems, std::vector<Event>& out) {
  Section section(node, path, problems);
  Event event;
  section.read("at", event.at, time_of);
  if (!section.read("do", event.deed, config::one_of(kDeeds)))
    section.complain(node, "do", {Code::malformed, "is missing", "such as `do: kill`"});
  section.read("hosts", event.hosts, number_from<std::size_t>(1, bounds::kNodes));
  section.read("for", event.lasting, given<Duration>(time_of));
  section.read("split", event.split, config::one_of(kSplits));
  section.read("by", event.by, step_of);
  section.read("loss", event.loss, share_up_to(bounds::kMostLoss));
  section.finish();
  out.push_back(event);
}

void read_events(Section& section, config::Problems& problems, std::vector<Event>& out) {
  const YamlNode* node = section.find("events");
  if (!node) return;
  if (node->kind != YamlNode::Kind::list || node->elements.size() > bounds::kEvents)
    return section.complain(*node, "events",
                            {Code::malformed, "must be a list of at most " + std::to_string(bounds::kEvents), ""});
  out.clear();
  for (std::size_t i = 0; i < node->elements.size(); ++i)
    read_event(node->elements[i], "events[" + std::to_string(i) + "]", problems, out);
}

void read_settings(Section& section, Settings& out) {
  section.read("scenario", out.scenario, config::text_of);
  section.read("nodes", out.nodes, number_from<std::size_t>(bounds::kFewestNodes, bounds::kNodes));
  section.read("meshes", out.meshes, number_from<std::size_t>(bounds::kFewestMeshes, bounds::kMeshes));
  section.read("seed", out.seed, number_from<std::uint64_t>(0, ~std::uint64_t{0}));
  section.read("seeds", out.seeds, number_from<std::size_t>(1, bounds::kSeeds));
  section.read("loss", out.loss, share_up_to(bounds::kMostLoss));
  section.read("slow", out.slow, share_up_to(1));
  section.read("nat", out.nat, share_up_to(1));
  section.read("clients", out.clients, share_up_to(1));
  section.read("oneWay", out.one_way, share_up_to(1));
  section.read("local", out.local, config::flag_of);
  section.read("powerCut", out.power_cut, config::flag_of);
  section.read("duration", out.duration, given<Duration>(time_of));
  section.read("apart", out.apart, given<Duration>(time_of));
  section.read("split", out.split, given<Split>(config::one_of(kSplits)));
  section.read("messages", out.messages, number_from<std::size_t>(1, bounds::kMessages));
}

}  // namespace

tl::expected<Settings, std::vector<config::Problem>> parse_file(std::string_view text, Settings defaults) {
  const auto root = config::parse_yaml(text);
  if (!root) return tl::unexpected(std::vector{root.error()});
  config::Problems problems;
  Section section(*root, "", problems);
  read_settings(section, defaults);
  read_events(section, problems, defaults.events);
  section.finish();
  if (!problems.empty()) return tl::unexpected(problems.take());
  return defaults;
}

}  // namespace smeg::simulator
