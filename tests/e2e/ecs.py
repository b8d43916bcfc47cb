"""What the tests of the ECS API share: a client whose answers are checked against the service model, raw signed requests, and a
test case with a cluster of its own."""
import collections
import concurrent.futures
import datetime
import hashlib
import hmac
import http.client
import json
import unittest

from bed import ACCOUNT, BUSYBOX, REGION, ROOT, STOCK_AGENT, STOCK_SCHEDULER, Case, bed, get, kubectl, wait_until

TARGET = "AmazonEC2ContainerServiceV20141113"
# Runs until it is told to end, and ends at once then.
FOREVER = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
# Errors that every JSON service of AWS may answer, beside those that the model names for the operation.
COMMON_ERRORS = {
    "AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException", "MissingAuthenticationTokenException",
    "IncompleteSignatureException", "ExpiredTokenException", "UnknownOperationException", "SerializationException",
    "ThrottlingException", "ValidationException"}
# Structures that mean something when they are empty: `"host": {}` is a folder that lives as long as the task.
MAY_BE_EMPTY = {"HostVolumeProperties"}


class Model:
    """The service model, and what contradicts it in an answer."""

    def __init__(self):
        model = json.loads((ROOT / "src/ecs/model/service.json").read_text())
        self.operations, self.shapes = model["operations"], model["shapes"]

    def output_problems(self, operation, answer):
        shape = self.shapes[self.operations[operation]["output"]]
        return list(self._structure(shape, answer, operation, top=True))

    def error_problems(self, operation, status, answer):
        if not isinstance(answer, dict):
            return [f"the error is no object: {answer!r}"]
        kind, message = answer.get("__type"), answer.get("message")
        problems = []
        if not isinstance(kind, str) or "#" in kind and not kind.split("#")[1]:
            return [f"no __type: {answer!r}"]
        kind = kind.rsplit("#", 1)[-1].split(":")[0]
        known = self.operations.get(operation, {}).get("errors", [])
        if kind not in known and kind not in COMMON_ERRORS:
            problems.append(f"{operation} does not answer {kind} in the model, but {', '.join(known)}")
        if not isinstance(message, str) or not message.strip():
            problems.append(f"{kind} without a message")
        if status != (500 if kind == "ServerException" else 400):
            problems.append(f"{kind} with status {status}")
        if kind in self.shapes:
            members = {"__type": "String", "Message": "String", **self.shapes[kind].get("members", {})}
            problems += [f"{kind}.{name} is not in the model" for name in answer if name not in members]
        return problems

    def _value(self, name, value, path):
        shape = self.shapes[name]
        kind = shape["type"]
        if value is None:
            yield f"{path} is null"
        elif kind == "structure":
            if value == {} and name not in MAY_BE_EMPTY:
                yield f"{path} is an empty structure"
            yield from self._structure(shape, value, path)
        elif kind == "list":
            if not isinstance(value, list):
                yield f"{path} is no list"
                return
            for i, item in enumerate(value):
                yield from self._value(shape["member"], item, f"{path}[{i}]")
        elif kind == "map":
            if not isinstance(value, dict):
                yield f"{path} is no map"
                return
            for key, item in value.items():
                yield from self._value(shape["value"], item, f"{path}.{key}")
        else:
            wanted = {"string": str, "boolean": bool, "integer": int, "long": int, "double": (int, float),
                      "timestamp": (int, float)}[kind]
            if not isinstance(value, wanted) or isinstance(value, bool) != (kind == "boolean"):
                yield f"{path} is {value!r}, not of type {kind}"
            elif "enum" in shape and value not in shape["enum"]:
                yield f"{path} is {value!r}, not one of {', '.join(shape['enum'])}"

    def _structure(self, shape, value, path, top=False):
        if not isinstance(value, dict):
            yield f"{path} is no structure: {value!r}"
            return
        members = shape.get("members", {})
        for name, item in value.items():
            if name in members:
                yield from self._value(members[name], item, f"{path}.{name}")
            else:
                yield f"{path}.{name} is not in the model"
        for name in shape.get("required", []):
            if name not in value:
                yield f"{path}.{name} is missing"

    def minimal(self, operation, **given):
        """An input with the required members only, and with those of `given` that the operation has."""
        shape = self.shapes[self.operations[operation]["input"]]
        made = self._minimal(self.operations[operation]["input"])
        return made | {k: v for k, v in given.items() if k in shape.get("members", {})}

    def _minimal(self, name):
        shape = self.shapes[name]
        kind = shape["type"]
        if kind == "structure":
            return {k: self._minimal(shape["members"][k]) for k in shape.get("required", [])}
        if kind == "list":
            return [self._minimal(shape["member"])]
        if kind == "map":
            return {}
        if "enum" in shape:
            return shape["enum"][0]
        return {"string": "none", "boolean": False, "double": 1.0, "timestamp": 0}.get(kind, 1)


