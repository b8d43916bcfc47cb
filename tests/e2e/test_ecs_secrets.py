"""What a task's definition only refers to: secrets, environment files, logins and roles, from Kubernetes Secrets and from moto's server."""
import base64
import json
import pathlib
import sys
import unittest

from bed import SYSTEM, Program, bed, free_port, kubectl, program, run, wait_until
from ecs import FOREVER, EcsCase, PoolCase, REGION, definition, instance_id, need, uid_of

MOTO_ACCOUNT = "123456789012"
LABEL = "ecs.taskpod.io/resolved"
ECR = f"{MOTO_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
moto = None  # the URL


def service(name):
    import boto3
    return boto3.client(name, endpoint_url=moto, region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing")


def setUpModule():
    global moto
    server = pathlib.Path(sys.executable).parent / "moto_server"
    if not server.exists():
        raise unittest.SkipTest("no moto_server beside this Python: tests/bed/venv has it")
    need(real_node=True)
    port = free_port()
    moto = f"http://127.0.0.1:{port}"
    cloud = Program("moto", server, "-H", "127.0.0.1", "-p", port).start()
    unittest.addModuleCleanup(cloud.stop)
    wait_until("moto answers", lambda: run("curl", "-sf", f"{moto}/moto-api/", check=False).returncode == 0)
    unittest.enterModuleContext(bed().controller_with("--aws-endpoint", moto, "--aws-region", REGION))
    secret(SYSTEM, "aws-credentials", accessKeyId="testing", secretAccessKey="testing")


def secret(namespace, name, **values):
    kubectl("apply", "-f", "-", stdin=json.dumps({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "stringData": values}))


def decoded(found):
    return {k: base64.b64decode(v).decode() for k, v in found.get("data", {}).items()}


def role_arn(name):
    return f"arn:aws:iam::{MOTO_ACCOUNT}:role/{name}"


class Secrets(EcsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Secrets without an execution role are read with the controller's own credentials where the namespace lists a role.
        kubectl("annotate", "namespace", cls.namespace, "ecs.taskpod.io/allowed-roles=none-of-these")

    def setUp(self):
        self.addCleanup(self.stop_everything)

    def resolved(self):
        return self.list("secrets", "-l", LABEL)

    def printed(self, task):
        """The environment that the task's container wrote."""
        def wrote():
            stopped = self.describe_task(task)
            if stopped["lastStatus"] == "STOPPED" and stopped.get("stopCode") == "TaskFailedToStart":
                raise RuntimeError(stopped["stoppedReason"])
            pod = self.pod_of(task)
            text = run("kubectl", "-n", self.namespace, "logs", pod["metadata"]["name"], check=False).stdout
            return "DONE" in text and text
        return dict(line.split("=", 1) for line in wait_until("the container has written", wrote).splitlines() if "=" in line)

    def environment_of(self, name, **more):
        task = self.run_task(self.register(name, definition(script=f"env; echo DONE; {FOREVER}", **more)))
        return task, self.printed(task)

    def test_values(self):
        """Values of Secrets Manager and Parameter Store are in the container's environment; their Secrets go with the last task."""
        plain = service("secretsmanager").create_secret(Name="e2e/plain", SecretString="p1ain=text")["ARN"]
        pair = service("secretsmanager").create_secret(Name="e2e/json", SecretString=json.dumps({"user": "joe", "port": 5432}))["ARN"]
        service("ssm").put_parameter(Name="e2e-name", Value="by-name", Type="SecureString")
        service("ssm").put_parameter(Name="/e2e/deep", Value="by-arn", Type="SecureString")
        task, seen = self.environment_of("values", secrets=[
            {"name": "PLAIN", "valueFrom": plain}, {"name": "USER_NAME", "valueFrom": pair + ":user::"},
            {"name": "PORT", "valueFrom": pair + ":port:AWSCURRENT:"}, {"name": "NAMED", "valueFrom": "e2e-name"},
            {"name": "DEEP", "valueFrom": f"arn:aws:ssm:{REGION}:{MOTO_ACCOUNT}:parameter/e2e/deep"}])
        self.assertEqual({k: seen.get(k) for k in ("PLAIN", "USER_NAME", "PORT", "NAMED", "DEEP")},
                         {"PLAIN": "p1ain=text", "USER_NAME": "joe", "PORT": "5432", "NAMED": "by-name", "DEEP": "by-arn"})
        self.assertEqual(len(self.resolved()), 4)
        self.assertNotIn("p1ain", json.dumps(self.pod_of(task)))
        self.assertNotIn("p1ain", (bed().folder / "logs/taskpod-controller.log").read_text())
        self.stop_everything()
        wait_until("the Secrets of a stopped task are gone", lambda: not self.resolved())

    def test_shared(self):
        """A Secret stays while one of several tasks names it."""
        shared = service("secretsmanager").create_secret(Name="e2e/shared", SecretString="x")["ARN"]
        wanted = self.register("shared", definition(script=FOREVER, secrets=[{"name": "X", "valueFrom": shared}]))
        first, second = self.run_tasks(wanted, count=2)
        self.wait_running(first, second)
        before = self.resolved()
        self.assertEqual(len(before), 1)
        self.ecs.stop_task(cluster=self.cluster, task=first["taskArn"])
        self.wait_stopped(first)
        self.assertEqual([s["metadata"]["uid"] for s in self.resolved()], [s["metadata"]["uid"] for s in before])
        self.stop_everything()
        wait_until("the Secret is gone", lambda: not self.resolved())

    def test_environment_files(self):
        """Files in S3: the first to name a variable wins, environment wins over both, comments are none."""
        s3 = service("s3")
        s3.create_bucket(Bucket="e2e-env")
        s3.put_object(Bucket="e2e-env", Key="a dir/first.env", Body=b"# no=comment\nA=1\nB=\"as it=stands\"\r\n\nnothing\n")
        s3.put_object(Bucket="e2e-env", Key="second.env", Body=b"A=2\nC=3\nD=4\n")
        _, seen = self.environment_of("files", environment=[{"name": "D", "value": "own"}], environmentFiles=[
            {"type": "s3", "value": "arn:aws:s3:::e2e-env/a dir/first.env"}, {"type": "s3", "value": "arn:aws:s3:::e2e-env/second.env"}])
        self.assertEqual({k: seen.get(k) for k in "ABCD"}, {"A": "1", "B": '"as it=stands"', "C": "3", "D": "own"})
        self.assertNotIn("no", seen)

    def test_own_secret(self):
        """A Secret of the naming rule that is there is used, and stays; so is a ConfigMap in the place of a file."""
        arn = f"arn:aws:secretsmanager:{REGION}:{MOTO_ACCOUNT}:secret:not-in-moto-AbCdEf"
        file = "arn:aws:s3:::not-in-moto/own.env"
        task_definition = {"family": "own", "containerDefinitions": [definition(secrets=[{"name": "OWN", "valueFrom": arn}], environmentFiles=[
            {"type": "s3", "value": file}])]}
        told = self.register("own", definition(script=f"env; echo DONE; {FOREVER}", secrets=[{"name": "OWN", "valueFrom": arn}],
                                               environmentFiles=[{"type": "s3", "value": file}]))
        listed = run(program("taskpod"), "convert", "-", "-o", "json", "--to", "pod", stdin=json.dumps(task_definition)).stdout
        main = json.loads(listed)["spec"]["containers"][0]
        name = next(e for e in main["env"] if e["name"] == "OWN")["valueFrom"]["secretKeyRef"]["name"]
        secret(self.namespace, name, value="by hand")
        probe = self.ecs.run_task(cluster=self.cluster, taskDefinition=told, launchType="EC2")["tasks"][0]
        stopped = self.wait_stopped(probe)[0]  # the file is nowhere
        self.assertIn("failed to download env files: " + file, stopped["stoppedReason"])
        file_secret = self.pod_of(probe)["spec"]["containers"][0]["envFrom"][0]["secretRef"]["name"]
        kubectl("-n", self.namespace, "create", "configmap", file_secret, "--from-literal=LINE=from a ConfigMap")
        seen = self.printed(self.run_task(told))
        self.assertEqual((seen.get("OWN"), seen.get("LINE")), ("by hand", "from a ConfigMap"))
        self.stop_everything()
        wait_until("the copy is gone", lambda: not self.resolved())
        self.assertIsNotNone(self.get("secret", name))

    def test_missing(self):
        """What is not there stops the task before it has a node, with ECS' words."""
        there = service("secretsmanager").create_secret(Name="e2e/there", SecretString='{"a":"b"}')["ARN"]
        auth = "ResourceInitializationError: unable to pull secrets or registry auth: "
        for name, reference, words in (
                ("asm", f"arn:aws:secretsmanager:{REGION}:{MOTO_ACCOUNT}:secret:nowhere-AbCdEf", "unable to retrieve secret from asm"),
                ("key", there + ":other::", "did not contain json key other"),
                ("ssm", "no-such-parameter", "unable to retrieve secrets from ssm"),
                ("arn", f"arn:aws:sqs:{REGION}:{MOTO_ACCOUNT}:queue", "no reference into Secrets Manager")):
            with self.subTest(name):
                task = self.run_task(self.register(name, definition(script=FOREVER, secrets=[{"name": "X", "valueFrom": reference}])))
                stopped = self.wait_stopped(task)[0]
                self.assertEqual(stopped["stopCode"], "TaskFailedToStart")
                self.assertTrue(stopped["stoppedReason"].startswith(auth), stopped["stoppedReason"])
                self.assertIn(words, stopped["stoppedReason"])
                self.assertIsNone(self.node_of(task))

    def test_start_task(self):
        """StartTask puts a task with secrets on its instance."""
        name = service("secretsmanager").create_secret(Name="e2e/start", SecretString="started")["ARN"]
        wanted = self.register("start", definition(script=f"env; echo DONE; {FOREVER}", secrets=[{"name": "X", "valueFrom": name}]))
        answer = self.ecs.start_task(cluster=self.cluster, taskDefinition=wanted, containerInstances=[instance_id("real")])
        self.assertEqual(answer["failures"], [])
        self.assertEqual(self.printed(answer["tasks"][0])["X"], "started")
        self.assertEqual(self.node_of(answer["tasks"][0]), "real")


class Roles(PoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        kubectl("annotate", "namespace", cls.namespace, "ecs.taskpod.io/allowed-roles=*")  # as above, beside a task role

    nodes_wanted = 1

    def credentials(self, task):
        pod = self.pod_of(task)
        return pod, wait_until("the task has its Secret", lambda: self.get("secret", pod["metadata"]["name"] + "-credentials"))

    def test_assumed(self):
        """Both roles are assumed: one Secret, owned by the pod, for the agent alone, and gone with the task."""
        wanted = self.register("roles", taskRoleArn=role_arn("app"), executionRoleArn=role_arn("exec"))
        task = self.run_task(wanted, placementConstraints=self.in_pool)
        self.wait_running(task)
        pod, found = self.credentials(task)
        self.assertEqual([(o["kind"], o["uid"]) for o in found["metadata"]["ownerReferences"]], [("Pod", uid_of(task))])
        volume = next(v for v in pod["spec"]["volumes"] if v["name"] == "ecs-credentials")
        self.assertEqual((volume["secret"]["secretName"], volume["secret"]["optional"]), (found["metadata"]["name"], True))
        self.assertFalse([m for c in pod["spec"]["containers"] for m in c.get("volumeMounts", []) if m["name"] == "ecs-credentials"])
        data = decoded(found)
        self.assertEqual(set(data), {"task-role.json", "execution-role.json"})
        for key, arn in (("task-role.json", role_arn("app")), ("execution-role.json", role_arn("exec"))):
            shape = json.loads(data[key])
            self.assertEqual(set(shape), {"RoleArn", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"})
            self.assertEqual(shape["RoleArn"], arn)
            self.assertRegex(shape["AccessKeyId"], "^ASIA")
        self.stop_everything()
        wait_until("the credentials are gone", lambda: not self.get("secret", found["metadata"]["name"]))

    def test_static(self):
        """A role of the static map is taken from there."""
        secret(SYSTEM, "role-credentials", fixed=json.dumps({"AccessKeyId": "AKIAFIXED", "SecretAccessKey": "s", "Token": "t"}))
        self.addCleanup(kubectl, "-n", SYSTEM, "delete", "secret", "role-credentials")
        task = self.run_task(self.register("static", taskRoleArn=role_arn("fixed")), placementConstraints=self.in_pool)
        self.addCleanup(self.stop_everything)
        _, found = self.credentials(task)
        shape = json.loads(decoded(found)["task-role.json"])
        self.assertEqual((shape["AccessKeyId"], shape["Token"], shape["RoleArn"]), ("AKIAFIXED", "t", role_arn("fixed")))

    def test_logins(self):
        """Logins for a private registry and for ECR become the pod's pull secrets."""
        login = service("secretsmanager").create_secret(Name="e2e/login", SecretString='{"username":"u","password":"p"}')["ARN"]
        wanted = self.register("logins", definition("hub", image="registry.example.com:5000/a/b:1",
                                                    repositoryCredentials={"credentialsParameter": login}),
                               definition("ecr", image=f"{ECR}/repository:1"))
        task = self.run_task(wanted, placementConstraints=self.in_pool)
        self.addCleanup(self.stop_everything)
        self.wait_running(task)
        hosts = {}
        for reference in self.pod_of(task)["spec"]["imagePullSecrets"]:
            found = self.get("secret", reference["name"])
            self.assertEqual(found["type"], "kubernetes.io/dockerconfigjson")
            hosts |= json.loads(decoded(found)[".dockerconfigjson"])["auths"]
        self.assertEqual(set(hosts), {"registry.example.com:5000", ECR})
        self.assertEqual((hosts["registry.example.com:5000"]["username"], hosts["registry.example.com:5000"]["password"]), ("u", "p"))
        self.assertEqual(hosts[ECR]["username"], "AWS")

    def test_service(self):
        """The tasks of a service have secrets, too."""
        name = service("secretsmanager").create_secret(Name="e2e/service", SecretString="s")["ARN"]
        wanted = self.register("svc", definition(script=FOREVER, secrets=[{"name": "X", "valueFrom": name}]), taskRoleArn=role_arn("svc"))
        self.create_service("with-secrets", wanted, 2)
        self.wait_stable("with-secrets")
        for pod in self.service_pods("with-secrets"):
            self.assertIsNotNone(self.get("secret", pod["metadata"]["name"] + "-credentials"))

    def test_log_options(self):
        """Options of a log driver whose values are secrets are in the task's own Secret."""
        name = service("secretsmanager").create_secret(Name="e2e/log", SecretString="token")["ARN"]
        wanted = self.register("log", definition(script=FOREVER, logConfiguration={
            "logDriver": "splunk", "options": {"splunk-url": "http://127.0.0.1:1"},
            "secretOptions": [{"name": "splunk-token", "valueFrom": name}]}))
        task = self.run_task(wanted, placementConstraints=self.in_pool)
        self.addCleanup(self.stop_everything)
        _, found = self.credentials(task)
        self.assertEqual(json.loads(decoded(found)["log-options.json"]), {"main": {"splunk-token": "token"}})
