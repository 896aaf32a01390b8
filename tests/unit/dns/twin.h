// What a zone should say, found out the slow way: every name that there is, spelled out.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dns/dns.h"

namespace smeg::dns {

class Twin {
 public:
  Twin(const ZoneOptions& options, const control::Snapshot& snapshot, std::uint32_t serial);

  struct Answer {
    unsigned rcode = 0;
    std::vector<std::string> answers, authorities;

    friend bool operator==(const Answer&, const Answer&) = default;
  };
  // name: lower case, with the last dot.
  Answer ask(const std::string& name, Type type) const;

  std::vector<std::string> names() const;

 private:
  // Data of the types at a name, as ldns writes it. The first claim to a name counts.
  using Sets = std::map<Type, std::vector<std::string>>;
  void claim(const std::string& name, const Sets& sets);
  void add_member(const control::MeshView& mesh, const control::MemberView& member, const std::string& label,
                  const std::string& above, const std::string& called, const std::string& top);

  void add_mesh(const control::MeshView& mesh, const std::vector<std::string>& above);
  void add_pointers(const control::MeshView& mesh, const std::map<crypto::IdentityKey, std::string>& called,
                    const std::string& above);
  void add_older(const control::MeshView& mesh, const std::map<std::string, Sets>& normal);

  ZoneOptions options_;
  std::string origin_;
  Sets apex_;
  std::set<std::string> zones_;
  std::map<std::string, Sets> names_;
};

}  // namespace smeg::dns
