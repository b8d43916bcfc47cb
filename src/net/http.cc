#include "taskpod/net/http.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cctype>
#include <charconv>
#include <condition_variable>
#include <limits>

namespace taskpod::net {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kHeaderLimit = 64u << 10;
constexpr std::size_t kReadSize = 16u << 10;

bool sameText(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The name to verify: without the port, without the brackets of an IPv6 address.
std::string serverNameOf(const std::string& host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.rfind(':'));
}

bool isIdempotent(std::string_view method) { return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE"; }

bool hasLineBreak(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos; }

template <class Fields>
Headers headersOf(const Fields& fields) {
  Headers out;
  for (const auto& field : fields) out.emplace_back(std::string(field.name_string()), std::string(field.value()));
  return out;
}

Error parseError(const boost::system::error_code& error) {
  bool tooLarge = error == http::error::body_limit || error == http::error::header_limit;
  return {tooLarge ? Reason::RequestEntityTooLarge : Reason::Unavailable, "http: " + error.message(), 0};
}

// Bytes read from a connection and not yet parsed.
class Buffer {
 public:
  explicit Buffer(Conn& conn) : conn_(conn) {}
  Result<bool> fill(Deadline deadline) {  // false at the end of the stream
    if (at_ > 0) {
      data_.erase(0, at_);
      at_ = 0;
    }
    std::size_t old = data_.size();
    data_.resize(old + kReadSize);
    auto n = conn_.read(data_.data() + old, kReadSize, deadline);
    data_.resize(old + (n ? *n : 0));
    if (!n) return n.error();
    return *n > 0;
  }
  std::string_view view() const { return std::string_view(data_).substr(at_); }
  void consume(std::size_t n) { at_ += n; }
  std::string take() {
    std::string rest(view());
    data_.clear();
    at_ = 0;
    return rest;
  }

 private:
  Conn& conn_;
  std::string data_;
  std::size_t at_ = 0;
};

// Feeds the parser until `done`; false if the stream ended cleanly before the message began.
template <class Parser, class Done>
Result<bool> parse(Parser& parser, Buffer& buffer, Deadline deadline, const Done& done) {
  bool any = false;
  while (!done()) {
    boost::system::error_code error;
    std::string_view bytes = buffer.view();
    std::size_t used = bytes.empty() ? 0 : parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    buffer.consume(used);
    if (used > 0) any = true;
    if (error && error != http::error::need_more) return parseError(error);
    if (done()) break;
    if (!error && used > 0) continue;
    auto more = buffer.fill(deadline);
    if (!more) return more.error();
    if (*more) continue;
    if (!any) return false;
    parser.put_eof(error);
    if (error) return parseError(error);
    if (!parser.is_done()) return Error{Reason::Unavailable, "http: the peer closed in the middle of a message", 0};
    break;
  }
  return true;
}

}  // namespace

std::string_view header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (sameText(key, name)) return value;
  return {};
}

std::string writeRequest(const HttpRequest& request, std::string_view host) {
  std::string out =
      request.method + " " + (request.target.empty() ? "/" : request.target) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n";
  for (const auto& [name, value] : request.headers) {
    if (hasLineBreak(name) || hasLineBreak(value)) continue;  // never let a value smuggle a header
    out += name + ": " + value + "\r\n";
  }
  bool hasBody = !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (hasBody) out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return out + "\r\n" + request.body;
}

struct HttpClient::Pool {
  std::mutex mutex;
  std::vector<std::unique_ptr<Conn>> idle;  // guarded by mutex

  std::unique_ptr<Conn> take() {
    for (;;) {
      std::unique_ptr<Conn> conn;
      {
        std::lock_guard lock(mutex);
        if (idle.empty()) return nullptr;
        conn = std::move(idle.back());
        idle.pop_back();
      }
      if (conn->isIdle()) return conn;
    }
  }
  void give(std::unique_ptr<Conn> conn) {
    std::lock_guard lock(mutex);
    if (idle.size() < 64) idle.push_back(std::move(conn));
  }
};

HttpClient::HttpClient(HttpClientOptions options) : options_(std::move(options)), pool_(std::make_unique<Pool>()) {}
HttpClient::~HttpClient() = default;

