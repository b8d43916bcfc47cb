#include "taskpod/net/websocket.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cctype>

#include "taskpod/net/tls.h"

namespace taskpod::net {
namespace {

constexpr int kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10;

Error protocolError(std::string_view what) { return {Reason::BadRequest, "websocket: " + std::string(what), 0}; }

bool hasToken(std::string_view list, std::string_view token) {
  std::string lower(list);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (std::size_t from = 0; from <= lower.size();) {
    std::size_t comma = std::min(lower.find(',', from), lower.size());
    std::string_view one = std::string_view(lower).substr(from, comma - from);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (one == token) return true;
    from = comma + 1;
  }
  return false;
}

}  // namespace

std::string webSocketAccept(std::string_view key) {
  std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  return encodeBase64({reinterpret_cast<char*>(digest), size});
}

Result<std::unique_ptr<WebSocket>> WebSocket::accept(Exchange& exchange, std::string_view subprotocol) {
  const Headers& headers = exchange.request().headers;
  std::string_view key = header(headers, "Sec-WebSocket-Key");
  if (!hasToken(header(headers, "Upgrade"), "websocket") || !hasToken(header(headers, "Connection"), "upgrade") || key.empty() ||
      header(headers, "Sec-WebSocket-Version") != "13")
    return protocolError("the request is no upgrade to version 13");
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + webSocketAccept(key) +
      "\r\n";
  if (!subprotocol.empty()) answer += "Sec-WebSocket-Protocol: " + std::string(subprotocol) + "\r\n";
  std::string early;
  auto conn = exchange.hijack(early);
  if (auto done = conn->write(answer + "\r\n", in(std::chrono::seconds(10))); !done) return done.error();
  return std::make_unique<WebSocket>(std::move(conn), Role::Server, std::move(early));
}

Result<std::unique_ptr<WebSocket>> WebSocket::connect(const Url& url, const ConnectOptions& options, std::string_view subprotocol,
                                                      Deadline deadline) {
  auto conn = net::connect(url.address, options, deadline);
  if (!conn) return conn.error();
  std::string key = encodeBase64(randomHex(8));
  HttpRequest request;
  request.target = url.path;
  request.headers = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", key}};
  if (!subprotocol.empty()) request.headers.emplace_back("Sec-WebSocket-Protocol", std::string(subprotocol));
  if (auto done = (*conn)->write(writeRequest(request, url.host), deadline); !done) return done.error();
  std::string text;
  while (text.find("\r\n\r\n") == std::string::npos) {
    char buffer[2048];
    auto n = (*conn)->read(buffer, sizeof buffer, deadline);
    if (!n) return n.error();
    if (*n == 0 || text.size() > (16u << 10)) return protocolError("no answer to the upgrade");
    text.append(buffer, *n);
  }
  std::size_t end = text.find("\r\n\r\n") + 4;
  bool switched = text.starts_with("HTTP/1.1 101") && text.substr(0, end).find(webSocketAccept(key)) != std::string::npos;
  if (!switched) return protocolError("the server did not switch protocols: " + text.substr(0, text.find('\r')));
  return std::make_unique<WebSocket>(std::move(*conn), Role::Client, text.substr(end));
}

Result<void> WebSocket::fill(std::size_t size, Deadline deadline) {
  char block[16 << 10];
  while (buffer_.size() < size) {
    auto n = conn_->read(block, sizeof block, deadline);
    if (!n) return n.error();
    if (*n == 0) return Error{Reason::Unavailable, "websocket: the peer broke off", 0};
    buffer_.append(block, *n);
  }
  return {};
}

Result<WebSocket::Frame> WebSocket::readFrame(Deadline deadline) {
  if (auto done = fill(2, deadline); !done) return done.error();
  auto byte = [&](std::size_t at) { return static_cast<unsigned char>(buffer_[at]); };
  Frame frame;
  frame.final = byte(0) & 0x80;
  frame.opcode = byte(0) & 0x0f;
  bool masked = byte(1) & 0x80;
  std::uint64_t size = byte(1) & 0x7f;
  std::size_t head = 2;
  if (byte(0) & 0x70) return protocolError("reserved bits are set");
  if (masked != (role_ == Role::Server)) return protocolError("wrong masking");
  std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (frame.opcode >= kClose && (more > 0 || !frame.final)) return protocolError("a control frame has at most 125 bytes and no parts");
  if (auto done = fill(head + more + (masked ? 4 : 0), deadline); !done) return done.error();
  if (more > 0) size = 0;
  for (std::size_t i = 0; i < more; ++i) size = size << 8 | byte(head + i);
  head += more;
  if (size > kLargestMessage) return protocolError("the frame is too large");
  std::string mask = masked ? buffer_.substr(head, 4) : std::string(4, '\0');
  head += masked ? 4 : 0;
  if (auto done = fill(head + size, deadline); !done) return done.error();
  frame.data = buffer_.substr(head, size);
  buffer_.erase(0, head + size);
  if (masked)
    for (std::size_t i = 0; i < frame.data.size(); ++i) frame.data[i] = static_cast<char>(frame.data[i] ^ mask[i % 4]);
  return frame;
}

Result<WebSocket::Message> WebSocket::read(Deadline deadline) {
  Message message;
  bool begun = false;
  for (;;) {
    auto frame = readFrame(deadline);
    if (!frame) return frame.error();
    if (frame->opcode == kPing) {
      if (auto done = writeFrame(kPong, frame->data, deadline); !done) return done.error();
      continue;
    }
    if (frame->opcode == kPong) continue;
    if (frame->opcode == kClose) {
      message = {};
      message.closed = true;
      if (auto done = writeFrame(kClose, frame->data.substr(0, 2), deadline); !done) return message;  // it may have gone already
      return message;
    }
    bool first = frame->opcode == kText || frame->opcode == kBinary;
    if ((!first && frame->opcode != kContinuation) || first == begun)
      return protocolError("unexpected opcode " + std::to_string(frame->opcode));
    if (first) message.binary = frame->opcode == kBinary;
    begun = true;
    if (message.data.size() + frame->data.size() > kLargestMessage) return protocolError("the message is too large");
    message.data += frame->data;
    if (frame->final) return message;
  }
}

Result<void> WebSocket::writeFrame(int opcode, std::string_view data, Deadline deadline) {
  std::string out(1, static_cast<char>(0x80 | opcode));
  int maskBit = role_ == Role::Client ? 0x80 : 0;
  if (data.size() < 126) {
    out += static_cast<char>(maskBit | static_cast<int>(data.size()));
  } else {
    int bytes = data.size() < 65536 ? 2 : 8;
    out += static_cast<char>(maskBit | (bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(data.size() >> (8 * i));
  }
  std::size_t from = out.size();
  if (maskBit) {
    char mask[4];
    RAND_bytes(reinterpret_cast<unsigned char*>(mask), 4);
    out.append(mask, 4);
    from += 4;
    out += data;
    for (std::size_t i = 0; i < data.size(); ++i) out[from + i] = static_cast<char>(out[from + i] ^ mask[i % 4]);
  } else {
    out += data;
  }
  std::lock_guard lock(writeMutex_);
  return conn_->write(out, deadline);
}

Result<void> WebSocket::write(std::string_view data, bool binary, Deadline deadline) {
  return writeFrame(binary ? kBinary : kText, data, deadline);
}

Result<void> WebSocket::close(std::uint16_t code, Deadline deadline) {
  const char bytes[2] = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return writeFrame(kClose, {bytes, 2}, deadline);
}

}  // namespace taskpod::net
