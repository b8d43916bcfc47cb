"""Task definitions: registered through the ECS API and applied with kubectl, revisions, states, tags, and AWS' words for what is
wrong with one."""
import json
import tempfile
import unittest

from bed import ACCOUNT, BUSYBOX, REGION, CommandFailed, aws, get, items, kubectl, wait_until
from ecs import EcsCase, arn, definition, error_code, in_parallel, need


def setUpModule():
    need()


class DefinitionCase(EcsCase):
    def family(self, name):
        """A family of this test, whose revisions are deregistered at the end."""
        family = f"{self.namespace}-{name}"
        self.addCleanup(self.forget, family)
        return family

    def forget(self, family):
        for revision in self.listed(familyPrefix=family):
            self.ecs.deregister_task_definition(taskDefinition=revision)

    def make(self, family, *containers, **more):
        return self.ecs.register_task_definition(family=family, containerDefinitions=list(containers or [definition()]), **more)[
            "taskDefinition"]

    def listed(self, **filters):
        pages = self.ecs.get_paginator("list_task_definitions").paginate(**filters)
        return [a for page in pages for a in page["taskDefinitionArns"]]

    def families(self, **filters):
        pages = self.ecs.get_paginator("list_task_definition_families").paginate(**filters)
        return [f for page in pages for f in page["families"]]