namespace {

Result<HttpResponse> roundTrip(Conn& conn, const HttpRequest& request, std::string_view bytes, std::size_t bodyLimit, Deadline deadline,
                               bool& reusable, bool& answered) {
  if (auto done = conn.write(bytes, deadline); !done) return done.error();
  Buffer buffer(conn);
  for (;;) {
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    parser.header_limit(kHeaderLimit);
    parser.body_limit(bodyLimit);
    if (request.method == "HEAD") parser.skip(true);
    auto done = parse(parser, buffer, deadline, [&] { return parser.is_done(); });
    answered |= parser.got_some() || parser.is_header_done();
    if (!done) return done.error();
    if (!*done) return Error{Reason::Unavailable, "http: the peer closed without an answer", 0};
    if (parser.get().result_int() / 100 == 1) continue;
    HttpResponse response;
    response.status = static_cast<int>(parser.get().result_int());
    response.headers = headersOf(parser.get());
    reusable = parser.get().keep_alive() && buffer.view().empty() && !parser.get().need_eof();
    response.body = std::move(parser.get().body());
    return response;
  }
}

}  // namespace

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  Deadline deadline = in(options_.timeout);
  std::string bytes = writeRequest(request, options_.host);
  for (;;) {
    std::unique_ptr<Conn> conn = pool_->take();
    bool pooled = conn != nullptr;
    if (!conn) {
      auto fresh = connect(options_.address, {options_.tls, serverNameOf(options_.host), options_.canceller}, deadline);
      if (!fresh) return fresh.error();
      conn = std::move(*fresh);
    }
    bool reusable = false;
    bool answered = false;
    auto response = roundTrip(*conn, request, bytes, options_.bodyLimit, deadline, reusable, answered);
    if (response) {
      if (reusable) pool_->give(std::move(conn));
      return response;
    }
    bool dead = response.error().reason == Reason::Unavailable;
    if (!(pooled && dead && !answered && isIdempotent(request.method))) return response.error();
  }
}

Result<HttpResponse> HttpClient::stream(const HttpRequest& request, std::chrono::milliseconds idleTimeout,
                                        const std::shared_ptr<Canceller>& canceller, const OnChunk& onChunk) {
  auto conn = connect(options_.address, {options_.tls, serverNameOf(options_.host), canceller}, in(options_.timeout));
  if (!conn) return conn.error();
  if (auto done = (*conn)->write(writeRequest(request, options_.host), in(options_.timeout)); !done) return done.error();

  Buffer buffer(**conn);
  http::response_parser<http::string_body> parser;  // its body stays empty: chunks go to the callback, a plain body is read here
  parser.eager(false);                              // stops after the header
  parser.header_limit(kHeaderLimit);
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  HttpResponse response;
  bool wanted = true;
  auto take = [&](std::string_view data) {
    if (parser.get().result_int() >= 400) {
      if (response.body.size() < (1u << 20)) response.body += data;
    } else if (wanted) {
      wanted = onChunk(data);
    }
  };
  auto onBody = [&](std::uint64_t, boost::beast::string_view data, boost::system::error_code&) {
    take({data.data(), data.size()});
    return data.size();
  };
  parser.on_chunk_body(onBody);
  auto header = parse(parser, buffer, in(options_.timeout), [&] { return parser.is_header_done(); });
  if (!header) return header.error();
  if (!*header) return Error{Reason::Unavailable, "http: the peer closed without an answer", 0};
  response.status = static_cast<int>(parser.get().result_int());
  response.headers = headersOf(parser.get());
  if (!parser.chunked()) {  // a plain body: to its length, or to the end of the stream
    std::uint64_t left = parser.content_length_remaining().value_or(UINT64_MAX);
    while (left > 0 && wanted) {
      std::string_view data = buffer.view().substr(0, left);
      if (!data.empty()) {
        take(data);
        left -= data.size();
        buffer.consume(data.size());
        continue;
      }
      auto more = buffer.fill(in(idleTimeout));
      if (!more) return more.error();
      if (!*more) break;
    }
    return response;
  }
  parser.eager(true);
  while (!parser.is_done() && wanted) {
    boost::system::error_code error;
    std::string_view data = buffer.view();
    std::size_t used = data.empty() ? 0 : parser.put(boost::asio::buffer(data.data(), data.size()), error);
    buffer.consume(used);
    if (error && error != http::error::need_more && error != http::error::end_of_chunk) return parseError(error);
    if (used > 0 && !error) continue;
    if (parser.is_done() || !wanted) break;
    auto more = buffer.fill(in(idleTimeout));
    if (!more) return more.error();
    if (!*more) return Error{Reason::Unavailable, "http: the peer broke off in the middle of a stream", 0};
  }
  return response;
}

