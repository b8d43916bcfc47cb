"""Services: counts, rolling deployments, the circuit breaker, daemons, drained instances, protected tasks, and a controller that
dies in the middle."""
import collections
import json
import unittest

from bed import REAL_NODE, CommandFailed, Watch, aws, bed, get, kubectl, wait_until
from ecs import FOREVER, EcsCase, PoolCase, arn, counts_over_time, definition, id_of, instance_id, need, uid_of

NO_IMAGE = "docker.io/library/no-such-image:1"
SMALL = {"cpu": 16, "memory": 16}


def setUpModule():
    need()


class ServiceCase(PoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.register("app", definition(script=FOREVER, **SMALL))
        cls.second = cls.register("app", definition(script=FOREVER, environment=[{"name": "VERSION", "value": "2"}], **SMALL))

    def definitions_of(self, name):
        """How many of the service's tasks run which definition."""
        return collections.Counter(p["metadata"]["annotations"]["ecs.taskpod.io/task-definition"] for p in self.service_pods(name))

    def nodes_of(self, name):
        return collections.Counter(p["spec"].get("nodeName") for p in self.service_pods(name))


class Services(ServiceCase):
    def test_create(self):
        """A service starts its tasks, becomes stable, and tells it in its events."""
        made = self.create_service("create", self.first, 3)
        self.assertEqual(made["serviceArn"], arn(f"service/{self.cluster}/create"))
        self.assertEqual((made["status"], made["desiredCount"], made["schedulingStrategy"]), ("ACTIVE", 3, "REPLICA"))
        self.assertEqual(made["taskDefinition"], arn(f"task-definition/{self.first}"))
        self.assertEqual(made["launchType"], "EC2")
        self.assertEqual([(d["status"], d["rolloutState"], d["desiredCount"]) for d in made["deployments"]], [("PRIMARY", "IN_PROGRESS", 3)])
        self.assertRegex(made["deployments"][0]["id"], "^ecs-svc/[0-9]{19}$")
        self.assertEqual((made["deploymentConfiguration"]["minimumHealthyPercent"], made["deploymentConfiguration"]["maximumPercent"]), (100, 200))
        self.assertEqual(made["availabilityZoneRebalancing"], "ENABLED")
        self.assertNotIn("networkConfiguration", made)
        seen = self.wait_stable("create")
        self.assertEqual((seen["runningCount"], seen["pendingCount"], len(seen["deployments"])), (3, 0, 1))
        deployment = made["deployments"][0]["id"]
        started = self.wait_message("create", "(service create) has started ", " tasks: (task ")
        self.assertRegex(started, r"^\(service create\) has started \d+ tasks: (\(task [0-9a-f]{32}\) ?)+\.$")
        self.wait_message("create", "(service create) has reached a steady state.")
        self.wait_message("create", f"(service create) (deployment {deployment}) deployment completed.")
        seen = self.wait_service("create", "is COMPLETED", lambda s: s["deployments"][0]["rolloutState"] == "COMPLETED")
        self.assertEqual(seen["deployments"][0]["rolloutStateReason"], f"ECS deployment {deployment} completed.")
        times = [e["createdAt"] for e in seen["events"]]
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertEqual(len({e["id"] for e in seen["events"]}), len(times))

    def test_tasks(self):
        """The tasks of a service are pods that it owns, in its group, started by its deployment."""
        deployment = self.create_service("tasks", self.first, 2)["deployments"][0]["id"]
        self.wait_stable("tasks")
        tasks = self.describe_tasks(*self.list_tasks(serviceName="tasks"))
        self.assertEqual({(t["group"], t["startedBy"], t["launchType"]) for t in tasks}, {("service:tasks", deployment, "EC2")})
        owner = get("-n", self.cluster, "ecssvc", "tasks")["metadata"]["uid"]
        for task in tasks:
            pod = self.pod_of(task)
            self.assertEqual(pod["metadata"]["labels"]["ecs.taskpod.io/created-by"], "service")
            self.assertEqual(pod["metadata"]["labels"]["ecs.taskpod.io/service"], "tasks")
            owners = [(o["kind"], o["uid"], o.get("controller")) for o in pod["metadata"]["ownerReferences"]]
            self.assertEqual(owners, [("Service", owner, True)])
            self.assertIn(pod["spec"]["nodeName"], self.nodes)

    def test_replaces(self):
        """A task that is stopped, or whose pod is deleted, is replaced."""
        self.create_service("replaces", self.first, 2)
        self.wait_stable("replaces")
        one, two = self.list_tasks(serviceName="replaces")
        self.ecs.stop_task(cluster=self.cluster, task=one)
        self.kubectl("delete", "pod", self.pod_of(two)["metadata"]["name"], "--wait=false")

        def replaced():
            now = self.list_tasks(serviceName="replaces")
            return len(now) == 2 and not {one, two} & set(now) and self.service("replaces")["runningCount"] == 2
        wait_until("both are replaced", replaced, 120)

    def test_scale(self):
        """The desired count goes up and down without a new deployment; the tasks that go tell why."""
        deployment = self.create_service("scale", self.first, 2)["deployments"][0]["id"]
        self.wait_stable("scale")
        before = self.list_tasks(serviceName="scale")
        self.assertEqual(self.update_service("scale", desiredCount=7)["desiredCount"], 7)
        self.assertEqual(self.wait_stable("scale")["runningCount"], 7)
        self.assertLessEqual(set(before), set(self.list_tasks(serviceName="scale")))
        self.assertEqual(sorted(self.nodes_of("scale").values()), [2, 2, 3])
        every = self.list_tasks(serviceName="scale")
        self.update_service("scale", desiredCount=1)
        seen = self.wait_service("scale", "one runs", lambda s: s["runningCount"] == 1)
        self.assertEqual([d["id"] for d in seen["deployments"]], [deployment])
        left = self.list_tasks(serviceName="scale")
        gone = self.describe_tasks(*sorted(set(every) - set(left)))
        self.assertEqual({t["stopCode"] for t in gone}, {"ServiceSchedulerInitiated"})
        self.assertEqual({t["stoppedReason"] for t in gone}, {f"Scaling activity initiated by (deployment {deployment})"})
        self.wait_message("scale", "(service scale) has stopped ", " running tasks: (task ")
        self.update_service("scale", desiredCount=0)
        self.wait_service("scale", "none runs", lambda s: s["runningCount"] == 0)

    def test_update_without_deployment(self):
        """Settings that do not concern the tasks change without a new deployment; a forced one replaces all tasks."""
        deployment = self.create_service("settings", self.first, 1)["deployments"][0]["id"]
        self.wait_stable("settings")
        before = self.list_tasks(serviceName="settings")
        seen = self.update_service("settings", deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100},
                                   enableExecuteCommand=True, propagateTags="SERVICE")
        self.assertEqual([d["id"] for d in seen["deployments"]], [deployment])
        self.assertEqual((seen["deploymentConfiguration"]["maximumPercent"], seen["enableExecuteCommand"]), (100, True))
        forced = self.update_service("settings", forceNewDeployment=True)
        primary = next(d for d in forced["deployments"] if d["status"] == "PRIMARY")
        self.assertNotEqual(primary["id"], deployment)
        self.wait_stable("settings")
        self.assertFalse(set(before) & set(self.list_tasks(serviceName="settings")))

    def test_names_and_lists(self):
        """Services are found by name and ARN, listed in pages; what is not there is MISSING or not found."""
        for i in range(3):
            self.create_service(f"list-{i}", self.first, 0)
        wanted = [arn(f"service/{self.cluster}/list-{i}") for i in range(3)]
        pages = self.ecs.get_paginator("list_services").paginate(cluster=self.cluster, PaginationConfig={"PageSize": 2})
        listed = [a for page in pages for a in page["serviceArns"]]
        self.assertLessEqual(set(wanted), set(listed))
        self.assertEqual(len(listed), len(set(listed)))
        self.assertEqual([a for a in self.ecs.list_services(cluster=self.cluster, schedulingStrategy="DAEMON")["serviceArns"] if "list-" in a], [])
        answer = self.ecs.describe_services(cluster=self.cluster, services=[wanted[0], "list-1", "nowhere"])
        self.assertEqual([s["serviceArn"] for s in answer["services"]], wanted[:2])
        self.assertEqual(answer["failures"], [{"arn": arn(f"service/{self.cluster}/nowhere"), "reason": "MISSING"}])
        self.refused("ServiceNotFoundException", "Service not found.", self.ecs.update_service, cluster=self.cluster, service="nowhere", desiredCount=1)
        self.refused("ServiceNotFoundException", "Service not found.", self.ecs.delete_service, cluster=self.cluster, service="nowhere")
        self.refused("ClientException", "TaskDefinition not found.", self.ecs.create_service, cluster=self.cluster, serviceName="no-definition",
                     taskDefinition="nowhere-at-all", desiredCount=1)
        self.refused("InvalidParameterException", "service names can have at most 10 items.", self.ecs.describe_services,
                     cluster=self.cluster, services=[f"s{i}" for i in range(11)])

    def test_idempotent(self):
        """Creating a service again with the same token answers it; with other parameters it is refused with AWS' words."""
        more = {"clientToken": "the-same-token"}
        first = self.create_service("again", self.first, 1, **more)
        again = self.ecs.create_service(cluster=self.cluster, serviceName="again", taskDefinition=self.first, desiredCount=1,
                                        launchType="EC2", placementConstraints=self.in_pool, **more)["service"]
        self.assertEqual(again["serviceArn"], first["serviceArn"])
        self.refused("InvalidParameterException", "Creation of service was not idempotent.", self.ecs.create_service, cluster=self.cluster,
                     serviceName="again", taskDefinition=self.second, desiredCount=4, launchType="EC2")
        self.wait_stable("again")
        self.assertEqual(len(self.list_tasks(serviceName="again")), 1)

    def test_delete(self):
        """A service that is scaled to 0 is deleted: DRAINING, then INACTIVE and described, not listed; its name is free again."""
        self.create_service("delete", self.first, 2)
        self.wait_stable("delete")
        self.refused("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.", self.ecs.delete_service,
                     cluster=self.cluster, service="delete")
        self.update_service("delete", desiredCount=0)
        gone = self.ecs.delete_service(cluster=self.cluster, service="delete")["service"]
        self.assertIn(gone["status"], ("DRAINING", "INACTIVE"))
        self.waiter("services_inactive", 120, cluster=self.cluster, services=["delete"])
        seen = self.service("delete")
        self.assertEqual((seen["status"], seen["runningCount"]), ("INACTIVE", 0))
        self.assertEqual(self.service_pods("delete"), [])
        self.assertNotIn(seen["serviceArn"], self.ecs.list_services(cluster=self.cluster, maxResults=100)["serviceArns"])
        self.refused("ServiceNotActiveException", "", self.ecs.update_service, cluster=self.cluster, service="delete", desiredCount=1)
        again = self.ecs.create_service(cluster=self.cluster, serviceName="delete", taskDefinition=self.first, desiredCount=1,
                                        launchType="EC2", placementConstraints=self.in_pool)["service"]
        self.addCleanup(self.remove_service, "delete")
        self.assertEqual(again["status"], "ACTIVE")
        self.wait_stable("delete")

    def test_delete_by_force(self):
        """A service with tasks is deleted by force, and its tasks stop."""
        self.create_service("force", self.first, 2)
        self.wait_stable("force")
        self.ecs.delete_service(cluster=self.cluster, service="force", force=True)
        self.waiter("services_inactive", 120, cluster=self.cluster, services=["force"])
        wait_until("no task is left", lambda: self.list_tasks(serviceName="force") == [], 60)

    def test_cluster_with_services(self):
        """A cluster that has a service is not deleted."""
        self.create_service("holds", self.first, 1)
        self.refused("ClusterContainsServicesException", "", self.ecs.delete_cluster, cluster=self.cluster)
        self.assertGreaterEqual(self.ecs.describe_clusters(clusters=[self.cluster])["clusters"][0]["activeServicesCount"], 1)

    def test_cannot_place(self):
        """A service whose tasks fit nowhere says so with AWS' words, and goes on when there is room."""
        self.create_service("waits", self.first, 1, placementConstraints=[
            {"type": "memberOf", "expression": f"attribute:waits-for == {self.cluster}"}])
        message = self.wait_message("waits", "(service waits) was unable to place a task because no container instance met all of its requirements.")
        self.assertIn("For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.", message)
        self.assertEqual(self.service("waits")["runningCount"], 0)
        self.mark(self.nodes[0], **{"waits-for": self.cluster})
        self.wait_stable("waits")
        self.assertEqual(self.nodes_of("waits"), {self.nodes[0]: 1})

    def test_tags(self):
        """Tags of a service are shown when asked for, and go to its tasks when it is told to."""
        self.create_service("tags", self.first, 1, tags=[{"key": "team", "value": "red"}], propagateTags="SERVICE")
        self.wait_stable("tags")
        wanted = [{"key": "team", "value": "red"}]
        self.assertEqual(self.service("tags", include=["TAGS"])["tags"], wanted)
        self.assertFalse(self.service("tags").get("tags"))
        task = self.list_tasks(serviceName="tags")[0]
        self.assertEqual(self.describe_task(task, include=["TAGS"])["tags"], wanted)