class Definitions(DefinitionCase):
    def test_register(self):
        """The answer of a registration is the definition as ECS normalises it."""
        family = self.family("register")
        seen = self.make(family, {"name": "web", "image": BUSYBOX, "memory": 64, "portMappings": [{"containerPort": 80}]},
                         networkMode="bridge")
        self.assertEqual(seen["taskDefinitionArn"], arn(f"task-definition/{family}:1"))
        self.assertEqual((seen["family"], seen["revision"], seen["status"]), (family, 1, "ACTIVE"))
        self.assertEqual((seen["volumes"], seen["placementConstraints"], seen["networkMode"]), ([], [], "bridge"))
        self.assertIn("EC2", seen["compatibilities"])
        self.assertNotIn("requiresCompatibilities", seen)
        self.assertIn("registeredAt", seen)
        self.assertIn("ecs-admin", seen["registeredBy"])
        web = seen["containerDefinitions"][0]
        self.assertEqual(web, {
            "name": "web", "image": BUSYBOX, "cpu": 0, "memory": 64, "essential": True, "environment": [], "mountPoints": [],
            "volumesFrom": [], "systemControls": [], "portMappings": [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}]})

    def test_describe(self):
        """A definition is described by family, family:revision and ARN, in any case the same."""
        family = self.family("describe")
        first, second = self.make(family), self.make(family, definition(memory=48))
        self.assertEqual((first["revision"], second["revision"]), (1, 2))
        for name in (family, f"{family}:2", second["taskDefinitionArn"], f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{family}"):
            seen = self.ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
            self.assertEqual(seen, second, name)
        self.assertEqual(self.ecs.describe_task_definition(taskDefinition=f"{family}:1")["taskDefinition"], first)

    def test_equal_registrations(self):
        """The same body again is the next revision, as in ECS."""
        family = self.family("equal")
        self.assertEqual([self.make(family)["revision"] for _ in range(3)], [1, 2, 3])

    def test_concurrent_registrations(self):
        """Forty registrations from eight threads get the revisions 1 to 40, each once; another family at the same time its own."""
        one, two = self.family("race"), self.family("race-two")
        made = in_parallel(lambda i: self.make(two if i % 4 == 3 else one, definition(memory=32 + i)), range(48))
        self.assertEqual(sorted(d["revision"] for d in made if d["family"] == one), list(range(1, 37)))
        self.assertEqual(sorted(d["revision"] for d in made if d["family"] == two), list(range(1, 13)))
        for seen in made[::6]:  # the number belongs to the body that was sent with it
            again = self.ecs.describe_task_definition(taskDefinition=seen["taskDefinitionArn"])["taskDefinition"]
            self.assertEqual(again, seen)
        latest = self.ecs.describe_task_definition(taskDefinition=one)["taskDefinition"]
        self.assertEqual(latest["revision"], 36)

    def test_list(self):
        """Revisions are listed by exact family, in both orders, in pages; families by prefix."""
        family, longer = self.family("list"), self.family("list-more")
        for _ in range(3):
            self.make(family)
        self.make(longer)
        wanted = [arn(f"task-definition/{family}:{n}") for n in (1, 2, 3)]
        self.assertEqual(self.listed(familyPrefix=family), wanted)
        self.assertEqual(self.listed(familyPrefix=family, sort="DESC"), wanted[::-1])
        self.assertEqual(self.listed(familyPrefix=family[:-1]), [])
        self.assertEqual(self.listed(familyPrefix=family, PaginationConfig={"PageSize": 2}), wanted)
        self.assertEqual(self.families(familyPrefix=family), [family, longer])
        self.assertEqual(self.families(familyPrefix=family, status="INACTIVE"), [])
        self.assertLessEqual(set(wanted), set(self.listed()))

    def test_deregister(self):
        """A revision that is deregistered is INACTIVE: described by its number, no more the latest, and its number stays taken."""
        family = self.family("deregister")
        self.make(family)
        self.make(family)
        gone = self.ecs.deregister_task_definition(taskDefinition=f"{family}:2")["taskDefinition"]
        self.assertEqual((gone["status"], gone["revision"]), ("INACTIVE", 2))
        self.assertIn("deregisteredAt", gone)
        self.assertEqual(self.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]["revision"], 1)
        self.assertEqual(self.ecs.describe_task_definition(taskDefinition=f"{family}:2")["taskDefinition"]["status"], "INACTIVE")
        self.assertEqual(self.listed(familyPrefix=family), [arn(f"task-definition/{family}:1")])
        self.assertEqual(self.listed(familyPrefix=family, status="INACTIVE"), [arn(f"task-definition/{family}:2")])
        self.assertEqual(self.make(family)["revision"], 3)
        for n in (1, 3):
            self.ecs.deregister_task_definition(taskDefinition=f"{family}:{n}")
        self.refused("ClientException", "Unable to describe task definition.", self.ecs.describe_task_definition, taskDefinition=family)
        self.assertNotIn(family, self.families(familyPrefix=family))
        self.assertEqual(self.families(familyPrefix=family, status="INACTIVE"), [family])
        self.refused("ClientException", "inactive", lambda **more: self._lowered(self.ecs.run_task, **more), cluster=self.cluster,
                     taskDefinition=f"{family}:1", launchType="EC2")

    def _lowered(self, call, **more):
        from botocore.exceptions import ClientError
        try:
            return call(**more)
        except ClientError as error:
            error.response["Error"]["Message"] = error.response["Error"]["Message"].lower()
            raise

    def test_delete(self):
        """Only an INACTIVE revision is deleted; it is DELETE_IN_PROGRESS then, and no service or task may use it."""
        family = self.family("delete")
        self.make(family)
        self.make(family)
        self.ecs.deregister_task_definition(taskDefinition=f"{family}:1")
        answer = self.ecs.delete_task_definitions(taskDefinitions=[f"{family}:1", f"{family}:2", f"{family}:9"])
        self.assertEqual([(d["revision"], d["status"]) for d in answer["taskDefinitions"]], [(1, "DELETE_IN_PROGRESS")])
        self.assertIn("deleteRequestedAt", answer["taskDefinitions"][0])
        self.assertEqual(len(answer["failures"]), 2)
        self.assertEqual({f["arn"] for f in answer["failures"]}, {arn(f"task-definition/{family}:{n}") for n in (2, 9)})
        self.assertEqual(self.ecs.describe_task_definition(taskDefinition=f"{family}:2")["taskDefinition"]["status"], "ACTIVE")

    def test_tags(self):
        """Tags come with the registration, are asked for beside the definition, and change by its ARN."""
        family = self.family("tags")
        made = self.ecs.register_task_definition(family=family, containerDefinitions=[definition()], tags=[
            {"key": "team", "value": "Red + Blue"}, {"key": "empty", "value": ""}])
        self.assertEqual({t["key"]: t["value"] for t in made["tags"]}, {"team": "Red + Blue", "empty": ""})
        resource = made["taskDefinition"]["taskDefinitionArn"]
        self.assertFalse(self.ecs.describe_task_definition(taskDefinition=family).get("tags"))
        self.ecs.tag_resource(resourceArn=resource, tags=[{"key": "team", "value": "green"}])
        self.ecs.untag_resource(resourceArn=resource, tagKeys=["empty"])
        wanted = [{"key": "team", "value": "green"}]
        self.assertEqual(self.ecs.list_tags_for_resource(resourceArn=resource)["tags"], wanted)
        self.assertEqual(self.ecs.describe_task_definition(taskDefinition=family, include=["TAGS"])["tags"], wanted)

    def test_names(self):
        """Families that differ only in what Kubernetes' names cannot say stay apart."""
        names = [self.family(n) for n in ("Some_Name", "some-name", "Some-Name", "x" * 200)]
        for i, name in enumerate(names):
            self.assertEqual(self.make(name, definition(memory=40 + i))["revision"], 1, name)
        for i, name in enumerate(names):
            seen = self.ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
            self.assertEqual((seen["family"], seen["containerDefinitions"][0]["memory"]), (name, 40 + i))
        self.assertLessEqual(set(names), set(self.families()))

    def test_everything_comes_back(self):
        """A definition with a member of nearly every kind comes back as it was sent."""
        family = self.family("everything")
        sent = {
            "networkMode": "bridge", "cpu": "256", "memory": "512", "requiresCompatibilities": ["EC2"], "pidMode": "task", "ipcMode": "none",
            "taskRoleArn": "arn:aws:iam::000000000000:role/task", "executionRoleArn": "arn:aws:iam::000000000000:role/execution",
            "volumes": [{"name": "data", "host": {}}, {"name": "etc", "host": {"sourcePath": "/etc"}},
                        {"name": "shared", "dockerVolumeConfiguration": {"scope": "task", "driver": "local"}}],
            "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
            "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}}
        container = {
            "name": "main", "image": BUSYBOX, "cpu": 43, "memory": 128, "memoryReservation": 64, "essential": True,
            "entryPoint": ["sh", "-c"], "command": ["echo $(date) $HOME"], "environment": [{"name": "A", "value": "$(B)"}, {"name": "E", "value": ""}],
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/data", "readOnly": False}], "workingDirectory": "/data",
            "dependsOn": [{"containerName": "before", "condition": "SUCCESS"}], "startTimeout": 30, "stopTimeout": 5, "user": "1000:1000",
            "dockerLabels": {"com.example.label": "x y"}, "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 2048}],
            "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 5, "timeout": 2, "retries": 3, "startPeriod": 10},
            "linuxParameters": {"capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}, "initProcessEnabled": True},
            "logConfiguration": {"logDriver": "json-file", "options": {"max-size": "10m"}}, "privileged": False,
            "extraHosts": [{"hostname": "db", "ipAddress": "10.0.0.1"}], "readonlyRootFilesystem": True, "interactive": False,
            "systemControls": [{"namespace": "net.core.somaxconn", "value": "512"}]}
        before = {"name": "before", "image": BUSYBOX, "memory": 16, "essential": False}
        seen = self.make(family, container, before, **sent)
        for key, value in sent.items():
            self.assertEqual(seen[key], value, key)
        main = next(c for c in seen["containerDefinitions"] if c["name"] == "main")
        for key, value in container.items():
            self.assertEqual(main[key], value, key)

    def test_command_line(self):
        """What `aws ecs describe-task-definition` shows of one family is what another is registered from, by `aws` from a file."""
        family = self.family("cli")
        self.make(family, definition(script="true"), networkMode="bridge")
        shown = aws("describe-task-definition", "--task-definition", family)["taskDefinition"]
        accepted = ("containerDefinitions", "volumes", "networkMode", "placementConstraints")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"family": self.family("cli-copy"), **{k: shown[k] for k in accepted}}, file)
            file.flush()
            copy = aws("register-task-definition", "--cli-input-json", f"file://{file.name}")["taskDefinition"]
        for key in accepted:
            self.assertEqual(copy[key], shown[key], key)
        self.assertIn(copy["taskDefinitionArn"], aws("list-task-definitions")["taskDefinitionArns"])
        gone = aws("deregister-task-definition", "--task-definition", f"{family}:1")["taskDefinition"]
        self.assertEqual(gone["status"], "INACTIVE")


