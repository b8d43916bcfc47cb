#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "taskpod/net/http.h"
#include "taskpod/net/tls.h"

namespace taskpod::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Served {
  explicit Served(HttpServer::Handler handler, std::shared_ptr<const TlsContext> tls = nullptr, HttpServerOptions options = {}) {
    options.tls = std::move(tls);
    auto listener = Listener::open({"127.0.0.1", 0, false});
    EXPECT_TRUE(listener);
    server = std::make_unique<HttpServer>(std::move(*listener), options, std::move(handler));
  }
  Address address() const { return server->address(); }
  HttpClient client(std::shared_ptr<const TlsContext> tls = nullptr) const {
    HttpClientOptions options;
    options.address = address();
    options.host = "127.0.0.1:" + std::to_string(address().port);
    options.tls = std::move(tls);
    options.timeout = seconds(5);
    return HttpClient(options);
  }
  // Sends bytes as they are and returns what comes back until the server closes.
  std::string raw(std::string_view bytes) const {
    auto conn = connect(address(), {}, in(seconds(5)));
    EXPECT_TRUE(conn);
    EXPECT_TRUE((*conn)->write(bytes, in(seconds(5))));
    std::string out;
    char buffer[4096];
    for (;;) {
      auto n = (*conn)->read(buffer, sizeof buffer, in(seconds(5)));
      if (!n || *n == 0) return out;
      out.append(buffer, *n);
    }
  }
  std::unique_ptr<HttpServer> server;
};

void echo(Exchange& exchange) {
  exchange.respond(200, {{"Content-Type", "text/plain"}},
                   exchange.request().method + " " + exchange.request().target + " " + exchange.request().body);
}

TEST(Http, AnswersOverOneConnectionAfterTheOther) {
  Served served(echo);
  auto client = served.client();
  for (int i = 0; i < 3; ++i) {
    auto answer = client.send({"POST", "/a?b=1", {}, "body" + std::to_string(i)});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "POST /a?b=1 body" + std::to_string(i));
  }
}

