#include "wireguard/uapi_lines.h"

namespace smeg::wireguard {

UapiLines::~UapiLines() { crypto::wipe({reinterpret_cast<std::uint8_t*>(buffer_.data()), buffer_.size()}); }

void UapiLines::feed(std::string_view bytes) {
  // A new buffer by hand: std::string would leave the old one behind unwiped when it grows.
  std::string joined;
  joined.reserve(buffer_.size() - used_ + bytes.size());
  joined.append(buffer_, used_).append(bytes);
  crypto::wipe({reinterpret_cast<std::uint8_t*>(buffer_.data()), buffer_.size()});
  buffer_ = std::move(joined);
  used_ = 0;
}

std::optional<std::string_view> UapiLines::next() {
  const std::string_view rest = std::string_view(buffer_).substr(used_);
  const std::size_t end = rest.find('\n');
  overlong_ = overlong_ || (end == std::string_view::npos ? rest.size() : end) > limits::kUapiLineBytes;
  if (overlong_ || end == std::string_view::npos) return std::nullopt;
  used_ += end + 1;
  return rest.substr(0, end);
}

}  // namespace smeg::wireguard