MODEL = Model()


class NotInTheModel(AssertionError):
    pass


def check_answer(http_response, parsed, model, **_):
    """Called by boto3 after every call: the answer as it came, not as boto3 reads it."""
    operation = model.name
    answer = json.loads(http_response.content or b"null")
    if http_response.status_code == 200:
        problems = MODEL.output_problems(operation, answer)
    else:
        problems = MODEL.error_problems(operation, http_response.status_code, answer)
    if problems:
        raise NotInTheModel(f"{operation}: {'; '.join(problems[:5])}: {json.dumps(answer)[:2000]}")


def client(url, key, region=REGION):
    import boto3
    import botocore.config
    made = boto3.session.Session().client(
        "ecs", endpoint_url=url, region_name=region, aws_access_key_id=key.id, aws_secret_access_key=key.secret,
        config=botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 3}, proxies={}, read_timeout=60,
                                      max_pool_connections=20))
    made.meta.events.register("after-call.ecs", check_answer)
    return made


def error_code(error):
    return error.response["Error"]["Code"]


def knows_key(made):
    """Whether the endpoint is there and has seen the key's Secret; what the user may do is another matter."""
    from botocore.exceptions import ClientError, HTTPClientError
    try:
        made.list_clusters()
    except ClientError as error:
        return error_code(error) == "AccessDeniedException"
    except HTTPClientError as error:
        raise AssertionError(error) from None
    return True


Answer = collections.namedtuple("Answer", "status headers body")


class Wire:
    """Requests as bytes: signed by hand, so that every part can be wrong."""

    def __init__(self, address, key, region=REGION):
        self.address, self.key, self.region = address, key, region

    def headers(self, target, body, when=None, service="ecs", region=None, key_id=None, secret=None):
        """Signed headers as botocore makes them."""
        when = when or datetime.datetime.now(datetime.timezone.utc)
        stamp = when.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{region or self.region}/{service}/aws4_request"
        signed = {"content-type": "application/x-amz-json-1.1", "host": self.address, "x-amz-date": stamp, "x-amz-target": target}
        canonical = "\n".join(["POST", "/", "", *(f"{k}:{v}" for k, v in signed.items()), "", ";".join(signed),
                               hashlib.sha256(body).hexdigest()])
        text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signing = f"AWS4{secret or self.key.secret}".encode()
        for part in scope.split("/"):
            signing = hmac.digest(signing, part.encode(), "sha256")
        signature = hmac.digest(signing, text.encode(), "sha256").hex()
        return signed | {"authorization": f"AWS4-HMAC-SHA256 Credential={key_id or self.key.id}/{scope}, "
                                          f"SignedHeaders={';'.join(signed)}, Signature={signature}"}

    def send(self, headers, body, method="POST", path="/", connection=None):
        """One request; a connection that is given stays open."""
        own = connection or http.client.HTTPConnection(self.address, timeout=60)
        try:
            own.request(method, path, body, headers)
            answer = own.getresponse()
            content = answer.read()
            try:
                parsed = json.loads(content)
            except ValueError:
                parsed = content
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, parsed)
        finally:
            if not connection:
                own.close()

    def call(self, operation, body, connection=None, **how):
        """One signed request; body: an object, or bytes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send(self.headers(f"{TARGET}.{operation}", content, **how), content, connection=connection)


def kind_of(answer):
    """The name of the exception of a raw answer."""
    body = answer.body if isinstance(answer.body, dict) else {}
    return str(body.get("__type", "")).rsplit("#", 1)[-1].split(":")[0]


def definition(name="main", image=BUSYBOX, script=None, **more):
    """A container definition that needs little; `script` is run by its shell."""
    command = {"entryPoint": ["sh", "-c"], "command": [script]} if script else {}
    return {"name": name, "image": image, "cpu": 10, "memory": 32, "stopTimeout": 2, **command, **more}


def arn(resource, region=REGION):
    return f"arn:aws:ecs:{region}:{ACCOUNT}:{resource}"


def id_of(some_arn):
    return some_arn.rsplit("/", 1)[-1]


def uid_of(task):
    """The UID of a task's pod, from the task or its ARN."""
    digits = id_of(task if isinstance(task, str) else task["taskArn"])
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def instance_id(node):
    """The id of a node as a container instance."""
    return get("node", node)["metadata"]["uid"].replace("-", "")


