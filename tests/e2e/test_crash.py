"""kill -9 at the worst moment: of the controller, of the agent, of the container runtime. Nothing is bound twice, restarted or
lost."""
import threading
import unittest

from bed import NGINX, REAL_NODE, STOCK_AGENT, Case, Watch, bed, condition_of, container, get, http, node_ready, pod, wait_until

PODS = 200


class Controller(Case):
    def missing(self, watch):
        """The pods without a node; fails, to be asked again, with what is said about one of them."""
        missing = sorted({f"p-{i}" for i in range(PODS)} - set(watch.bound()))
        if missing:
            p = self.get("pod", missing[0]) or {}
            raise AssertionError(f"{len(missing)} not bound; {missing[0]}: {p.get('status', 'does not exist')}")
        return []

    def test_kill_while_binding(self):
        """The controller is killed while it binds 200 pods; its successor binds the rest, and no pod has two nodes."""
        controller = bed().controller()
        wait_until("the controller runs", controller.running)
        self.addCleanup(lambda: controller.running() or controller.start())
        with bed().simulated_nodes(2) as nodes, Watch(self.namespace) as watch:
            affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": nodes}]}]}}}
            pods = [pod(f"p-{i}", container(script="exec sleep 1000", resources={"requests": {"cpu": "1m"}}), affinity=affinity)
                    for i in range(PODS)]
            creation = threading.Thread(target=self.apply, args=pods)
            creation.start()
            wait_until("some pods are bound", lambda: len(watch.bound()) >= 20, every=0.01)
            controller.kill()
            at_death = len(watch.bound())
            creation.join()
            self.assertLess(at_death, PODS, "the controller was killed too late for this test")
            controller.start()
            wait_until(f"all {PODS} pods are bound", lambda: not self.missing(watch))

            seen = {}
            for _, p in watch.events():
                if p["spec"].get("nodeName"):
                    seen.setdefault(p["metadata"]["name"], set()).add(p["spec"]["nodeName"])
            self.assertEqual([name for name, where in seen.items() if len(where) != 1], [])
            stored = self.list("pods")
            self.assertEqual({p["spec"].get("nodeName") for p in stored}, set(nodes))
            for node in nodes:
                self.assertLessEqual(sum(p["spec"]["nodeName"] == node for p in stored), 110, "more pods than the node takes")
            bindings = [e for e in self.list("events") if e["reason"] == "Scheduled"]
            counts = [e["involvedObject"]["name"] for e in bindings]
            self.assertEqual(len(counts), len(set(counts)), "a pod was reported as bound twice")
            if not STOCK_AGENT:
                wait_until("all of them run", lambda: all(
                    p["status"]["phase"] == "Running" for p in self.list("pods")))
            self.kubectl("delete", "pods", "--all", "--grace-period=0", "--force", "--wait=false")