class Rollout(ServiceCase):
    def test_percentages(self):
        """A rolling update of eight tasks never has fewer than six running nor more than ten, in any event of the watch."""
        self.create_service("rolls", self.first, 8, deploymentConfiguration={"minimumHealthyPercent": 75, "maximumPercent": 125})
        self.wait_stable("rolls")
        with Watch(self.namespace) as watch:
            before = len(watch.events())
            updated = self.update_service("rolls", taskDefinition=self.second)
            self.assertEqual([d["status"] for d in updated["deployments"]], ["PRIMARY", "ACTIVE"])
            self.assertEqual(updated["deployments"][0]["taskDefinition"], arn(f"task-definition/{self.second}"))
            self.wait_stable("rolls", 600)
            wait_until("the old tasks have ended", lambda: self.definitions_of("rolls") == {self.second: 8})
            seen = list(counts_over_time(watch.events(), "rolls", before))
        self.assertGreater(len(seen), 16)
        self.assertGreaterEqual(min(running for running, _ in seen), 6, seen)
        self.assertLessEqual(max(total for _, total in seen), 10, seen)

    def test_no_room_above(self):
        """With 50 and 100 per cent tasks are stopped first, and never is one too many there."""
        self.create_service("halves", self.first, 4, deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 100})
        self.wait_stable("halves")
        with Watch(self.namespace) as watch:
            before = len(watch.events())
            self.update_service("halves", taskDefinition=self.second)
            self.wait_stable("halves", 600)
            wait_until("the old tasks have ended", lambda: self.definitions_of("halves") == {self.second: 4})
            seen = list(counts_over_time(watch.events(), "halves", before))
        self.assertGreaterEqual(min(running for running, _ in seen), 2, seen)
        self.assertLessEqual(max(total for _, total in seen), 4, seen)

    def test_history(self):
        """Deployments and revisions of a service are listed and described."""
        self.create_service("history", self.first, 1)
        self.wait_service("history", "is COMPLETED", lambda s: s["deployments"][0]["rolloutState"] == "COMPLETED")
        self.update_service("history", taskDefinition=self.second)
        self.wait_service("history", "rolled", lambda s: len(s["deployments"]) == 1 and s["deployments"][0]["rolloutState"] == "COMPLETED"
                          and s["taskDefinition"].endswith(self.second), 600)
        listed = self.ecs.list_service_deployments(cluster=self.cluster, service="history")["serviceDeployments"]
        self.assertEqual([d["status"] for d in listed], ["SUCCESSFUL", "SUCCESSFUL"])
        shown = self.ecs.describe_service_deployments(serviceDeploymentArns=[d["serviceDeploymentArn"] for d in listed])
        self.assertEqual(shown["failures"], [])
        self.assertEqual({d["status"] for d in shown["serviceDeployments"]}, {"SUCCESSFUL"})
        newest = next(d for d in shown["serviceDeployments"] if d["serviceDeploymentArn"] == listed[0]["serviceDeploymentArn"])
        revision = newest["targetServiceRevision"]["arn"]
        revisions = self.ecs.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"]
        self.assertEqual([r["taskDefinition"] for r in revisions], [arn(f"task-definition/{self.second}")])

    def test_update_during_update(self):
        """A third definition in the middle of a rollout wins, and the first two end."""
        third = self.register("app", definition(script=FOREVER, environment=[{"name": "VERSION", "value": "3"}], **SMALL))
        self.create_service("twice", self.first, 4)
        self.wait_stable("twice")
        self.update_service("twice", taskDefinition=self.second)
        wait_until("the second has tasks", lambda: self.definitions_of("twice")[self.second] > 0)
        self.update_service("twice", taskDefinition=third)
        self.wait_stable("twice", 600)
        wait_until("only the third is left", lambda: self.definitions_of("twice") == {third: 4})

    def test_controller_killed(self):
        """The controller is killed in the middle of a rollout; its successor ends it, and no task is too many."""
        self.create_service("killed", self.first, 6)
        self.wait_stable("killed")
        controller = bed().controller()
        self.addCleanup(lambda: controller.running() or controller.start())
        with Watch(self.namespace) as watch:
            self.update_service("killed", taskDefinition=self.second)
            wait_until("the rollout has begun", lambda: any(
                p["metadata"].get("annotations", {}).get("ecs.taskpod.io/task-definition") == self.second for _, p in watch.events()), every=0.02)
            controller.kill()
            controller.start()
            self.wait_stable("killed", 600)
            wait_until("only new tasks are left", lambda: self.definitions_of("killed") == {self.second: 6})
            seen = list(counts_over_time(watch.events(), "killed"))
        self.assertLessEqual(max(total for _, total in seen), 12, seen)
        self.assertGreaterEqual(min(running for running, _ in seen[6:]), 6, seen)
        self.assertEqual(len([p for p in self.list("pods", "-l", "ecs.taskpod.io/service=killed")
                              if p["metadata"]["annotations"]["ecs.taskpod.io/task-definition"] == self.second]), 6, "one was made twice")

    def test_killed_while_creating(self):
        """The controller is killed while a service starts forty tasks; there are forty in the end, none twice."""
        controller = bed().controller()
        self.addCleanup(lambda: controller.running() or controller.start())
        with Watch(self.namespace) as watch:
            self.create_service("many", self.first, 40)
            wait_until("some tasks are there", lambda: len(watch.events()) > 5, every=0.01)
            controller.kill()
            controller.start()
            self.wait_stable("many")
        self.assertEqual(len(self.list("pods", "-l", "ecs.taskpod.io/service=many")), 40)