// --- server

namespace {

std::string_view phrase(int status) { return http::obsolete_reason(static_cast<http::status>(status)).data(); }

class ServerExchange : public Exchange {
 public:
  ServerExchange(std::unique_ptr<Conn>& conn, Buffer& buffer, HttpRequest request, bool keepAlive,
                 const std::shared_ptr<Canceller>& canceller)
      : conn_(conn),
        buffer_(buffer),
        request_(std::move(request)),
        keepAlive_(keepAlive),
        canceller_(canceller) {}

  const HttpRequest& request() const override { return request_; }
  std::optional<PeerIdentity> peer() const override { return conn_ ? conn_->peer() : std::nullopt; }
  const std::shared_ptr<Canceller>& canceller() const override { return canceller_; }

  void respond(int status, const Headers& headers, std::string_view body) override {
    std::string out = head(status, headers);
    if (status != 204 && status != 304 && status / 100 != 1) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    out += "\r\n";
    if (request_.method != "HEAD") out += body;
    answered_ = true;
    if (!conn_->write(out, in(std::chrono::seconds(30)))) keepAlive_ = false;
  }

  void begin(int status, const Headers& headers) override {
    answered_ = true;
    chunked_ = true;
    if (!conn_->write(head(status, headers) + "Transfer-Encoding: chunked\r\n\r\n", in(std::chrono::seconds(30)))) keepAlive_ = false;
  }

  bool write(std::string_view data) override {
    if (data.empty()) return !gone();
    char size[20];
    auto end = std::to_chars(size, size + sizeof size, data.size(), 16).ptr;
    std::string out(size, end);
    out += "\r\n";
    out += data;
    out += "\r\n";
    if (conn_->write(out, in(std::chrono::seconds(30)))) return true;
    keepAlive_ = false;
    return false;
  }

  std::unique_ptr<Conn> hijack(std::string& early) override {
    answered_ = true;
    early = buffer_.take();
    return std::move(conn_);
  }

  bool finish() {
    if (!conn_) return false;
    if (!answered_) respond(500, {}, "");
    if (chunked_ && !conn_->write("0\r\n\r\n", in(std::chrono::seconds(30)))) return false;
    return keepAlive_;
  }

 private:
  bool gone() { return !conn_->isIdle(); }
  std::string head(int status, const Headers& headers) {
    std::string out = "HTTP/1.1 " + std::to_string(status) + " " + std::string(phrase(status)) + "\r\n";
    for (const auto& [name, value] : headers)
      if (!hasLineBreak(value)) out += name + ": " + value + "\r\n";
    if (!keepAlive_) out += "Connection: close\r\n";
    return out;
  }

  std::unique_ptr<Conn>& conn_;
  Buffer& buffer_;
  HttpRequest request_;
  bool keepAlive_;
  bool answered_ = false;
  bool chunked_ = false;
  const std::shared_ptr<Canceller>& canceller_;
};

}  // namespace

struct HttpServer::Count {
  std::mutex mutex;
  std::condition_variable none;
  std::size_t number = 0;  // guarded by mutex

  void add(int change) {
    std::lock_guard lock(mutex);
    number += static_cast<std::size_t>(change);
    if (number == 0) none.notify_all();
  }
  std::size_t get() {
    std::lock_guard lock(mutex);
    return number;
  }
  void waitForNone() {
    std::unique_lock lock(mutex);
    none.wait(lock, [&] { return number == 0; });
  }
};

