#include "log.h"

#include <cstdlib>
#include <iostream>
#include <string>

namespace smeg::http {

void log(Level level, std::string_view text) {
  static const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  std::string line = journal ? (level == Level::warning ? "<4>" : "<6>") : "smeg-api: ";
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  std::cerr << line + '\n';
}

}  // namespace smeg::http
