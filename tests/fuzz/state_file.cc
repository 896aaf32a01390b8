// State files as they may lie on a disk: what is accepted is exactly what was sealed.
#include <cstdlib>

#include "io/io.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const smeg::ByteView file(data, size);
  const auto content = smeg::io::open_state("state", file);
  if (!content) return 0;
  const auto again = smeg::io::seal_state("state", *content);
  if (!std::equal(again.begin(), again.end(), file.begin(), file.end())) std::abort();
  return 0;
}
