// The other objects Taskpod reads or writes: Binding, Event, Lease, Secret, ConfigMap, Service (the part the environment needs).
// Secret data stays base64 text as on the wire. Source: kubernetes/api core/v1/types.go, coordination/v1/types.go.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "taskpod/k8s/meta.h"

namespace taskpod::k8s {

struct Binding {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  ObjectReference target;
  json::Extra extra;

  bool operator==(const Binding&) const = default;
  static std::span<const json::Row> rows();
};

struct EventSource {
  std::string component;
  std::string host;
  json::Extra extra;

  bool operator==(const EventSource&) const = default;
  static std::span<const json::Row> rows();
};

struct Event {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  ObjectReference involvedObject;
  std::string reason;
  std::string message;
  EventSource source;
  std::string firstTimestamp;
  std::string lastTimestamp;
  std::int32_t count = 0;
  std::string type;
  std::string eventTime;
  std::string action;
  std::string reportingComponent;
  std::string reportingInstance;
  json::Extra extra;

  bool operator==(const Event&) const = default;
  static std::span<const json::Row> rows();
};

struct LeaseSpec {
  std::optional<std::string> holderIdentity;
  std::optional<std::int32_t> leaseDurationSeconds;
  std::string acquireTime;
  std::string renewTime;
  std::optional<std::int32_t> leaseTransitions;
  json::Extra extra;

  bool operator==(const LeaseSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct Lease {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  LeaseSpec spec;
  json::Extra extra;

  bool operator==(const Lease&) const = default;
  static std::span<const json::Row> rows();
};

struct Secret {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  std::optional<bool> immutable;
  std::map<std::string, std::string> data;
  std::map<std::string, std::string> stringData;
  std::string type;
  json::Extra extra;

  bool operator==(const Secret&) const = default;
  static std::span<const json::Row> rows();
};

struct ConfigMap {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  std::optional<bool> immutable;
  std::map<std::string, std::string> data;
  std::map<std::string, std::string> binaryData;
  json::Extra extra;

  bool operator==(const ConfigMap&) const = default;
  static std::span<const json::Row> rows();
};

struct ServicePort {
  std::string name;
  std::string protocol;
  std::optional<std::string> appProtocol;
  std::int32_t port = 0;
  IntOrString targetPort;
  std::int32_t nodePort = 0;
  json::Extra extra;

  bool operator==(const ServicePort&) const = default;
  static std::span<const json::Row> rows();
};

struct ServiceSpec {
  std::vector<ServicePort> ports;
  std::map<std::string, std::string> selector;
  std::string clusterIP;
  std::string type;
  json::Extra extra;

  bool operator==(const ServiceSpec&) const = default;
  static std::span<const json::Row> rows();
};

struct Service {
  std::string apiVersion;
  std::string kind;
  ObjectMeta metadata;
  ServiceSpec spec;
  json::Extra extra;

  bool operator==(const Service&) const = default;
  static std::span<const json::Row> rows();
};

}  // namespace taskpod::k8s
