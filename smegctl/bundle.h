// What somebody who helps wants to see, as one file.
#pragma once

#include <string>
#include <vector>

#include "base/base.h"

namespace smeg::ctl {

inline constexpr std::size_t kBundlePartBytes = 16 * 1'024 * 1'024;  // the end of what is longer is kept

struct BundlePart {
  std::string name;  // of the file within: "status.json", "kernel/link.json"
  std::string text;
};

// A tar archive (POSIX.1-2001's pax), compressed where the name ends in ".gz" or ".tgz", for its owner alone. exists
// where the path is taken. Each part stands in a folder of that name.
Result<void> write_bundle(const std::string& path, const std::string& folder, const std::vector<BundlePart>& parts,
                          WallTime now);

}  // namespace smeg::ctl
