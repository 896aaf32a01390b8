// The kernel's packet filter, by libnftables.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/base.h"

struct nft_ctx;

namespace smeg::netlink {

// Job: runs nftables commands; what stands in one call is done in one step, or not at all. Caller: Host, on its thread.
// Takes the kernel's time, which answers at once. Fails with not_found where something isn't there, unsupported where
// the kernel has no nftables, or lacks a part of it, forbidden without the privilege, otherwise with io; in the words
// of libnftables.
class Nftables {
 public:
  // What the commands print. `what` is like "list the tables".
  Result<std::string> run(const std::string& commands, const std::string& what);

 private:
  struct Free {
    void operator()(nft_ctx* context) const;
  };
  // Made when first needed: most hosts never do.
  std::unique_ptr<nft_ctx, Free> context_;
};

}  // namespace smeg::netlink
