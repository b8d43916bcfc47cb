"""Every command of `aws ecs` that works here, in the order of one life: cluster, definition, tasks, instances, service, and back."""
import json
import unittest

from bed import REAL_NODE, aws, bed, get, kubectl, wait_until
from ecs import FOREVER, MODEL, EcsCase, arn, definition, id_of, instance_id, need
from test_ecs_api import UNSUPPORTED

# Calls that only an agent makes; `aws ecs` has commands for them, which nobody types.
OF_AGENTS = {"DiscoverPollEndpoint", "RegisterContainerInstance", "SubmitAttachmentStateChanges", "SubmitContainerStateChange",
             "SubmitTaskStateChange"}


def setUpModule():
    need(real_node=True)


def operation_of(command):
    return "".join(part.capitalize() for part in command.split("-"))


class Commands(EcsCase):
    def aws(self, command, *args, cluster=True, **more):
        """`aws ecs COMMAND --cluster ...`, and notes that the command was used."""
        self.used.add(operation_of(command))
        return aws(command, *(("--cluster", self.cluster) if cluster else ()), *args, **more)

    def test_all(self):
        """Each command does its work, and none that is implemented is left out."""
        self.used, family, call = set(), f"{self.namespace}-cli", self.aws
        # clusters
        made = call("create-cluster", "--cluster-name", "ecs-commands-more", "--tags", "key=a,value=1", cluster=False)["cluster"]
        self.addCleanup(kubectl, "delete", "namespace", "ecs-commands-more", "--wait=false", "--ignore-not-found")
        self.assertEqual(made["clusterName"], "ecs-commands-more")
        self.assertIn(made["clusterArn"], call("list-clusters", cluster=False)["clusterArns"])
        self.assertEqual(call("describe-clusters", "--clusters", "ecs-commands-more", "--include", "TAGS", "SETTINGS", cluster=False)[
            "clusters"][0]["tags"], [{"key": "a", "value": "1"}])
        settings = ("--settings", "name=containerInsights,value=enabled")
        self.assertEqual(call("update-cluster-settings", *settings)["cluster"]["clusterName"], self.cluster)
        self.assertEqual(call("update-cluster", *settings)["cluster"]["clusterName"], self.cluster)
        # tags
        call("tag-resource", "--resource-arn", made["clusterArn"], "--tags", "key=b,value=2", cluster=False)
        call("untag-resource", "--resource-arn", made["clusterArn"], "--tag-keys", "a", cluster=False)
        self.assertEqual(call("list-tags-for-resource", "--resource-arn", made["clusterArn"], cluster=False)["tags"], [{"key": "b", "value": "2"}])
        # account settings
        call("put-account-setting", "--name", "containerInsights", "--value", "enabled", cluster=False)
        call("put-account-setting-default", "--name", "containerInsights", "--value", "disabled", cluster=False)
        self.assertTrue(call("list-account-settings", "--effective-settings", cluster=False)["settings"])
        call("delete-account-setting", "--name", "containerInsights", cluster=False)
        # capacity providers
        provider = ("--auto-scaling-group-provider", "autoScalingGroupArn=arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:x:"
                    "autoScalingGroupName/x")
        call("create-capacity-provider", "--name", "commands-provider", *provider, cluster=False)
        call("update-capacity-provider", "--name", "commands-provider", "--auto-scaling-group-provider", "managedScaling={status=DISABLED}", cluster=False)
        names = [p["name"] for p in call("describe-capacity-providers", cluster=False)["capacityProviders"]]
        self.assertLessEqual({"FARGATE", "FARGATE_SPOT", "commands-provider"}, set(names))
        call("put-cluster-capacity-providers", "--capacity-providers", "FARGATE", "--default-capacity-provider-strategy",
             "capacityProvider=FARGATE,weight=1")
        call("put-cluster-capacity-providers", "--capacity-providers", "[]", "--default-capacity-provider-strategy", "[]")
        call("delete-capacity-provider", "--capacity-provider", "commands-provider", cluster=False)
        # definitions
        containers = json.dumps([definition(script=FOREVER)])
        for _ in range(2):
            call("register-task-definition", "--family", family, "--network-mode", "bridge", "--container-definitions", containers, cluster=False)
        self.assertEqual(call("describe-task-definition", "--task-definition", family, cluster=False)["taskDefinition"]["revision"], 2)
        self.assertEqual(len(call("list-task-definitions", "--family-prefix", family, cluster=False)["taskDefinitionArns"]), 2)
        self.assertEqual(call("list-task-definition-families", "--family-prefix", family, cluster=False)["families"], [family])
        self.assertEqual(call("deregister-task-definition", "--task-definition", f"{family}:1", cluster=False)["taskDefinition"]["status"], "INACTIVE")
        self.assertEqual(call("delete-task-definitions", "--task-definitions", f"{family}:1", cluster=False)["failures"], [])
        # instances
        instance = instance_id(REAL_NODE)
        self.assertIn(instance, [id_of(a) for a in call("list-container-instances")["containerInstanceArns"]])
        self.assertEqual(call("describe-container-instances", "--container-instances", instance)["containerInstances"][0]["status"], "ACTIVE")
        attribute = ("--attributes", f"name=cli,value=yes,targetType=container-instance,targetId={instance}")
        call("put-attributes", *attribute)
        self.assertEqual(len(call("list-attributes", "--target-type", "container-instance", "--attribute-name", "cli")["attributes"]), 1)
        call("delete-attributes", *attribute)
        for status in ("DRAINING", "ACTIVE"):
            changed = call("update-container-instances-state", "--container-instances", instance, "--status", status)
            self.assertEqual(changed["containerInstances"][0]["status"], status)
        wait_until("the node takes pods again", lambda: not get("node", REAL_NODE)["spec"].get("taints"))
        # tasks
        one = call("run-task", "--task-definition", family, "--launch-type", "EC2")["tasks"][0]["taskArn"]
        two = call("start-task", "--task-definition", family, "--container-instances", instance)["tasks"][0]["taskArn"]
        self.wait_running(one, two)
        self.assertEqual(set(call("list-tasks")["taskArns"]), {one, two})
        self.assertEqual({t["lastStatus"] for t in call("describe-tasks", "--tasks", one, two)["tasks"]}, {"RUNNING"})
        for task in (one, two):
            self.assertEqual(call("stop-task", "--task", task)["task"]["desiredStatus"], "STOPPED")
        self.wait_stopped(one, two)
        # services
        call("create-service", "--service-name", "cli", "--task-definition", family, "--desired-count", 1, "--launch-type", "EC2")
        self.addCleanup(self.ecs.delete_service, cluster=self.cluster, service="cli", force=True)
        self.waiter("services_stable", 120, cluster=self.cluster, services=["cli"])
        self.assertEqual(call("describe-services", "--services", "cli")["services"][0]["runningCount"], 1)
        self.assertEqual(call("list-services")["serviceArns"], [arn(f"service/{self.cluster}/cli")])
        call("list-services-by-namespace", "--namespace", "nowhere", cluster=False, check=False)  # there may be no such namespace
        task = self.list_tasks(serviceName="cli")[0]
        self.assertEqual(call("update-task-protection", "--tasks", task, "--protection-enabled")["failures"], [])
        self.assertTrue(call("get-task-protection", "--tasks", task)["protectedTasks"][0]["protectionEnabled"])
        call("update-task-protection", "--tasks", task, "--no-protection-enabled")
        deployments = call("list-service-deployments", "--service", "cli")["serviceDeployments"]
        deployment = deployments[0]["serviceDeploymentArn"]
        shown = call("describe-service-deployments", "--service-deployment-arns", deployment, cluster=False)["serviceDeployments"][0]
        revision = shown["targetServiceRevision"]["arn"]
        self.assertEqual(len(call("describe-service-revisions", "--service-revision-arns", revision, cluster=False)["serviceRevisions"]), 1)
        call("update-service", "--service", "cli", "--force-new-deployment")
        newest = call("list-service-deployments", "--service", "cli")["serviceDeployments"][0]["serviceDeploymentArn"]
        stopped = call("stop-service-deployment", "--service-deployment-arn", newest, "--stop-type", "ROLLBACK", cluster=False)
        self.assertEqual(stopped["serviceDeploymentArn"], newest)
        self.waiter("services_stable", 300, cluster=self.cluster, services=["cli"])
        call("delete-service", "--service", "cli", "--force")
        self.waiter("services_inactive", 120, cluster=self.cluster, services=["cli"])
        # and away
        gone = call("deregister-container-instance", "--container-instance", "0" * 32, check=False)  # the only node stays
        self.assertNotEqual(gone.returncode, 0, gone.stdout)
        call("delete-cluster", "--cluster", "ecs-commands-more", cluster=False)

        absent = set(MODEL.operations) - self.used - UNSUPPORTED - OF_AGENTS
        self.assertEqual(absent, set(), "implemented, but not used above")

    def test_unsupported(self):
        """A command that does not work here fails with a modelled error that says why."""
        for command in (("describe-task-sets", "--service", "x"), ("create-task-set", "--service", "x", "--task-definition", "x"), ("list-daemons",)):
            needs = ("--cluster", self.cluster) if command[0] != "list-daemons" else ()
            failed = aws(*command, *needs, check=False)
            self.assertNotEqual(failed.returncode, 0)
            self.assertRegex(failed.stderr, r"An error occurred \(\w+Exception\) when calling the \w+ operation: \w{3,}")
        self.assertTrue(bed().controller().running())


if __name__ == "__main__":
    unittest.main()
