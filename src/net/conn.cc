#include "taskpod/net/conn.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <vector>

#include "taskpod/net/tls.h"

namespace taskpod::net {
namespace {

Error unavailable(std::string text) { return {Reason::Unavailable, std::move(text), 0}; }
Error systemError(std::string_view what) { return unavailable(std::string(what) + ": " + std::strerror(errno)); }

int millisUntil(Deadline deadline) {
  if (deadline == kNever) return -1;
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, 1 << 30));
}

// Waits until the descriptor is ready, the deadline has passed or the canceller was signalled.
Result<void> await(int fd, short events, Deadline deadline, const Canceller* canceller) {
  pollfd fds[2] = {{fd, events, 0}, {canceller ? canceller->descriptor() : -1, POLLIN, 0}};
  for (;;) {
    int ready = ::poll(fds, 2, millisUntil(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return systemError("poll");
    if (fds[1].revents) return Error{Reason::Cancelled, "cancelled", 0};
    if (ready == 0) return Error{Reason::Timeout, "timed out", 0};
    return {};
  }
}

class PlainConn : public Conn {
 public:
  PlainConn(int fd, std::shared_ptr<Canceller> canceller) : fd_(fd), canceller_(std::move(canceller)) {}
  ~PlainConn() override { ::close(fd_); }
  PlainConn(const PlainConn&) = delete;
  PlainConn& operator=(const PlainConn&) = delete;

  Result<std::size_t> read(char* buffer, std::size_t size, Deadline deadline) override {
    for (;;) {
      ssize_t n = ::recv(fd_, buffer, size, 0);
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return systemError("read");
      if (auto ready = await(fd_, POLLIN, deadline, canceller_.get()); !ready) return ready.error();
    }
  }

  Result<void> write(std::string_view data, Deadline deadline) override {
    while (!data.empty()) {
      ssize_t n = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (n >= 0) {
        data.remove_prefix(static_cast<std::size_t>(n));
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return systemError("write");
      if (auto ready = await(fd_, POLLOUT, deadline, canceller_.get()); !ready) return ready.error();
    }
    return {};
  }

  void shutdownWrite() override { ::shutdown(fd_, SHUT_WR); }
  bool isIdle() override {
    pollfd fd{fd_, POLLIN, 0};
    return ::poll(&fd, 1, 0) == 0;
  }
  bool hasBuffered() const override { return false; }
  int descriptor() const override { return fd_; }
  std::optional<PeerIdentity> peer() const override { return std::nullopt; }
  const std::shared_ptr<Canceller>& canceller() const { return canceller_; }

 private:
  int fd_;
  std::shared_ptr<Canceller> canceller_;
};

std::string tlsErrorText() {
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "the peer broke off";
  char text[256];
  ERR_error_string_n(code, text, sizeof text);
  return text;
}

class TlsConn : public Conn {
 public:
  TlsConn(std::unique_ptr<PlainConn> plain, SSL* ssl) : plain_(std::move(plain)), ssl_(ssl) { SSL_set_fd(ssl_, plain_->descriptor()); }
  ~TlsConn() override {
    SSL_shutdown(ssl_);
    ERR_clear_error();
    SSL_free(ssl_);
  }
  TlsConn(const TlsConn&) = delete;
  TlsConn& operator=(const TlsConn&) = delete;

  template <class Step>
  Result<int> drive(std::string_view what, Deadline deadline, Step step) {
    for (;;) {
      ERR_clear_error();
      int n = step();
      if (n > 0) return n;
      int error = SSL_get_error(ssl_, n);
      if (error == SSL_ERROR_ZERO_RETURN) return 0;
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        long verified = SSL_get_verify_result(ssl_);
        if (verified != X509_V_OK && what == "TLS handshake")
          return Error{Reason::Unauthorized, "TLS handshake: certificate: " + std::string(X509_verify_cert_error_string(verified)), 0};
        return unavailable(std::string(what) + ": " + (error == SSL_ERROR_SYSCALL && errno != 0 ? std::strerror(errno) : tlsErrorText()));
      }
      auto ready = await(plain_->descriptor(), error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline, plain_->canceller().get());
      if (!ready) return ready.error();
    }
  }

  Result<void> handshake(bool server, Deadline deadline) {
    auto done = drive("TLS handshake", deadline, [&] { return server ? SSL_accept(ssl_) : SSL_connect(ssl_); });
    if (!done) return done.error();
    if (*done == 0) return unavailable("TLS handshake: the peer closed");
    return {};
  }

  Result<std::size_t> read(char* buffer, std::size_t size, Deadline deadline) override {
    auto n = drive("TLS read", deadline, [&] { return SSL_read(ssl_, buffer, static_cast<int>(std::min<std::size_t>(size, 1 << 30))); });
    if (!n) return n.error();
    return static_cast<std::size_t>(*n);
  }

  Result<void> write(std::string_view data, Deadline deadline) override {
    while (!data.empty()) {
      auto n = drive("TLS write", deadline,
                     [&] { return SSL_write(ssl_, data.data(), static_cast<int>(std::min<std::size_t>(data.size(), 1 << 20))); });
      if (!n) return n.error();
      if (*n == 0) return unavailable("TLS write: the peer closed");
      data.remove_prefix(static_cast<std::size_t>(*n));
    }
    return {};
  }

  void shutdownWrite() override {
    SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  bool isIdle() override { return SSL_pending(ssl_) == 0 && plain_->isIdle(); }
  bool hasBuffered() const override { return SSL_pending(ssl_) > 0; }
  int descriptor() const override { return plain_->descriptor(); }

  std::optional<PeerIdentity> peer() const override {
    X509* certificate = SSL_get0_peer_certificate(ssl_);
    if (!certificate || SSL_get_verify_result(ssl_) != X509_V_OK) return std::nullopt;
    PeerIdentity identity;
    X509_NAME* subject = X509_get_subject_name(certificate);
    for (int i = 0; i < X509_NAME_entry_count(subject); ++i) {
      X509_NAME_ENTRY* entry = X509_NAME_get_entry(subject, i);
      int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
      unsigned char* text = nullptr;
      int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
      if (length < 0) continue;
      std::string value(reinterpret_cast<char*>(text), static_cast<std::size_t>(length));
      OPENSSL_free(text);
      if (nid == NID_commonName) identity.commonName = value;
      if (nid == NID_organizationName) identity.organizations.push_back(value);
    }
    return identity;
  }

 private:
  std::unique_ptr<PlainConn> plain_;
  SSL* ssl_;
};

// Keep-alive and a bound on unacknowledged data: a peer that vanished is noticed within 20 seconds even while we only listen.
void tuneTcp(int fd) {
  auto set = [&](int level, int option, int value) { ::setsockopt(fd, level, option, &value, sizeof value); };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 3);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 20'000);
}

Result<std::unique_ptr<PlainConn>> connectSocket(int family, const sockaddr* address, socklen_t size, const ConnectOptions& options,
                                                 Deadline deadline) {
  int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return systemError("socket");
  auto conn = std::make_unique<PlainConn>(fd, options.canceller);
  if (family != AF_UNIX) tuneTcp(fd);
  if (::connect(fd, address, size) != 0) {
    if (errno != EINPROGRESS && errno != EAGAIN) return systemError("connect");
    if (auto ready = await(fd, POLLOUT, deadline, options.canceller.get()); !ready) return ready.error();
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return unavailable(std::string("connect: ") + std::strerror(error));
  }
  return conn;
}

Result<sockaddr_un> unixAddress(const std::string& path) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  if (path.size() >= sizeof out.sun_path) return Error{Reason::BadRequest, path + ": the path of a unix socket has at most 107 bytes", 0};
  std::memcpy(out.sun_path, path.data(), path.size());
  return out;
}

Result<std::unique_ptr<PlainConn>> connectPlain(const Address& address, const ConnectOptions& options, Deadline deadline) {
  if (address.unixSocket) {
    auto target = unixAddress(address.host);
    if (!target) return target.error();
    return connectSocket(AF_UNIX, reinterpret_cast<const sockaddr*>(&*target), sizeof *target, options, deadline);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (int error = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list); error != 0)
    return unavailable(address.host + ": " + gai_strerror(error));
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  Error last = unavailable("no address");
  for (addrinfo* one = list; one; one = one->ai_next) {
    auto conn = connectSocket(one->ai_family, one->ai_addr, one->ai_addrlen, options, deadline);
    if (conn) return conn;
    last = conn.error();
  }
  return last;
}

}  // namespace