class Daemon(ServiceCase):
    def test_daemon(self):
        """A DAEMON has one task on each instance that its constraint allows, also on one that joins later, and none where it leaves."""
        for node in self.nodes[:2]:
            self.mark(node, daemon="yes")
        made = self.create_service("daemon", self.first, schedulingStrategy="DAEMON", placementConstraints=[
            {"type": "memberOf", "expression": "attribute:daemon == yes"}])
        self.assertEqual(made["schedulingStrategy"], "DAEMON")
        seen = self.wait_service("daemon", "runs on two", lambda s: s["runningCount"] == 2)
        self.assertEqual(seen["desiredCount"], 2)
        self.assertEqual(self.nodes_of("daemon"), {node: 1 for node in self.nodes[:2]})
        self.mark(self.nodes[2], daemon="yes")
        self.wait_service("daemon", "runs on three", lambda s: (s["runningCount"], s["desiredCount"]) == (3, 3))
        self.assertEqual(self.nodes_of("daemon"), {node: 1 for node in self.nodes})
        self.ecs.update_container_instances_state(cluster=self.cluster, containerInstances=[instance_id(self.nodes[0])], status="DRAINING")
        self.addCleanup(self.ecs.update_container_instances_state, cluster=self.cluster, containerInstances=[instance_id(self.nodes[0])],
                        status="ACTIVE")
        self.wait_service("daemon", "has left the drained one", lambda s: s["runningCount"] == 2)
        self.assertEqual(self.nodes_of("daemon"), {node: 1 for node in self.nodes[1:]})

    def test_daemon_rolls(self):
        """A DAEMON rolls to a new definition with one task per instance."""
        self.create_service("daemon-rolls", self.first, schedulingStrategy="DAEMON")
        self.wait_service("daemon-rolls", "runs on three", lambda s: s["runningCount"] == 3)
        self.update_service("daemon-rolls", taskDefinition=self.second)
        wait_until("all have the new definition", lambda: self.definitions_of("daemon-rolls") == {self.second: 3}, 300)
        self.wait_stable("daemon-rolls", 300)
        self.assertEqual(self.nodes_of("daemon-rolls"), {node: 1 for node in self.nodes})

    def test_daemon_count(self):
        """A DAEMON takes no placement strategy."""
        self.refused("InvalidParameterException", "", self.ecs.create_service, cluster=self.cluster, serviceName="daemon-wrong",
                     taskDefinition=self.first, schedulingStrategy="DAEMON", placementStrategy=[{"type": "random"}])