def in_parallel(call, inputs, threads=8):
    """[call(x) for x in inputs], by several threads at once."""
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(call, inputs))


def alive(pod):
    """A pod that is a task of PENDING, RUNNING or STOPPING."""
    return pod.get("status", {}).get("phase", "Pending") in ("Pending", "Running")


def stopping(pod):
    return bool(pod["metadata"].get("deletionTimestamp") or "ecs.taskpod.io/stop-code" in pod["metadata"].get("annotations", {})
                or pod["spec"].get("activeDeadlineSeconds"))


def counts_over_time(events, service, since=0):
    """(running, alive) of a service after each of its events in the watch from the event number `since` on."""
    pods = {}
    for number, (kind, pod) in enumerate(events):
        if pod["metadata"].get("labels", {}).get("ecs.taskpod.io/service") != service:
            continue
        if kind == "DELETED":
            pods.pop(pod["metadata"]["uid"], None)
        else:
            pods[pod["metadata"]["uid"]] = pod
        kept = [p for p in pods.values() if alive(p)]
        if number < since:
            continue
        yield sum(p.get("status", {}).get("phase") == "Running" and not stopping(p) for p in kept), len(kept)


def need(real_node=False):
    """For setUpModule: starts what the module needs."""
    if STOCK_SCHEDULER:
        raise unittest.SkipTest("the stock scheduler has no ECS API")
    bed().controller()
    if real_node:
        bed().agent()


def need_simulation():
    if STOCK_AGENT:
        raise unittest.SkipTest("nobody runs pods on the stock programs' simulated nodes")


class EcsCase(Case):
    """A test in a cluster of its own, which is the namespace of the same name."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.namespace = f"ecs-{cls.__name__.lower()}"
        bed().ecs().create_cluster(clusterName=cls.cluster)
        cls.addClassCleanup(kubectl, "delete", "namespace", cls.cluster, "--wait=false", "--ignore-not-found")
        wait_until("the cluster's namespace has its ServiceAccount", lambda: (
            cls.get("serviceaccount", "default") and cls.get("configmap", "kube-root-ca.crt")))

    @property
    def ecs(self):
        return bed().ecs()

    # ---- errors

    def refused(self, kind, text, call, *args, **more):
        """The call raises that exception; its message is, or holds, the text."""
        from botocore.exceptions import ClientError
        with self.assertRaises(ClientError) as caught:
            call(*args, **more)
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], kind, error)
        self.assertIn(text, error["Message"])
        return caught.exception.response

    # ---- waiting

    def waiter(self, name, seconds=120, **arguments):
        self.ecs.get_waiter(name).wait(WaiterConfig={"Delay": 1, "MaxAttempts": seconds}, **arguments)

    def wait_running(self, *tasks, seconds=120):
        arns = [t if isinstance(t, str) else t["taskArn"] for t in tasks]
        self.waiter("tasks_running", seconds, cluster=self.cluster, tasks=arns)
        return self.describe_tasks(*arns)

    def wait_stopped(self, *tasks, seconds=120):
        arns = [t if isinstance(t, str) else t["taskArn"] for t in tasks]
        self.waiter("tasks_stopped", seconds, cluster=self.cluster, tasks=arns)
        return self.describe_tasks(*arns)

    # ---- task definitions and tasks

    @classmethod
    def register(cls, name, *containers, **more):
        """family:revision of a new revision of a family of this class; bridge mode unless said."""
        more = {"networkMode": "bridge", **more}
        made = bed().ecs().register_task_definition(
            family=f"{cls.namespace}-{name}", containerDefinitions=list(containers or [definition(script=FOREVER)]), **more)
        return "{family}:{revision}".format(**made["taskDefinition"])

    def run_tasks(self, task_definition, check=True, **more):
        """The tasks of a RunTask; unless `check` is false there are as many as asked for."""
        answer = self.ecs.run_task(cluster=self.cluster, taskDefinition=task_definition, **{"launchType": "EC2", **more})
        if not check:
            return answer
        self.assertEqual(answer["failures"], [])
        self.assertEqual(len(answer["tasks"]), more.get("count", 1))
        return answer["tasks"]

    def run_task(self, task_definition, **more):
        return self.run_tasks(task_definition, **more)[0]

    def describe_tasks(self, *tasks, **more):
        answer = self.ecs.describe_tasks(cluster=self.cluster, tasks=list(tasks), **more)
        self.assertEqual(answer["failures"], [])
        found = {t["taskArn"]: t for t in answer["tasks"]}
        self.assertEqual(len(found), len(tasks))
        return [found.get(t) or next(x for a, x in found.items() if id_of(a) == id_of(t)) for t in tasks]

    def describe_task(self, task, **more):
        return self.describe_tasks(task if isinstance(task, str) else task["taskArn"], **more)[0]

    def list_tasks(self, **filters):
        pages = self.ecs.get_paginator("list_tasks").paginate(cluster=self.cluster, **filters)
        return [a for page in pages for a in page["taskArns"]]

    def pod_of(self, task):
        """The task's pod; None when it is gone."""
        uid = uid_of(task)
        return next((p for p in self.list("pods") if p["metadata"]["uid"] == uid), None)

    def logs_of(self, task):
        return self.kubectl("logs", self.pod_of(task)["metadata"]["name"])

    def stop_everything(self):
        """Stops all tasks of the cluster and waits until they have stopped."""
        running = self.list_tasks()
        for task in running:
            self.ecs.stop_task(cluster=self.cluster, task=task)
        if running:
            self.waiter("tasks_stopped", 120, cluster=self.cluster, tasks=running[:100])

    # ---- container instances

    @classmethod
    def mark(cls, node, **attributes):
        """Gives a node custom attributes."""
        bed().ecs().put_attributes(cluster=cls.cluster, attributes=[
            {"name": k, "value": v, "targetType": "container-instance", "targetId": instance_id(node)} for k, v in attributes.items()])

    def node_of(self, task):
        return (self.pod_of(task) or {}).get("spec", {}).get("nodeName")


