"""One scheduler for both kinds of work: three nodes, selectors, taints, and what it says about a pod that fits nowhere."""
import json
import unittest

from bed import (REAL_NODE, ROOT, SCHEDULER, STOCK_AGENT, STOCK_SCHEDULER, Case, bed, condition_of, container, get, items,
                 kubectl, pod, program, run, wait_until)


class Placement(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bed().controller()
        bed().agent()
        cls.simulated = cls.enterClassContext(bed().simulated_nodes(2))
        cls.nodes = sorted([REAL_NODE, *cls.simulated])
        cls.label(cls.simulated[0], "zone=a")
        cls.label(cls.simulated[1], "zone=b")

    @classmethod
    def label(cls, node, *labels):
        kubectl("label", "node", node, "--overwrite", *labels)

    def bound(self, name, seconds=30):
        return wait_until(f"pod {name} has a node", lambda: self.get("pod", name)["spec"].get("nodeName"), seconds)

    def small(self, name, cpu="10m", **spec):
        return pod(name, container(script="exec sleep 1000", resources={"requests": {"cpu": cpu, "memory": "8Mi"}}), **spec)

    def unschedulable(self, name, seconds=30):
        """The message of the pod's PodScheduled condition, once it is False."""
        def told():
            condition = condition_of(self.get("pod", name), "PodScheduled")
            if condition.get("status") != "False":
                raise AssertionError(condition)
            self.assertEqual(condition["reason"], "Unschedulable")
            return condition["message"]
        return wait_until(f"pod {name} is told to be unschedulable", told, seconds)

    def test_both_kinds(self):
        """Plain pods and a converted task definition are placed on the same nodes by the one scheduler, and run."""
        # Large enough that one pod lowers its node's score by a point: smaller ones leave every choice a tie, hence a coin's.
        self.apply(*(self.small(f"plain-{i}", cpu="400m") for i in range(6)))
        wanted = {f"plain-{i}" for i in range(6)}
        if not STOCK_SCHEDULER:
            definition = json.loads((ROOT / "tests/testdata/ecs/webserver.json").read_text())
            for i in range(3):
                definition["family"] = f"task-{i}"
                made = run(program("taskpod"), "convert", "-", stdin=json.dumps(definition)).stdout
                self.kubectl("apply", "-f", "-", stdin=made)
        wait_until("all are bound", lambda: all(p["spec"].get("nodeName") for p in self.list("pods")))
        pods = {p["metadata"]["name"]: p for p in self.list("pods")}
        self.assertLessEqual(wanted, set(pods))
        self.assertEqual({p["spec"]["schedulerName"] for p in pods.values()}, {SCHEDULER})
        self.assertGreater(len({pods[name]["spec"]["nodeName"] for name in wanted}), 1, "all six on one node")
        running = [name for name, p in pods.items() if not STOCK_AGENT or p["spec"]["nodeName"] == REAL_NODE]
        for name in running:
            self.wait_phase(name, "Running")

    def test_node_selector(self):
        """A nodeSelector and a required node affinity bring a pod to the node that has the label."""
        self.apply(self.small("selects", nodeSelector={"zone": "b"}))
        self.assertEqual(self.bound("selects"), self.simulated[1])
        affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "c"]}]}]}}}
        self.apply(self.small("prefers", affinity=affinity))
        self.assertEqual(self.bound("prefers"), self.simulated[0])

    def test_wakes_up(self):
        """A pod that fits nowhere says so with Kubernetes' words, and is bound as soon as a node gets the label."""
        self.apply(self.small("waits", nodeSelector={"disk": "fast"}))
        message = self.unschedulable("waits")
        self.assertTrue(message.startswith("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."), message)
        self.assertEqual(self.get("pod", "waits")["status"]["phase"], "Pending")
        self.label(self.simulated[0], "disk=fast")
        self.addCleanup(self.label, self.simulated[0], "disk-")
        self.assertEqual(self.bound("waits"), self.simulated[0])
        wait_until("PodScheduled is True", lambda: condition_of(self.get("pod", "waits"), "PodScheduled")["status"] == "True")

    def test_taint(self):
        """A taint keeps pods away that do not tolerate it, and only those."""
        for node in self.nodes:
            if node != self.simulated[0]:
                kubectl("taint", "node", node, "team=red:NoSchedule", "--overwrite")
                self.addCleanup(kubectl, "taint", "node", node, "team-")
        wait_until("the taints are there", lambda: sum(
            any(t["key"] == "team" for t in n["spec"].get("taints", [])) for n in items("nodes")) == 2)
        self.apply(*(self.small(f"tainted-{i}") for i in range(4)))
        self.assertEqual({self.bound(f"tainted-{i}") for i in range(4)}, {self.simulated[0]})
        self.apply(self.small("tolerates", nodeSelector={"zone": "b"},
                              tolerations=[{"key": "team", "operator": "Equal", "value": "red", "effect": "NoSchedule"}]))
        self.assertEqual(self.bound("tolerates"), self.simulated[1])
        self.apply(self.small("refused", nodeSelector={"zone": "b"}))
        message = self.unschedulable("refused")
        self.assertTrue(message.startswith("0/3 nodes are available: "), message)
        self.assertIn("2 node(s) had untolerated taint(s)", message)
        self.assertIn("1 node(s) didn't match Pod's node affinity/selector", message)

    def test_too_big(self):
        """A pod that is too big for every node shows PodScheduled=False with Kubernetes' text, and a FailedScheduling event."""
        self.apply(pod("huge", container(script="exec sleep 1000", resources={"requests": {"cpu": "9k"}})))
        message = self.unschedulable("huge")
        self.assertTrue(message.startswith("0/3 nodes are available: 3 Insufficient cpu."), message)
        event = self.wait_event("huge", "FailedScheduling", "0/3 nodes are available: 3 Insufficient cpu.")
        self.assertEqual(event["type"], "Warning")
        self.assertEqual(event.get("reportingComponent") or event["source"]["component"], SCHEDULER)

    def test_cordon(self):
        """A cordoned node takes no pods until it is uncordoned."""
        kubectl("cordon", self.simulated[1])
        self.addCleanup(kubectl, "uncordon", self.simulated[1])
        self.apply(self.small("held", nodeSelector={"zone": "b"}))
        self.assertIn("1 node(s) were unschedulable", self.unschedulable("held"))
        kubectl("uncordon", self.simulated[1])
        self.assertEqual(self.bound("held"), self.simulated[1])

    def test_host_ports(self):
        """Two pods that want the same host port never share a node."""
        for name in ("port-1", "port-2"):
            self.apply(pod(name, container(script="exec sleep 1000", ports=[{"containerPort": 80, "hostPort": 8099}]),
                           affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                               {"matchExpressions": [{"key": "zone", "operator": "Exists"}]}]}}}))
        self.assertEqual({self.bound("port-1"), self.bound("port-2")}, set(self.simulated))
        self.apply(pod("port-3", container(script="exec sleep 1000", ports=[{"containerPort": 80, "hostPort": 8099}]),
                       nodeSelector={"zone": "a"}))
        self.assertIn("1 node(s) didn't have free ports for the requested pod ports", self.unschedulable("port-3"))

    def test_other_scheduler(self):
        """A pod of another scheduler is left alone."""
        other = pod("foreign", container(), schedulerName="somebody-else")
        self.apply(other, self.small("own"))
        self.bound("own")
        foreign = self.get("pod", "foreign")
        self.assertNotIn("nodeName", foreign["spec"])
        self.assertEqual(condition_of(foreign, "PodScheduled"), {})


if __name__ == "__main__":
    unittest.main()