class Drain(ServiceCase):
    def test_drain(self):
        """A drained instance loses its service tasks to the others, while the service never has fewer; a standalone task stays."""
        self.create_service("drained", self.first, 6)
        self.wait_stable("drained")
        node = self.nodes[0]
        self.assertEqual(self.nodes_of("drained")[node], 2)
        alone = self.ecs.start_task(cluster=self.cluster, taskDefinition=self.first, containerInstances=[instance_id(node)])["tasks"][0]
        self.addCleanup(self.ecs.stop_task, cluster=self.cluster, task=alone["taskArn"])
        self.wait_running(alone)
        with Watch(self.namespace) as watch:
            before = len(watch.events())
            self.ecs.update_container_instances_state(cluster=self.cluster, containerInstances=[instance_id(node)], status="DRAINING")
            self.addCleanup(self.ecs.update_container_instances_state, cluster=self.cluster, containerInstances=[instance_id(node)],
                            status="ACTIVE")
            wait_until("no service task is left on it", lambda: self.nodes_of("drained")[node] == 0, 300)
            self.wait_stable("drained")
            seen = list(counts_over_time(watch.events(), "drained", before))
        self.assertGreaterEqual(min([6, *(running for running, _ in seen)]), 6, seen)
        self.assertEqual(self.describe_task(alone)["lastStatus"], "RUNNING")

    def test_node_lost(self):
        """The tasks of a node that is deleted are replaced on the others."""
        self.create_service("lost", self.first, 3)
        self.wait_stable("lost")
        node = max(self.nodes_of("lost"))  # one that has a task; a node that was cordoned a moment ago may have none
        others = [n for n in self.nodes if n != node]
        kubectl("delete", "node", node)
        for p in self.list("pods", "--field-selector", f"spec.nodeName={node}"):
            self.kubectl("delete", "pod", p["metadata"]["name"], "--grace-period=0", "--force", "--ignore-not-found")
        wait_until("three run on the two others", lambda: (
            self.service("lost")["runningCount"] == 3 and set(self.nodes_of("lost")) <= set(others)), 300)


