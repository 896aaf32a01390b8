#include "settings.h"

namespace smeg::simulator {

Result<Split> parse_split(std::string_view text) {
  if (text == "even") return Split::even;
  if (text == "uneven") return Split::uneven;
  if (text == "one-way") return Split::one_way;
  return fail(Code::invalid, "must be even, uneven or one-way");
}

}  // namespace smeg::simulator
