// A client of the Kubernetes API: typed objects over HTTP. Thread-safe. Every error carries the Reason of the server's Status; nothing is
// retried here.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "taskpod/json/codec.h"
#include "taskpod/k8s/custom.h"
#include "taskpod/k8s/node.h"
#include "taskpod/k8s/objects.h"
#include "taskpod/k8s/pod.h"
#include "taskpod/kube/kubeconfig.h"
#include "taskpod/net/http.h"

namespace taskpod::kube {

// Where a kind lives: /api/v1 or /apis/GROUP/VERSION, the plural, and whether it is namespaced.
struct ResourcePath {
  std::string_view prefix;
  std::string_view plural;
  bool namespaced;
};
template <class T>
inline constexpr ResourcePath kPathOf{};
template <>
inline constexpr ResourcePath kPathOf<k8s::Pod>{"/api/v1", "pods", true};
template <>
inline constexpr ResourcePath kPathOf<k8s::Node>{"/api/v1", "nodes", false};
template <>
inline constexpr ResourcePath kPathOf<k8s::Event>{"/api/v1", "events", true};
template <>
inline constexpr ResourcePath kPathOf<k8s::Secret>{"/api/v1", "secrets", true};
template <>
inline constexpr ResourcePath kPathOf<k8s::ConfigMap>{"/api/v1", "configmaps", true};
template <>
inline constexpr ResourcePath kPathOf<k8s::Service>{"/api/v1", "services", true};
template <>
inline constexpr ResourcePath kPathOf<k8s::Lease>{"/apis/coordination.k8s.io/v1", "leases", true};
template <>
inline constexpr ResourcePath kPathOf<k8s::Namespace>{"/api/v1", "namespaces", false};
template <>
inline constexpr ResourcePath kPathOf<k8s::TaskDefinition>{"/apis/ecs.taskpod.io/v1alpha1", "taskdefinitions", false};
template <>
inline constexpr ResourcePath kPathOf<k8s::TaskDefinitionRevision>{"/apis/ecs.taskpod.io/v1alpha1", "taskdefinitionrevisions", false};
template <>
inline constexpr ResourcePath kPathOf<k8s::EcsService>{"/apis/ecs.taskpod.io/v1alpha1", "services", true};
template <>
inline constexpr ResourcePath kPathOf<k8s::EcsCluster>{"/apis/ecs.taskpod.io/v1alpha1", "clusters", false};
template <>
inline constexpr ResourcePath kPathOf<k8s::EcsCapacityProvider>{"/apis/ecs.taskpod.io/v1alpha1", "capacityproviders", false};

// "/api/v1/namespaces/web/pods/a"; an empty name is the collection, an empty namespace all namespaces.
std::string pathOf(const ResourcePath& path, std::string_view namespace_, std::string_view name);

enum class PatchKind { Merge, StrategicMerge, Json };

class Client {
 public:
  static Result<std::unique_ptr<Client>> make(const ClientConfig& config, std::shared_ptr<net::Canceller> canceller);

  // A client that acts for someone else, over the same connections (Kubernetes' user impersonation).
  std::unique_ptr<Client> as(const std::string& user, const std::vector<std::string>& groups) const;

  // The body of a successful answer; anything else is an Error.
  Result<std::string> call(std::string_view method, const std::string& path, std::string body = {},
                           std::string_view contentType = "application/json");

  template <class T>
  Result<T> get(std::string_view namespace_, std::string_view name) {
    return decoded<T>(call("GET", pathOf(kPathOf<T>, namespace_, name)));
  }
  template <class T>
  Result<T> create(std::string_view namespace_, const T& object) {
    return decoded<T>(call("POST", pathOf(kPathOf<T>, namespace_, ""), json::write(object)));
  }
  template <class T>
  Result<T> update(const T& object) {
    return decoded<T>(call("PUT", pathOf(kPathOf<T>, object.metadata.namespace_, object.metadata.name), json::write(object)));
  }
  template <class T>
  Result<T> updateStatus(const T& object) {
    return decoded<T>(call("PUT", pathOf(kPathOf<T>, object.metadata.namespace_, object.metadata.name) + "/status", json::write(object)));
  }
  template <class T>
  Result<T> patch(std::string_view namespace_, std::string_view name, std::string_view subresource, PatchKind kind, std::string body) {
    return decoded<T>(
        patchRaw(pathOf(kPathOf<T>, namespace_, name) + std::string(subresource.empty() ? "" : "/") + std::string(subresource), kind,
                 std::move(body)));
  }
  // `options`: a DeleteOptions body, "" for the defaults.
  template <class T>
  Result<void> remove(std::string_view namespace_, std::string_view name, std::string options = {}) {
    auto done = call("DELETE", pathOf(kPathOf<T>, namespace_, name), std::move(options));
    if (!done) return done.error();
    return {};
  }

  Result<std::string> patchRaw(const std::string& path, PatchKind kind, std::string body);

  // A watch or a followed log: whole lines, in order; `onLine` returns false to end it.
  Result<void> lines(const std::string& path, std::chrono::milliseconds idleTimeout, const std::shared_ptr<net::Canceller>& canceller,
                     const std::function<bool(std::string_view)>& onLine);

  const ClientConfig& config() const { return config_; }

 private:
  explicit Client(const ClientConfig& config);
  Result<net::HttpRequest> prepare(std::string_view method, const std::string& path);

  template <class T>
  static Result<T> decoded(Result<std::string> body) {
    if (!body) return body.error();
    return json::read<T>(*body);
  }

  const ClientConfig config_;
  std::string prefix_;
  std::shared_ptr<Credentials> credentials_;
  std::shared_ptr<net::HttpClient> http_;
};

// The Error of an answer that is not a success: its Status if the body is one, else by its code.
Error errorOf(const net::HttpResponse& response);

}  // namespace taskpod::kube
