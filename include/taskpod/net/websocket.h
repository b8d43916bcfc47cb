// WebSocket (RFC 6455) over a connection that HTTP has upgraded: handshake answer, frames with masking, fragments, pings and closing. Both
// roles. Blocking; one thread reads, writes may come from another.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "taskpod/net/conn.h"
#include "taskpod/net/http.h"

namespace taskpod::net {

// The value of Sec-WebSocket-Accept for a client's Sec-WebSocket-Key.
std::string webSocketAccept(std::string_view key);

class WebSocket {
 public:
  enum class Role { Server, Client };
  static constexpr std::size_t kLargestMessage = 16u << 20;

  WebSocket(std::unique_ptr<Conn> conn, Role role, std::string early) : conn_(std::move(conn)), role_(role), buffer_(std::move(early)) {}

  // Answers an upgrade request as a server; the sub-protocol must be one that the client offered, or "". Error BadRequest if it is no
  // upgrade.
  static Result<std::unique_ptr<WebSocket>> accept(Exchange& exchange, std::string_view subprotocol);
  // Opens one as a client.
  static Result<std::unique_ptr<WebSocket>> connect(const Url& url, const ConnectOptions& options, std::string_view subprotocol,
                                                    Deadline deadline);

  struct Message {
    bool binary = false;
    bool closed = false;  // the peer said goodbye; nothing follows
    std::string data;
  };
  // The next whole message; pings are answered on the way. Refuses what the protocol forbids: wrong masking, reserved bits, long control
  // frames.
  Result<Message> read(Deadline deadline);
  Result<void> write(std::string_view data, bool binary, Deadline deadline);
  Result<void> close(std::uint16_t code, Deadline deadline);

 private:
  struct Frame {
    bool final = false;
    int opcode = 0;
    std::string data;
  };
  Result<Frame> readFrame(Deadline deadline);
  Result<void> fill(std::size_t size, Deadline deadline);
  Result<void> writeFrame(int opcode, std::string_view data, Deadline deadline);

  std::unique_ptr<Conn> conn_;
  const Role role_;
  std::string buffer_;  // read and not yet used; the reader's
  std::mutex writeMutex_;
};

}  // namespace taskpod::net
