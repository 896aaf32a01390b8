#include "unit/dns/judge.h"

#include <algorithm>
#include <memory>

#include "unit/dns/ldns.h"

namespace smeg::dns {
namespace {

// One line of text, blanks for tabs, without ldns's comment.
std::string line_of(const ldns_rr* rr) {
  const std::unique_ptr<char, decltype(&std::free)> text(ldns_rr2str(rr), &std::free);
  std::string out(text.get());
  out.erase(std::min(out.size(), out.find_last_not_of("\n\t ") + 1));
  std::ranges::replace(out, '\t', ' ');
  return out;
}

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::vector<std::string> lines_of(const ldns_rr_list* list) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i)
    out.push_back(lowered(line_of(ldns_rr_list_rr(list, i))));
  return out;
}

}  // namespace

std::optional<Said> judge(ByteView message) {
  ldns_pkt* raw = nullptr;
  if (ldns_wire2pkt(&raw, message.data(), message.size()) != LDNS_STATUS_OK) return std::nullopt;
  const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(raw, &ldns_pkt_free);
  Said out;
  out.id = ldns_pkt_id(raw);
  out.rcode = ldns_pkt_get_rcode(raw) | static_cast<unsigned>(ldns_pkt_edns_extended_rcode(raw) << 4);
  out.response = ldns_pkt_qr(raw);
  out.authoritative = ldns_pkt_aa(raw);
  out.truncated = ldns_pkt_tc(raw);
  out.recursion_desired = ldns_pkt_rd(raw);
  out.recursion_available = ldns_pkt_ra(raw);
  out.authentic = ldns_pkt_ad(raw);
  if (ldns_rr_list_rr_count(ldns_pkt_question(raw)) == 1)
    out.question = line_of(ldns_rr_list_rr(ldns_pkt_question(raw), 0));
  out.answers = lines_of(ldns_pkt_answer(raw));
  out.authorities = lines_of(ldns_pkt_authority(raw));
  out.additionals = lines_of(ldns_pkt_additional(raw));
  out.edns = ldns_pkt_edns(raw);
  out.edns_payload = ldns_pkt_edns_udp_size(raw);
  out.edns_version = ldns_pkt_edns_version(raw);
  out.dnssec_ok = ldns_pkt_edns_do(raw);
  return out;
}

}  // namespace smeg::dns
