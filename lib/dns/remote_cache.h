// What was found out of names in other meshes.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "dns/remote.h"

namespace smeg::dns {

// Job: keeps answers of bridges for as long as they are good, limits::kDnsRemoteCached of them at most. Caller: whoever
// asks bridges. Single-threaded. Never fails: what it forgets is asked for again.
class RemoteCache {
 public:
  // With the TTL that is left, in whole seconds: whoever is told keeps it no longer than if it had asked the bridge.
  std::optional<RemoteAnswer> find(const RemoteName& name, Instant now) const;
  // For its TTL; one of zero is not kept.
  void keep(const RemoteName& name, const RemoteAnswer& answer, Instant now);

 private:
  struct Kept {
    RemoteAnswer answer;
    Instant until;
  };
  std::map<std::string, Kept> kept_;  // by the name's labels and its mesh
};

}  // namespace smeg::dns
