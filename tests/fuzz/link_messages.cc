// What the kernel says of a link or a route: any bytes are read without harm, and say nothing of another interface or
// question.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "io/io.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr unsigned kIndex = 7;
  const auto state = smeg::io::parse_link_messages({data, size}, kIndex);
  if (state && !state->there && (state->up || state->mtu != 0)) std::abort();
  if (state && size < 32) std::abort();  // a header and a link take as much
  constexpr std::uint32_t kSequence = 3;
  const auto interface = smeg::io::parse_route_answer({data, size}, kSequence);
  if (interface && size < 16) std::abort();  // a header takes as much
  return 0;
}