Canceller::Canceller() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
Canceller::~Canceller() { ::close(fd_); }
void Canceller::cancel() {
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t n = ::write(fd_, &one, sizeof one);
}
bool Canceller::isCancelled() const {
  pollfd fd{fd_, POLLIN, 0};
  return ::poll(&fd, 1, 0) > 0;
}
bool Canceller::sleepUntil(Deadline deadline) const {
  pollfd fd{fd_, POLLIN, 0};
  while (Clock::now() < deadline)
    if (::poll(&fd, 1, millisUntil(deadline)) > 0) return true;
  return isCancelled();
}

Result<Address> parseAddress(std::string_view text) {
  Address out;
  if (text.starts_with("unix://") || text.starts_with("/")) {
    out.unixSocket = true;
    out.host = std::string(text.starts_with("/") ? text : text.substr(7));
    return out;
  }
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return Error{Reason::BadRequest, "\"" + std::string(text) + "\" is no address; expected HOST:PORT", 0};
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::string_view port = text.substr(colon + 1);
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size() || port.empty())
    return Error{Reason::BadRequest, "\"" + std::string(text) + "\": the port is a number from 0 to 65535", 0};
  out.host = std::string(host);
  return out;
}

Result<std::unique_ptr<Conn>> connect(const Address& address, const ConnectOptions& options, Deadline deadline) {
  auto plain = connectPlain(address, options, deadline);
  if (!plain) return plain.error();
  if (!options.tls) return std::unique_ptr<Conn>(std::move(*plain));
  SSL* ssl = SSL_new(options.tls->get());
  const std::string& name = options.serverName.empty() ? address.host : options.serverName;
  unsigned char bytes[16];
  bool numeric = ::inet_pton(AF_INET, name.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, name.c_str(), bytes) == 1;
  if (numeric) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl, name.c_str());
    SSL_set1_host(ssl, name.c_str());
  }
  auto conn = std::make_unique<TlsConn>(std::move(*plain), ssl);
  if (auto done = conn->handshake(false, deadline); !done) return done.error();
  return std::unique_ptr<Conn>(std::move(conn));
}

