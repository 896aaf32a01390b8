// The engine with the protocol's times divided, for system tests of what would take minutes: `engine [-f] IFNAME`, as
// smegd takes it. The times themselves can't be told to smegd.
#include "engine_command.h"

int main(int argc, char** argv) {
  constexpr int kTimesFaster = 40;  // a new session every 3 s, none used for longer than 4.5 s
  static constexpr auto kTiming = smeg::wireguard::Timing::faster(kTimesFaster);
  const bool named = argc >= 2 && std::string_view(argv[1]) == "engine";
  return smeg::engine_command(argc - (named ? 1 : 0), argv + (named ? 1 : 0), kTiming);
}