class Refused(DefinitionCase):
    """What AWS says about a wrong definition, in its words."""

    def wrong(self, text, *containers, kind="ClientException", **more):
        family = f"{self.namespace}-wrong"
        self.refused(kind, text, self.ecs.register_task_definition, family=family, containerDefinitions=list(containers), **more)
        self.assertEqual(self.families(familyPrefix=family), [])
        self.assertIsNone(get("taskdefinition", family))

    def test_container_texts(self):
        """A container without name, image or memory is refused with AWS' words."""
        self.wrong("Container.name should not be null or empty.", {"image": BUSYBOX, "memory": 64})
        self.wrong("Container.image should not be null or empty.", {"name": "c", "memory": 64})
        self.wrong("Invalid setting for container 'c'. At least one of 'memory' or 'memoryReservation' must be specified.",
                   {"name": "c", "image": BUSYBOX})

    def test_volume_text(self):
        """A mount of a volume that the definition does not have is refused with AWS' words."""
        self.wrong("Unknown volume 'nowhere'.", definition(mountPoints=[{"sourceVolume": "nowhere", "containerPath": "/x"}]))

    def test_dependency_texts(self):
        """Waiting for the end of an essential container, for an unknown one, and in a circle are refused."""
        waits = definition("a", dependsOn=[{"containerName": "b", "condition": "SUCCESS"}])
        self.wrong("A dependency container with SUCCESS or COMPLETE condition cannot be an essential container", waits, definition("b"))
        self.wrong("", definition("a", dependsOn=[{"containerName": "nobody", "condition": "START"}]))
        self.wrong("", definition("a", dependsOn=[{"containerName": "b", "condition": "START"}]),
                   definition("b", dependsOn=[{"containerName": "a", "condition": "START"}]))

    def test_essential(self):
        """A definition without an essential container, without any, with two of one name, or with eleven is refused."""
        self.wrong("", definition(essential=False))
        self.wrong("", definition("same"), definition("same"))
        self.wrong("", *(definition(f"c{i}") for i in range(11)))

    def test_fargate_texts(self):
        """A Fargate definition of no known size, or with the host's process ids, is refused with AWS' words."""
        fargate = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "executionRoleArn": "arn:aws:iam::000000000000:role/x"}
        self.wrong("No Fargate configuration exists for given values.", definition(), **fargate, cpu="256", memory="16384")
        self.wrong("Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
                   definition(), **fargate, cpu="256", memory="512", pidMode="host")

    def test_family(self):
        """A family that is no name is refused."""
        for family in ("with space", "slash/ed", "x" * 256, "dotted.name"):
            self.refused("ClientException", "amily", self.ecs.register_task_definition, family=family, containerDefinitions=[definition()])

    def test_describe_texts(self):
        """A definition that is not there, or half a name of one, is told with AWS' words."""
        family = f"{self.namespace}-nowhere"
        describe, deregister = self.ecs.describe_task_definition, self.ecs.deregister_task_definition
        self.refused("ClientException", "Unable to describe task definition.", describe, taskDefinition=family)
        self.refused("ClientException", "Unable to describe task definition.", describe, taskDefinition=f"{family}:1")
        self.refused("ClientException", "Revision is missing.", deregister, taskDefinition=family)
        self.refused("ClientException", "Invalid revision number. Number: foo", deregister, taskDefinition=f"{family}:foo")
        self.refused("ClientException", "Invalid revision number. Number: foo", describe, taskDefinition=f"{family}:foo")

    def test_run_texts(self):
        """RunTask of a definition that is not there tells it; an awsvpc one needs a network configuration."""
        answer = self.refused_run("nowhere-at-all")
        self.assertIn(error_code_of(answer), ("ClientException", "InvalidParameterException"))
        own = self.register("vpc", definition(), networkMode="awsvpc")
        answer = self.refused_run(own)
        self.assertEqual(error_code_of(answer), "InvalidParameterException")
        self.assertIn("Network Configuration must be provided when networkMode 'awsvpc' is specified.", answer["Error"]["Message"])
        self.forget(own.split(":")[0])

    def refused_run(self, name):
        from botocore.exceptions import ClientError
        with self.assertRaises(ClientError) as caught:
            self.ecs.run_task(cluster=self.cluster, taskDefinition=name, launchType="EC2")
        self.assertIn(error_code(caught.exception), ("ClientException", "InvalidParameterException"))
        return caught.exception.response


