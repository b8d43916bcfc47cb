// TLS settings and certificates, from PEM text. Contexts are immutable and shared by all connections.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "taskpod/base/result.h"

struct ssl_ctx_st;

namespace taskpod::net {

struct TlsSettings {
  std::string caPem;  // client: whom to trust (empty: the system's roots). Server: who may present a certificate (empty: nobody is asked)
  std::string certificatePem;  // own chain
  std::string keyPem;
  bool insecure = false;  // client: do not verify the peer
};

class TlsContext {
 public:
  static Result<std::shared_ptr<const TlsContext>> client(const TlsSettings& settings);
  static Result<std::shared_ptr<const TlsContext>> server(const TlsSettings& settings);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* get() const { return context_; }
  bool verifiesPeer() const { return verifies_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
  bool verifies_ = true;
};

struct KeyPair {
  std::string certificatePem;
  std::string keyPem;
};
// A certificate for a server that nobody vouches for, valid for a year; names may be DNS names or addresses.
Result<KeyPair> makeSelfSigned(const std::string& commonName, const std::vector<std::string>& names);

std::string encodeBase64(std::string_view bytes);
Result<std::string> decodeBase64(std::string_view text);
std::string sha256Hex(std::string_view bytes);
std::string hmacSha256Hex(std::string_view key, std::string_view bytes);
bool equalInConstantTime(std::string_view a, std::string_view b);  // in the time that the longer text takes
std::string randomHex(std::size_t bytes);                          // from the operating system

}  // namespace taskpod::net
