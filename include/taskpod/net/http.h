// HTTP/1.1, client and server. Messages are read by Boost.Beast's parser and written by us. Limits: 64 KiB of header, bodies as told,
// deadlines on every call. A request is sent once; only an idempotent one (GET, HEAD, PUT, DELETE) is sent again, once, and only when a
// pooled connection turned out dead before a byte of the answer arrived.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "taskpod/net/conn.h"

namespace taskpod::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

// The first value of a header, names compared without case; "" if absent.
std::string_view header(const Headers& headers, std::string_view name);

struct HttpRequest {
  std::string method = "GET";
  std::string target;  // path and query
  Headers headers;     // Host and Content-Length are added
  std::string body;
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

struct HttpClientOptions {
  Address address;
  std::string host;                           // for the Host header and the certificate
  std::shared_ptr<const TlsContext> tls;      // null: http
  std::shared_ptr<Canceller> canceller;       // ends every call of this client
  std::chrono::milliseconds timeout{30'000};  // for a whole call; streams: for the header, then between chunks
  std::size_t bodyLimit = 256u << 20;
};

// Thread-safe: each call takes a connection of its own, from the pool or new.
class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options);
  ~HttpClient();

  Result<HttpResponse> send(const HttpRequest& request);

  // The body in pieces, as they come; `onChunk` returns false to end the stream. A status of 400 and above is answered with the whole body
  // instead.
  using OnChunk = std::function<bool(std::string_view)>;
  Result<HttpResponse> stream(const HttpRequest& request, std::chrono::milliseconds idleTimeout,
                              const std::shared_ptr<Canceller>& canceller, const OnChunk& onChunk);

 private:
  struct Pool;
  HttpClientOptions options_;
  std::unique_ptr<Pool> pool_;
};

// A call as the server sees it. One of respond, begin or hijack answers it.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const HttpRequest& request() const = 0;
  virtual std::optional<PeerIdentity> peer() const = 0;
  virtual void respond(int status, const Headers& headers, std::string_view body) = 0;
  // Chunked: begin, then write as often as needed; false when the caller has gone.
  virtual void begin(int status, const Headers& headers) = 0;
  virtual bool write(std::string_view data) = 0;
  // Takes the connection, with what the caller has already sent after its header.
  virtual std::unique_ptr<Conn> hijack(std::string& early) = 0;
  virtual const std::shared_ptr<Canceller>& canceller() const = 0;
};

struct HttpServerOptions {
  std::shared_ptr<const TlsContext> tls;
  std::size_t bodyLimit = 3u << 20;
  std::size_t maxConnections = 1024;
  std::chrono::milliseconds headerTimeout{15'000};
  std::chrono::milliseconds idleTimeout{120'000};
};

// A thread per connection; the handler runs on it. stop() ends all connections and waits for their threads.
class HttpServer {
 public:
  using Handler = std::function<void(Exchange&)>;
  HttpServer(std::unique_ptr<Listener> listener, HttpServerOptions options, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const Address& address() const { return listener_->address(); }
  void stop();

 private:
  void acceptLoop();
  void serve(std::unique_ptr<Conn> conn);

  std::unique_ptr<Listener> listener_;
  HttpServerOptions options_;
  Handler handler_;
  std::shared_ptr<Canceller> canceller_;
  struct Count;
  std::shared_ptr<Count> connections_;  // outlives the threads that count themselves in it
  std::thread acceptor_;
};

struct Url {
  bool tls = false;
  Address address;
  std::string host;  // as in the URL, for Host and SNI
  std::string path;  // with query, "/" if none
};
Result<Url> parseUrl(std::string_view text);

// Percent-encodes everything but unreserved characters.
std::string encodeQuery(std::string_view text);
std::string decodeQuery(std::string_view text);
// The values of "a=1&b=2" in order, decoded.
std::vector<std::pair<std::string, std::string>> parseQuery(std::string_view query);

// Header and body as they go over the wire.
std::string writeRequest(const HttpRequest& request, std::string_view host);

}  // namespace taskpod::net
