// Brings into being what tasks need of secrets, registries and roles before their containers start. The leader runs it. A pod that RunTask,
// StartTask or a service made waits with the scheduling gate ecs.taskpod.io/secrets (translate/task_needs.h) until this is done:
//   - a Secret of the naming rule that somebody else has made is used as it is, and nobody's AWS is asked;
//   - a ConfigMap of the name of an environment file is copied into a Secret;
//   - else values come from Secrets Manager, Parameter Store, S3 and ECR, with the execution role's credentials where there are some, into
//     Secrets with the label ecs.taskpod.io/resolved. They are fetched anew for a task that starts later, logins before they expire, and
//     are deleted with the last pod that names them;
//   - credentials of the two roles, from the Secret role-credentials or STS, and log options go to one Secret per task, owned by its pod.
// What cannot be resolved stops the task with TaskFailedToStart; what may go away by itself is tried for a while first. A task that runs is
// never stopped by this. Values are in no log and no message.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "controller/ecs_api/view.h"
#include "controller/role_grants.h"
#include "taskpod/base/work_queue.h"
#include "taskpod/kube/client.h"
#include "taskpod/net/aws_services.h"
#include "taskpod/translate/task_needs.h"

namespace taskpod::controller {

struct TaskSecretsOptions {
  std::string endpoint;                          // of AWS-compatible services; "aws": AWS' own by region; "": nobody is asked
  std::map<std::string, std::string> endpoints;  // by service (secretsmanager, ssm, sts, ecr, s3), before `endpoint`
  std::string region = "us-east-1";
  std::string account = "000000000000";  // of a role that is given by its name
  std::string caPem;
  net::AwsCredentials credentials;            // where there is no Secret aws-credentials
  std::string namespace_ = "taskpod-system";  // of the Secrets aws-credentials and role-credentials
  std::chrono::seconds fresh{30};             // a value this young serves another task
  std::chrono::seconds giveUpAfter{120};      // after the pod was made, with errors that may go away
  std::chrono::seconds timeout{10};
  std::chrono::milliseconds soonest{10'000};  // between two looks at what expires
};

// --- pure, for tests

// The URL of a service; "" if nobody is to be asked.
std::string endpointOf(const TaskSecretsOptions& options, const std::string& service, const std::string& region);
// When what expires is to be fetched anew: 15 minutes before, or half-way.
WallTime refreshTime(WallTime now, WallTime expiration);
// ECS' text for what stops a task.
std::string failureText(translate::SecretNeed::Kind kind, const std::string& reference, const std::string& cause);
std::string roleFailureText(const std::string& roleArn);
// {"auths":{…}} with a login for each host, beside those that `before` has.
std::string dockerConfig(const std::string& before, const std::set<std::string>& hosts, const std::string& username,
                         const std::string& password);
// {"RoleArn":…,"Expiration":…}
std::string credentialsJson(const std::string& roleArn, const net::RoleCredentials& credentials);
// A role of the static map; `fallback` is when credentials expire that do not say.
Result<net::RoleCredentials> staticRole(const std::string& text, WallTime fallback);
std::string roleArnOf(const std::string& role, const std::string& account);

// --- the reconciler

class TaskSecrets {
 public:
  TaskSecrets(kube::Client& client, View& view, const RoleGrants& grants, TaskSecretsOptions options);
  ~TaskSecrets();
  TaskSecrets(const TaskSecrets&) = delete;
  TaskSecrets& operator=(const TaskSecrets&) = delete;

  void onPod(const std::shared_ptr<const k8s::Pod>& was, const std::shared_ptr<const k8s::Pod>& is);
  void start();  // once every pod has been told

 private:
  struct Task;
  // What stopped a task, or may: `text` is ECS'.
  struct Problem {
    Error error;
    std::string text;
  };
  template <class T>
  using Outcome = Result<T, Problem>;
  using Due = std::optional<WallTime>;  // when to look again

  void run();
  Result<void> reconcile(const std::string& key);
  Result<translate::TaskNeeds> needsOfTask(const k8s::Pod& pod, const std::string& definition);
  Result<void> reconcileTask(const std::string& id);
  Outcome<Due> provide(Task& task);
  Outcome<Due> provideSecret(Task& task, const translate::SecretNeed& need);
  Outcome<Due> provideValues(Task& task, const translate::SecretNeed& need, const std::optional<k8s::Secret>& there);
  Outcome<Due> provideFile(Task& task, const translate::SecretNeed& need, const std::optional<k8s::Secret>& there);
  Outcome<Due> provideLogin(Task& task, const translate::SecretNeed& need, const std::optional<k8s::Secret>& there);
  Outcome<Due> provideCredentials(Task& task);
  // Whether the task may have its roles, and what AWS-compatible services tell.
  Outcome<void> authorized(const Task& task, bool fetching = false);
  Outcome<void> addLogOptions(Task& task, std::map<std::string, std::string>& data);
  Outcome<std::optional<net::RoleCredentials>> roleCredentials(const std::string& role, const std::string& session);
  Outcome<std::optional<net::RoleCredentials>> executionRole(Task& task);
  Outcome<std::optional<net::AwsCredentials>> fetchingCredentials(Task& task);

  Result<std::string> fetchValue(Task& task, const translate::Reference& reference);
  Result<net::AwsCaller> callerFor(const std::string& service, const std::string& region, const net::AwsCredentials* credentials);
  Result<net::AwsCredentials> ownCredentials();
  Result<std::optional<k8s::Secret>> find(const std::string& namespace_, const std::string& name);
  Result<void> write(const std::optional<k8s::Secret>& there, k8s::Secret secret);

  Result<void> stop(const k8s::Pod& pod, const std::string& text);
  Result<void> open(const Task& task);
  Result<void> removeUnused(const std::string& namespace_, const std::string& name);
  Result<void> sweep();
  bool isUsed(const std::string& secret);
  std::mutex& lockOf(const std::string& secret);

  kube::Client& client_;
  View& view_;
  const RoleGrants& grants_;
  const TaskSecretsOptions options_;
  WorkQueue queue_;
  std::mutex locks_[16];  // by Secret: one thread at a time looks, fetches and writes
  std::mutex roles_;      // one thread at a time assumes an execution role; taken after one of locks_

  std::mutex mutex_;
  // guarded by mutex_
  std::map<std::string, std::set<std::string>> users_;  // namespace/Secret -> UIDs of pods
  std::map<std::string, std::set<std::string>> named_;  // UID -> namespace/Secret
  std::map<std::string, WallTime> fetched_;             // namespace/Secret/key/reference
  std::map<std::string, net::RoleCredentials> executionRoles_;
  std::optional<std::pair<net::AwsCredentials, WallTime>> own_;

  std::jthread threads_[4];
};

}  // namespace taskpod::controller
