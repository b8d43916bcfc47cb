// AWS Signature Version 4 (docs: "AWS Signature Version 4 for API requests"), both sides: a client signs, a server verifies. Pure: time is
// an argument. All functions are thread-safe. Presigned URLs (the signature in the query) are not read: such a request has no signature.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "taskpod/base/time.h"
#include "taskpod/net/http.h"

namespace taskpod::net {

struct AwsCredentials {
  std::string accessKeyId, secretAccessKey, sessionToken;
};

struct SigningScope {
  std::string region, service;
  WallTime time;
};

// Adds X-Amz-Date, X-Amz-Security-Token where there is one, and Authorization. `host` is signed as the Host header; every header in the
// request is, too.
void sign(HttpRequest& request, std::string_view host, const AwsCredentials& credentials, const SigningScope& scope);

// What is wrong with a signature. Every error of this header has one, told by its reason (problemOf); its message is in AWS' words where
// those are known, fit to be shown to the caller, and holds no bytes of the request but well-formed dates and header names.
enum class SignatureProblem {
  Missing,     // no Authorization header; MissingAuthenticationTokenException. Reason Unauthorized
  Malformed,   // it, or a date, cannot be read, or a header that must be single repeats; IncompleteSignatureException. BadRequest
  UnknownKey,  // never from here, but from who looks up the secret; UnrecognizedClientException. NotFound
  Expired,     // signed more than 5 minutes ago, or ahead; InvalidSignatureException. Expired
  Mismatch,    // not signed with this secret, or not over all that must be signed; InvalidSignatureException. Forbidden
};
Error signatureError(SignatureProblem problem, std::string message);
SignatureProblem problemOf(const Error& error);  // of an error of this header; Mismatch for any other

// What an Authorization header says, not yet verified. Each text is not empty and printable ASCII.
struct SignatureClaim {
  std::string accessKeyId;                 // at most 128 bytes, no slash
  std::string date;                        // 20150830
  std::string region, service;             // at most 64 bytes, no slash; that they are this endpoint's is the caller's to check
  std::vector<std::string> signedHeaders;  // lower case, ascending, at most 128
  std::string signature;                   // 64 lower-case hexadecimal digits if it is to match
};

// Reads the Authorization header, at most 8 KiB: the three parameters once each, in any order. Errors: Missing, Malformed.
Result<SignatureClaim> claimOf(const HttpRequest& request);

// Whether `secret` signed this request as claimed, not more than 5 minutes before or after `now` (whole seconds, the limits included).
// Must be signed: host; X-Amz-Date or, where that is absent, Date; and every X-Amz-* header there is, for the operation is in one. The
// body is hashed here: a signed X-Amz-Content-Sha256 must say the same, so UNSIGNED-PAYLOAD is refused. Signatures are compared in
// constant time; an empty secret never matches. Headers must be as received, Host and Content-Length among them.
// Not checked: region and service, and whether the session token (X-Amz-Security-Token) belongs to the access key; equal signatures are
// accepted again. Errors: Malformed, Expired, Mismatch.
Result<void> verifySignature(const HttpRequest& request, const SignatureClaim& claim, std::string_view secret, WallTime now);

// Verifies as verifySignature does, and keeps the keys that are derived from secrets (four of the five HMACs of a request) by access key
// id, date, region and service. Only a signature that matched leaves a key here, so strangers cannot fill it; another secret for the same
// access key id derives anew. At most `limit` keys: when they are too many all go, and are derived again as they are needed.
class SigningKeys {
 public:
  explicit SigningKeys(std::size_t limit = 1024) : limit_(limit) {}
  Result<void> verify(const HttpRequest& request, const SignatureClaim& claim, std::string_view secret, WallTime now);
  std::size_t size() const;

 private:
  struct Entry {
    std::string secret, key;
  };
  std::string find(const std::string& scope, std::string_view secret) const;  // "" if there is none
  void keep(const std::string& scope, Entry entry);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> keys_;  // guarded by mutex_
};

}  // namespace taskpod::net
