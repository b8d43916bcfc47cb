#include "taskpod/kube/kubeconfig.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "taskpod/base/time.h"
#include "taskpod/json/document.h"
#include "taskpod/json/yaml.h"

extern char** environ;

namespace taskpod::kube {
namespace {

using json::Value;

constexpr const char* kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

Result<std::string> readFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{Reason::NotFound, path.string() + ": cannot be opened", 0};
  std::string text{std::istreambuf_iterator<char>(in), {}};
  return text;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\r')) text.pop_back();
  return text;
}

const Value* namedEntry(const Value& root, std::string_view list, std::string_view name, std::string_view member) {
  const Value* entries = root.find(list);
  if (!entries) return nullptr;
  for (const Value& entry : entries->items())
    if (entry.stringAt("name") == name) return entry.find(member);
  return nullptr;
}

// NAME-data (base64) wins over NAME (a path).
Result<std::string> inlineOrFile(const Value& entry, const std::string& name, const std::filesystem::path& file) {
  if (auto data = entry.stringAt(name + "-data"); !data.empty()) {
    auto bytes = net::decodeBase64(data);
    if (!bytes) return Error{Reason::BadRequest, file.string() + ": " + name + "-data: not base64", 0};
    return bytes;
  }
  auto path = entry.stringAt(name);
  if (path.empty()) return std::string();
  return readFile(file.parent_path() / std::string(path));
}

std::string resolved(std::string_view path, const std::filesystem::path& file) {
  return path.empty() ? std::string() : (file.parent_path() / std::string(path)).string();
}

std::optional<ExecPlugin> pluginOf(const Value* exec) {
  if (!exec || !exec->isObject()) return std::nullopt;
  ExecPlugin plugin;
  plugin.command = std::string(exec->stringAt("command"));
  plugin.apiVersion = std::string(exec->stringAt("apiVersion"));
  if (const Value* args = exec->find("args"))
    for (const Value& arg : args->items()) plugin.args.emplace_back(arg.text());
  if (const Value* env = exec->find("env"))
    for (const Value& pair : env->items()) plugin.env.emplace_back(std::string(pair.stringAt("name")), std::string(pair.stringAt("value")));
  return plugin;
}

}  // namespace

Result<ClientConfig> loadKubeconfig(const std::string& path, const std::string& context) {
  auto text = readFile(path);
  if (!text) return text.error();
  auto documents = json::readYaml(*text);
  if (!documents) return Error{documents.error().reason, path + ": " + documents.error().message, 0};
  if (documents->empty() || !documents->front().root().isObject()) return Error{Reason::BadRequest, path + ": no kubeconfig in it", 0};
  const Value& root = documents->front().root();
  std::string current = context.empty() ? std::string(root.stringAt("current-context")) : context;
  const Value* chosen = namedEntry(root, "contexts", current, "context");
  if (!chosen) return Error{Reason::BadRequest, path + ": contexts: no context \"" + current + "\"", 0};
  const Value* cluster = namedEntry(root, "clusters", chosen->stringAt("cluster"), "cluster");
  if (!cluster) return Error{Reason::BadRequest, path + ": clusters: no cluster \"" + std::string(chosen->stringAt("cluster")) + "\"", 0};
  const Value* user = namedEntry(root, "users", chosen->stringAt("user"), "user");

  ClientConfig out;
  out.server = std::string(cluster->stringAt("server"));
  out.tlsServerName = std::string(cluster->stringAt("tls-server-name"));
  const Value* insecure = cluster->find("insecure-skip-tls-verify");
  out.tls.insecure = insecure && insecure->text() == "true";
  auto ca = inlineOrFile(*cluster, "certificate-authority", path);
  if (!ca) return ca.error();
  out.tls.caPem = *ca;
  if (auto ns = chosen->stringAt("namespace"); !ns.empty()) out.namespace_ = std::string(ns);
  if (!user) return out;
  auto certificate = inlineOrFile(*user, "client-certificate", path);
  if (!certificate) return certificate.error();
  auto key = inlineOrFile(*user, "client-key", path);
  if (!key) return key.error();
  out.tls.certificatePem = *certificate;
  out.tls.keyPem = *key;
  out.token = std::string(user->stringAt("token"));
  out.tokenFile = resolved(user->stringAt("tokenFile"), path);
  out.username = std::string(user->stringAt("username"));
  out.password = std::string(user->stringAt("password"));
  out.impersonateUser = std::string(user->stringAt("as"));
  out.exec = pluginOf(user->find("exec"));
  return out;
}

