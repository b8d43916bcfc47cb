// Errors are values. `Reason` is the Kubernetes status reason (apimachinery, metav1.StatusReason) plus the few causes that never
// reach the wire; HTTP codes and ECS exception names are tables over it (base/error.cc, ecs/errors.cc). An error is classified once,
// where it enters; later code decides on `reason` and never on `message`.
#pragma once

#include <string>
#include <string_view>

namespace taskpod {

enum class Reason {
  BadRequest,
  Unauthorized,
  Forbidden,
  NotFound,
  MethodNotAllowed,
  AlreadyExists,
  Conflict,
  Gone,
  Expired,
  Invalid,
  UnsupportedMediaType,
  RequestEntityTooLarge,
  TooManyRequests,
  Timeout,
  ServiceUnavailable,
  InternalError,
  Unimplemented,
  Unavailable,  // the peer could not be reached or broke off
  Cancelled,    // our own side asked to stop
};

struct Error {
  Reason reason = Reason::InternalError;
  std::string message;        // what was being done to what, then the cause; lower case, no full stop
  int retryAfterSeconds = 0;  // from Retry-After, 0 if the peer named none
  bool operator==(const Error&) const = default;
};

// The word as in metav1.StatusReason ("NotFound"); Unavailable and Cancelled print as themselves.
std::string_view toString(Reason reason);

// The reason for an HTTP status code when the body carries no Status (apimachinery, errors.NewGenericServerResponse).
Reason reasonFromHttpStatus(int code);

// The HTTP status that goes with a reason (Unavailable 503, Cancelled 499).
int httpStatus(Reason reason);

// True for a reason that may go away by itself: the caller backs off and tries again.
bool isTransient(Reason reason);

}  // namespace taskpod
