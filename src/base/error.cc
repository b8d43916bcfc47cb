#include "taskpod/base/error.h"

#include <array>

namespace taskpod {
namespace {

struct ReasonEntry {
  Reason reason;
  std::string_view word;
  int status;
  bool transient;
};

constexpr std::array kReasons = {
    ReasonEntry{Reason::BadRequest, "BadRequest", 400, false},
    ReasonEntry{Reason::Unauthorized, "Unauthorized", 401, false},
    ReasonEntry{Reason::Forbidden, "Forbidden", 403, false},
    ReasonEntry{Reason::NotFound, "NotFound", 404, false},
    ReasonEntry{Reason::MethodNotAllowed, "MethodNotAllowed", 405, false},
    ReasonEntry{Reason::AlreadyExists, "AlreadyExists", 409, false},
    ReasonEntry{Reason::Conflict, "Conflict", 409, false},
    ReasonEntry{Reason::Gone, "Gone", 410, false},
    ReasonEntry{Reason::Expired, "Expired", 410, false},
    ReasonEntry{Reason::RequestEntityTooLarge, "RequestEntityTooLarge", 413, false},
    ReasonEntry{Reason::UnsupportedMediaType, "UnsupportedMediaType", 415, false},
    ReasonEntry{Reason::Invalid, "Invalid", 422, false},
    ReasonEntry{Reason::TooManyRequests, "TooManyRequests", 429, true},
    ReasonEntry{Reason::InternalError, "InternalError", 500, true},
    ReasonEntry{Reason::Unimplemented, "Unimplemented", 501, false},
    ReasonEntry{Reason::ServiceUnavailable, "ServiceUnavailable", 503, true},
    ReasonEntry{Reason::Timeout, "Timeout", 504, true},
    ReasonEntry{Reason::Unavailable, "Unavailable", 503, true},
    ReasonEntry{Reason::Cancelled, "Cancelled", 499, false},
};

const ReasonEntry& entry(Reason reason) {
  for (const auto& e : kReasons)
    if (e.reason == reason) return e;
  return kReasons[13];
}

}  // namespace

std::string_view toString(Reason reason) { return entry(reason).word; }

int httpStatus(Reason reason) { return entry(reason).status; }

bool isTransient(Reason reason) { return entry(reason).transient; }

Reason reasonFromHttpStatus(int code) {
  if (code == 409) return Reason::Conflict;
  if (code == 410) return Reason::Gone;
  for (const auto& e : kReasons)
    if (e.status == code) return e.reason;
  if (code >= 500) return Reason::InternalError;
  return Reason::BadRequest;
}

}  // namespace taskpod
