// One byte stream: TCP or a unix socket, plain or TLS. Blocking calls with a deadline, one thread at a time; another thread ends them by
// signalling the Canceller that the stream was opened with. Everything that talks to the network in Taskpod talks through a Conn.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/base/result.h"

namespace taskpod::net {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;
inline Deadline in(Clock::duration duration) { return Clock::now() + duration; }
inline constexpr Deadline kNever = Deadline::max();

// Ends all blocking calls that watch it, now and later. Safe from any thread.
class Canceller {
 public:
  Canceller();
  ~Canceller();
  Canceller(const Canceller&) = delete;
  Canceller& operator=(const Canceller&) = delete;

  void cancel();
  bool isCancelled() const;
  int descriptor() const { return fd_; }  // readable once cancelled
  // Sleeps until the deadline; true if it was cancelled instead.
  bool sleepUntil(Deadline deadline) const;

 private:
  int fd_;
};

// Who the peer is, from its certificate: Kubernetes takes CN as user and every O as group.
struct PeerIdentity {
  std::string commonName;
  std::vector<std::string> organizations;
};

class TlsContext;

class Conn {
 public:
  virtual ~Conn() = default;
  // At least one byte, or 0 at the end of the stream.
  virtual Result<std::size_t> read(char* buffer, std::size_t size, Deadline deadline) = 0;
  // All of it.
  virtual Result<void> write(std::string_view data, Deadline deadline) = 0;
  virtual void shutdownWrite() = 0;
  // True if nothing has arrived and the peer has not closed: an idle connection that may be used again.
  virtual bool isIdle() = 0;
  // True if bytes wait inside (TLS) that the descriptor does not show.
  virtual bool hasBuffered() const = 0;
  virtual int descriptor() const = 0;
  virtual std::optional<PeerIdentity> peer() const = 0;
};

struct Address {
  std::string host;  // name or address; a path for unix sockets
  std::uint16_t port = 0;
  bool unixSocket = false;
  bool operator==(const Address&) const = default;
};

// "127.0.0.1:6443", "[::1]:80", "unix:///run/x.sock"
Result<Address> parseAddress(std::string_view text);

struct ConnectOptions {
  std::shared_ptr<const TlsContext> tls;  // null: plain
  std::string serverName;                 // verified against the certificate and sent as SNI
  std::shared_ptr<Canceller> canceller;
};
Result<std::unique_ptr<Conn>> connect(const Address& address, const ConnectOptions& options, Deadline deadline);

// A listening socket. Port 0 takes a free one; address() tells which.
class Listener {
 public:
  static Result<std::unique_ptr<Listener>> open(const Address& address);
  virtual ~Listener() = default;
  virtual const Address& address() const = 0;
  // The next connection (TLS not yet begun), or Cancelled.
  virtual Result<std::unique_ptr<Conn>> accept(const std::shared_ptr<Canceller>& canceller) = 0;
};

// Begins TLS as a server on an accepted connection.
Result<std::unique_ptr<Conn>> acceptTls(std::unique_ptr<Conn> plain, const std::shared_ptr<const TlsContext>& tls, Deadline deadline);

// Copies both ways until either side ends, as an API server's upgrade proxy does.
void splice(Conn& a, Conn& b, const Canceller& canceller);

}  // namespace taskpod::net