Result<ClientConfig> inClusterConfig() {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (!host || !port)
    return Error{Reason::NotFound, "not inside a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set", 0};
  std::filesystem::path folder = kServiceAccount;
  auto ca = readFile(folder / "ca.crt");
  if (!ca) return ca.error();
  ClientConfig out;
  std::string name = host;
  out.server = "https://" + (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" + port;
  out.tls.caPem = *ca;
  out.tokenFile = (folder / "token").string();
  if (auto ns = readFile(folder / "namespace")) out.namespace_ = trimmed(*ns);
  return out;
}

Result<ClientConfig> findConfig(const std::string& path) {
  if (!path.empty()) return loadKubeconfig(path);
  if (const char* variable = std::getenv("KUBECONFIG"); variable && *variable) {
    std::string first = std::string(variable).substr(0, std::string(variable).find(':'));
    return loadKubeconfig(first);
  }
  const char* home = std::getenv("HOME");
  std::filesystem::path file = std::filesystem::path(home ? home : "/root") / ".kube/config";
  std::error_code error;
  if (std::filesystem::exists(file, error)) return loadKubeconfig(file.string());
  auto inside = inClusterConfig();
  if (inside) return inside;
  return Error{Reason::NotFound, "no kubeconfig: neither --kubeconfig, KUBECONFIG, " + file.string() + " nor a ServiceAccount is there", 0};
}

Credentials::Credentials(ClientConfig config) : config_(std::move(config)) {}

void Credentials::refresh() {
  std::lock_guard lock(mutex_);
  value_.clear();
}

Result<std::string> Credentials::authorization() {
  std::lock_guard lock(mutex_);
  auto now = std::chrono::system_clock::now();
  if (!value_.empty() && now < expires_) return value_;
  expires_ = now + std::chrono::hours(24 * 365);
  if (!config_.tokenFile.empty()) {
    auto token = readFile(config_.tokenFile);
    if (!token) return token.error();
    value_ = "Bearer " + trimmed(*token);
    expires_ = now + std::chrono::minutes(1);
  } else if (!config_.token.empty()) {
    value_ = "Bearer " + config_.token;
  } else if (!config_.username.empty()) {
    value_ = "Basic " + net::encodeBase64(config_.username + ":" + config_.password);
  } else if (config_.exec) {
    auto token = callPlugin(expires_);
    if (!token) return token.error();
    value_ = token->empty() ? "" : "Bearer " + *token;
  }
  return value_;
}

// client.authentication.k8s.io: the plugin prints an ExecCredential; only a token is taken from it.
Result<std::string> Credentials::callPlugin(std::chrono::system_clock::time_point& expires) const {
  const ExecPlugin& plugin = *config_.exec;
  auto failed = [&](std::string_view why) {
    return Error{Reason::Unauthorized, "credential plugin " + plugin.command + ": " + std::string(why), 0};
  };
  std::vector<std::string> environment;
  for (char** entry = environ; *entry; ++entry) environment.emplace_back(*entry);
  for (const auto& [name, value] : plugin.env) environment.push_back(name + "=" + value);
  environment.push_back(R"(KUBERNETES_EXEC_INFO={"kind":"ExecCredential","apiVersion":")" + plugin.apiVersion +
                        R"(","spec":{"interactive":false}})");
  std::vector<char*> argv{const_cast<char*>(plugin.command.c_str())};
  for (const auto& arg : plugin.args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (auto& entry : environment) envp.push_back(entry.data());
  envp.push_back(nullptr);

  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return failed(std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
  pid_t pid = 0;
  int error = ::posix_spawnp(&pid, plugin.command.c_str(), &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  std::string output;
  bool ended = false;
  if (error == 0) {
    char buffer[4096];
    pollfd fd{pipe[0], POLLIN, 0};
    constexpr int kPatienceMillis = 60'000;
    while (output.size() < (1u << 20) && ::poll(&fd, 1, kPatienceMillis) > 0) {
      ssize_t n = ::read(pipe[0], buffer, sizeof buffer);
      if (n <= 0) {
        ended = true;
        break;
      }
      output.append(buffer, static_cast<std::size_t>(n));
    }
  }
  ::close(pipe[0]);
  if (error != 0) return failed(std::strerror(error));
  if (!ended) ::kill(pid, SIGKILL);  // silent for too long, or too talkative
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failed("failed");
  auto document = json::Document::parse(output);
  const Value* answer = document ? document->root().find("status") : nullptr;
  if (!answer) return failed("its output is no ExecCredential");
  if (auto until = parseTime(answer->stringAt("expirationTimestamp")))
    expires = std::chrono::time_point_cast<std::chrono::system_clock::duration>(*until) - std::chrono::seconds(30);
  return std::string(answer->stringAt("token"));
}

}  // namespace taskpod::kube
