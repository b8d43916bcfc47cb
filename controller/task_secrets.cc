#include "controller/task_secrets.h"

#include <algorithm>

#include "controller/ecs_api/tasks.h"
#include "taskpod/base/log.h"
#include "taskpod/ecs/arn.h"
#include "taskpod/json/builder.h"
#include "taskpod/k8s/names.h"
#include "taskpod/kube/informer.h"
#include "taskpod/net/tls.h"
#include "taskpod/translate/task.h"
#include "taskpod/translate/units.h"

namespace taskpod::controller {

using translate::Reference;
using translate::SecretNeed;
using Kind = translate::SecretNeed::Kind;

namespace {

constexpr std::chrono::minutes kMargin{15}, kSweep{10};
constexpr std::chrono::hours kStaticLifetime{1};
constexpr std::string_view kConfigKey = ".dockerconfigjson";
constexpr std::string_view kTaskRoleKey = "task-role.json", kExecutionRoleKey = "execution-role.json", kLogOptionsKey = "log-options.json";
constexpr std::size_t kMostData = 1'000'000;  // of a Secret, which Kubernetes holds to 1 MiB

bool isFinished(const k8s::Pod& pod) { return pod.status.phase == "Succeeded" || pod.status.phase == "Failed"; }

bool isOurs(const k8s::Secret& secret) { return secret.metadata.labels.contains(std::string(k8s::kResolved)); }

bool hasGate(const k8s::Pod& pod) {
  return std::any_of(pod.spec.schedulingGates.begin(), pod.spec.schedulingGates.end(),
                     [](const auto& gate) { return gate.name == k8s::kSecretsGate; });
}

std::string decoded(const k8s::Secret& secret, std::string_view key) {
  auto found = secret.data.find(std::string(key));
  if (found == secret.data.end()) return {};
  auto bytes = net::decodeBase64(found->second);
  return bytes ? *bytes : std::string();
}

std::optional<WallTime> expiryOf(const k8s::Secret& secret) {
  auto text = secret.metadata.annotations.find(std::string(k8s::kExpires));
  return text == secret.metadata.annotations.end() ? std::nullopt : parseTime(text->second);
}

k8s::Secret newSecret(const std::string& namespace_, const std::string& name, const char* type) {
  k8s::Secret out;
  out.apiVersion = "v1";
  out.kind = "Secret";
  out.type = type;
  out.metadata.namespace_ = namespace_;
  out.metadata.name = name;
  out.metadata.labels[std::string(k8s::kResolved)] = "true";
  return out;
}

std::string patchOf(const k8s::Secret& secret) {
  json::Document d;
  json::ObjectBuilder data(d), annotations(d), metadata(d), patch(d);
  for (const auto& [key, value] : secret.data) data.set(key, value);
  for (const auto& [key, value] : secret.metadata.annotations) annotations.set(key, value);
  if (!secret.metadata.annotations.empty()) patch.set("metadata", metadata.set("annotations", annotations.value()).value());
  return json::write(patch.set("data", data.value()).value());
}

std::size_t sizeOf(const k8s::Secret& secret) {
  std::size_t out = 0;
  for (const auto& [key, value] : secret.data) out += key.size() + value.size() / 4 * 3;
  return out;
}

// A variable's name, as a key of a Secret may be.
bool isKey(const std::string& name) {
  return !name.empty() && name.size() <= 253 && name != "." && !name.starts_with("..") &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
}

void earliest(std::optional<WallTime>& due, const std::optional<WallTime>& other) {
  if (other && (!due || *other < *due)) due = other;
}

// ECS' credentials are of one account; a definition's text says where its image is.
std::optional<translate::EcrRegistry> registryOf(const SecretNeed& need) {
  return need.registries.empty() ? std::nullopt : translate::ecrRegistryOf(*need.registries.begin() + "/image");
}

}  // namespace

// --- pure

std::string endpointOf(const TaskSecretsOptions& options, const std::string& service, const std::string& region) {
  auto own = options.endpoints.find(service);
  const std::string& endpoint = own == options.endpoints.end() ? options.endpoint : own->second;
  if (endpoint != "aws") return endpoint;
  // The region is part of a reference, which is anybody's text, and becomes part of a host name.
  bool good =
      !region.empty() && region.size() <= 32 && region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (!good) return {};
  std::string end = region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  return "https://" + std::string(service == "ecr" ? "api." : "") + service + "." + region + end;
}

WallTime refreshTime(WallTime now, WallTime expiration) {
  if (expiration - now > 2 * kMargin) return expiration - kMargin;
  return expiration <= now ? now : now + (expiration - now) / 2;
}

std::string failureText(Kind kind, const std::string& reference, const std::string& cause) {
  if (kind == Kind::EnvironmentFile) return "ResourceInitializationError: failed to download env files: " + reference + ": " + cause;
  std::string out = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ";
  if (kind == Kind::EcrLogin) return out + "unable to retrieve ecr registry auth: " + cause;
  auto parsed = kind == Kind::Login ? translate::loginReference(reference) : translate::valueReference(reference);
  bool ssm = parsed && parsed->service == Reference::Service::ParameterStore;
  return out + (ssm ? "unable to retrieve secrets from ssm: " : "unable to retrieve secret from asm: ") + reference + ": " + cause;
}

std::string roleFailureText(const std::string& roleArn) {
  return "ECS was unable to assume the role '" + roleArn +
         "' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions "
         "and that your IAM user has permissions to pass this role.";
}

std::string dockerConfig(const std::string& before, const std::set<std::string>& hosts, const std::string& username,
                         const std::string& password) {
  json::Document d;
  json::ObjectBuilder auths(d), out(d);
  if (auto old = json::Document::parse(before))
    if (const json::Value* list = old->root().find("auths"))
      for (const auto& member : list->members())
        if (auto copy = d.add(json::write(member.value))) auths.set(member.name, *copy);
  for (const std::string& host : hosts) {
    json::ObjectBuilder login(d);
    login.set("username", username).set("password", password).set("auth", net::encodeBase64(username + ":" + password));
    auths.set(host == "docker.io" ? "https://index.docker.io/v1/" : host, login.value());
  }
  return json::write(out.set("auths", auths.value()).value());
}

std::string credentialsJson(const std::string& roleArn, const net::RoleCredentials& role) {
  json::Document d;
  json::ObjectBuilder out(d);
  out.set("RoleArn", roleArn).set("AccessKeyId", role.credentials.accessKeyId).set("SecretAccessKey", role.credentials.secretAccessKey);
  out.set("Token", role.credentials.sessionToken).set("Expiration", formatTime(role.expiration));
  return json::write(out.value());
}

Result<net::RoleCredentials> staticRole(const std::string& text, WallTime fallback) {
  auto document = json::Document::parse(text);
  if (!document) return Error{Reason::Invalid, "not a JSON object", 0};
  const json::Value& root = document->root();
  net::RoleCredentials out;
  out.credentials = {std::string(root.stringAt("AccessKeyId")), std::string(root.stringAt("SecretAccessKey")),
                     std::string(root.stringAt("Token"))};
  if (out.credentials.accessKeyId.empty() || out.credentials.secretAccessKey.empty())
    return Error{Reason::Invalid, "no AccessKeyId or SecretAccessKey", 0};
  out.expiration = parseTime(root.stringAt("Expiration")).value_or(fallback);
  return out;
}

std::string roleArnOf(const std::string& role, const std::string& account) {
  return role.starts_with("arn:") ? role : "arn:aws:iam::" + account + ":role/" + role;
}

// --- the reconciler

struct TaskSecrets::Task {
  std::string id;
  const k8s::Pod& pod;
  translate::TaskNeeds needs;
  bool waits = false;
  std::map<std::string, std::string> values;  // what was fetched for this task, by secret and version
  std::optional<net::AwsCredentials> credentials;
  bool hasCredentials = false;  // `credentials` is known
};

TaskSecrets::TaskSecrets(kube::Client& client, View& view, const RoleGrants& grants, TaskSecretsOptions options)
    : client_(client),
      view_(view),
      grants_(grants),
      options_(std::move(options)),
      queue_(Backoff{std::chrono::milliseconds(200), std::chrono::milliseconds(30'000)}) {}

TaskSecrets::~TaskSecrets() { queue_.stop(); }

void TaskSecrets::onPod(const std::shared_ptr<const k8s::Pod>& was, const std::shared_ptr<const k8s::Pod>& is) {
  const k8s::Pod& pod = is ? *is : *was;
  std::set<std::string> names;
  if (is && !isFinished(*is))
    for (const std::string& name : translate::secretsNamedBy(*is))
      if (translate::isHostName(name)) names.insert(pod.metadata.namespace_ + "/" + name);  // what is no name is nobody's Secret
  {
    std::lock_guard lock(mutex_);
    std::set<std::string> before = named_[pod.metadata.uid];
    for (const std::string& name : before)
      if (!names.contains(name)) {
        auto& users = users_[name];
        users.erase(pod.metadata.uid);
        if (!users.empty()) continue;
        users_.erase(name);
        queue_.add("s/" + name);
      }
    for (const std::string& name : names) users_[name].insert(pod.metadata.uid);
    if (names.empty())
      named_.erase(pod.metadata.uid);
    else
      named_[pod.metadata.uid] = std::move(names);
  }
  if (!is || isFinished(*is) || !is->metadata.labels.contains(std::string(k8s::kCreatedBy))) return;
  view_.onPod(was, is);  // the view may be told after us
  queue_.add("t/" + translate::idOf(is->metadata.uid));
}

void TaskSecrets::start() {
  queue_.add("sweep");
  for (auto& thread : threads_) thread = std::jthread([this] { run(); });
}

void TaskSecrets::run() {
  while (auto key = queue_.get()) {
    auto done = reconcile(*key);
    if (done)
      queue_.forget(*key);
    else
      queue_.addAgain(*key);
    if (!done && done.error().reason != Reason::Conflict) log::warn("secrets of tasks", {{"what", *key}, {"error", done.error().message}});
    queue_.done(*key);
  }
}

Result<void> TaskSecrets::reconcile(const std::string& key) {
  if (key.starts_with("t/")) return reconcileTask(key.substr(2));
  if (key == "sweep") return sweep();
  auto slash = key.find('/', 2);
  return removeUnused(key.substr(2, slash - 2), key.substr(slash + 1));
}

Result<translate::TaskNeeds> TaskSecrets::needsOfTask(const k8s::Pod& pod, const std::string& name) {
  std::string problem;
  auto reference = ecs::parseDefinition(name, problem);
  auto definition = reference && reference->revision ? view_.definition(reference->family, *reference->revision) : nullptr;
  if (!definition) return Error{Reason::NotFound, "the task definition " + name + " is not known", 0};
  return translate::needsOf(pod, definition->definition);
}

Result<void> TaskSecrets::reconcileTask(const std::string& id) {
  auto entry = view_.task(id);
  if (!entry || !entry->goneAt.empty() || isFinished(*entry->pod) || !entry->pod->metadata.deletionTimestamp.empty()) return {};
  const k8s::Pod& pod = *entry->pod;
  const auto& annotations = pod.metadata.annotations;
  auto name = annotations.find(std::string(k8s::kDefinition));
  if (name == annotations.end() || annotations.contains(std::string(k8s::kStop))) return {};
  auto made = parseTime(pod.metadata.creationTimestamp);
  bool late = made && wallNow() - *made > options_.giveUpAfter;
  auto needs = needsOfTask(pod, name->second);
  if (!needs) {
    // Not yet known, where another replica has made it; or gone.
    if (!hasGate(pod)) return {};
    return late ? stop(pod, "ResourceInitializationError: " + needs.error().message) : needs.error();
  }
  Task task{id, pod, std::move(*needs), hasGate(pod), {}, {}, false};
  auto due = provide(task);
  if (due) {
    if (*due) queue_.addAfter("t/" + id, std::max(options_.soonest, std::chrono::ceil<std::chrono::milliseconds>(**due - wallNow())));
    return open(task);
  }
  const Error& error = due.error().error;
  bool hopeless = !isTransient(error.reason) && error.reason != Reason::Conflict;
  if (task.waits && (hopeless || late)) return stop(pod, due.error().text);
  return error;
}

TaskSecrets::Outcome<TaskSecrets::Due> TaskSecrets::provide(Task& task) {
  if (!task.needs.clash.empty()) {
    std::string cause = "two versions of one secret cannot be told apart: " + task.needs.clash;
    return Problem{{Reason::Invalid, cause, 0}, "ResourceInitializationError: unable to pull secrets or registry auth: " + cause};
  }
  Due due;
  for (const auto& need : task.needs.secrets) {
    // A task that has started has its values; what it pulls with must go on to be valid.
    if (!task.waits && (need.kind == Kind::Values || need.kind == Kind::EnvironmentFile)) continue;
    std::lock_guard lock(lockOf(task.pod.metadata.namespace_ + "/" + need.secret));
    auto done = provideSecret(task, need);
    if (!done) return done.error();
    earliest(due, *done);
  }
  auto done = provideCredentials(task);
  if (!done) return done.error();
  earliest(due, *done);
  return due;
}

TaskSecrets::Outcome<TaskSecrets::Due> TaskSecrets::provideSecret(Task& task, const SecretNeed& need) {
  std::string reference = need.references.empty() ? "" : need.references.begin()->second;
  auto there = find(task.pod.metadata.namespace_, need.secret);
  if (!there) return Problem{there.error(), failureText(need.kind, reference, there.error().message)};
  if (*there && !isOurs(**there)) {
    for (const auto& [key, from] : need.references)
      if (!key.empty() && !(*there)->data.contains(key)) {
        Error error{Reason::Invalid, "the Secret " + need.secret + " has no key " + key, 0};
        return Problem{error, failureText(need.kind, from, error.message)};
      }
    return Due();
  }
  if (need.kind == Kind::Values) return provideValues(task, need, *there);
  if (need.kind == Kind::EnvironmentFile) return provideFile(task, need, *there);
  return provideLogin(task, need, *there);
}

TaskSecrets::Outcome<TaskSecrets::Due> TaskSecrets::provideValues(Task& task, const SecretNeed& need,
                                                                  const std::optional<k8s::Secret>& there) {
  const std::string place = task.pod.metadata.namespace_ + "/" + need.secret + "/";
  k8s::Secret secret = newSecret(task.pod.metadata.namespace_, need.secret, "Opaque");
  std::vector<std::string> written;
  for (const auto& [key, from] : need.references) {
    const std::string mark = place + key + "/" + from;
    {
      std::lock_guard lock(mutex_);
      auto last = fetched_.find(mark);
      if (there && there->data.contains(key) && last != fetched_.end() && wallNow() - last->second < options_.fresh) continue;
    }
    auto reference = translate::valueReference(from);
    Error unknown{Reason::Invalid, "no reference into Secrets Manager or Parameter Store", 0};
    auto value = reference ? fetchValue(task, *reference) : Result<std::string>(unknown);
    if (!value) return Problem{value.error(), failureText(need.kind, from, value.error().message)};
    secret.data[key] = net::encodeBase64(*value);
    written.push_back(mark);
  }
  if (written.empty()) return Due();
  if (auto done = write(there, std::move(secret)); !done)
    return Problem{done.error(), failureText(need.kind, need.references.begin()->second, done.error().message)};
  std::lock_guard lock(mutex_);
  for (const auto& mark : written) fetched_[mark] = wallNow();
  return Due();
}

TaskSecrets::Outcome<TaskSecrets::Due> TaskSecrets::provideFile(Task& task, const SecretNeed& need,
                                                                const std::optional<k8s::Secret>& there) {
  const std::string& from = need.references.at("");
  const std::string& namespace_ = task.pod.metadata.namespace_;
  const std::string mark = namespace_ + "/" + need.secret + "//" + from;
  auto failed = [&](const Error& error) { return Problem{error, failureText(need.kind, from, error.message)}; };
  {
    std::lock_guard lock(mutex_);
    auto last = fetched_.find(mark);
    if (there && last != fetched_.end() && wallNow() - last->second < options_.fresh) return Due();
  }
  std::map<std::string, std::string> variables;
  auto local = client_.get<k8s::ConfigMap>(namespace_, need.secret);
  if (local) {
    // Variables, or whole files.
    for (const auto& [key, value] : local->data) {
      if (key.ends_with(".env"))
        variables.merge(translate::variablesOf(value));
      else
        variables.emplace(key, value);
    }
  } else if (local.error().reason != Reason::NotFound) {
    return failed(local.error());
  } else {
    auto reference = translate::objectReference(from);
    auto text = reference ? fetchValue(task, *reference) : Result<std::string>(Error{Reason::Invalid, "no ARN of an object in S3", 0});
    if (!text) return failed(text.error());
    variables = translate::variablesOf(*text);
  }
  k8s::Secret secret = newSecret(namespace_, need.secret, "Opaque");
  for (const auto& [key, value] : variables)
    if (isKey(key)) secret.data[key] = net::encodeBase64(value);
  // A variable that the file has no more must go; a patch cannot say so without naming it.
  if (there && there->data == secret.data) {
    std::lock_guard lock(mutex_);
    fetched_[mark] = wallNow();
    return Due();
  }
  if (there) secret.metadata.resourceVersion = there->metadata.resourceVersion;
  if (sizeOf(secret) > kMostData) return failed({Reason::RequestEntityTooLarge, "the file is too large", 0});
  auto done = there ? client_.update(secret) : client_.create(namespace_, secret);
  if (!done) return failed(done.error().reason == Reason::AlreadyExists ? Error{Reason::Conflict, done.error().message, 0} : done.error());
  std::lock_guard lock(mutex_);
  fetched_[mark] = wallNow();
  return Due();
}

TaskSecrets::Outcome<TaskSecrets::Due> TaskSecrets::provideLogin(Task& task, const SecretNeed& need,
                                                                 const std::optional<k8s::Secret>& there) {
  const std::string from = need.references.empty() ? "" : need.references.at("");
  auto failed = [&](const Error& error) { return Problem{error, failureText(need.kind, from, error.message)}; };
  std::string before = there ? decoded(*there, kConfigKey) : "";
  std::optional<WallTime> expires = there ? expiryOf(*there) : std::nullopt;
  bool complete = there.has_value();
  for (const auto& host : need.registries)
    complete = complete && before.find('"' + (host == "docker.io" ? "https://index.docker.io/v1/" : host) + "\":") != std::string::npos;
  WallTime now = wallNow();
  const std::string mark = task.pod.metadata.namespace_ + "/" + need.secret + "//" + from;
  if (complete && expires && refreshTime(now, *expires) > now) {
    // A login of Secrets Manager may have been changed since; a later task gets what is there now.
    std::lock_guard lock(mutex_);
    auto last = fetched_.find(mark);
    bool fresh = last != fetched_.end() && now - last->second < options_.fresh;
    if (need.kind == Kind::EcrLogin || !task.waits || fresh) return Due(refreshTime(now, *expires));
  }
  std::string username, password;
  WallTime expiration = now + std::chrono::hours(12);  // of a login that never expires: it may be changed
  if (need.kind == Kind::EcrLogin) {
    auto registry = registryOf(need);
    // Without AWS an image is pulled with what the node has.
    if (!registry || endpointOf(options_, "ecr", registry->region).empty()) return Due();
    auto credentials = fetchingCredentials(task);
    if (!credentials) return credentials.error();
    auto caller = callerFor("ecr", registry->region, *credentials ? &**credentials : nullptr);
    if (!caller) return failed(caller.error());
    auto token = net::getAuthorizationToken(std::move(*caller), registry->account);
    if (!token) return failed(token.error());
    username = token->username;
    password = token->password;
    expiration = token->expiration;
  } else {
    auto reference = translate::loginReference(from);
    auto value =
        reference ? fetchValue(task, *reference) : Result<std::string>(Error{Reason::Invalid, "no reference into Secrets Manager", 0});
    if (!value) return failed(value.error());
    auto user = translate::memberOf(*value, "username"), word = translate::memberOf(*value, "password");
    if (!user || !word)
      return failed({Reason::Invalid,
                     std::string("retrieved secret from Secrets Manager did not contain json key ") + (user ? "password" : "username"), 0});
    username = *user;
    password = *word;
  }
  k8s::Secret secret = newSecret(task.pod.metadata.namespace_, need.secret, "kubernetes.io/dockerconfigjson");
  secret.data[std::string(kConfigKey)] = net::encodeBase64(dockerConfig(before, need.registries, username, password));
  secret.metadata.annotations[std::string(k8s::kExpires)] = formatTime(expiration);
  if (auto done = write(there, std::move(secret)); !done) return failed(done.error());
  std::lock_guard lock(mutex_);
  fetched_[mark] = now;
  return Due(refreshTime(now, expiration));
}

TaskSecrets::Outcome<TaskSecrets::Due> TaskSecrets::provideCredentials(Task& task) {
  if (!task.needs.hasCredentials()) return Due();
  const std::string& namespace_ = task.pod.metadata.namespace_;
  const std::string name = translate::credentialsSecretOf(task.pod.metadata.name);
  auto there = find(namespace_, name);
  if (!there) return Problem{there.error(), roleFailureText(task.needs.taskRole)};
  WallTime now = wallNow();
  if (*there) {
    if (!isOurs(**there)) return Due();
    auto expires = expiryOf(**there);
    if (!expires) return Due();  // log options alone
    if (refreshTime(now, *expires) > now) return Due(refreshTime(now, *expires));
  }
  k8s::Secret secret = newSecret(namespace_, name, "Opaque");
  k8s::OwnerReference owner;
  owner.apiVersion = "v1";
  owner.kind = "Pod";
  owner.name = task.pod.metadata.name;
  owner.uid = task.pod.metadata.uid;
  secret.metadata.ownerReferences.push_back(std::move(owner));
  Due expires;
  if (!task.needs.taskRole.empty()) {
    auto role = roleCredentials(task.needs.taskRole, task.id);
    if (!role) return role.error();
    if (*role) {
      if (auto done = authorized(task); !done) return done.error();
      secret.data[std::string(kTaskRoleKey)] = net::encodeBase64(credentialsJson(roleArnOf(task.needs.taskRole, options_.account), **role));
      earliest(expires, (*role)->expiration);
    }
  }
  auto role = executionRole(task);
  if (!role) return role.error();
  if (*role) {
    if (auto done = authorized(task); !done) return done.error();
    secret.data[std::string(kExecutionRoleKey)] =
        net::encodeBase64(credentialsJson(roleArnOf(task.needs.executionRole, options_.account), **role));
    earliest(expires, (*role)->expiration);
  }
  if (auto done = addLogOptions(task, secret.data); !done) return done.error();
  if (secret.data.empty()) return Due();
  if (expires) secret.metadata.annotations[std::string(k8s::kExpires)] = formatTime(*expires);
  if (auto done = write(*there, std::move(secret)); !done)
    return Problem{done.error(), "ResourceInitializationError: unable to keep the task's credentials: " + done.error().message};
  return expires ? Due(refreshTime(now, *expires)) : Due();
}

TaskSecrets::Outcome<void> TaskSecrets::addLogOptions(Task& task, std::map<std::string, std::string>& data) {
  if (task.needs.logOptions.empty()) return {};
  std::map<std::string, std::map<std::string, std::string>> containers;
  for (const auto& option : task.needs.logOptions) {
    auto failed = [&](const Error& error) { return Problem{error, failureText(Kind::Values, option.reference, error.message)}; };
    auto kept = find(task.pod.metadata.namespace_, option.secret);
    if (!kept) return failed(kept.error());
    if (*kept && !isOurs(**kept)) {
      if (!(*kept)->data.contains(option.key))
        return failed({Reason::Invalid, "the Secret " + option.secret + " has no key " + option.key, 0});
      containers[option.container][option.option] = decoded(**kept, option.key);
      continue;
    }
    auto reference = translate::valueReference(option.reference);
    Error unknown{Reason::Invalid, "no reference into Secrets Manager or Parameter Store", 0};
    auto value = reference ? fetchValue(task, *reference) : Result<std::string>(unknown);
    if (!value) return failed(value.error());
    containers[option.container][option.option] = *value;
  }
  json::Document d;
  json::ObjectBuilder out(d);
  for (const auto& [container, options] : containers) {
    json::ObjectBuilder one(d);
    for (const auto& [name, value] : options) one.set(name, value);
    out.set(container, one.value());
  }
  data[std::string(kLogOptionsKey)] = net::encodeBase64(json::write(out.value()));
  return {};
}

TaskSecrets::Outcome<std::optional<net::RoleCredentials>> TaskSecrets::roleCredentials(const std::string& role,
                                                                                       const std::string& session) {
  const std::string arn = roleArnOf(role, options_.account);
  auto failed = [&](const Error& error) {
    log::warn("a role was not assumed", {{"role", arn}, {"error", error.message}});
    return Problem{error, roleFailureText(arn)};
  };
  auto map = find(options_.namespace_, "role-credentials");
  if (!map) return failed(map.error());
  if (*map && (*map)->data.contains(roleName(role))) {
    auto known = staticRole(decoded(**map, roleName(role)), wallNow() + kStaticLifetime);
    if (!known) return failed({known.error().reason, "the Secret role-credentials: " + roleName(role) + ": " + known.error().message, 0});
    return std::optional(std::move(*known));
  }
  // On a machine without AWS a role is but a name.
  if (endpointOf(options_, "sts", options_.region).empty()) return std::optional<net::RoleCredentials>();
  auto caller = callerFor("sts", options_.region, nullptr);
  if (!caller) return failed(caller.error());
  auto assumed = net::assumeRole(std::move(*caller), {arn, session});
  if (!assumed) return failed(assumed.error());
  return std::optional(std::move(*assumed));
}

TaskSecrets::Outcome<std::optional<net::RoleCredentials>> TaskSecrets::executionRole(Task& task) {
  const std::string& role = task.needs.executionRole;
  if (role.empty()) return std::optional<net::RoleCredentials>();
  std::lock_guard one(roles_);
  {
    std::lock_guard lock(mutex_);
    auto known = executionRoles_.find(role);
    if (known != executionRoles_.end() && known->second.expiration - wallNow() > 2 * kMargin) return std::optional(known->second);
  }
  auto fresh = roleCredentials(role, "ecs-execution");
  if (!fresh || !*fresh) return fresh;
  std::lock_guard lock(mutex_);
  executionRoles_[role] = **fresh;
  return fresh;
}

TaskSecrets::Outcome<void> TaskSecrets::authorized(const Task& task, bool fetching) {
  const auto& meta = task.pod.metadata;
  const Roles roles{task.needs.taskRole, task.needs.executionRole};
  auto grant = meta.annotations.find(std::string(k8s::kRoleGrant));
  // Without an execution role it would be our own credentials that read the secret: that is for the namespace's administrator to allow.
  bool ofRoles = !roles.execution.empty() || !fetching;
  if (ofRoles && grant != meta.annotations.end() &&
      grants_.verify(grant->second, "pod", meta.namespace_, boundTo(meta.name, translate::definitionOf(task.pod)), roles))
    return {};
  auto space = client_.get<k8s::Namespace>("", meta.namespace_);
  if (!space) return Problem{space.error(), roleFailureText(roles.task)};
  if (allowsRoles(*space, roles)) return {};
  return Problem{{Reason::Forbidden, "nobody who may use the roles has asked for this task", 0},
                 roleFailureText(roles.isEmpty()      ? "none"
                                 : roles.task.empty() ? roles.execution
                                                      : roles.task)};
}

// Those of the execution role, as in ECS; null: our own.
TaskSecrets::Outcome<std::optional<net::AwsCredentials>> TaskSecrets::fetchingCredentials(Task& task) {
  if (!task.hasCredentials) {
    if (auto done = authorized(task, true); !done) return done.error();
    auto role = executionRole(task);
    if (!role) return role.error();
    if (*role) task.credentials = (*role)->credentials;
    task.hasCredentials = true;
  }
  return task.credentials;
}

// --- effects

Result<std::string> TaskSecrets::fetchValue(Task& task, const Reference& reference) {
  using Service = Reference::Service;
  const std::string known = reference.bucket + "\n" + reference.id + "\n" + reference.stage + "\n" + reference.version;
  auto found = task.values.find(known);
  if (found == task.values.end()) {
    const char* service = reference.service == Service::SecretsManager ? "secretsmanager" : reference.service == Service::S3 ? "s3" : "ssm";
    const std::string& region = reference.region.empty() ? options_.region : reference.region;
    if (endpointOf(options_, service, region).empty())
      return Error{Reason::NotFound, "there is no Secret for it, and the controller has no --aws-endpoint to ask", 0};
    auto credentials = fetchingCredentials(task);
    if (!credentials) return credentials.error().error;
    auto caller = callerFor(service, region, *credentials ? &**credentials : nullptr);
    if (!caller) return caller.error();
    auto value = reference.service == Service::SecretsManager
                     ? net::getSecretValue(std::move(*caller), {reference.id, reference.stage, reference.version})
                 : reference.service == Service::S3 ? net::getObject(std::move(*caller), {reference.bucket, reference.id})
                                                    : net::getParameter(std::move(*caller), reference.id);
    if (!value) return value.error();
    found = task.values.emplace(known, std::move(*value)).first;
  }
  if (reference.jsonKey.empty()) return found->second;
  auto member = translate::memberOf(found->second, reference.jsonKey);
  if (!member) return Error{Reason::Invalid, "retrieved secret from Secrets Manager did not contain json key " + reference.jsonKey, 0};
  return std::move(*member);
}

Result<net::AwsCaller> TaskSecrets::callerFor(const std::string& service, const std::string& region,
                                              const net::AwsCredentials* credentials) {
  net::AwsCaller out;
  out.endpoint = {endpointOf(options_, service, region), region, service, options_.caPem};
  out.timeout = options_.timeout;
  if (credentials) {
    out.credentials = *credentials;
    return out;
  }
  auto own = ownCredentials();
  if (!own) return own.error();
  out.credentials = std::move(*own);
  return out;
}

Result<net::AwsCredentials> TaskSecrets::ownCredentials() {
  {
    std::lock_guard lock(mutex_);
    if (own_ && wallNow() - own_->second < std::chrono::minutes(1)) return own_->first;
  }
  auto secret = find(options_.namespace_, "aws-credentials");
  if (!secret) return secret.error();
  net::AwsCredentials out = options_.credentials;
  if (*secret) out = {decoded(**secret, "accessKeyId"), decoded(**secret, "secretAccessKey"), decoded(**secret, "sessionToken")};
  if (out.accessKeyId.empty() || out.secretAccessKey.empty())
    return Error{Reason::Unauthorized,
                 "the controller has no AWS credentials: a Secret aws-credentials in " + options_.namespace_ + ", or the environment", 0};
  std::lock_guard lock(mutex_);
  own_.emplace(out, wallNow());
  return out;
}

Result<std::optional<k8s::Secret>> TaskSecrets::find(const std::string& namespace_, const std::string& name) {
  auto secret = client_.get<k8s::Secret>(namespace_, name);
  if (secret) return std::optional(std::move(*secret));
  if (secret.error().reason == Reason::NotFound) return std::optional<k8s::Secret>();
  return secret.error();
}

// Creates it, or adds its data to the one that is there.
Result<void> TaskSecrets::write(const std::optional<k8s::Secret>& there, k8s::Secret secret) {
  if (sizeOf(secret) > kMostData) return Error{Reason::RequestEntityTooLarge, "too large for a Secret", 0};
  const std::string& namespace_ = secret.metadata.namespace_;
  auto done = there ? client_.patch<k8s::Secret>(namespace_, secret.metadata.name, "", kube::PatchKind::Merge, patchOf(secret))
                    : client_.create(namespace_, secret);
  if (done) return {};
  // Made or deleted by someone else in between: look again.
  bool moved = done.error().reason == Reason::AlreadyExists || (there && done.error().reason == Reason::NotFound);
  return moved ? Error{Reason::Conflict, done.error().message, 0} : done.error();
}

Result<void> TaskSecrets::stop(const k8s::Pod& pod, const std::string& text) {
  const auto& meta = pod.metadata;
  auto stopped = client_.patch<k8s::Pod>(meta.namespace_, meta.name, "", kube::PatchKind::Merge,
                                         stopPatch("TaskFailedToStart", text.substr(0, 1024), wallNow()));
  if (!stopped) return stopped.error().reason == Reason::NotFound ? Result<void>() : stopped.error();
  view_.onPod(nullptr, std::make_shared<const k8s::Pod>(std::move(*stopped)));
  return {};
}

// Takes the gate away: the scheduler goes on.
Result<void> TaskSecrets::open(const Task& task) {
  if (!task.waits) return {};
  json::Document d;
  json::ObjectBuilder spec(d), patch(d);
  std::vector<k8s::PodSchedulingGate> others = task.pod.spec.schedulingGates;
  std::erase_if(others, [](const auto& gate) { return gate.name == k8s::kSecretsGate; });
  patch.set("spec", spec.set("schedulingGates", others).value());
  const auto& meta = task.pod.metadata;
  auto opened = client_.patch<k8s::Pod>(meta.namespace_, meta.name, "", kube::PatchKind::Merge, json::write(patch.value()));
  if (!opened) return opened.error().reason == Reason::NotFound ? Result<void>() : opened.error();
  view_.onPod(nullptr, std::make_shared<const k8s::Pod>(std::move(*opened)));
  return {};
}

bool TaskSecrets::isUsed(const std::string& secret) {
  std::lock_guard lock(mutex_);
  return users_.contains(secret);
}

std::mutex& TaskSecrets::lockOf(const std::string& secret) { return locks_[std::hash<std::string>()(secret) % std::size(locks_)]; }

Result<void> TaskSecrets::removeUnused(const std::string& namespace_, const std::string& name) {
  const std::string key = namespace_ + "/" + name;
  std::lock_guard one(lockOf(key));
  if (isUsed(key)) return {};
  auto secret = find(namespace_, name);
  if (!secret) return secret.error();
  if (!*secret || !isOurs(**secret)) return {};
  auto removed = client_.remove<k8s::Secret>(namespace_, name, R"({"preconditions":{"uid":")" + (*secret)->metadata.uid + "\"}}");
  if (!removed && removed.error().reason != Reason::NotFound) return removed.error();
  std::lock_guard lock(mutex_);
  auto from = fetched_.lower_bound(key + "/");
  while (from != fetched_.end() && from->first.starts_with(key + "/")) from = fetched_.erase(from);
  return {};
}

// What was left while no controller looked.
Result<void> TaskSecrets::sweep() {
  queue_.addAfter("sweep", kSweep);
  std::string continue_;
  do {
    auto body = client_.call("GET", "/api/v1/secrets?limit=500&labelSelector=" + net::encodeQuery(k8s::kResolved) +
                                        (continue_.empty() ? "" : "&continue=" + net::encodeQuery(continue_)));
    if (!body) return body.error();
    auto page = kube::parseListPage(*body);
    if (!page) return page.error();
    for (const auto& text : page->items) {
      auto secret = json::read<k8s::Secret>(text);
      if (!secret || !isOurs(*secret)) continue;
      std::string key = secret->metadata.namespace_ + "/" + secret->metadata.name;
      if (!isUsed(key)) queue_.add("s/" + key);
    }
    continue_ = page->continue_;
  } while (!continue_.empty());
  return {};
}

}  // namespace taskpod::controller