class Protection(ServiceCase):
    def test_protection(self):
        """A protected task survives the scale-in; when it is not protected any more, it goes as others do."""
        self.create_service("protected", self.first, 4)
        self.wait_stable("protected")
        tasks = self.list_tasks(serviceName="protected")
        answer = self.ecs.update_task_protection(cluster=self.cluster, tasks=[tasks[1]], protectionEnabled=True, expiresInMinutes=60)
        self.assertEqual(answer["failures"], [])
        self.assertEqual([(p["taskArn"], p["protectionEnabled"]) for p in answer["protectedTasks"]], [(tasks[1], True)])
        self.assertIn("expirationDate", answer["protectedTasks"][0])
        seen = self.ecs.get_task_protection(cluster=self.cluster, tasks=tasks[:2])["protectedTasks"]
        self.assertEqual({p["taskArn"]: p["protectionEnabled"] for p in seen}, {tasks[0]: False, tasks[1]: True})
        self.update_service("protected", desiredCount=1)
        self.wait_service("protected", "one runs", lambda s: s["runningCount"] == 1)
        self.assertEqual(self.list_tasks(serviceName="protected"), [tasks[1]])
        self.update_service("protected", desiredCount=0)
        self.assertEqual(self.service("protected")["runningCount"], 1)
        self.ecs.update_task_protection(cluster=self.cluster, tasks=[tasks[1]], protectionEnabled=False)
        wait_until("it has gone", lambda: self.list_tasks(serviceName="protected") == [], 120)

    def test_not_of_a_service(self):
        """A standalone task cannot be protected: TASK_NOT_VALID."""
        task = self.run_task(self.first, placementConstraints=self.in_pool)["taskArn"]
        self.addCleanup(self.ecs.stop_task, cluster=self.cluster, task=task)
        answer = self.ecs.update_task_protection(cluster=self.cluster, tasks=[task], protectionEnabled=True)
        self.assertEqual([(f["arn"], f["reason"]) for f in answer["failures"]], [(task, "TASK_NOT_VALID")])
        self.refused("InvalidParameterException", "", self.ecs.update_task_protection, cluster=self.cluster, tasks=[task],
                     protectionEnabled=True, expiresInMinutes=2881)


