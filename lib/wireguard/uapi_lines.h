// Lines out of a stream of bytes, for the two parsers of uapi.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/crypto.h"

namespace smeg::wireguard {

// Cuts a stream of bytes into lines of at most limits::kUapiLineBytes and wipes what it has handed out.
class UapiLines {
 public:
  UapiLines() = default;
  UapiLines(const UapiLines&) = delete;
  UapiLines& operator=(const UapiLines&) = delete;
  ~UapiLines();

  void feed(std::string_view bytes);
  // The next line without its newline, valid until the next call of anything; nullopt where more bytes are needed or
  // the line is too long.
  std::optional<std::string_view> next();
  bool overlong() const { return overlong_; }

 private:
  std::string buffer_;
  std::size_t used_ = 0;
  bool overlong_ = false;
};

}  // namespace smeg::wireguard
