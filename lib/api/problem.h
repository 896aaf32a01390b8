// Errors as HTTP tells them: problem details (RFC 9457).
#pragma once

#include "api/http.h"

namespace smeg::api {

inline constexpr std::string_view kProblemType = "application/problem+json";

// What kind of failure an Error is to a client. 401 is none of them: that is about the caller's own token,
// not about an invite's.
unsigned status_of(Code code);

// The response to one. detail is the message, hint and code are members of their own.
Response problem(unsigned status, const Error& error);
inline Response problem(const Error& error) { return problem(status_of(error.code), error); }

}  // namespace smeg::api