TEST(Http, VerifiesTheServersCertificateAndKnowsTheClients) {
  auto server = makeSelfSigned("server", {"127.0.0.1"});
  auto user = makeSelfSigned("alice", {});
  ASSERT_TRUE(server && user);
  auto serverTls = TlsContext::server({user->certificatePem, server->certificatePem, server->keyPem, false});
  ASSERT_TRUE(serverTls);
  Served served([](Exchange& exchange) { exchange.respond(200, {}, exchange.peer() ? exchange.peer()->commonName : "nobody"); },
                *serverTls);
  auto trusting = TlsContext::client({server->certificatePem, "", "", false});
  EXPECT_EQ(served.client(*trusting).send({})->body, "nobody");
  auto withCertificate = TlsContext::client({server->certificatePem, user->certificatePem, user->keyPem, false});
  EXPECT_EQ(served.client(*withCertificate).send({})->body, "alice");
  auto other = makeSelfSigned("other", {"127.0.0.1"});
  auto distrusting = TlsContext::client({other->certificatePem, "", "", false});
  auto refused = served.client(*distrusting).send({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::Unauthorized);
}

TEST(Http, RefusesHostileRequests) {
  Served served(
      echo, nullptr,
      {.tls = nullptr, .bodyLimit = 1000, .maxConnections = 10, .headerTimeout = milliseconds(300), .idleTimeout = milliseconds(300)});
  EXPECT_EQ(served.raw("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"), "");
  EXPECT_TRUE(served.raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n").starts_with("HTTP/1.1 413"));
  EXPECT_EQ(served.raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), "");
  EXPECT_TRUE(served.raw("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(100'000, 'a') + "\r\n\r\n").starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(served.raw("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_EQ(served.raw("GET / HT"), "") << "a slow header is cut off";
}

TEST(Http, AnswersPipelinedRequestsInOrder) {
  Served served(echo, nullptr, {.tls = nullptr, .headerTimeout = milliseconds(300), .idleTimeout = milliseconds(300)});
  std::string all = served.raw(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_LT(all.find("/1"), all.find("/2"));
  EXPECT_LT(all.find("/2"), all.find("/3"));
  EXPECT_NE(all.find("/3"), std::string::npos);
}

// A server that closes an idle connection just as a request arrives: what is not idempotent must not be sent twice.
TEST(Http, NeverSendsAPostTwice) {
  auto listener = Listener::open({"127.0.0.1", 0, false});
  ASSERT_TRUE(listener);
  auto end = std::make_shared<Canceller>();
  std::atomic<int> posts{0}, gets{0};
  std::thread server([&] {
    for (int connection = 0; connection < 4; ++connection) {
      auto conn = (*listener)->accept(end);
      if (!conn) return;
      for (int request = 0; request < 2; ++request) {  // the second request on a connection is read and then dropped
        char buffer[4096];
        auto n = (*conn)->read(buffer, sizeof buffer, in(seconds(5)));
        if (!n || *n == 0) break;
        std::string_view text(buffer, *n);
        (text.starts_with("POST") ? posts : gets)++;
        if (request == 0)
          if (!(*conn)->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", in(seconds(5)))) break;
      }
    }
  });
  HttpClientOptions options;
  options.address = (*listener)->address();
  options.host = "127.0.0.1";
  HttpClient client(options);
  EXPECT_TRUE(client.send({"GET", "/", {}, ""}));
  EXPECT_TRUE(client.send({"GET", "/", {}, ""})) << "an idempotent request is sent again on a new connection";
  EXPECT_EQ(gets, 3);
  auto post = client.send({"POST", "/", {}, "x"});
  EXPECT_FALSE(post);
  EXPECT_EQ(posts, 1);
  end->cancel();
  server.join();
}

TEST(Http, StreamsChunksAndEndsWhenTheReaderHasEnough) {
  Served served([](Exchange& exchange) {
    exchange.begin(200, {});
    for (int i = 0; exchange.write("line " + std::to_string(i) + "\n"); ++i)
      if (i > 100'000) break;
  });
  auto client = served.client();
  std::string seen;
  auto done = client.stream({}, seconds(5), std::make_shared<Canceller>(), [&](std::string_view chunk) {
    seen += chunk;
    return seen.find("line 3\n") == std::string::npos;
  });
  ASSERT_TRUE(done);
  EXPECT_TRUE(seen.starts_with("line 0\nline 1\n"));
}

TEST(Http, ACancelledStreamEndsAtOnce) {
  std::atomic<bool> began{false};
  Served served([&](Exchange& exchange) {
    exchange.begin(200, {});
    exchange.write("x");
    began = true;
    began.notify_all();
    exchange.canceller()->sleepUntil(kNever);
  });
  auto client = served.client();
  auto canceller = std::make_shared<Canceller>();
  std::thread killer([&] {
    began.wait(false);
    canceller->cancel();
  });
  auto done = client.stream({}, seconds(60), canceller, [](std::string_view) { return true; });
  killer.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, Reason::Cancelled);
}

TEST(Http, AHeaderValueCannotSmuggleAnother) {
  EXPECT_EQ(writeRequest({"GET", "/", {{"A", "x\r\nEvil: y"}}, ""}, "h").find("Evil"), std::string::npos);
}

TEST(Http, ParsesUrlsAndQueries) {
  auto url = parseUrl("https://example.com:6443/api?x=1");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->address.port, 6443);
  EXPECT_EQ(url->path, "/api?x=1");
  EXPECT_EQ(parseUrl("http://[::1]/")->address.host, "::1");
  EXPECT_FALSE(parseUrl("ftp://x"));
  EXPECT_FALSE(parseUrl("http://"));
  auto query = parseQuery("command=sh&command=-c&command=echo+a%20b&tty=1");
  ASSERT_EQ(query.size(), 4u);
  EXPECT_EQ(query[2].second, "echo a b");
  EXPECT_EQ(decodeQuery(encodeQuery("a=b&c d/ü%")), "a=b&c d/ü%");
}

TEST(Net, Base64AndHashesAgreeWithKnownValues) {
  EXPECT_EQ(encodeBase64("hello"), "aGVsbG8=");
  EXPECT_EQ(*decodeBase64("aGVsbG8="), "hello");
  EXPECT_EQ(*decodeBase64(""), "");
  EXPECT_FALSE(decodeBase64("a"));
  EXPECT_EQ(sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace taskpod::net
