#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "kubelet-lite/images.h"
#include "kubelet-lite/logs.h"
#include "kubelet-lite/pod_config.h"
#include "kubelet-lite/pod_status.h"
#include "kubelet-lite/sync_pod.h"

namespace taskpod::kubelet {
namespace {

namespace fs = std::filesystem;

k8s::Pod podWith(std::vector<std::string> containers, std::vector<std::string> init = {}, const std::string& policy = "Always") {
  k8s::Pod pod;
  pod.metadata.name = "p";
  pod.metadata.uid = "u";
  pod.spec.restartPolicy = policy;
  for (const auto& name : containers) pod.spec.containers.emplace_back().name = name;
  for (const auto& name : init) pod.spec.initContainers.emplace_back().name = name;
  return pod;
}

struct World {
  PodRuntime runtime;
  std::int64_t clock = 1;
  World() {
    auto& sandbox = runtime.sandboxes.emplace_back();
    sandbox.id = "s0";
    sandbox.ready = true;
    sandbox.ips = {"10.0.0.1"};
  }
  World& with(const std::string& name, ContainerPhase phase, int exitCode = 0, std::uint32_t attempt = 0) {
    ContainerInfo info;
    info.id = name + std::to_string(attempt);
    info.sandboxId = "s0";
    info.name = name;
    info.phase = phase;
    info.exitCode = exitCode;
    info.attempt = attempt;
    info.createdAt = info.startedAt = ++clock;
    runtime.containers.insert(runtime.containers.begin(), info);
    return *this;
  }
};

std::string names(const Actions& actions) {
  std::string out = actions.killPod ? "kill-pod " : "";
  if (actions.createSandbox) out += "sandbox ";
  for (const auto& kill : actions.kill) out += "kill:" + kill.name + " ";
  for (const auto& start : actions.start) out += start.name + "#" + std::to_string(start.attempt) + " ";
  return out;
}

TEST(SyncPod, ANewPodGetsASandboxAndItsContainers) { EXPECT_EQ(names(podActions(podWith({"a", "b"}), {})), "sandbox a#0 b#0 "); }

TEST(SyncPod, InitContainersRunOneAfterTheOtherAndThenTheOthers) {
  k8s::Pod pod = podWith({"main"}, {"i1", "i2"});
  EXPECT_EQ(names(podActions(pod, {})), "sandbox i1#0 ");
  EXPECT_EQ(names(podActions(pod, World().with("i1", ContainerPhase::Running).runtime)), "");
  EXPECT_EQ(names(podActions(pod, World().with("i1", ContainerPhase::Exited).runtime)), "i2#0 ");
  EXPECT_EQ(names(podActions(pod, World().with("i1", ContainerPhase::Exited).with("i2", ContainerPhase::Exited).runtime)), "main#0 ");
  EXPECT_EQ(names(podActions(pod, World().with("i1", ContainerPhase::Exited, 1).runtime)), "i1#1 ");
  pod.spec.restartPolicy = "Never";
  EXPECT_EQ(names(podActions(pod, World().with("i1", ContainerPhase::Exited, 1).runtime)), "kill-pod ");
}

TEST(SyncPod, ASidecarRunsBesideTheOthersAndIsRestarted) {
  k8s::Pod pod = podWith({"main"}, {"side"});
  pod.spec.initContainers[0].restartPolicy = "Always";
  EXPECT_EQ(names(podActions(pod, World().runtime)), "side#0 main#0 ");
  EXPECT_EQ(names(podActions(pod, World().with("side", ContainerPhase::Exited).with("main", ContainerPhase::Running).runtime)), "side#1 ");
}

TEST(SyncPod, RestartsByPolicy) {
  for (auto [policy, code, restarts] : {std::tuple{"Always", 0, true},
                                        {"Always", 1, true},
                                        {"OnFailure", 0, false},
                                        {"OnFailure", 1, true},
                                        {"Never", 0, false},
                                        {"Never", 1, false}}) {
    Actions actions = podActions(podWith({"c"}, {}, policy), World().with("c", ContainerPhase::Exited, code).runtime);
    EXPECT_EQ(names(actions), restarts ? "c#1 " : "kill-pod ") << policy << " " << code;
  }
}

TEST(SyncPod, ARestartRuleOverridesThePolicy) {
  k8s::Pod pod = podWith({"c"}, {}, "Never");
  pod.spec.containers[0].restartPolicy = "Never";
  auto& rule = pod.spec.containers[0].restartPolicyRules.emplace_back();
  rule.action = "Restart";
  rule.exitCodes.emplace().operator_ = "NotIn";
  rule.exitCodes->values = {0, 42};
  EXPECT_TRUE(restartsAfter(pod, pod.spec.containers[0], false, 1));
  EXPECT_FALSE(restartsAfter(pod, pod.spec.containers[0], false, 42));
}

TEST(SyncPod, AContainerLeftBetweenCreateAndStartIsMadeAnew) {
  EXPECT_EQ(names(podActions(podWith({"c"}), World().with("c", ContainerPhase::Created).runtime)), "kill:c c#1 ");
}

TEST(SyncPod, ADeadSandboxIsReplacedButAPodThatMayNotRunAgainIsNot) {
  World world;
  world.with("c", ContainerPhase::Exited, 0);
  world.runtime.sandboxes[0].ready = false;
  EXPECT_EQ(names(podActions(podWith({"c"}), world.runtime)), "kill-pod sandbox c#1 ");
  EXPECT_EQ(names(podActions(podWith({"c"}, {}, "Never"), world.runtime)), "kill-pod ");
}

TEST(SyncPod, HashesAContainerAsTheKubeletDoes) {
  k8s::Container container;  // pkg/kubelet/container/container_hash_test.go
  container.name = "test_container";
  container.image = "foo/image:v1";
  EXPECT_EQ(containerHash(container), "8e45cbd0");
}

k8s::PodStatus statusOf(const k8s::Pod& pod, const PodRuntime& runtime, bool ended = false, std::map<std::string, Waiting> waiting = {}) {
  return podStatus({pod, runtime, std::move(waiting), {}, "192.0.2.1", "2026-11-25T10:00:00Z", ended, "", ""});
}

TEST(PodStatus, PhasesFollowTheContainers) {
  EXPECT_EQ(statusOf(podWith({"a"}), {}).phase, "Pending");
  EXPECT_EQ(statusOf(podWith({"a", "b"}), World().with("a", ContainerPhase::Running).runtime).phase, "Pending");
  EXPECT_EQ(statusOf(podWith({"a", "b"}), World().with("a", ContainerPhase::Running).with("b", ContainerPhase::Running).runtime).phase,
            "Running");
  EXPECT_EQ(statusOf(podWith({"a"}, {}, "Never"), World().with("a", ContainerPhase::Exited, 0).runtime, true).phase, "Succeeded");
  EXPECT_EQ(statusOf(podWith({"a", "b"}, {}, "Never"),
                     World().with("a", ContainerPhase::Exited, 0).with("b", ContainerPhase::Exited, 3).runtime, true)
                .phase,
            "Failed");
  EXPECT_EQ(statusOf(podWith({"a"}), World().with("a", ContainerPhase::Exited, 1).runtime).phase, "Running") << "it will be restarted";
}

TEST(PodStatus, ATerminalPhaseIsNeverLeft) {
  k8s::Pod pod = podWith({"a"});
  pod.status.phase = "Failed";
  EXPECT_EQ(statusOf(pod, World().with("a", ContainerPhase::Running).runtime).phase, "Failed");
}

TEST(PodStatus, AContainerInBackoffWaitsAndRemembersItsLastEnd) {
  auto status =
      statusOf(podWith({"a"}), World().with("a", ContainerPhase::Exited, 7, 2).runtime, false, {{"a", {"CrashLoopBackOff", "back-off"}}});
  EXPECT_EQ(status.containerStatuses[0].state.waiting->reason, "CrashLoopBackOff");
  EXPECT_EQ(status.containerStatuses[0].lastState.terminated->exitCode, 7);
  EXPECT_EQ(status.containerStatuses[0].restartCount, 2);
}

TEST(PodStatus, ConditionsKeepTheTimeOfTheirLastChange) {
  k8s::Pod pod = podWith({"a"});
  pod.status = statusOf(pod, World().with("a", ContainerPhase::Running).runtime);
  auto later =
      podStatus({pod, World().with("a", ContainerPhase::Running).runtime, {}, {}, "192.0.2.1", "2026-11-25T11:00:00Z", false, "", ""});
  for (const auto& condition : later.conditions) EXPECT_EQ(condition.lastTransitionTime, "2026-11-25T10:00:00Z") << condition.type;
  EXPECT_EQ(statusPatch(pod, later), "") << "nothing changed";
}

TEST(PodStatus, AContainerThatVanishedIsUnknownWith137) {
  k8s::Pod pod = podWith({"a"});
  pod.status = statusOf(pod, World().with("a", ContainerPhase::Running).runtime);
  auto status = statusOf(pod, {}, true);
  ASSERT_TRUE(status.containerStatuses[0].state.terminated);
  EXPECT_EQ(status.containerStatuses[0].state.terminated->reason, "ContainerStatusUnknown");
  EXPECT_EQ(status.containerStatuses[0].state.terminated->exitCode, 137);
}

TEST(PodConfig, ExpandsVariablesAsKubernetesDoes) {
  std::map<std::string, std::string> known = {{"A", "x"}, {"E", ""}};
  auto lookUp = [&](const std::string& name) -> const std::string* {
    auto found = known.find(name);
    return found == known.end() ? nullptr : &found->second;
  };
  for (auto [text, expected] : {std::pair{"$(A)", "x"},
                                {"$$(A)", "$(A)"},
                                {"$(B)", "$(B)"},
                                {"$A", "$A"},
                                {"$(A", "$(A"},
                                {"$", "$"},
                                {"$$$(A)", "$x"},
                                {"a$(E)b", "ab"},
                                {"$(A)$(A)", "xx"}})
    EXPECT_EQ(expand(text, lookUp), expected);
}

TEST(Cgroups, FiguresAreTheKubelets) {
  EXPECT_EQ(sharesOf(0), 2);
  EXPECT_EQ(sharesOf(1000), 1024);
  EXPECT_EQ(quotaOf(1), 1000);
  EXPECT_EQ(quotaOf(2500), 250000);
  k8s::Pod pod = podWith({"c"});
  EXPECT_EQ(qosOf(pod), Qos::BestEffort);
  pod.spec.containers[0].resources.requests["memory"] = {"1Gi"};
  EXPECT_EQ(qosOf(pod), Qos::Burstable);
  EXPECT_EQ(containerResources(pod, pod.spec.containers[0], 4ll << 30).oomScoreAdj, 750);
  pod.spec.containers[0].resources.limits = {{"cpu", {"1"}}, {"memory", {"1Gi"}}};
  pod.spec.containers[0].resources.requests = pod.spec.containers[0].resources.limits;
  EXPECT_EQ(qosOf(pod), Qos::Guaranteed);
  EXPECT_EQ(podResources(pod).cpuQuota, 100000);
  pod.metadata.uid = "a-b";
  EXPECT_EQ(PodCgroups("/", false).parentOf(pod), "/kubepods/poda-b");
  EXPECT_EQ(PodCgroups("/kubelet", true).parentOf(pod), "kubelet-kubepods-poda_b.slice");
}

TEST(Images, NamesAreNormalisedAndPoliciesDefault) {
  EXPECT_EQ(normalizedReference("nginx"), "docker.io/library/nginx:latest");
  EXPECT_EQ(normalizedReference("a/b:1"), "docker.io/a/b:1");
  EXPECT_EQ(normalizedReference("localhost:5000/x@sha256:aa"), "localhost:5000/x@sha256:aa");
  for (const char* bad : {"", "Nginx", "a b", ":x", "nginx/:1"}) EXPECT_EQ(normalizedReference(bad), "") << bad;
  k8s::Container container;
  container.image = "nginx";
  EXPECT_EQ(pullPolicyOf(container), "Always");
  container.image = "nginx:1.27";
  EXPECT_EQ(pullPolicyOf(container), "IfNotPresent");
}

struct TemporaryFolder {
  fs::path path = fs::temp_directory_path() / ("taskpod-test-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
  TemporaryFolder() { fs::create_directories(path); }
  ~TemporaryFolder() { fs::remove_all(path); }
  static inline int counter = 0;
};

std::string logOf(const fs::path& file, const std::string& query) {
  std::string out;
  auto options = parseLogOptions(query);
  EXPECT_TRUE(options);
  net::Canceller never;
  sendLog(
      file.string(), *options, *parseTime("2026-11-25T10:00:10Z"), never, [] { return false; },
      [&](std::string_view text) {
        out += text;
        return true;
      });
  return out;
}

TEST(Logs, AreSentAsAskedFor) {
  TemporaryFolder folder;
  fs::path file = folder.path / "0.log";
  std::ofstream(file) << "2026-11-25T10:00:00Z stdout F one\n2026-11-25T10:00:01Z stderr F two\n2026-11-25T10:00:05Z stdout P "
                         "thr\n2026-11-25T10:00:05Z stdout F ee\n";
  EXPECT_EQ(logOf(file, ""), "one\ntwo\nthree\n");
  EXPECT_EQ(logOf(file, "tailLines=2"), "three\n") << "lines of the file, as the kubelet counts them";
  EXPECT_EQ(logOf(file, "tailLines=0"), "");
  EXPECT_EQ(logOf(file, "sinceSeconds=9"), "two\nthree\n");
  EXPECT_EQ(logOf(file, "sinceTime=2026-11-25T10:00:02Z"), "three\n");
  EXPECT_EQ(logOf(file, "limitBytes=5"), "one\nt");
  EXPECT_EQ(logOf(file, "stream=Stderr"), "two\n");
  EXPECT_EQ(logOf(file, "timestamps=true&tailLines=3").substr(0, 24), "2026-11-25T10:00:01Z two");
  for (const char* bad : {"tailLines=x", "tailLines=-1", "sinceTime=now"}) EXPECT_FALSE(parseLogOptions(bad)) << bad;
}

TEST(Volumes, FilesAreReplacedAllAtOnce) {
  TemporaryFolder folder;
  auto read = [&](const char* name) {
    std::ifstream in(folder.path / name);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  ASSERT_TRUE(writeAtomically(folder.path, {{"a", {"1", 0644}}, {"dir/b", {"2", 0600}}}, std::nullopt));
  EXPECT_EQ(read("a"), "1");
  EXPECT_EQ(read("dir/b"), "2");
  fs::path before = fs::read_symlink(folder.path / "..data");
  ASSERT_TRUE(writeAtomically(folder.path, {{"a", {"1", 0644}}, {"dir/b", {"2", 0600}}}, std::nullopt));
  EXPECT_EQ(fs::read_symlink(folder.path / "..data"), before) << "equal content is left alone";
  ASSERT_TRUE(writeAtomically(folder.path, {{"a", {"3", 0644}}}, std::nullopt));
  EXPECT_EQ(read("a"), "3");
  EXPECT_FALSE(fs::exists(folder.path / "dir"));
  EXPECT_FALSE(fs::exists(folder.path / before));
}

TEST(Volumes, ALinkThatAContainerPutInTheWayIsNeitherFollowedNorRemoved) {
  TemporaryFolder folder, elsewhere;
  std::ofstream(elsewhere.path / "precious") << "x";
  for (const std::string& target : {elsewhere.path.string(), "../" + elsewhere.path.filename().string()}) {
    fs::remove(folder.path / "..data");
    fs::create_symlink(target, folder.path / "..data");
    ASSERT_TRUE(writeAtomically(folder.path, {{"a", {target, 0644}}}, std::nullopt));
    EXPECT_TRUE(fs::exists(elsewhere.path / "precious")) << target;
    EXPECT_TRUE(fs::exists(folder.path / "a"));
  }
}

}  // namespace
}  // namespace taskpod::kubelet
