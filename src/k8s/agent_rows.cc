#include "json/row.h"
#include "taskpod/k8s/agent.h"

namespace taskpod::k8s {

using json::field;

std::span<const json::Row> AgentDependency::rows() {
  static constexpr json::Row kRows[] = {
      field<&AgentDependency::container>("container"),
      field<&AgentDependency::condition>("condition"),
  };
  return kRows;
}

std::span<const json::Row> AgentUlimit::rows() {
  static constexpr json::Row kRows[] = {
      field<&AgentUlimit::name>("name"),
      field<&AgentUlimit::soft>("soft", json::Presence::Always),
      field<&AgentUlimit::hard>("hard", json::Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> AgentLog::rows() {
  static constexpr json::Row kRows[] = {
      field<&AgentLog::driver>("driver"),
      field<&AgentLog::options>("options"),
      field<&AgentLog::secretOptions>("secretOptions"),
  };
  return kRows;
}

std::span<const json::Row> AgentSecretOption::rows() {
  static constexpr json::Row kRows[] = {
      field<&AgentSecretOption::name>("name"),
      field<&AgentSecretOption::valueFrom>("valueFrom"),
  };
  return kRows;
}

std::span<const json::Row> AgentFirelens::rows() {
  static constexpr json::Row kRows[] = {
      field<&AgentFirelens::type>("type"),
      field<&AgentFirelens::options>("options"),
  };
  return kRows;
}

std::span<const json::Row> AgentDevice::rows() {
  static constexpr json::Row kRows[] = {
      field<&AgentDevice::hostPath>("hostPath"),
      field<&AgentDevice::containerPath>("containerPath"),
      field<&AgentDevice::permissions>("permissions"),
  };
  return kRows;
}

std::span<const json::Row> AgentRestart::rows() {
  static constexpr json::Row kRows[] = {
      field<&AgentRestart::ignoredExitCodes>("ignoredExitCodes"),
  };
  return kRows;
}

std::span<const json::Row> AgentContainer::rows() {
  static constexpr json::Row kRows[] = {
      field<&AgentContainer::containerName>("containerName"),
      field<&AgentContainer::essential>("essential"),
      field<&AgentContainer::dependsOn>("dependsOn"),
      field<&AgentContainer::startTimeout>("startTimeout"),
      field<&AgentContainer::stopTimeout>("stopTimeout"),
      field<&AgentContainer::restart>("restart"),
      field<&AgentContainer::restartAttemptPeriod>("restartAttemptPeriod"),
      field<&AgentContainer::healthStartPeriod>("healthStartPeriod"),
      field<&AgentContainer::user>("user"),
      field<&AgentContainer::ulimits>("ulimits"),
      field<&AgentContainer::log>("log"),
      field<&AgentContainer::hostPorts>("hostPorts"),
      field<&AgentContainer::appProtocols>("appProtocols"),
      field<&AgentContainer::devices>("devices"),
      field<&AgentContainer::firelens>("firelens"),
      field<&AgentContainer::dockerLabels>("dockerLabels"),
      field<&AgentContainer::init>("init"),
  };
  return kRows;
}

std::span<const json::Row> AgentTask::rows() {
  static constexpr json::Row kRows[] = {
      field<&AgentTask::family>("family"),   field<&AgentTask::networkMode>("networkMode"), field<&AgentTask::volumes>("volumes"),
      field<&AgentTask::secrets>("secrets"), field<&AgentTask::containers>("containers"),
  };
  return kRows;
}

}  // namespace taskpod::k8s