class Applied(ServiceCase):
    """Service objects and kubectl."""

    def object(self, name, task_definition, count):
        return {"apiVersion": "ecs.taskpod.io/v1alpha1", "kind": "Service", "metadata": {"name": name}, "spec": {
            "serviceName": name, "taskDefinition": task_definition, "desiredCount": count, "launchType": "EC2",
            "placementConstraints": self.in_pool}}

    def test_apply(self):
        """A Service that is applied with kubectl runs, rolls when it is changed, is described by ECS, and goes when it is deleted."""
        self.apply(self.object("applied", self.first, 2))
        self.addCleanup(self.kubectl, "delete", "ecssvc", "applied", "--ignore-not-found", "--wait=false")
        wait_until("ECS knows it", lambda: self.ecs.describe_services(cluster=self.cluster, services=["applied"])["services"], 20)
        seen = self.wait_stable("applied")
        self.assertEqual((seen["status"], seen["runningCount"], seen["launchType"]), ("ACTIVE", 2, "EC2"))
        self.assertEqual(seen["serviceArn"], arn(f"service/{self.cluster}/applied"))
        self.wait_message("applied", "(service applied) has reached a steady state.")

        def told():
            stored = self.get("ecssvc", "applied")
            status = stored.get("status", {})
            if (status.get("runningCount"), status.get("observedGeneration")) != (2, stored["metadata"]["generation"]):
                raise AssertionError(status)
            return status
        status = wait_until("the object's status tells it", told)
        self.assertEqual((status["status"], status["desiredCount"]), ("ACTIVE", 2))
        self.assertIn("applied", self.kubectl("get", "ecssvc"))
        self.assertIn("has reached a steady state", self.kubectl("describe", "ecssvc", "applied"))

        self.apply(self.object("applied", self.second, 3))
        wait_until("it has rolled", lambda: self.definitions_of("applied") == {self.second: 3}, 300)
        self.wait_stable("applied")
        self.kubectl("delete", "ecssvc", "applied", "--timeout=120s")
        wait_until("its pods are gone", lambda: self.service_pods("applied") == [], 120)

    def test_both_ways_equal(self):
        """A service that is created by ECS and one that is applied have equal specs and equal answers."""
        self.create_service("by-ecs", self.first, 0)
        self.apply(self.object("by-kubectl", self.first, 0))
        self.addCleanup(self.kubectl, "delete", "ecssvc", "by-kubectl", "--ignore-not-found", "--wait=false")
        wait_until("ECS knows it", lambda: self.ecs.describe_services(cluster=self.cluster, services=["by-kubectl"])["services"], 20)
        one, two = (self.get("ecssvc", name)["spec"] | {"serviceName": ""} for name in ("by-ecs", "by-kubectl"))
        self.assertEqual(one, two)
        own = {"serviceArn", "serviceName", "createdAt", "createdBy", "events", "deployments", "currentServiceDeployment", "currentServiceRevisions"}
        one, two = ({k: v for k, v in self.service(name).items() if k not in own} for name in ("by-ecs", "by-kubectl"))
        self.assertEqual(one, two)

    def test_scale_with_kubectl(self):
        """A service of ECS is changed with kubectl, and ECS sees it."""
        self.create_service("patched", self.first, 1)
        self.wait_stable("patched")
        self.kubectl("patch", "ecssvc", "patched", "--type=merge", "-p", '{"spec":{"desiredCount":3}}')
        self.wait_service("patched", "three run", lambda s: (s["desiredCount"], s["runningCount"]) == (3, 3))

    def test_wrong_object(self):
        """A Service whose definition does not exist says so, and starts nothing."""
        self.apply(self.object("wrong", "nowhere-at-all", 1))
        self.addCleanup(self.kubectl, "delete", "ecssvc", "wrong", "--ignore-not-found", "--wait=false")

        def told():
            text = json.dumps(self.get("ecssvc", "wrong").get("status", {}))
            if "TaskDefinition not found." not in text:
                raise AssertionError(text)
            return True
        wait_until("its status tells what is wrong", told)
        self.assertEqual(self.service_pods("wrong"), [])

    def test_no_name(self):
        """A Service without a name is refused by the API server."""
        wrong = self.object("nameless", self.first, 1)
        del wrong["spec"]["serviceName"]
        with self.assertRaises(CommandFailed):
            self.apply(wrong)

    def test_command_line(self):
        """`aws ecs` creates, updates, waits for and deletes a service."""
        common = ("--cluster", self.cluster)
        made = aws("create-service", *common, "--service-name", "shell", "--task-definition", self.first, "--desired-count", 1, "--launch-type",
                   "EC2", "--placement-constraints", json.dumps(self.in_pool))["service"]
        self.addCleanup(self.remove_service, "shell")
        self.assertEqual(made["status"], "ACTIVE")
        self.wait_stable("shell")
        aws("wait", "services-stable", *common, "--services", "shell")
        self.assertIn(made["serviceArn"], aws("list-services", *common)["serviceArns"])
        updated = aws("update-service", *common, "--service", "shell", "--desired-count", 0)["service"]
        self.assertEqual(updated["desiredCount"], 0)
        aws("delete-service", *common, "--service", "shell", "--force")
        self.waiter("services_inactive", 120, cluster=self.cluster, services=["shell"])
        aws("wait", "services-inactive", *common, "--services", "shell")


