// Text forms of bytes. Decoders are strict: one text for each value, nothing ignored.
#pragma once

#include <string>

#include "base/base.h"

namespace smeg::crypto {

std::string to_hex(ByteView bytes);             // lower case
Result<Bytes> from_hex(std::string_view text);  // either case
std::string to_base64(ByteView bytes);          // RFC 4648 section 4, padded
Result<Bytes> from_base64(std::string_view text);
std::string to_base32(ByteView bytes);             // RFC 4648 section 6, lower case, no padding
Result<Bytes> from_base32(std::string_view text);  // either case, no padding, unused bits zero

}  // namespace smeg::crypto