def error_code_of(response):
    return response["Error"]["Code"]


class Objects(DefinitionCase):
    """The custom resources behind it."""

    def object(self, family, *containers, **spec):
        return {"apiVersion": "ecs.taskpod.io/v1alpha1", "kind": "TaskDefinition", "metadata": {"name": family},
                "spec": {"family": family, "containerDefinitions": list(containers or [definition()]), **spec}}

    def applied(self, wanted):
        self.addCleanup(kubectl, "delete", "taskdefinition", wanted["metadata"]["name"], "--ignore-not-found", "--wait=false")
        kubectl("apply", "-f", "-", stdin=json.dumps(wanted))

    def wait_revision(self, family, number):
        def there():
            seen = get("taskdefinition", family) or {}
            if seen.get("status", {}).get("latestRevision") != number:
                raise AssertionError(seen)
            return seen
        return wait_until(f"{family} has revision {number}", there)

    def revisions(self, family):
        return sorted((r for r in items("taskdefinitionrevisions") if r["spec"]["family"] == family), key=lambda r: r["spec"]["revision"])

    def test_apply(self):
        """A TaskDefinition that is applied with kubectl is registered, and described by ECS; a change is the next revision."""
        family = self.family("applied")
        self.applied(self.object(family, definition(memory=40)))
        seen = self.wait_revision(family, 1)
        conditions = {c["type"]: c["status"] for c in seen["status"]["conditions"]}
        self.assertEqual(conditions.get("Registered"), "True")
        self.assertEqual(seen["status"]["observedGeneration"], seen["metadata"]["generation"])
        self.assertEqual(seen["metadata"]["annotations"]["ecs.taskpod.io/revision"], "1")
        shown = self.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
        self.assertEqual((shown["revision"], shown["containerDefinitions"][0]["memory"]), (1, 40))
        self.applied(self.object(family, definition(memory=40)))  # nothing new
        self.applied(self.object(family, definition(memory=50)))
        self.wait_revision(family, 2)
        self.assertEqual([r["spec"]["revision"] for r in self.revisions(family)], [1, 2])
        shown = self.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
        self.assertEqual((shown["revision"], shown["containerDefinitions"][0]["memory"]), (2, 50))
        self.assertEqual(self.ecs.describe_task_definition(taskDefinition=f"{family}:1")["taskDefinition"]["containerDefinitions"][0]["memory"], 40)

    def test_both_ways_equal(self):
        """A definition that is registered and one that is applied are equal objects and equal answers."""
        sent = definition(script="exec sleep 1", environment=[{"name": "A", "value": "1"}])
        registered, applied = self.family("by-ecs"), self.family("by-kubectl")
        self.make(registered, sent, networkMode="bridge")
        self.applied(self.object(applied, sent, networkMode="bridge"))
        self.wait_revision(applied, 1)
        one, two = get("taskdefinition", registered), get("taskdefinition", applied)
        self.assertEqual(one["spec"] | {"family": ""}, two["spec"] | {"family": ""})
        self.assertEqual(one["status"]["latestRevision"], two["status"]["latestRevision"])
        one, two = self.revisions(registered)[0]["spec"], self.revisions(applied)[0]["spec"]
        self.assertEqual(one["input"] | {"family": ""}, two["input"] | {"family": ""})
        own = {"family", "taskDefinitionArn", "registeredAt", "registeredBy"}
        one, two = ({k: v for k, v in self.ecs.describe_task_definition(taskDefinition=f)["taskDefinition"].items() if k not in own}
                    for f in (registered, applied))
        self.assertEqual(one, two)

    def test_register_shows_in_kubectl(self):
        """A registration is a TaskDefinition and a TaskDefinitionRevision, with short names and columns; it is not registered again."""
        family = self.family("shown")
        self.make(family, definition(memory=40))
        self.make(family, definition(memory=50))
        self.wait_revision(family, 2)
        self.assertIn(family, kubectl("get", "td"))
        self.assertIn(f"{family}-2", kubectl("get", "tdr", "-l", f"ecs.taskpod.io/family={family}"))
        first = get("tdr", f"{family}-1")
        self.assertEqual((first["spec"]["family"], first["spec"]["revision"]), (family, 1))
        self.assertEqual(first["spec"]["input"]["containerDefinitions"][0]["memory"], 40)
        self.assertEqual(get("td", family)["spec"]["containerDefinitions"][0]["memory"], 50)
        self.ecs.deregister_task_definition(taskDefinition=f"{family}:1")
        wait_until("the revision is INACTIVE for kubectl, too", lambda: get("tdr", f"{family}-1")["status"]["status"] == "INACTIVE")
        self.assertEqual(self.make(family)["revision"], 3)

    def test_immutable(self):
        """Nobody changes a revision's spec."""
        family = self.family("fixed")
        self.make(family)
        with self.assertRaises(CommandFailed):
            kubectl("patch", "tdr", f"{family}-1", "--type=merge", "-p", '{"spec":{"revision":7}}')
        self.assertEqual(get("tdr", f"{family}-1")["spec"]["revision"], 1)

    def test_verbatim(self):
        """The input of a revision is kept as it was sent, not as ECS shows it."""
        family = self.family("verbatim")
        sent = {"name": "c", "image": BUSYBOX, "memory": 64}
        self.make(family, sent)
        kept = get("tdr", f"{family}-1")["spec"]["input"]
        self.assertEqual(kept, {"family": family, "containerDefinitions": [sent]})

    def test_wrong_object(self):
        """A TaskDefinition that ECS would refuse says so in its condition, and gets no revision; mended, it is registered."""
        family = self.family("mended")
        self.applied(self.object(family, {"name": "c", "image": BUSYBOX}))

        def told():
            seen = get("taskdefinition", family)
            condition = next((c for c in seen.get("status", {}).get("conditions", []) if c["type"] == "Registered"), {})
            if condition.get("status") != "False":
                raise AssertionError(seen)
            return condition["message"]
        self.assertIn("At least one of 'memory' or 'memoryReservation' must be specified.", wait_until("the condition tells why", told))
        self.assertEqual(self.revisions(family), [])
        self.applied(self.object(family, definition("c")))
        self.wait_revision(family, 1)


if __name__ == "__main__":
    unittest.main()
