#include "taskpod/net/websocket.h"

#include <gtest/gtest.h>

namespace taskpod::net {
namespace {

using std::chrono::seconds;

struct EchoServer {
  EchoServer() {
    auto listener = Listener::open({"127.0.0.1", 0, false});
    server = std::make_unique<HttpServer>(std::move(*listener), HttpServerOptions{}, [](Exchange& exchange) {
      auto socket = WebSocket::accept(exchange, header(exchange.request().headers, "Sec-WebSocket-Protocol"));
      if (!socket) return exchange.respond(400, {}, socket.error().message);
      for (;;) {
        auto message = (*socket)->read(in(seconds(5)));
        if (!message || message->closed) return;
        if (!(*socket)->write(message->data, message->binary, in(seconds(5)))) return;
      }
    });
  }
  Url url() const { return *parseUrl("http://127.0.0.1:" + std::to_string(server->address().port) + "/ws"); }
  std::unique_ptr<HttpServer> server;
};

TEST(WebSocket, AcceptsAsTheRfcsExample) { EXPECT_EQ(webSocketAccept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); }

TEST(WebSocket, CarriesMessagesOfEverySizeBothWays) {
  EchoServer echo;
  auto socket = WebSocket::connect(echo.url(), {}, "v4.channel.k8s.io", in(seconds(5)));
  ASSERT_TRUE(socket) << socket.error().message;
  for (std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 1000000u}) {
    std::string data(size, 'x');
    if (size > 2) data[1] = '\0';
    ASSERT_TRUE((*socket)->write(data, true, in(seconds(5))));
    auto back = (*socket)->read(in(seconds(5)));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_TRUE(back->binary);
    EXPECT_EQ(back->data, data) << size;
  }
  ASSERT_TRUE((*socket)->close(1000, in(seconds(5))));
  EXPECT_TRUE((*socket)->read(in(seconds(5)))->closed);
}

TEST(WebSocket, RefusesFramesThatTheProtocolForbids) {
  EchoServer echo;
  for (const char* frame : {"\x82\x01x", "\xf2\x80", "\x89\xfe\x01\x00", "\x80\x80\0\0\0\0", "\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    auto conn = connect(echo.url().address, {}, in(seconds(5)));
    ASSERT_TRUE(conn);
    std::string bytes =
        "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    bytes += std::string(frame, std::char_traits<char>::length(frame));
    bytes += std::string(16, '\0');
    ASSERT_TRUE((*conn)->write(bytes, in(seconds(5))));
    std::string got;
    char buffer[1024];
    for (auto n = (*conn)->read(buffer, sizeof buffer, in(seconds(5))); n && *n > 0;
         n = (*conn)->read(buffer, sizeof buffer, in(seconds(5))))
      got.append(buffer, *n);
    EXPECT_TRUE(got.starts_with("HTTP/1.1 101") && got.ends_with("\r\n\r\n")) << "the handshake, and then nothing but the end";
  }
}

TEST(WebSocket, ARequestThatIsNoUpgradeIsAnswered400) {
  EchoServer echo;
  HttpClientOptions options;
  options.address = echo.url().address;
  options.host = "x";
  EXPECT_EQ(HttpClient(options).send({})->status, 400);
}

}  // namespace
}  // namespace taskpod::net
