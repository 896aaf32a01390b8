// smegsim: plays what may happen to a mesh, with many real nodes in one process on a virtual clock.
#include <unistd.h>

#include <iostream>

#include "cli.h"
#include "wire/wire.h"

int main(int count, char** values) {
  using namespace smeg::simulator;
  smeg::wire::silence_parser();
  return run(std::vector<std::string>(values + 1, values + count),
             {std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1});
}
