"""One story in both vocabularies: what kubectl makes `aws` sees and changes, and the other way round."""
import collections
import json
import unittest

from bed import BUSYBOX, NGINX, REAL_NODE, Watch, aws, bed, container, get, http, kubectl, pod, wait_until
from ecs import FOREVER, EcsCase, PoolCase, arn, counts_over_time, definition, id_of, instance_id, need, uid_of


def setUpModule():
    need(real_node=True)


class Story(EcsCase):
    def test_kubectl_then_aws(self):
        """Applied with kubectl: a definition, a pod and a service; looked at, scaled and stopped with aws."""
        family = f"{self.namespace}-shop"
        self.addCleanup(kubectl, "delete", "taskdefinition", family, "--ignore-not-found", "--wait=false")
        self.apply(
            {"apiVersion": "ecs.taskpod.io/v1alpha1", "kind": "TaskDefinition", "metadata": {"name": family}, "spec": {
                "family": family, "networkMode": "bridge", "containerDefinitions": [definition("shop", NGINX, portMappings=[{"containerPort": 80}])]}},
            {"apiVersion": "ecs.taskpod.io/v1alpha1", "kind": "Service", "metadata": {"name": "shop", "namespace": self.namespace}, "spec": {
                "serviceName": "shop", "taskDefinition": family, "desiredCount": 2, "launchType": "EC2"}},
            {**(plain := pod("plain", container(script=FOREVER))), "metadata": {**plain["metadata"], "namespace": self.namespace}})

        shown = wait_until("aws knows the definition", lambda: aws("describe-task-definition", "--task-definition", family, check=False).returncode == 0)
        self.assertTrue(shown)
        aws("wait", "services-stable", "--cluster", self.cluster, "--services", "shop", seconds=300)
        service = aws("describe-services", "--cluster", self.cluster, "--services", "shop")["services"][0]
        self.assertEqual((service["runningCount"], service["taskDefinition"]), (2, arn(f"task-definition/{family}:1")))
        tasks = aws("list-tasks", "--cluster", self.cluster, "--service-name", "shop")["taskArns"]
        described = aws("describe-tasks", "--cluster", self.cluster, "--tasks", *tasks)["tasks"]
        self.assertEqual({(t["lastStatus"], t["group"]) for t in described}, {("RUNNING", "service:shop")})
        for task in tasks:
            address = self.pod_of(task)["status"]["podIP"]
            wait_until("the shop answers", lambda a=address: http(a) == "Welcome to nginx!\n")

        plain_task = arn(f"task/{self.cluster}/{self.wait_ready('plain')['metadata']['uid'].replace('-', '')}")
        self.assertEqual(aws("list-tasks", "--cluster", self.cluster, "--family", "plain")["taskArns"], [plain_task])
        instances = aws("list-container-instances", "--cluster", self.cluster)["containerInstanceArns"]
        self.assertIn(instance_id(REAL_NODE), [id_of(i) for i in instances])

        aws("update-service", "--cluster", self.cluster, "--service", "shop", "--desired-count", 3)
        wait_until("kubectl sees the new count", lambda: self.get("ecssvc", "shop")["spec"]["desiredCount"] == 3, 10)
        wait_until("kubectl sees three pods run", lambda: [p["status"].get("phase") for p in self.list(
            "pods", "-l", "ecs.taskpod.io/service=shop")].count("Running") == 3)
        aws("stop-task", "--cluster", self.cluster, "--task", plain_task, "--reason", "the story goes on")
        self.wait_phase("plain", "Failed")
        self.kubectl("delete", "pod", "plain")

        self.kubectl("delete", "ecssvc", "shop", "--timeout=120s")
        wait_until("aws sees no task", lambda: aws("list-tasks", "--cluster", self.cluster)["taskArns"] == [])

    def test_aws_then_kubectl(self):
        """Run with aws: a cluster, a definition and tasks; looked at, read, entered and deleted with kubectl."""
        cluster, family = "ecs-story-aws", "ecs-story-aws-job"
        self.assertEqual(aws("create-cluster", "--cluster-name", cluster)["cluster"]["status"], "ACTIVE")
        self.addCleanup(kubectl, "delete", "namespace", cluster, "--wait=false", "--ignore-not-found")
        self.assertIn(cluster, kubectl("get", "namespaces", "-o", "name"))
        self.assertIn(cluster, kubectl("get", "clusters.ecs.taskpod.io"))
        container_definition = definition("job", script=f"echo hello $WHO; {FOREVER}", environment=[{"name": "WHO", "value": "world"}])
        aws("register-task-definition", "--family", family, "--network-mode", "bridge", "--container-definitions", json.dumps([container_definition]))
        self.assertIn(family, kubectl("get", "taskdefinitions"))
        self.assertIn(f"{family}-1", kubectl("get", "tdr"))
        made = aws("run-task", "--cluster", cluster, "--task-definition", family, "--launch-type", "EC2", "--count", 2, "--started-by", "story",
                   "--tags", "key=chapter,value=2")
        self.assertEqual(made["failures"], [])
        tasks = [t["taskArn"] for t in made["tasks"]]
        self.ecs.get_waiter("tasks_running").wait(cluster=cluster, tasks=tasks, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        pods = {p["metadata"]["uid"]: p["metadata"]["name"] for p in
                json.loads(kubectl("-n", cluster, "get", "pods", "-l", f"ecs.taskpod.io/family={family}", "-o", "json"))["items"]}
        self.assertEqual(set(pods), {uid_of(t) for t in tasks})
        one, two = (pods[uid_of(t)] for t in tasks)
        wait_until("its log is there", lambda: kubectl("-n", cluster, "logs", one) == "hello world\n", 20)
        self.assertEqual(kubectl("-n", cluster, "exec", one, "--", "sh", "-c", "echo $WHO"), "world\n")

        kubectl("-n", cluster, "delete", "pod", one)
        self.ecs.get_waiter("tasks_stopped").wait(cluster=cluster, tasks=tasks[:1], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        self.assertEqual(aws("list-tasks", "--cluster", cluster)["taskArns"], tasks[1:])
        refused = aws("delete-cluster", "--cluster", cluster, check=False)
        self.assertIn("ClusterContainsTasksException", refused.stderr)
        kubectl("-n", cluster, "delete", "pod", two)
        wait_until("aws sees no task", lambda: aws("list-tasks", "--cluster", cluster)["taskArns"] == [])
        aws("deregister-task-definition", "--task-definition", f"{family}:1")
        self.assertEqual(get("tdr", f"{family}-1")["status"]["status"], "INACTIVE")
        self.assertEqual(aws("delete-cluster", "--cluster", cluster)["cluster"]["status"], "INACTIVE")


class Storm(PoolCase):
    def test_storm(self):
        """A service that ECS made rolls by kubectl while a node is drained by aws and the controller is killed; it is never short."""
        first = self.register("storm", definition(script=FOREVER, cpu=16, memory=16))
        second = self.register("storm", definition(script=FOREVER, cpu=16, memory=16, environment=[{"name": "V", "value": "2"}]))
        self.create_service("storm", first, 9)
        self.wait_stable("storm")
        node = self.nodes[0]
        controller = bed().controller()
        self.addCleanup(lambda: controller.running() or controller.start())
        with Watch(self.namespace) as watch:
            before = len(watch.events())
            self.kubectl("patch", "ecssvc", "storm", "--type=merge", "-p", json.dumps({"spec": {"taskDefinition": second}}))
            aws("update-container-instances-state", "--cluster", self.cluster, "--container-instances", instance_id(node), "--status", "DRAINING")
            self.addCleanup(kubectl, "uncordon", node)
            wait_until("new tasks are there", lambda: any(
                p["metadata"].get("annotations", {}).get("ecs.taskpod.io/task-definition") == second for _, p in watch.events()), every=0.02)
            controller.kill()
            controller.start()

            def settled():
                pods = self.service_pods("storm")
                seen = collections.Counter((p["metadata"]["annotations"]["ecs.taskpod.io/task-definition"], p["spec"].get("nodeName") == node)
                                           for p in pods)
                if seen != {(second, False): 9}:
                    raise AssertionError(seen)
                return True
            wait_until("nine new tasks run, none on the drained node", settled, 600)
            self.wait_stable("storm", 300)
            history = list(counts_over_time(watch.events(), "storm"))[max(before - 1, 0):]
        self.assertGreaterEqual(min(running for running, _ in history), 9, history)
        self.assertLessEqual(max(total for _, total in history), 18, history)
        self.assertEqual(self.get("ecssvc", "storm")["spec"]["taskDefinition"], second)
        self.assertEqual(BUSYBOX, self.service_pods("storm")[0]["spec"]["containers"][0]["image"])


if __name__ == "__main__":
    unittest.main()