class CircuitBreaker(EcsCase):
    """On the real node, where an image can be missing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bed().agent()
        cls.mark(REAL_NODE, real="yes")
        cls.good = cls.register("app", definition(script=FOREVER, **SMALL))
        cls.bad = cls.register("app", definition(image=NO_IMAGE, **SMALL))

    on_real = [{"type": "memberOf", "expression": "attribute:real == yes"}]
    service, wait_service, wait_stable = PoolCase.service, PoolCase.wait_service, PoolCase.wait_stable
    wait_message, service_pods = PoolCase.wait_message, PoolCase.service_pods

    def create(self, name, task_definition, count, rollback):
        made = self.ecs.create_service(
            cluster=self.cluster, serviceName=name, taskDefinition=task_definition, desiredCount=count, launchType="EC2",
            placementConstraints=self.on_real,
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": rollback}})["service"]
        self.addCleanup(self.ecs.delete_service, cluster=self.cluster, service=name, force=True)
        return made

    def test_rollback(self):
        """Tasks that cannot start trip the circuit breaker; the service goes back to the last good definition and never stops serving."""
        good = self.create("breaks", self.good, 2, rollback=True)["deployments"][0]["id"]
        self.wait_service("breaks", "is COMPLETED", lambda s: s["deployments"][0]["rolloutState"] == "COMPLETED")
        before = {p["metadata"]["uid"] for p in self.service_pods("breaks")}
        with Watch(self.namespace) as watch:
            seen = len(watch.events())
            updated = self.ecs.update_service(cluster=self.cluster, service="breaks", taskDefinition=self.bad)["service"]
            bad = next(d["id"] for d in updated["deployments"] if d["status"] == "PRIMARY")
            self.assertNotEqual(bad, good)
            back = self.wait_service("breaks", "is back", lambda s: (
                len(s["deployments"]) == 1 and s["deployments"][0]["taskDefinition"].endswith(f"task-definition/{self.good}")
                and s["deployments"][0]["rolloutState"] == "COMPLETED"), 600)
            history = list(counts_over_time(watch.events(), "breaks", seen))
        self.assertEqual((back["runningCount"], back["taskDefinition"]), (2, arn(f"task-definition/{self.good}")))
        self.assertGreaterEqual(min(running for running, _ in history), 2, history)
        self.assertEqual({p["metadata"]["uid"] for p in self.service_pods("breaks")}, before, "the good tasks were not touched")
        self.wait_message("breaks", f"(service breaks) (deployment {bad}) deployment failed: tasks failed to start.")
        self.wait_message("breaks", "(service breaks) rolling back to ")
        deployments = self.ecs.list_service_deployments(cluster=self.cluster, service="breaks")["serviceDeployments"]
        failed = next(d["serviceDeploymentArn"] for d in deployments if d["status"] == "ROLLBACK_SUCCESSFUL")
        shown = self.ecs.describe_service_deployments(serviceDeploymentArns=[failed])["serviceDeployments"][0]
        breaker = shown["deploymentCircuitBreaker"]
        self.assertEqual((breaker["status"], breaker["threshold"]), ("TRIGGERED", 3))
        self.assertGreaterEqual(breaker["failureCount"], 3)
        self.assertIn("rollback", shown)

    def test_without_rollback(self):
        """Without rollback the deployment is FAILED, says why, and starts no more tasks."""
        made = self.create("stalls", self.bad, 1, rollback=False)
        failed = self.wait_service("stalls", "is FAILED", lambda s: s["deployments"][0]["rolloutState"] == "FAILED", 600)
        self.assertEqual(failed["deployments"][0]["id"], made["deployments"][0]["id"])
        self.assertEqual(failed["deployments"][0]["rolloutStateReason"], "ECS deployment circuit breaker: tasks failed to start.")
        self.assertGreaterEqual(failed["deployments"][0]["failedTasks"], 3)
        def all_stopped():
            stopped = self.describe_tasks(*self.list_tasks(serviceName="stalls", desiredStatus="STOPPED"))
            pods = {p["metadata"]["uid"] for p in self.list("pods", "-l", "ecs.taskpod.io/service=stalls")}
            return {uid_of(t) for t in stopped} == pods and stopped  # one may have been on its way when the third failed
        stopped = wait_until("all of its tasks have stopped", all_stopped)
        self.assertEqual({t["stopCode"] for t in stopped}, {"TaskFailedToStart"})
        self.assertEqual(id_of(failed["serviceArn"]), "stalls")


if __name__ == "__main__":
    unittest.main()
