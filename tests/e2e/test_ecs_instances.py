"""Container instances: nodes with their resources, attributes and states, and what places tasks on them."""
import collections
import json
import unittest

from bed import REAL_NODE, bed, get, kubectl, wait_until
from ecs import FOREVER, MODEL, PoolCase, arn, definition, id_of, instance_id, kind_of, need, Wire

SIMULATED_CPU, SIMULATED_MEMORY = 4 * 1024, 32 * 1024  # of a simulated node


def setUpModule():
    need(real_node=True)


class InstanceCase(PoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forever = cls.register("forever", definition(script=FOREVER, cpu=64, memory=64))
        cls.ids = {node: instance_id(node) for node in cls.nodes}

    def setUp(self):
        self.addCleanup(self.stop_everything)

    def instance(self, node, **more):
        return self.ecs.describe_container_instances(cluster=self.cluster, containerInstances=[instance_id(node)], **more)["containerInstances"][0]

    def listed(self, **filters):
        pages = self.ecs.get_paginator("list_container_instances").paginate(cluster=self.cluster, **filters)
        return sorted(id_of(a) for page in pages for a in page["containerInstanceArns"])

    def ids_of(self, *nodes):
        return sorted(self.ids[n] for n in nodes)

    def resource(self, node, kind, name):
        return next(r["integerValue"] for r in self.instance(node)[kind] if r["name"] == name)

    def counts(self, tasks):
        """How many of the tasks each node has."""
        return collections.Counter(wait_until("the task has a node", lambda t=t: self.node_of(t)) for t in tasks)


class Instances(InstanceCase):
    def test_describe(self):
        """A node is a container instance with its resources, attributes and versions."""
        seen = self.instance(self.nodes[0])
        self.assertEqual(seen["containerInstanceArn"], arn(f"container-instance/{self.cluster}/{self.ids[self.nodes[0]]}"))
        self.assertEqual((seen["status"], seen["agentConnected"]), ("ACTIVE", True))
        self.assertEqual((seen["runningTasksCount"], seen["pendingTasksCount"]), (0, 0))
        kinds = {r["name"]: r for r in seen["registeredResources"]}
        self.assertEqual((kinds["CPU"]["integerValue"], kinds["CPU"]["type"]), (SIMULATED_CPU, "INTEGER"))
        self.assertEqual(kinds["MEMORY"]["integerValue"], SIMULATED_MEMORY)
        self.assertEqual(kinds["PORTS"]["type"], "STRINGSET")
        self.assertLessEqual({"22", "2375", "2376", "51678", "51679"}, set(kinds["PORTS"]["stringSetValue"]))
        attributes = {a["name"]: a.get("value") for a in seen["attributes"]}
        self.assertEqual((attributes["ecs.os-type"], attributes["ecs.cpu-architecture"]), ("linux", "x86_64"))
        self.assertEqual(attributes["pool"], self.cluster)
        self.assertTrue(any(name.startswith("com.amazonaws.ecs.capability.") for name in attributes), attributes)
        self.assertTrue(seen["versionInfo"].get("agentVersion"))
        self.assertIn("registeredAt", seen)

    def test_list(self):
        """Every node is listed, in pages, too; one that is not there is MISSING."""
        self.assertEqual(self.listed(), sorted([instance_id(REAL_NODE), *self.ids.values()]))
        self.assertEqual(self.listed(PaginationConfig={"PageSize": 1}), self.listed())
        cluster = self.ecs.describe_clusters(clusters=[self.cluster])["clusters"][0]
        self.assertEqual(cluster["registeredContainerInstancesCount"], 1 + len(self.nodes))
        answer = self.ecs.describe_container_instances(cluster=self.cluster, containerInstances=["0" * 32, self.ids[self.nodes[0]]])
        self.assertEqual([f["reason"] for f in answer["failures"]], ["MISSING"])
        self.assertEqual(len(answer["containerInstances"]), 1)

    def test_remaining(self):
        """What a task takes is missing from the remaining resources, until it has stopped."""
        node = self.nodes[0]
        task = self.ecs.start_task(cluster=self.cluster, taskDefinition=self.register("takes", definition(cpu=512, memory=256, portMappings=[
            {"containerPort": 80, "hostPort": 8123}])), containerInstances=[self.ids[node]])["tasks"][0]
        self.wait_running(task)
        seen = self.instance(node)
        self.assertEqual((seen["runningTasksCount"], seen["pendingTasksCount"]), (1, 0))
        left = {r["name"]: r for r in seen["remainingResources"]}
        self.assertEqual(left["CPU"]["integerValue"], SIMULATED_CPU - 512)
        self.assertEqual(left["MEMORY"]["integerValue"], SIMULATED_MEMORY - 256)
        self.assertIn("8123", left["PORTS"]["stringSetValue"])
        self.ecs.stop_task(cluster=self.cluster, task=task["taskArn"])
        self.wait_stopped(task)
        wait_until("all is free again", lambda: self.resource(node, "remainingResources", "CPU") == SIMULATED_CPU, 10)
        self.assertEqual(self.resource(node, "remainingResources", "MEMORY"), SIMULATED_MEMORY)

    def test_tags(self):
        """Tags of an instance are set, shown when asked for, and removed."""
        resource = self.instance(self.nodes[0])["containerInstanceArn"]
        self.ecs.tag_resource(resourceArn=resource, tags=[{"key": "rack", "value": "7"}])
        self.assertEqual(self.instance(self.nodes[0], include=["TAGS"])["tags"], [{"key": "rack", "value": "7"}])
        self.ecs.untag_resource(resourceArn=resource, tagKeys=["rack"])
        self.assertEqual(self.ecs.list_tags_for_resource(resourceArn=resource)["tags"], [])

    def test_health(self):
        """The health of an instance comes when it is asked for."""
        self.assertNotIn("healthStatus", self.instance(self.nodes[0]))
        self.assertEqual(self.instance(self.nodes[0], include=["CONTAINER_INSTANCE_HEALTH"])["healthStatus"]["overallStatus"], "OK")


class Attributes(InstanceCase):
    def put(self, node, name, value=None):
        valued = {} if value is None else {"value": value}
        self.addCleanup(self.ecs.delete_attributes, cluster=self.cluster, attributes=[
            {"name": name, "targetType": "container-instance", "targetId": self.ids[node]}])
        return self.ecs.put_attributes(cluster=self.cluster, attributes=[
            {"name": name, **valued, "targetType": "container-instance", "targetId": self.ids[node]}])["attributes"]

    def found(self, **filters):
        pages = self.ecs.get_paginator("list_attributes").paginate(cluster=self.cluster, targetType="container-instance", **filters)
        return sorted((id_of(a["targetId"]), a["name"], a.get("value")) for page in pages for a in page["attributes"])

    def test_put_list_delete(self):
        """Custom attributes are put, listed by name and value, shown on the node, and deleted."""
        one, two, _ = self.nodes
        answer = self.put(one, "stack", "prod")
        self.assertEqual((answer[0]["name"], answer[0]["value"]), ("stack", "prod"))
        self.put(two, "stack", "test")
        self.put(two, "fast")
        self.assertEqual(self.found(attributeName="stack"), sorted([(self.ids[one], "stack", "prod"), (self.ids[two], "stack", "test")]))
        self.assertEqual(self.found(attributeName="stack", attributeValue="test"), [(self.ids[two], "stack", "test")])
        self.assertEqual(self.found(attributeName="fast"), [(self.ids[two], "fast", None)])
        self.assertEqual(self.found(attributeName="stack", PaginationConfig={"PageSize": 1}), self.found(attributeName="stack"))
        node = get("node", two)["metadata"]
        kept = json.loads(node["annotations"]["ecs.taskpod.io/attributes"])
        self.assertEqual(kept["stack"], "test")
        self.assertEqual(node["labels"]["attribute.ecs.taskpod.io/stack"], "test")
        self.put(two, "stack", "a value/with no label")
        node = get("node", two)["metadata"]
        self.assertNotIn("attribute.ecs.taskpod.io/stack", node["labels"])
        self.assertEqual(self.found(attributeName="stack", attributeValue="a value/with no label"),
                         [(self.ids[two], "stack", "a value/with no label")])
        self.ecs.delete_attributes(cluster=self.cluster, attributes=[
            {"name": "stack", "targetType": "container-instance", "targetId": self.ids[two]}])
        self.assertEqual(self.found(attributeName="stack"), [(self.ids[one], "stack", "prod")])

    def test_wrong(self):
        """An attribute for nobody is TargetNotFoundException; eleven at once are too many."""
        self.refused("TargetNotFoundException", "", self.ecs.put_attributes, cluster=self.cluster, attributes=[
            {"name": "a", "value": "b", "targetType": "container-instance", "targetId": "0" * 32}])
        self.refused("InvalidParameterException", "", self.ecs.put_attributes, cluster=self.cluster, attributes=[
            {"name": f"a{i}", "targetType": "container-instance", "targetId": self.ids[self.nodes[0]]} for i in range(11)])

    def test_filter(self):
        """Instances are listed by the query language."""
        one, two, three = self.nodes
        self.put(one, "stack", "prod")
        self.put(two, "stack", "test")
        self.put(two, "size", "t2.large")
        own = f"attribute:pool == {self.cluster}"
        for expression, wanted in (
                ("attribute:stack == prod", [one]), ("attribute:stack exists", [one, two]),
                (f"{own} and attribute:stack !exists", [three]), (f"{own} and not(attribute:stack == prod)", [two, three]),
                ("attribute:stack in ['prod', 'test']", [one, two]), ("attribute:stack in [prod,test] and attribute:size =~ t2.*", [two]),
                ("attribute:size =~ t2", []), (f"({own}) && (attribute:stack == prod || attribute:stack == test)", [one, two]),
                (f"{own} and attribute:stack != prod", [two, three]), (f"{own} and runningTasksCount == 0", [one, two, three]),
                (f"{own} and runningTasksCount > 0", []), (f"{own} and agentConnected == true", [one, two, three]),
                (f"{own} and attribute:ecs.os-type == linux", [one, two, three]),
                (f"{own} and registeredAt < 2018-02-13", []), (f"{own} and registeredAt > 2018-06-18T22:28:28+00:00", [one, two, three])):
            with self.subTest(expression=expression):
                self.assertEqual(self.listed(filter=expression), self.ids_of(*wanted))
        for wrong in ("attribute:", "attribute:a ==", "(", "attribute:a == b and", "nonsense == 1", "attribute:a =~ (", "runningTasksCount == x"):
            with self.subTest(expression=wrong):
                self.refused("InvalidParameterException", "", self.ecs.list_container_instances, cluster=self.cluster, filter=wrong)

    def test_label_is_attribute(self):
        """Zone and kind of a node, which Kubernetes says in labels, are attributes of ECS."""
        node = self.nodes[0]
        kubectl("label", "node", node, "topology.kubernetes.io/zone=zone-7", "node.kubernetes.io/instance-type=m5.large")
        self.addCleanup(kubectl, "label", "node", node, "topology.kubernetes.io/zone-", "node.kubernetes.io/instance-type-")
        own = [self.ids[node]]
        wait_until("the zone is an attribute", lambda: self.listed(filter="attribute:ecs.availability-zone == zone-7") == own, 10)
        self.assertEqual(self.listed(filter="attribute:ecs.instance-type =~ m5.*"), own)
        task = self.run_task(self.forever, placementConstraints=[{"type": "memberOf", "expression": "attribute:ecs.availability-zone == zone-7"}])
        self.assertEqual(self.wait_running(task)[0]["availabilityZone"], "zone-7")


class State(InstanceCase):
    def state(self, node, status):
        return self.ecs.update_container_instances_state(cluster=self.cluster, containerInstances=[self.ids[node]], status=status)

    def test_draining(self):
        """DRAINING is a cordoned node: no task is placed there, its standalone tasks stay; ACTIVE takes it back."""
        node = self.nodes[0]
        task = self.ecs.start_task(cluster=self.cluster, taskDefinition=self.forever, containerInstances=[self.ids[node]])["tasks"][0]
        self.wait_running(task)
        answer = self.state(node, "DRAINING")
        self.addCleanup(self.state, node, "ACTIVE")
        self.assertEqual([(i["status"]) for i in answer["containerInstances"]], ["DRAINING"])
        self.assertTrue(get("node", node)["spec"].get("unschedulable"))
        self.assertEqual(self.listed(status="DRAINING"), self.ids_of(node))
        self.assertNotIn(self.ids[node], self.listed(status="ACTIVE"))
        tasks = self.run_tasks(self.forever, count=6, placementConstraints=self.in_pool)
        self.assertNotIn(node, self.counts(tasks))
        self.assertEqual(self.describe_task(task)["lastStatus"], "RUNNING")
        self.state(node, "ACTIVE")
        self.assertFalse(get("node", node)["spec"].get("unschedulable"))
        self.assertEqual(self.instance(node)["status"], "ACTIVE")

    def test_cordon(self):
        """A node that kubectl cordons is DRAINING for ECS."""
        node = self.nodes[1]
        kubectl("cordon", node)
        self.addCleanup(kubectl, "uncordon", node)
        wait_until("it is DRAINING", lambda: self.instance(node)["status"] == "DRAINING", 10)
        kubectl("uncordon", node)
        wait_until("it is ACTIVE", lambda: self.instance(node)["status"] == "ACTIVE", 10)

    def test_wrong_state(self):
        """Another state is refused with AWS' words, and so is nobody's instance."""
        wire = Wire(bed().controller().ecs_address(), bed().access_key())
        answer = wire.call("UpdateContainerInstancesState", {
            "cluster": self.cluster, "containerInstances": [self.ids[self.nodes[0]]], "status": "REGISTERING"})
        self.assertEqual(MODEL.error_problems("UpdateContainerInstancesState", answer.status, answer.body), [])
        self.assertEqual(kind_of(answer), "InvalidParameterException")
        self.assertIn("Container instance status should be one of [ACTIVE, DRAINING]", answer.body["message"])
        failed = self.ecs.update_container_instances_state(cluster=self.cluster, containerInstances=["0" * 32], status="DRAINING")
        self.assertEqual([f["reason"] for f in failed["failures"]], ["MISSING"])

    def test_deregister(self):
        """An instance with tasks is deregistered by force only; then it is INACTIVE, and its tasks are stopped."""
        node = self.nodes[2]
        task = self.ecs.start_task(cluster=self.cluster, taskDefinition=self.forever, containerInstances=[self.ids[node]])["tasks"][0]
        self.wait_running(task)
        self.refused("InvalidParameterException", "Found running tasks on the instance.", self.ecs.deregister_container_instance,
                     cluster=self.cluster, containerInstance=self.ids[node])
        gone = self.ecs.deregister_container_instance(cluster=self.cluster, containerInstance=self.ids[node], force=True)
        self.assertEqual(gone["containerInstance"]["status"], "INACTIVE")
        self.assertNotIn(self.ids[node], self.listed())
        seen = self.wait_stopped(task)[0]
        self.assertIn("Container instance deregistration forced by user", seen["stoppedReason"])


class Placement(InstanceCase):
    def test_member_of(self):
        """memberOf of an attribute places on the instances that have it."""
        node = self.nodes[1]
        self.mark(node, only="this")
        tasks = self.run_tasks(self.forever, count=3, placementConstraints=[{"type": "memberOf", "expression": "attribute:only == this"}])
        self.assertEqual(self.counts(tasks), {node: 3})

    def test_definition_constraint(self):
        """A constraint of the definition holds, too."""
        node = self.nodes[0]
        self.mark(node, defined="here")
        name = self.register("constrained", definition(script=FOREVER), placementConstraints=[
            {"type": "memberOf", "expression": "attribute:defined == here"}])
        self.assertEqual(self.counts(self.run_tasks(name, count=2)), {node: 2})

    def test_distinct_instance(self):
        """distinctInstance places one task on each instance, and the rest is failures."""
        answer = self.run_tasks(self.forever, check=False, count=4, placementConstraints=[{"type": "distinctInstance"}, *self.in_pool])
        self.assertEqual(len(answer["tasks"]), 3)
        reasons = {f["arn"].rsplit("/", 1)[1]: f["reason"] for f in answer["failures"]}
        for node in self.nodes:  # an entry for each instance, as ECS answers
            self.assertIn("DistinctInstance", reasons[self.ids[node]])
        self.assertEqual(self.counts(answer["tasks"]), {node: 1 for node in self.nodes})

    def test_spread(self):
        """Spread over instances gives each the same number."""
        tasks = self.run_tasks(self.forever, count=6, placementConstraints=self.in_pool,
                               placementStrategy=[{"type": "spread", "field": "instanceId"}])
        self.assertEqual(self.counts(tasks), {node: 2 for node in self.nodes})

    def test_spread_attribute(self):
        """Spread over an attribute balances its values, not the instances."""
        for node, rack in zip(self.nodes, ("a", "a", "b")):
            self.mark(node, rack=rack)
        tasks = self.run_tasks(self.forever, count=6, placementConstraints=self.in_pool,
                               placementStrategy=[{"type": "spread", "field": "attribute:rack"}, {"type": "spread", "field": "instanceId"}])
        counts = self.counts(tasks)
        self.assertEqual(counts[self.nodes[2]], 3)
        self.assertEqual({counts[self.nodes[0]], counts[self.nodes[1]]}, {1, 2})

    def test_binpack(self):
        """Binpack puts all on one instance while they fit there."""
        for field in ("memory", "cpu"):
            tasks = self.run_tasks(self.forever, count=5, placementConstraints=self.in_pool,
                                   placementStrategy=[{"type": "binpack", "field": field}])
            self.assertEqual(list(self.counts(tasks).values()), [5], field)
            self.stop_everything()

    def test_full(self):
        """As many tasks as fit are placed, the others are failures of one call."""
        big = self.register("big", definition(script=FOREVER, cpu=1500, memory=64))
        answer = self.run_tasks(big, check=False, count=8, placementConstraints=self.in_pool)
        self.assertEqual(len(answer["tasks"]), 2 * len(self.nodes))
        ours = [f["reason"] for f in answer["failures"] if f["arn"].rsplit("/", 1)[1] in self.ids.values()]
        self.assertEqual(ours, ["RESOURCE:CPU"] * 2 * len(self.nodes), "for each task that is left, an entry for each instance")

    def test_random(self):
        """The strategy random places all tasks in the pool."""
        tasks = self.run_tasks(self.forever, count=5, placementConstraints=self.in_pool, placementStrategy=[{"type": "random"}])
        self.assertLessEqual(set(self.counts(tasks)), set(self.nodes))


class NoInstances(InstanceCase):
    def test_none(self):
        """A cluster whose every node belongs to another says AWS' words at RunTask."""
        everywhere = [REAL_NODE, *self.nodes]
        for node in everywhere:
            kubectl("label", "node", node, "ecs.taskpod.io/cluster=elsewhere")
            self.addCleanup(kubectl, "label", "node", node, "ecs.taskpod.io/cluster-")
        wait_until("no instance is left", lambda: self.listed() == [], 10)
        self.refused("InvalidParameterException", "No Container Instances were found in your cluster.", self.ecs.run_task,
                     cluster=self.cluster, taskDefinition=self.forever, launchType="EC2")


if __name__ == "__main__":
    unittest.main()