Result<std::unique_ptr<Conn>> acceptTls(std::unique_ptr<Conn> plain, const std::shared_ptr<const TlsContext>& tls, Deadline deadline) {
  auto conn = std::make_unique<TlsConn>(std::unique_ptr<PlainConn>(static_cast<PlainConn*>(plain.release())), SSL_new(tls->get()));
  if (auto done = conn->handshake(true, deadline); !done) return done.error();
  return std::unique_ptr<Conn>(std::move(conn));
}

namespace {

class SocketListener : public Listener {
 public:
  SocketListener(int fd, Address address) : fd_(fd), address_(std::move(address)) {}
  ~SocketListener() override { ::close(fd_); }
  const Address& address() const override { return address_; }

  Result<std::unique_ptr<Conn>> accept(const std::shared_ptr<Canceller>& canceller) override {
    for (;;) {
      int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) {
        if (!address_.unixSocket) tuneTcp(fd);
        return std::unique_ptr<Conn>(std::make_unique<PlainConn>(fd, canceller));
      }
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EMFILE || errno == ENFILE) return Error{Reason::TooManyRequests, "accept: out of file descriptors", 0};
      if (errno != EAGAIN && errno != EWOULDBLOCK) return systemError("accept");
      if (auto ready = await(fd_, POLLIN, kNever, canceller.get()); !ready) return ready.error();
    }
  }

 private:
  int fd_;
  Address address_;
};

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(const Address& address) {
  if (address.unixSocket) {
    auto target = unixAddress(address.host);
    if (!target) return target.error();
    int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    auto listener = std::make_unique<SocketListener>(fd, address);
    ::unlink(address.host.c_str());
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&*target), sizeof *target) != 0 || ::listen(fd, 128) != 0)
      return systemError("listen on " + address.host);
    return std::unique_ptr<Listener>(std::move(listener));
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  if (int error = ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
      error != 0)
    return unavailable(address.host + ": " + gai_strerror(error));
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  int fd = ::socket(list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return systemError("socket");
  Address bound = address;
  auto listener = std::make_unique<SocketListener>(fd, bound);
  int one = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (::bind(fd, list->ai_addr, list->ai_addrlen) != 0 || ::listen(fd, 512) != 0)
    return systemError("listen on " + address.host + ":" + std::to_string(address.port));
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
  bound.port = ntohs(name.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&name)->sin6_port
                                                : reinterpret_cast<sockaddr_in*>(&name)->sin_port);
  int same = ::dup(fd);
  ::fcntl(same, F_SETFD, FD_CLOEXEC);
  return std::unique_ptr<Listener>(std::make_unique<SocketListener>(same, bound));
}

void splice(Conn& a, Conn& b, const Canceller& canceller) {
  char buffer[1 << 15];
  constexpr auto kPatience = std::chrono::seconds(30);
  auto move = [&](Conn& from, Conn& to) {
    auto n = from.read(buffer, sizeof buffer, in(kPatience));
    return n && *n > 0 && to.write({buffer, *n}, in(kPatience));
  };
  for (;;) {
    pollfd fds[3] = {{a.descriptor(), POLLIN, 0}, {b.descriptor(), POLLIN, 0}, {canceller.descriptor(), POLLIN, 0}};
    bool waiting = a.hasBuffered() || b.hasBuffered();
    if (::poll(fds, 3, waiting ? 0 : -1) < 0 && errno != EINTR) return;
    if (fds[2].revents) return;
    if ((a.hasBuffered() || fds[0].revents) && !move(a, b)) return;
    if ((b.hasBuffered() || fds[1].revents) && !move(b, a)) return;
  }
}

}  // namespace taskpod::net