class PoolCase(EcsCase):
    """A cluster with simulated nodes of its own. Its tasks go to them because of an attribute that only they have."""

    nodes_wanted = 3

    @classmethod
    def setUpClass(cls):
        need_simulation()
        super().setUpClass()
        cls.nodes = cls.enterClassContext(bed().simulated_nodes(cls.nodes_wanted))
        for node in cls.nodes:
            cls.mark(node, pool=cls.cluster)
        cls.in_pool = [{"type": "memberOf", "expression": f"attribute:pool == {cls.cluster}"}]

    # ---- services

    def create_service(self, name, task_definition, count=None, **more):
        """A service in the pool, which is deleted at the end of the test."""
        counted = {} if count is None else {"desiredCount": count}
        made = self.ecs.create_service(cluster=self.cluster, serviceName=name, taskDefinition=task_definition, **counted,
                                       **{"launchType": "EC2", "placementConstraints": self.in_pool, **more})["service"]
        self.addCleanup(self.remove_service, name)
        return made

    def remove_service(self, name):
        seen = self.ecs.describe_services(cluster=self.cluster, services=[name])["services"]
        if seen and seen[0]["status"] != "INACTIVE":
            self.ecs.delete_service(cluster=self.cluster, service=name, force=True)
        wait_until(f"the tasks of {name} are gone", lambda: not self.list_tasks(serviceName=name))

    def update_service(self, name, **more):
        return self.ecs.update_service(cluster=self.cluster, service=name, **more)["service"]

    def service(self, name, **more):
        answer = self.ecs.describe_services(cluster=self.cluster, services=[name], **more)
        self.assertEqual(answer["failures"], [])
        self.assertEqual(len(answer["services"]), 1)
        return answer["services"][0]

    def wait_stable(self, name, seconds=300):
        self.waiter("services_stable", seconds, cluster=self.cluster, services=[name])
        return self.service(name)

    def wait_service(self, name, what, condition, seconds=300):
        """The service, once condition(service) is true."""
        def so():
            seen = self.service(name)
            if not condition(seen):
                raise AssertionError({k: seen.get(k) for k in ("status", "desiredCount", "runningCount", "pendingCount", "deployments")} |
                                     {"events": [e["message"] for e in seen.get("events", [])[:8]]})
            return seen
        return wait_until(f"service {name}: {what}", so, seconds, every=0.5)

    def service_pods(self, name):
        """The pods of a service that have not ended."""
        return [p for p in self.list("pods", "-l", f"ecs.taskpod.io/service={name}")
                if p.get("status", {}).get("phase") not in ("Succeeded", "Failed") and not p["metadata"].get("deletionTimestamp")]

    def wait_message(self, name, *parts, seconds=120):
        """The service has an event with all those parts; returns its message."""
        def told():
            messages = [e["message"] for e in self.service(name)["events"]]
            found = [m for m in messages if all(p in m for p in parts)]
            if not found:
                raise AssertionError(messages)
            return found[0]
        return wait_until(f"service {name} has an event with {parts}", told, seconds, every=0.5)
