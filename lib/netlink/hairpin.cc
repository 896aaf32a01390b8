#include "netlink/hairpin.h"

namespace smeg::netlink {

void HairpinFilters::add(const FilterMessage& filter) {
  const bool pass = filter.preference == kPassPreference;
  if (!pass && filter.preference != kRedirectPreference) return;
  preferences_.insert(filter.preference);
  if (!filter.has_match) return;
  const bool fits = filter.destination && filter.acts != pass && filter.redirect_to == (pass ? LinkIndex{} : link_);
  if (!fits) {
    whole_ = false;
  } else if (pass) {
    whole_ &= *filter.destination == addr::Prefix::host(filter.destination->address());
    found_.except.insert(filter.destination->address());
  } else {
    whole_ &= found_.within == addr::Prefix{};  // one is all that we make
    found_.within = *filter.destination;
  }
}

std::optional<netstate::Hairpin> HairpinFilters::hairpin() const {
  if (preferences_.empty()) return std::nullopt;
  return whole_ ? found_ : netstate::Hairpin{};
}

Result<HairpinFilters> list_hairpin(RequestSocket& requests, LinkIndex link) {
  HairpinFilters filters(link);
  const auto start = [&] { filters = HairpinFilters(link); };
  const auto done =
      requests.dump(dump_filters(link), "list the filters of an interface", start, [&](const Message& message) {
        const auto* filter = std::get_if<FilterMessage>(&message.body);
        if (filter && filter->index == link) filters.add(*filter);
      });
  if (!done && done.error().code == Code::unsupported) return HairpinFilters(link);  // a kernel without traffic control
  if (!done) return fail(done.error());
  return filters;
}

// The redirection goes first and comes last: packets to ourselves are never sent away.
Result<void> set_hairpin(RequestSocket& requests, LinkIndex link, const netstate::Hairpin& hairpin,
                         const std::string& what) {
  if (auto done = requests.change(add_filter_hook(link), what); !done && done.error().code != Code::exists) return done;
  if (auto done = remove_hairpin(requests, link, what); !done) return done;
  for (const auto& address : hairpin.except) {
    const Bytes request = add_pass_filter(link, kPassPreference, addr::Prefix::host(address));
    if (auto done = requests.change(request, what); !done) return done;
  }
  return requests.change(add_redirect_filter(link, kRedirectPreference, hairpin.within, link), what);
}

Result<void> remove_hairpin(RequestSocket& requests, LinkIndex link, const std::string& what) {
  const auto filters = list_hairpin(requests, link);
  if (!filters) return fail(filters.error());
  for (const std::uint16_t preference : {kRedirectPreference, kPassPreference}) {
    if (!filters->preferences().contains(preference)) continue;
    if (auto done = requests.change(remove_filters(link, preference), what); !done) return done;
  }
  return {};
}

}  // namespace smeg::netlink
