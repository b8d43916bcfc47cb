"""Tasks: what RunTask promises runs as a pod on the real node; how tasks end, and what ECS tells of them; pods are tasks, too."""
import json
import unittest
import uuid

from bed import BUSYBOX, NGINX, REAL_NODE, aws, bed, condition_of, container, free_port, get, http, kubectl, pod, wait_until
from ecs import FOREVER, EcsCase, arn, definition, id_of, instance_id, need, uid_of

NO_IMAGE = "docker.io/library/no-such-image:1"


def setUpModule():
    need(real_node=True)


class TaskCase(EcsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forever = cls.register("forever", definition(script=FOREVER))

    def setUp(self):
        self.addCleanup(self.stop_everything)


class Run(TaskCase):
    def test_life(self):
        """A task begins PENDING, runs as a real pod, is stopped by its user, and stays described."""
        task = self.run_task(self.forever)
        family, revision = self.forever.split(":")
        self.assertIn(task["lastStatus"], ("PROVISIONING", "PENDING"))
        self.assertEqual(task["desiredStatus"], "RUNNING")
        self.assertEqual({c["lastStatus"] for c in task["containers"]}, {"PENDING"})
        self.assertEqual(task["taskDefinitionArn"], arn(f"task-definition/{family}:{revision}"))
        self.assertEqual(task["clusterArn"], arn(f"cluster/{self.cluster}"))
        self.assertRegex(task["taskArn"], "^" + arn(f"task/{self.cluster}/") + "[0-9a-f]{32}$")
        self.assertEqual((task["group"], task["launchType"]), (f"family:{family}", "EC2"))

        seen = self.wait_running(task)[0]
        self.assertEqual((seen["lastStatus"], seen["desiredStatus"], seen["connectivity"]), ("RUNNING", "RUNNING", "CONNECTED"))
        self.assertEqual(id_of(seen["containerInstanceArn"]), instance_id(REAL_NODE))
        self.assertLessEqual(seen["createdAt"], seen["startedAt"])
        self.assertGreaterEqual(seen["version"], task["version"])
        main = seen["containers"][0]
        self.assertEqual((main["name"], main["lastStatus"], main["image"], main["taskArn"]), ("main", "RUNNING", BUSYBOX, seen["taskArn"]))
        self.assertNotIn("exitCode", main)
        running = self.pod_of(task)
        self.assertEqual((running["spec"]["nodeName"], running["status"]["phase"]), (REAL_NODE, "Running"))
        self.assertTrue(bed().containers(uid_of(task), "container"), "there is a real container")

        stopping = self.ecs.stop_task(cluster=self.cluster, task=task["taskArn"], reason="enough is enough")["task"]
        self.assertEqual((stopping["desiredStatus"], stopping["stopCode"], stopping["stoppedReason"]),
                         ("STOPPED", "UserInitiated", "enough is enough"))
        stopped = self.wait_stopped(task)[0]
        self.assertEqual((stopped["stopCode"], stopped["stoppedReason"]), ("UserInitiated", "enough is enough"))
        self.assertEqual([(c["lastStatus"], c["exitCode"]) for c in stopped["containers"]], [("STOPPED", 0)])
        for earlier, later in (("createdAt", "startedAt"), ("startedAt", "stoppingAt"), ("stoppingAt", "stoppedAt")):
            self.assertLessEqual(stopped[earlier], stopped[later])
        self.assertNotIn(task["taskArn"], self.list_tasks())
        self.assertIn(task["taskArn"], self.list_tasks(desiredStatus="STOPPED"))

    def test_new_cluster(self):
        """A task is run in a cluster at once after the cluster was made."""
        self.ecs.create_cluster(clusterName="run-at-once")
        self.addCleanup(kubectl, "delete", "namespace", "run-at-once", "--wait=false", "--ignore-not-found")
        answer = self.ecs.run_task(cluster="run-at-once", taskDefinition=self.forever, launchType="EC2")
        self.assertEqual(answer["failures"], [])
        task = answer["tasks"][0]["taskArn"]
        self.ecs.get_waiter("tasks_running").wait(cluster="run-at-once", tasks=[task], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        self.ecs.stop_task(cluster="run-at-once", task=task)
        self.ecs.get_waiter("tasks_stopped").wait(cluster="run-at-once", tasks=[task], WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    def test_pod(self):
        """The pod of a task tells kubectl where it came from."""
        task = self.run_task(self.forever)
        seen = self.pod_of(task)
        self.assertEqual(seen["spec"]["schedulerName"], "taskpod")
        self.assertEqual(seen["metadata"]["labels"]["ecs.taskpod.io/created-by"], "run-task")
        self.assertEqual(seen["metadata"]["labels"]["ecs.taskpod.io/family"], self.forever.split(":")[0])
        self.assertEqual(seen["metadata"]["annotations"]["ecs.taskpod.io/task-definition"], self.forever)
        self.assertEqual(seen["spec"]["containers"][0]["image"], BUSYBOX)
        self.assertEqual(seen["spec"]["restartPolicy"], "Never")

    def test_count(self):
        """Ten tasks of one call are ten pods, each with an id of its own."""
        tasks = self.run_tasks(self.forever, count=10)
        self.assertEqual(len({t["taskArn"] for t in tasks}), 10)
        self.wait_running(*tasks, seconds=180)
        self.assertEqual(len([p for p in self.list("pods") if p["status"]["phase"] == "Running"]), 10)
        self.assertEqual(sorted(self.list_tasks()), sorted(t["taskArn"] for t in tasks))
        cluster = self.ecs.describe_clusters(clusters=[self.cluster])["clusters"][0]
        self.assertEqual((cluster["runningTasksCount"], cluster["pendingTasksCount"]), (10, 0))

    def test_overrides(self):
        """Command, environment and memory of a container are overridden for one task, which shows it."""
        shows = self.register("shows", definition(script="echo defined", environment=[{"name": "A", "value": "a"}, {"name": "B", "value": "b"}]))
        overrides = {"containerOverrides": [{"name": "main", "command": ["echo $A$B$C $(echo sub)"], "memory": 48, "environment": [
            {"name": "B", "value": "2"}, {"name": "C", "value": "3"}]}]}
        task = self.run_task(shows, overrides=overrides)
        self.assertEqual(task["overrides"]["containerOverrides"][0]["command"], ["echo $A$B$C $(echo sub)"])
        self.wait_stopped(task)
        self.assertEqual(self.logs_of(task), "a23 sub\n")
        self.assertEqual(self.pod_of(task)["spec"]["containers"][0]["resources"]["limits"]["memory"], "48Mi")
        self.refused("InvalidParameterException", "nobody", self.ecs.run_task, cluster=self.cluster, taskDefinition=shows,
                     launchType="EC2", overrides={"containerOverrides": [{"name": "nobody", "command": ["x"]}]})

    def test_origin(self):
        """startedBy and group are kept, tags come when they are asked for."""
        task = self.run_task(self.forever, startedBy="nightly/7", group="batch", tags=[{"key": "team", "value": "red"}],
                             enableExecuteCommand=True)
        seen = self.describe_task(task, include=["TAGS"])
        self.assertEqual((seen["startedBy"], seen["group"], seen["tags"]), ("nightly/7", "batch", [{"key": "team", "value": "red"}]))
        self.assertTrue(seen["enableExecuteCommand"])
        self.assertFalse(self.describe_task(task).get("tags"))
        self.ecs.tag_resource(resourceArn=task["taskArn"], tags=[{"key": "more", "value": "1"}])
        self.assertEqual({t["key"] for t in self.ecs.list_tags_for_resource(resourceArn=task["taskArn"])["tags"]}, {"team", "more"})
        self.assertEqual(self.list_tasks(startedBy="nightly/7"), [task["taskArn"]])

    def test_client_token(self):
        """The same token with the same request answers the same tasks; with another request it is a conflict."""
        token = str(uuid.uuid4())
        first = self.run_tasks(self.forever, count=2, clientToken=token)
        again = self.run_tasks(self.forever, count=2, clientToken=token)
        arns = {t["taskArn"] for t in first}
        self.assertEqual({t["taskArn"] for t in again}, arns)
        answer = self.refused("ConflictException", "", self.ecs.run_task, cluster=self.cluster, taskDefinition=self.forever,
                              launchType="EC2", count=1, clientToken=token)
        self.assertEqual(set(answer["resourceIds"]), arns)
        self.assertEqual(set(self.list_tasks()), arns)

    def test_client_token_survives(self):
        """The token still stands for its tasks when the controller was killed in between."""
        token = str(uuid.uuid4())
        first = self.run_tasks(self.forever, count=2, clientToken=token)
        controller = bed().controller()
        controller.kill()
        controller.start()
        again = self.run_tasks(self.forever, count=2, clientToken=token)
        self.assertEqual({t["taskArn"] for t in again}, {t["taskArn"] for t in first})
        self.assertEqual(len(self.list_tasks()), 2)

    def test_names(self):
        """A task is found by ARN, by id, and by the old ARN without the cluster; the definition by family and ARN, too."""
        task = self.run_task(arn(f"task-definition/{self.forever}"))
        for name in (task["taskArn"], id_of(task["taskArn"]), arn(f"task/{id_of(task['taskArn'])}")):
            answer = self.ecs.describe_tasks(cluster=arn(f"cluster/{self.cluster}"), tasks=[name])
            self.assertEqual([t["taskArn"] for t in answer["tasks"]], [task["taskArn"]], name)
        by_family = self.run_task(self.forever.split(":")[0])
        self.assertEqual(by_family["taskDefinitionArn"], task["taskDefinitionArn"])

    def test_found_at_once(self):
        """Each task is described and listed right after RunTask has answered."""
        for _ in range(10):
            task = self.run_task(self.forever)
            self.assertIn(self.describe_task(task)["lastStatus"], ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"))
            self.assertIn(task["taskArn"], self.list_tasks())
            self.ecs.stop_task(cluster=self.cluster, task=task["taskArn"])

    def test_missing(self):
        """A task that does not exist is a failure MISSING beside the tasks that do."""
        task = self.run_task(self.forever)
        answer = self.ecs.describe_tasks(cluster=self.cluster, tasks=[task["taskArn"], "0" * 32])
        self.assertEqual([t["taskArn"] for t in answer["tasks"]], [task["taskArn"]])
        self.assertEqual(answer["failures"], [{"arn": arn(f"task/{self.cluster}/{'0' * 32}"), "reason": "MISSING"}])
        self.refused("InvalidParameterException", "not found", self.ecs.stop_task, cluster=self.cluster, task="0" * 32)

    def test_no_room(self):
        """What fits on no instance is a failure that tells the resource, and no pod is made."""
        before = len(self.list("pods"))
        huge = self.register("huge-memory", definition(memory=4_000_000))
        for name, reason in ((huge, "RESOURCE:MEMORY"), (self.register("huge-cpu", definition(cpu=262144)), "RESOURCE:CPU")):
            answer = self.run_tasks(name, check=False, count=2)
            self.assertEqual(answer["tasks"], [])
            self.assertEqual({f["reason"] for f in answer["failures"]}, {reason})
        self.assertEqual(len(self.list("pods")), before)

    def test_no_attribute(self):
        """A constraint that no instance meets is a failure, and no pod is made."""
        answer = self.run_tasks(self.forever, check=False, placementConstraints=[
            {"type": "memberOf", "expression": "attribute:nobody-has-this == x"}])
        self.assertEqual(answer["tasks"], [])
        self.assertTrue(answer["failures"])
        self.refused("InvalidParameterException", "", self.ecs.run_task, cluster=self.cluster, taskDefinition=self.forever,
                     launchType="EC2", placementConstraints=[{"type": "memberOf", "expression": "attribute: =="}])

    def test_ports(self):
        """A host port is bound on the node and shown; a second task that wants it is a failure RESOURCE:PORTS."""
        port = free_port()
        web = self.register("web", definition(image=NGINX, portMappings=[{"containerPort": 80, "hostPort": port}]))
        task = self.run_task(web)
        seen = self.wait_running(task)[0]
        binding = seen["containers"][0]["networkBindings"][0]
        self.assertEqual((binding["containerPort"], binding["hostPort"], binding["protocol"]), (80, port, "tcp"))
        address = self.pod_of(task)["status"]["podIP"]
        wait_until("nginx answers", lambda: http(address) == "Welcome to nginx!\n")
        answer = self.run_tasks(web, check=False)
        self.assertEqual(([], {"RESOURCE:PORTS"}), (answer["tasks"], {f["reason"] for f in answer["failures"]}))

    def test_fargate(self):
        """A Fargate task has its own address, shown as a network interface, and begins PROVISIONING."""
        fargate = self.register("fargate", definition(script=FOREVER), requiresCompatibilities=["FARGATE"], networkMode="awsvpc",
                                cpu="256", memory="512")
        task = self.run_task(fargate, launchType="FARGATE", networkConfiguration={
            "awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}})
        self.assertIn(task["lastStatus"], ("PROVISIONING", "PENDING"))
        seen = self.wait_running(task)[0]
        self.assertEqual((seen["launchType"], seen["cpu"], seen["memory"]), ("FARGATE", "256", "512"))
        self.assertTrue(seen["platformVersion"])
        address = self.pod_of(task)["status"]["podIP"]
        attachment = next(a for a in seen["attachments"] if a["type"] == "ElasticNetworkInterface")
        self.assertEqual({d["name"]: d["value"] for d in attachment["details"]}.get("privateIPv4Address"), address)
        self.assertEqual(seen["containers"][0]["networkInterfaces"][0]["privateIpv4Address"], address)

    def test_host_network(self):
        """A task of networkMode host has the node's address."""
        task = self.run_task(self.register("host", definition(script=FOREVER), networkMode="host"))
        self.wait_running(task)
        seen = self.pod_of(task)
        self.assertTrue(seen["spec"]["hostNetwork"])
        self.assertEqual(seen["status"]["podIP"], bed().env["BED_NODE_IP"])


class End(TaskCase):
    def test_success(self):
        """A task whose container ends well is STOPPED with the reason that ECS gives."""
        task = self.run_task(self.register("good", definition(script="echo done")))
        seen = self.wait_stopped(task)[0]
        self.assertEqual((seen["desiredStatus"], seen["stopCode"], seen["stoppedReason"]),
                         ("STOPPED", "EssentialContainerExited", "Essential container in task exited"))
        self.assertEqual(seen["containers"][0]["exitCode"], 0)
        self.assertIn("executionStoppedAt", seen)
        self.assertEqual(self.logs_of(task), "done\n")

    def test_exit_code(self):
        """The exit code of a container that fails is told."""
        seen = self.wait_stopped(self.run_task(self.register("bad", definition(script="exit 7"))))[0]
        self.assertEqual((seen["stopCode"], seen["containers"][0]["exitCode"]), ("EssentialContainerExited", 7))

    def test_exit_code_of_stop(self):
        """A container that ends with 3 when it is told to, and one that does not listen, show it after StopTask."""
        listens = self.run_task(self.register("listens", definition(script="trap 'exit 3' TERM; while :; do sleep 0.1; done")))
        stubborn = self.run_task(self.register("stubborn", definition(script="trap '' TERM; while :; do sleep 0.1; done")))
        self.wait_running(listens, stubborn)
        for task in (listens, stubborn):
            self.ecs.stop_task(cluster=self.cluster, task=task["taskArn"])
        one, two = self.wait_stopped(listens, stubborn)
        self.assertEqual((one["stopCode"], one["containers"][0]["exitCode"]), ("UserInitiated", 3))
        self.assertEqual((two["stopCode"], two["containers"][0]["exitCode"]), ("UserInitiated", 137))
        self.assertEqual(one["stoppedReason"], "Task stopped by user")

    def test_stop_again(self):
        """Stopping a task that has stopped changes nothing of it."""
        task = self.run_task(self.register("once", definition(script="exit 4")))
        before = self.wait_stopped(task)[0]
        self.ecs.stop_task(cluster=self.cluster, task=task["taskArn"], reason="too late")
        after = self.describe_task(task)
        self.assertEqual([after[k] for k in ("stopCode", "stoppedReason", "stoppedAt")],
                         [before[k] for k in ("stopCode", "stoppedReason", "stoppedAt")])

    def test_stop_pending(self):
        """A task that waits for a node is stopped, too."""
        self.apply(pod("waits", container(script=FOREVER), nodeSelector={"nobody": "has-this"}))
        task = self.get("pod", "waits")["metadata"]["uid"].replace("-", "")
        wait_until("it is told to be unschedulable", lambda: condition_of(self.get("pod", "waits"), "PodScheduled").get("status") == "False")
        seen = self.describe_task(task)
        self.assertIn(seen["lastStatus"], ("PROVISIONING", "PENDING"))
        self.ecs.stop_task(cluster=self.cluster, task=task)
        seen = self.wait_stopped(arn(f"task/{self.cluster}/{task}"))[0]
        self.assertEqual(seen["stopCode"], "UserInitiated")

    def test_no_image(self):
        """A task whose image does not exist fails to start, and the container tells why."""
        task = self.run_task(self.register("no-image", definition(image=NO_IMAGE)))
        seen = self.wait_stopped(task)[0]
        self.assertEqual(seen["stopCode"], "TaskFailedToStart")
        self.assertIn("CannotPullContainerError", seen["stoppedReason"] + seen["containers"][0].get("reason", ""))
        self.assertNotIn("exitCode", seen["containers"][0])
        self.assertNotIn("startedAt", seen)

    def test_no_command(self):
        """A task whose command does not exist fails to start."""
        task = self.run_task(self.register("no-command", definition(entryPoint=["/no/such/program"])))
        seen = self.wait_stopped(task)[0]
        self.assertEqual(seen["stopCode"], "TaskFailedToStart")
        self.assertRegex(seen["stoppedReason"] + seen["containers"][0].get("reason", ""), "Cannot(Start|Create)ContainerError")

    def test_out_of_memory(self):
        """A container that is killed for its memory tells OutOfMemoryError and 137."""
        eats = definition(script="tail /dev/zero", memory=16)
        seen = self.wait_stopped(self.run_task(self.register("eats", eats)))[0]
        self.assertEqual((seen["stopCode"], seen["containers"][0]["exitCode"]), ("EssentialContainerExited", 137))
        self.assertIn("OutOfMemoryError", seen["containers"][0].get("reason", ""))

    def test_waiter_fails(self):
        """The waiter for RUNNING gives up at once on a task that has stopped, and on one that is not there."""
        from botocore.exceptions import WaiterError
        task = self.run_task(self.register("short", definition(script="true")))
        self.wait_stopped(task)
        for name in (task["taskArn"], "0" * 32):
            with self.assertRaises(WaiterError):
                self.waiter("tasks_running", 5, cluster=self.cluster, tasks=[name])


class Lists(TaskCase):
    def test_filters(self):
        """Tasks are listed by family, starter, state, launch type and instance."""
        other = self.register("other", definition(script=FOREVER))
        one = self.run_task(self.forever, startedBy="me")["taskArn"]
        two = self.run_task(other)["taskArn"]
        gone = self.run_task(self.register("gone", definition(script="true")))["taskArn"]
        self.wait_running(one, two)
        self.wait_stopped(gone)
        self.assertEqual(sorted(self.list_tasks()), sorted([one, two]))
        self.assertEqual(self.list_tasks(family=self.forever.split(":")[0]), [one])
        self.assertEqual(self.list_tasks(family="no-such-family"), [])
        self.assertEqual(self.list_tasks(startedBy="me"), [one])
        stopped = self.list_tasks(desiredStatus="STOPPED")  # those of the tests before among them
        self.assertIn(gone, stopped)
        self.assertFalse({one, two} & set(stopped))
        self.assertEqual(self.list_tasks(desiredStatus="STOPPED", family=f"{self.namespace}-gone"), [gone])
        self.assertEqual(self.list_tasks(desiredStatus="PENDING"), [])
        self.assertEqual(sorted(self.list_tasks(launchType="EC2")), sorted([one, two]))
        self.assertEqual(self.list_tasks(launchType="FARGATE"), [])
        self.assertEqual(sorted(self.list_tasks(containerInstance=instance_id(REAL_NODE))), sorted([one, two]))
        self.assertEqual(sorted(self.list_tasks(PaginationConfig={"PageSize": 1})), sorted([one, two]))
        self.refused("ServiceNotFoundException", "Service not found.", self.ecs.list_tasks, cluster=self.cluster, serviceName="nowhere")

    def test_start_task(self):
        """StartTask puts a task on the instance that is named, without the scheduler."""
        answer = self.ecs.start_task(cluster=self.cluster, taskDefinition=self.forever, startedBy="hand",
                                     containerInstances=[instance_id(REAL_NODE)])
        self.assertEqual(answer["failures"], [])
        task = answer["tasks"][0]
        self.assertEqual(id_of(task["containerInstanceArn"]), instance_id(REAL_NODE))
        self.assertEqual(task["startedBy"], "hand")
        seen = self.pod_of(task)
        self.assertEqual((seen["spec"]["nodeName"], seen["metadata"]["labels"]["ecs.taskpod.io/created-by"]), (REAL_NODE, "start-task"))
        self.wait_running(task)
        answer = self.ecs.start_task(cluster=self.cluster, taskDefinition=self.forever, containerInstances=["0" * 32])
        self.assertEqual(([], ["MISSING"]), (answer["tasks"], [f["reason"] for f in answer["failures"]]))

    def test_command_line(self):
        """`aws ecs` runs, lists, describes and stops a task."""
        made = aws("run-task", "--cluster", self.cluster, "--task-definition", self.forever, "--launch-type", "EC2",
                   "--started-by", "shell", "--count", 1)
        task = made["tasks"][0]["taskArn"]
        self.assertIn(made["tasks"][0]["lastStatus"], ("PROVISIONING", "PENDING"))
        self.wait_running(task)
        aws("wait", "tasks-running", "--cluster", self.cluster, "--tasks", task)
        self.assertEqual(aws("list-tasks", "--cluster", self.cluster, "--started-by", "shell"), {"taskArns": [task]})
        self.assertEqual(aws("describe-tasks", "--cluster", self.cluster, "--tasks", task)["tasks"][0]["lastStatus"], "RUNNING")
        aws("stop-task", "--cluster", self.cluster, "--task", task, "--reason", "by hand")
        self.wait_stopped(task)
        aws("wait", "tasks-stopped", "--cluster", self.cluster, "--tasks", task)
        failed = aws("describe-tasks", "--cluster", "no-such-cluster", "--tasks", task, check=False)
        self.assertNotEqual(failed.returncode, 0)
        self.assertIn("ClusterNotFoundException", failed.stderr)


class Pods(TaskCase):
    """Pods that ECS did not make."""

    def task_of(self, name):
        return arn(f"task/{self.cluster}/{self.get('pod', name)['metadata']['uid'].replace('-', '')}")

    def test_kubectl_run(self):
        """A pod of `kubectl run` is listed, described and stopped as a task."""
        self.kubectl("run", "plain", f"--image={BUSYBOX}", "--image-pull-policy=IfNotPresent", "--restart=Never", "--overrides",
                     json.dumps({"spec": {"schedulerName": "taskpod", "dnsPolicy": "Default"}}), "--command", "--", "sh", "-c", FOREVER)
        self.wait_ready("plain")
        task = self.task_of("plain")
        self.assertIn(task, self.list_tasks())
        seen = self.describe_task(task)
        self.assertEqual((seen["lastStatus"], seen["desiredStatus"], seen["group"]), ("RUNNING", "RUNNING", "family:plain"))
        self.assertEqual([(c["name"], c["image"], c["lastStatus"]) for c in seen["containers"]], [("plain", BUSYBOX, "RUNNING")])
        self.assertEqual(self.list_tasks(family="plain"), [task])
        self.ecs.stop_task(cluster=self.cluster, task=task, reason="from the other side")
        seen = self.wait_stopped(task)[0]
        self.assertEqual((seen["stopCode"], seen["stoppedReason"]), ("UserInitiated", "from the other side"))
        self.assertIsNotNone(self.get("pod", "plain"), "the record stays")

    def test_kubectl_delete(self):
        """A task whose pod is deleted with kubectl is STOPPED, and still described."""
        task = self.run_task(self.forever)
        self.wait_running(task)
        name = self.pod_of(task)["metadata"]["name"]
        self.kubectl("delete", "pod", name)
        seen = self.wait_stopped(task)[0]
        self.assertEqual(seen["desiredStatus"], "STOPPED")
        self.assertNotIn(task["taskArn"], self.list_tasks())
        self.assertIn(task["taskArn"], self.list_tasks(desiredStatus="STOPPED"))

    def test_deployment(self):
        """The pods of a Deployment are tasks of one family, the Deployment's."""
        self.apply({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
                "metadata": {"labels": {"app": "web"}}, "spec": {
                    "schedulerName": "taskpod", "terminationGracePeriodSeconds": 1, "dnsPolicy": "Default",
                    "containers": [container("nginx", NGINX)]}}}})
        wait_until("both replicas are available", lambda: self.get("deployment", "web").get("status", {}).get("availableReplicas") == 2)
        tasks = self.list_tasks()
        self.assertEqual(len(tasks), 2)
        self.assertEqual(len({t["group"] for t in self.describe_tasks(*tasks)}), 1)
        self.kubectl("delete", "deployment", "web")
        wait_until("they are no tasks any more", lambda: self.list_tasks() == [])

    def test_other_clusters(self):
        """A task is seen in its own cluster only, and the cluster of a pod is its namespace."""
        self.apply(pod("own", container(script=FOREVER)))
        task = self.task_of("own")
        wait_until("it is listed", lambda: task in self.list_tasks(), 10)
        self.assertNotIn(task, self.ecs.list_tasks(cluster="default")["taskArns"])
        answer = self.ecs.describe_tasks(cluster="default", tasks=[id_of(task)])
        self.assertEqual([f["reason"] for f in answer["failures"]], ["MISSING"])
        self.assertIsNotNone(get("namespace", self.cluster))


if __name__ == "__main__":
    unittest.main()
