#include "api/problem.h"

#include "control/codec.h"

namespace smeg::api {

using control::JsonObject;

unsigned status_of(Code code) {
  switch (code) {
    case Code::malformed: return 400;
    case Code::too_large:
    case Code::unsupported:
    case Code::invalid:
    case Code::unauthenticated: return 422;
    case Code::forbidden: return 403;
    case Code::not_found: return 404;
    case Code::expired:
    case Code::used_up:
    case Code::revoked:
    case Code::exists:
    case Code::conflict: return 409;
    case Code::unavailable: return 503;
    case Code::io: return 500;
  }
  return 500;
}

Response problem(unsigned status, const Error& error) {
  JsonObject body{{"type", "urn:smegmesh:problem:" + std::string(name(error.code))},
                  {"title", reason(status)},
                  {"status", status},
                  {"detail", error.message},
                  {"code", name(error.code)}};
  if (!error.hint.empty()) body.push_back({"hint", error.hint});
  Response response{status,
                    {{"Content-Type", std::string(kProblemType)}, {"Cache-Control", "no-store"}},
                    control::Json(std::move(body)).dump() + '\n'};
  if (status == 503) response.headers.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace smeg::api