class Restarted(Case):
    """Three kinds of pods run; something is killed and started again; they must not notice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bed().controller()
        cls.agent = bed().agent()

    def setUp(self):
        self.addCleanup(self.start_again)

    def start_again(self):
        for part in (bed().containerd(), self.agent):
            if not part.running():
                part.start()

    def start_pods(self):
        for name in ("web", "two", "mounts"):  # left by the test before
            self.kubectl("delete", "pod", name, "--ignore-not-found")
        self.apply(
            pod("web", container("nginx", NGINX)),
            pod("two", container("a", script="exec sleep 10000"), container("b", script="exec sleep 10000"),
                initContainers=[container("init", script="true")]),
            pod("mounts", container(script="exec sleep 10000", volumeMounts=[{"name": "m", "mountPath": "/m"}]),
                volumes=[{"name": "m", "emptyDir": {"medium": "Memory"}}]))
        for name in ("web", "two", "mounts"):
            self.wait_ready(name)

    def facts(self):
        """What must be the same afterwards."""
        kept = {}
        for p in self.list("pods"):
            if p["metadata"]["name"] in ("web", "two", "mounts"):
                for s in p["status"].get("initContainerStatuses", []) + p["status"]["containerStatuses"]:
                    kept[p["metadata"]["name"], s["name"]] = (
                        s["containerID"], s["restartCount"], s["state"].get("running", {}).get("startedAt"))
                kept[p["metadata"]["name"], "pod"] = (p["status"]["podIP"], p["status"]["startTime"], p["metadata"]["uid"])
        return kept

    def never_unready(self, watch):
        """No pod that was Ready at the watch's start was seen in another state since."""
        for kind, p in watch.events():
            if p["metadata"]["name"] in ("web", "two", "mounts"):
                self.assertNotEqual(kind, "DELETED")
                self.assertEqual((p["status"]["phase"], condition_of(p, "Ready").get("status")), ("Running", "True"), p["status"])

    def test_kill_agent(self):
        """The agent is killed and started again: the same containers run on, no pod was ever not Ready, neither was the node."""
        self.start_pods()
        self.apply(pod("ends", container(script="while ! [ -e /tmp/end ]; do sleep 0.1; done"), restartPolicy="Never"),
                   pod("leaves", container(script="exec sleep 10000"), terminationGracePeriodSeconds=1))
        self.wait_ready("ends")
        leaving = self.wait_ready("leaves")["metadata"]["uid"]
        before, node_before = self.facts(), condition_of(get("node", REAL_NODE), "Ready")
        ends = bed().ctr("containers", "ls", "-q", 'labels."io.kubernetes.pod.name"==ends,labels."io.kubernetes.container.name"==main')
        with Watch(self.namespace) as watch:
            self.agent.kill()
            # while nobody looks: one container ends, one pod is deleted, one comes
            bed().ctr("tasks", "exec", "--exec-id", "end", ends.strip(), "touch", "/tmp/end")
            wait_until("the container has ended", lambda: (
                "RUNNING" not in next((line for line in bed().ctr("tasks", "ls").splitlines() if line.startswith(ends.strip())), "")))
            self.kubectl("delete", "pod", "leaves", "--wait=false")
            self.apply(pod("comes", container(script="exec sleep 10000")))
            self.agent.start()
            self.wait_ready("comes")
            ended = self.wait_phase("ends", "Succeeded")
            self.assertEqual(ended["status"]["containerStatuses"][0]["restartCount"], 0)
            self.wait_gone("leaves")
            self.wait_containers_gone(leaving, "container")
            self.assertEqual(self.facts(), before)
            self.never_unready(watch)
        node = condition_of(get("node", REAL_NODE), "Ready")
        self.assertEqual((node["status"], node["lastTransitionTime"]), ("True", node_before["lastTransitionTime"]))
        self.assertEqual(self.kubectl("exec", "mounts", "--", "sh", "-c", "echo x > /m/f; cat /m/f"), "x\n")

    def test_stop_agent(self):
        """The agent is stopped in good order and started again: its pods run on meanwhile."""
        self.start_pods()
        before = self.facts()
        self.agent.stop()
        address = self.get("pod", "web")["status"]["podIP"]
        self.assertEqual(http(address), "Welcome to nginx!\n")
        self.agent.start()
        wait_until("the node is Ready", lambda: node_ready(REAL_NODE))
        self.apply(pod("after-stop", container(script="exec sleep 10000")))
        self.wait_ready("after-stop")
        self.assertEqual(self.facts(), before)

    def test_kill_containerd(self):
        """containerd is killed and started again: the same containers run on, and new ones start."""
        self.start_pods()
        before = self.facts()
        containerd = bed().containerd()
        containerd.kill()
        self.assertEqual(http(self.get("pod", "web")["status"]["podIP"]), "Welcome to nginx!\n")
        containerd.start()
        self.apply(pod("after-crash", container(script="exec sleep 10000")))
        self.wait_ready("after-crash", seconds=120)
        for name in ("web", "two", "mounts"):
            self.wait_ready(name)
        wait_until("the node is Ready", lambda: node_ready(REAL_NODE))
        self.assertEqual(self.facts(), before)
        self.assertEqual(self.kubectl("exec", "two", "-c", "b", "--", "echo", "here"), "here\n")
        self.kubectl("delete", "pod", "after-crash", "--timeout=60s")

    def test_kill_both(self):
        """Agent and containerd are killed together and started again: the same containers run on."""
        self.start_pods()
        before = self.facts()
        containerd = bed().containerd()
        containerd.kill()
        self.agent.kill()
        containerd.start()
        self.agent.start()
        self.apply(pod("after-both", container(script="exec sleep 10000")))
        self.wait_ready("after-both", seconds=120)
        self.assertEqual(self.facts(), before)

    def test_container_dies(self):
        """A container that is killed from outside is started again, and only that one."""
        self.start_pods()
        before = self.facts()
        victim = before["two", "a"][0].removeprefix("containerd://")
        bed().ctr("tasks", "kill", "-s", "SIGKILL", victim)
        wait_until("the killed container was started again", lambda: self.facts()["two", "a"][1] == 1)
        self.wait_ready("two")
        after = self.facts()
        self.assertEqual(after["two", "b"], before["two", "b"])
        last = next(s for s in self.get("pod", "two")["status"]["containerStatuses"] if s["name"] == "a")["lastState"]["terminated"]
        self.assertEqual((last["exitCode"], last["containerID"]), (137, f"containerd://{victim}"))


if __name__ == "__main__":
    unittest.main()
