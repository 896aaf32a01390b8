// Errors are values. An Error says what is wrong in words that an operator understands, and what to do about it.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace smeg {

// The kind of an error: what a program may decide by. Words are for people.
enum class Code {
  malformed,        // bytes or text that do not parse
  too_large,        // over a named limit
  unsupported,      // a version, kind or feature that this program does not know
  invalid,          // parses, but the value is impossible
  unauthenticated,  // a signature, a proof or a key does not fit
  forbidden,        // known who it is, but it may not
  expired,          // was right once
  used_up,          // an invite whose uses are spent
  revoked,          // taken back by whoever may
  not_found,        // no such thing
  exists,           // there is one already
  conflict,         // stands against something else, or is ambiguous
  unavailable,      // can't be had now; may work later
  io,               // the operating system refused
};

// The stable name of a code, as in JSON ("not_found").
std::string_view name(Code code);

struct Error {
  Code code = Code::invalid;
  std::string message;    // what is wrong; one line, no secret, no full stop at its end
  std::string hint = {};  // what to do about it; may be empty

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T = void>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Code code, std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(hint)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace smeg
