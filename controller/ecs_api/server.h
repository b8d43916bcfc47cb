// The ECS endpoint: AWS JSON 1.1 over HTTP. POST / with X-Amz-Target names the operation; the signature says who calls and for which
// region. One thread per connection; every replica serves.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "controller/ecs_api/access.h"
#include "controller/ecs_api/call.h"
#include "controller/ecs_api/view.h"
#include "taskpod/net/http.h"
#include "taskpod/net/sigv4.h"

namespace taskpod::controller {

struct EcsOptions {
  bool verifySignatures = true;  // false: --ecs-auth=none; nobody is asked who they are, the API acts as the controller
  ecs::Place place;              // region and account where no signature says otherwise
  int kubeMinor = 36;
  int mostInFlight = 512;  // more calls at the same time are answered with ThrottlingException
};

class EcsServer {
 public:
  // `tls` may be null.
  EcsServer(std::unique_ptr<net::Listener> listener, std::shared_ptr<const net::TlsContext> tls, View& view, Access& access,
            const RoleGrants& grants, kube::Client& own, EcsOptions options);
  const net::Address& address() const { return server_.address(); }

  // A whole call without the wire: the status and body that it is answered with.
  struct Reply {
    int status = 200;
    std::string body;
  };
  Reply reply(const net::HttpRequest& request, WallTime now);

 private:
  struct Identity {
    Caller caller;
    std::string region;
  };
  Result<Identity, Fault> identify(const net::HttpRequest& request, WallTime now);
  Answer answer(const net::HttpRequest& request, WallTime now);
  void serve(net::Exchange& exchange);

  View& view_;
  Access& access_;
  const RoleGrants& grants_;
  kube::Client& own_;
  const EcsOptions options_;
  net::SigningKeys signingKeys_;
  std::atomic<int> inFlight_{0};
  net::HttpServer server_;  // last: its threads use the rest
};

}  // namespace taskpod::controller
