// gRPC over HTTP/2 on a unix socket, unary calls only: what CRI needs, in 5 MB less than grpc++. A call takes a connection from the pool or
// makes one.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "taskpod/base/result.h"
#include "taskpod/net/conn.h"

namespace taskpod::kubelet {

class GrpcClient {
 public:
  explicit GrpcClient(net::Address address);
  ~GrpcClient();
  // `method`: "/runtime.v1.RuntimeService/Version". The message's bytes in, the answer's bytes out. Never sent twice.
  Result<std::string> call(std::string_view method, const std::string& message, std::chrono::milliseconds timeout);

 private:
  class Session;
  std::unique_ptr<Session> take();
  void give(std::unique_ptr<Session> session);

  const net::Address address_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;  // guarded by mutex_
};

}  // namespace taskpod::kubelet
