// How tables are to look.
#pragma once

namespace smeg::control {

struct Look {
  bool wide = false;    // with the columns that few look for
  bool colour = false;  // headings and states stand out, for a terminal (ECMA-48 section 8.3.117)
};

}  // namespace smeg::control
