// What the kernel says of a link: any bytes are read without harm, and say nothing of another interface.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "io/io.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr unsigned kIndex = 7;
  const auto state = smeg::io::parse_link_messages({data, size}, kIndex);
  if (state && !state->there && (state->up || state->mtu != 0)) std::abort();
  if (state && size < 32) std::abort();  // a header and a link take as much
  return 0;
}