HttpServer::HttpServer(std::unique_ptr<Listener> listener, HttpServerOptions options, Handler handler)
    : listener_(std::move(listener)),
      options_(std::move(options)),
      handler_(std::move(handler)),
      canceller_(std::make_shared<Canceller>()),
      connections_(std::make_shared<Count>()),
      acceptor_([this] { acceptLoop(); }) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::stop() {
  canceller_->cancel();
  if (acceptor_.joinable()) acceptor_.join();
  connections_->waitForNone();
}

void HttpServer::acceptLoop() {
  for (;;) {
    auto conn = listener_->accept(canceller_);
    if (!conn && conn.error().reason == Reason::Cancelled) return;
    if (!conn || connections_->get() >= options_.maxConnections) {
      if (canceller_->sleepUntil(in(std::chrono::milliseconds(20)))) return;  // out of descriptors or of room: let some end
      continue;
    }
    connections_->add(1);
    std::thread([this, count = connections_, owned = std::move(*conn)]() mutable {
      serve(std::move(owned));
      count->add(-1);  // the last thing that happens: stop() waits for it
    }).detach();
  }
}

void HttpServer::serve(std::unique_ptr<Conn> conn) {
  if (options_.tls) {
    auto secure = acceptTls(std::move(conn), options_.tls, in(options_.headerTimeout));
    if (!secure) return;
    conn = std::move(*secure);
  }
  Buffer buffer(*conn);
  for (bool first = true;; first = false) {
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    parser.header_limit(kHeaderLimit);
    parser.body_limit(options_.bodyLimit);
    auto refuse = [&](const Error& error) {
      if (error.reason == Reason::RequestEntityTooLarge) [[maybe_unused]]
        auto sent =
            conn->write("HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", in(std::chrono::seconds(5)));
    };
    if (!first && buffer.view().empty()) {
      auto more = buffer.fill(in(options_.idleTimeout));
      if (!more || !*more) return;
    }
    auto header = parse(parser, buffer, in(options_.headerTimeout), [&] { return parser.is_header_done(); });
    if (!header) return refuse(header.error());
    if (!*header) return;
    if (!parser.is_done() &&
        sameText(std::string_view(parser.get()[http::field::expect].data(), parser.get()[http::field::expect].size()), "100-continue"))
      if (!conn->write("HTTP/1.1 100 Continue\r\n\r\n", in(std::chrono::seconds(5)))) return;
    auto body = parse(parser, buffer, in(options_.headerTimeout * 4), [&] { return parser.is_done(); });
    if (!body) return refuse(body.error());
    const auto& message = parser.get();
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.headers = headersOf(message);
    request.body = message.body();
    ServerExchange exchange(conn, buffer, std::move(request), message.keep_alive(), canceller_);
    if (message.version() == 11 && net::header(exchange.request().headers, "host").empty()) {
      exchange.respond(400, {}, "");
    } else {
      handler_(exchange);
    }
    if (!exchange.finish()) return;
  }
}

Result<Url> parseUrl(std::string_view text) {
  Url url;
  Error bad{Reason::BadRequest, "\"" + std::string(text) + "\" is no http or https URL", 0};
  if (text.starts_with("https://")) {
    url.tls = true;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else {
    return bad;
  }
  auto slash = std::min(text.find('/'), text.size());
  url.host = std::string(text.substr(0, slash));
  url.path = slash == text.size() ? "/" : std::string(text.substr(slash));
  bool hasPort = url.host.rfind(':') != std::string::npos && url.host.back() != ']';
  auto address = parseAddress(hasPort ? url.host : url.host + (url.tls ? ":443" : ":80"));
  if (!address || address->host.empty()) return bad;
  url.address = *address;
  return url;
}

std::string encodeQuery(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    if (std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += static_cast<char>(c);
    } else {
      out += '%';
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  return out;
}

std::string decodeQuery(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> parseQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    auto equals = std::min(part.find('='), part.size());
    if (!part.empty())
      out.emplace_back(decodeQuery(part.substr(0, equals)), equals < part.size() ? decodeQuery(part.substr(equals + 1)) : "");
  }
  return out;
}

}  // namespace taskpod::net
