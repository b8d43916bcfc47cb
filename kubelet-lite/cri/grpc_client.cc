#include "kubelet-lite/cri/grpc_client.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace taskpod::kubelet {
namespace {

constexpr std::size_t kLargestMessage = 16u << 20;  // as the kubelet's

std::string framed(const std::string& message) {
  auto size = static_cast<std::uint32_t>(message.size());
  std::string out(5, '\0');
  for (int i = 0; i < 4; ++i) out[static_cast<std::size_t>(1 + i)] = static_cast<char>(size >> (24 - 8 * i));
  return out + message;
}

// google.rpc.Code
Reason reasonOf(int code) {
  switch (code) {
    case 1: return Reason::Cancelled;
    case 3: return Reason::Invalid;
    case 4: return Reason::Timeout;
    case 5: return Reason::NotFound;
    case 6: return Reason::AlreadyExists;
    case 8: return Reason::TooManyRequests;
    case 9: return Reason::Conflict;
    case 12: return Reason::Unimplemented;
    case 14: return Reason::Unavailable;
    default: return Reason::InternalError;
  }
}

std::string percentDecoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

// One connection, one call at a time.
class GrpcClient::Session {
 public:
  explicit Session(std::unique_ptr<net::Conn> conn) : conn_(std::move(conn)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t nameSize, const std::uint8_t* value,
                      std::size_t valueSize, std::uint8_t, void* user) {
          static_cast<Session*>(user)->onHeader({reinterpret_cast<const char*>(name), nameSize},
                                                {reinterpret_cast<const char*>(value), valueSize});
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data, std::size_t size, void* user) {
          auto* self = static_cast<Session*>(user);
          if (self->body_.size() + size > kLargestMessage) return static_cast<int>(NGHTTP2_ERR_CALLBACK_FAILURE);
          self->body_.append(reinterpret_cast<const char*>(data), size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, [](nghttp2_session*, std::int32_t, std::uint32_t code, void* user) {
      static_cast<Session*>(user)->closed_ = true;
      static_cast<Session*>(user)->streamError_ = code;
      return 0;
    });
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}, {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  }
  ~Session() { nghttp2_session_del(session_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool isIdle() { return conn_->isIdle(); }

  Result<std::string> call(std::string_view method, const std::string& message, net::Deadline deadline) {
    body_.clear();
    message_.clear();
    status_ = -1;
    closed_ = false;
    outgoing_ = framed(message);
    sent_ = 0;
    auto header = [](std::string_view name, std::string_view value) {
      auto* n = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
      auto* v = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
      return nghttp2_nv{n, v, name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
    };
    nghttp2_nv headers[] = {header(":method", "POST"),
                            header(":scheme", "http"),
                            header(":path", method),
                            header(":authority", "localhost"),
                            header("content-type", "application/grpc"),
                            header("te", "trailers"),
                            header("user-agent", "taskpod")};
    nghttp2_data_provider body{};
    body.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* buffer, std::size_t size, std::uint32_t* flags,
                            nghttp2_data_source*, void* user) -> ssize_t {
      auto* self = static_cast<Session*>(user);
      std::size_t n = std::min(size, self->outgoing_.size() - self->sent_);
      std::memcpy(buffer, self->outgoing_.data() + self->sent_, n);
      self->sent_ += n;
      if (self->sent_ == self->outgoing_.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(n);
    };
    nghttp2_submit_request(session_, nullptr, headers, std::size(headers), &body, nullptr);
    char buffer[32 << 10];
    while (!closed_) {
      if (auto done = flush(deadline); !done) return done.error();
      if (closed_) break;
      auto n = conn_->read(buffer, sizeof buffer, deadline);
      if (!n) return n.error();
      if (*n == 0) return Error{Reason::Unavailable, "the runtime closed the connection", 0};
      ssize_t used = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(buffer), *n);
      if (used < 0) return Error{Reason::Unavailable, std::string("http/2: ") + nghttp2_strerror(static_cast<int>(used)), 0};
    }
    if (auto done = flush(deadline); !done) return done.error();
    if (status_ > 0) return Error{reasonOf(status_), message_, 0};
    if (status_ < 0)
      return Error{Reason::Unavailable, "the runtime ended the call without a status (http/2 error " + std::to_string(streamError_) + ")",
                   0};
    if (body_.size() < 5) return Error{Reason::Unavailable, "the runtime's answer is cut", 0};
    return body_.substr(5);
  }

 private:
  Result<void> flush(net::Deadline deadline) {
    std::string out;
    for (;;) {
      const std::uint8_t* data = nullptr;
      ssize_t n = nghttp2_session_mem_send(session_, &data);
      if (n < 0) return Error{Reason::Unavailable, std::string("http/2: ") + nghttp2_strerror(static_cast<int>(n)), 0};
      if (n == 0) break;
      out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(n));
    }
    if (out.empty()) return {};
    return conn_->write(out, deadline);
  }

  void onHeader(std::string_view name, std::string_view value) {
    if (name == "grpc-status") std::from_chars(value.data(), value.data() + value.size(), status_);
    if (name == "grpc-message") message_ = percentDecoded(value);
  }

  std::unique_ptr<net::Conn> conn_;
  nghttp2_session* session_ = nullptr;
  std::string outgoing_, body_, message_;
  std::size_t sent_ = 0;
  int status_ = -1;
  bool closed_ = false;
  std::uint32_t streamError_ = 0;
};

GrpcClient::GrpcClient(net::Address address) : address_(std::move(address)) {}
GrpcClient::~GrpcClient() = default;

std::unique_ptr<GrpcClient::Session> GrpcClient::take() {
  for (;;) {
    std::unique_ptr<Session> session;
    {
      std::lock_guard lock(mutex_);
      if (idle_.empty()) return nullptr;
      session = std::move(idle_.back());
      idle_.pop_back();
    }
    // A runtime that has restarted closes what it had; pings and settings also make a session look busy, a new one is cheap.
    if (session->isIdle()) return session;
  }
}

void GrpcClient::give(std::unique_ptr<Session> session) {
  std::lock_guard lock(mutex_);
  if (idle_.size() < 8) idle_.push_back(std::move(session));
}

Result<std::string> GrpcClient::call(std::string_view method, const std::string& message, std::chrono::milliseconds timeout) {
  net::Deadline deadline = net::in(timeout);
  auto session = take();
  if (!session) {
    auto conn = net::connect(address_, {}, deadline);
    if (!conn) return Error{conn.error().reason, "container runtime: " + conn.error().message, 0};
    session = std::make_unique<Session>(std::move(*conn));
  }
  auto answer = session->call(method, message, deadline);
  bool broken = !answer && (answer.error().reason == Reason::Unavailable || answer.error().reason == Reason::Timeout);
  if (!broken) give(std::move(session));
  return answer;
}

}  // namespace taskpod::kubelet
