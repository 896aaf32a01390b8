// Whose an address, a name, a key or a prefix is. Pure.
#pragma once

#include <string>
#include <vector>

#include "control/control.h"
#include "control/json.h"

namespace smeg::ctl {

// One that fits. Facts are in the order in which they are shown: name, and text.
struct Finding {
  std::string kind;  // "member", "guest", "mesh" or "route"
  struct Fact {
    std::string name;   // in words: "identity key"
    std::string field;  // in JSON: "publicKey"
    control::Json value;
  };
  std::vector<Fact> facts;
};

// All that fit in the meshes of the Snapshot: members and guests by address, name or key, or the beginning of a key;
// meshes by prefix, name or id; and where an address or a prefix is outside of them, the way there. not_found where
// there is none.
Result<std::vector<Finding>> whois(const control::Snapshot& snapshot, const std::string& text);
std::string whois_table(const std::vector<Finding>& found, const control::Look& look);
std::string whois_json(const std::string& text, const std::vector<Finding>& found);

}  // namespace smeg::ctl
