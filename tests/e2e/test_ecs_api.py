"""The ECS API as bytes on a wire: signatures, errors, shapes, and who may do what."""
import datetime
import http.client
import json
import unittest

from bed import bed, items, kubectl, wait_until
from ecs import (FOREVER, MODEL, TARGET, EcsCase, Wire, arn, definition, id_of, in_parallel, kind_of, need)

# The operations that answer a modelled error that says why; everything else works.
UNSUPPORTED = {op for op in MODEL.operations if "Daemon" in op or "TaskSet" in op or "ExpressGateway" in op} | {
    "ExecuteCommand", "ContinueServiceDeployment", "UpdateContainerAgent"}


def setUpModule():
    need()
    bed().ecs()


def now(minutes=0):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)


class WireCase(unittest.TestCase):
    def setUp(self):
        self.wire = Wire(bed().controller().ecs_address(), bed().access_key())

    def assert_good(self, answer, operation):
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(MODEL.output_problems(operation, answer.body), [])

    def assert_error(self, answer, operation, *kinds, text=""):
        """A modelled error of one of those kinds, whose message holds the text."""
        self.assertEqual(MODEL.error_problems(operation, answer.status, answer.body), [])
        if kinds:
            self.assertIn(kind_of(answer), kinds, answer)
        self.assertIn(text.lower(), answer.body["message"].lower())
        self.assertEqual(answer.headers.get("content-type"), "application/x-amz-json-1.1")
        self.assertTrue(answer.headers.get("x-amzn-requestid"), answer.headers)


class Signature(WireCase):
    def test_good(self):
        """A good signature is accepted, also when the same bytes come twice."""
        body = b"{}"
        headers = self.wire.headers(f"{TARGET}.ListClusters", body)
        for _ in range(2):
            self.assert_good(self.wire.send(headers, body), "ListClusters")

    def test_tampered_signature(self):
        """One changed digit of the signature is refused."""
        headers = self.wire.headers(f"{TARGET}.ListClusters", b"{}")
        last = headers["authorization"][-1]
        headers["authorization"] = headers["authorization"][:-1] + ("0" if last != "0" else "1")
        self.assert_error(self.wire.send(headers, b"{}"), "ListClusters", "InvalidSignatureException")

    def test_tampered_body(self):
        """A body that is not the signed one is refused."""
        headers = self.wire.headers(f"{TARGET}.CreateCluster", b'{"clusterName":"good"}')
        answer = self.wire.send(headers, b'{"clusterName":"evil"}')
        self.assert_error(answer, "CreateCluster", "InvalidSignatureException")
        self.assertEqual(items("namespaces", "--field-selector", "metadata.name=evil"), [])

    def test_tampered_operation(self):
        """The signature of one operation is not that of another."""
        headers = self.wire.headers(f"{TARGET}.ListClusters", b"{}")
        headers["x-amz-target"] = f"{TARGET}.CreateCluster"
        self.assert_error(self.wire.send(headers, b"{}"), "CreateCluster", "InvalidSignatureException")

    def test_wrong_secret(self):
        """A key with another secret is refused."""
        self.assert_error(self.wire.call("ListClusters", {}, secret="x" * 40), "ListClusters", "InvalidSignatureException")

    def test_unknown_key(self):
        """A key that nobody has is refused."""
        answer = self.wire.call("ListClusters", {}, key_id="AKIAUNKNOWNUNKNOWN12")
        self.assert_error(answer, "ListClusters", "UnrecognizedClientException",
                          text="The security token included in the request is invalid")

    def test_expired(self):
        """A signature older than five minutes is refused, and so is one from the future; four minutes are no matter."""
        answer = self.wire.call("ListClusters", {}, when=now(-6))
        self.assert_error(answer, "ListClusters", "InvalidSignatureException", text="Signature expired")
        answer = self.wire.call("ListClusters", {}, when=now(6))
        self.assert_error(answer, "ListClusters", "InvalidSignatureException", text="Signature not yet current")
        for minutes in (-4, 4):
            self.assert_good(self.wire.call("ListClusters", {}, when=now(minutes)), "ListClusters")

    def test_anonymous(self):
        """A request without a signature is refused."""
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"{TARGET}.ListClusters"}
        self.assert_error(self.wire.send(headers, b"{}"), "ListClusters", "MissingAuthenticationTokenException")

    def test_scope(self):
        """A signature for another service is refused; the region of an answer is the one of the signature."""
        self.assert_error(self.wire.call("ListClusters", {}, service="s3"), "ListClusters", "InvalidSignatureException")
        answer = self.wire.call("DescribeClusters", {"clusters": ["default"]}, region="eu-west-1")
        self.assertEqual(answer.body["clusters"][0]["clusterArn"], arn("cluster/default", "eu-west-1"))

    def test_malformed(self):
        """An Authorization header of no or half a meaning is refused, and the server lives."""
        good = self.wire.headers(f"{TARGET}.ListClusters", b"{}")
        whole = good["authorization"]
        date = good["x-amz-date"]
        for wrong in ("", "AWS4-HMAC-SHA256", "Bearer token", whole.replace("Signature=", "Signatur="), whole.replace("Credential=", ""),
                      whole.replace("SignedHeaders=", "SignedHeaders=;;"), whole.replace("/ecs/", "/"), "AWS4-HMAC-SHA256 " + "," * 5000,
                      whole.replace(date[:8], "19990101"), whole.replace("x-amz-date;", ""), whole + ", " + whole,
                      whole.split("Signature=")[0] + "Signature=" + "z" * 64, whole.split("Signature=")[0] + "Signature=abc"):
            answer = self.wire.send(good | {"authorization": wrong}, b"{}")
            self.assert_error(answer, "ListClusters", "IncompleteSignatureException", "InvalidSignatureException",
                              "MissingAuthenticationTokenException", "UnrecognizedClientException")
        without_date = {k: v for k, v in good.items() if k != "x-amz-date"}
        answer = self.wire.send(without_date, b"{}")
        self.assert_error(answer, "ListClusters", "IncompleteSignatureException", "InvalidSignatureException")
        self.assert_good(self.wire.send(good, b"{}"), "ListClusters")


class Requests(WireCase):
    def test_headers(self):
        """An answer has the content type of AWS JSON 1.1, and a request id of its own."""
        answers = [self.wire.call("ListClusters", {}) for _ in range(3)]
        self.assertEqual({a.headers["content-type"] for a in answers}, {"application/x-amz-json-1.1"})
        self.assertEqual(len({a.headers["x-amzn-requestid"] for a in answers}), 3)

    def test_one_connection(self):
        """Good and bad requests follow one another on one connection."""
        connection = http.client.HTTPConnection(self.wire.address, timeout=30)
        self.addCleanup(connection.close)
        for _ in range(3):
            self.assert_good(self.wire.call("ListClusters", {}, connection), "ListClusters")
            self.assert_error(self.wire.call("ListClusters", b"{", connection), "ListClusters", "SerializationException")
            self.assert_error(self.wire.call("ListClusters", {}, connection, secret="wrong"), "ListClusters", "InvalidSignatureException")

    def test_empty_body(self):
        """No body at all is an empty object."""
        self.assert_good(self.wire.call("ListClusters", b""), "ListClusters")

    def test_unknown_operation(self):
        """An operation that ECS does not have is unknown, and so is one of another service, or none."""
        for target in (f"{TARGET}.MakeCoffee", "DynamoDB_20120810.ListTables", f"{TARGET}.", "ListClusters", f"{TARGET}.listclusters"):
            answer = self.wire.send(self.wire.headers(target, b"{}"), b"{}")
            self.assert_error(answer, "", "UnknownOperationException")

    def test_bad_json(self):
        """What is no JSON object is a SerializationException, whatever it is."""
        for body in (b"{", b"[]", b"null", b'"text"', b"7", b"{} {}", b'{"clusters": [}', b'{"a": 01}', b"[" * 100_000,
                     b'{"a":' * 100_000, b'{"clusters": ["\xff\xfe"]}', b'{"clusters": ["a]}', b"\x00\x00", b'{"clusters": nul}'):
            answer = self.wire.call("DescribeClusters", body)
            self.assert_error(answer, "DescribeClusters", "SerializationException")
        self.assert_good(self.wire.call("DescribeClusters", {}), "DescribeClusters")

    def test_other_methods(self):
        """What is not POST / gets an error of its own, never a server error."""
        for method, path in (("GET", "/"), ("PUT", "/"), ("POST", "/somewhere"), ("DELETE", "/"), ("OPTIONS", "/")):
            answer = self.wire.send(self.wire.headers(f"{TARGET}.ListClusters", b""), b"", method, path)
            self.assertIn(answer.status, range(400, 500), (method, path, answer))

    def test_too_large(self):
        """A body of a hundred megabytes is refused before it has arrived as a whole, and the server lives."""
        connection = http.client.HTTPConnection(self.wire.address, timeout=60)
        self.addCleanup(connection.close)
        headers = self.wire.headers(f"{TARGET}.RegisterTaskDefinition", b"")
        connection.putrequest("POST", "/")
        for name, value in headers.items():
            if name != "host":
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(100 << 20))
        connection.endheaders()
        try:
            for _ in range(100):
                connection.send(b"x" * (1 << 20))
            status = connection.getresponse().status
        except (BrokenPipeError, ConnectionResetError):
            status = 413
        self.assertIn(status, (400, 413))
        self.assert_good(self.wire.call("ListClusters", {}), "ListClusters")

    def test_at_once(self):
        """Two hundred requests from twenty threads are all answered."""
        answers = in_parallel(lambda i: self.wire.call("DescribeClusters", {"clusters": [f"none-{i}"]}), range(200), threads=20)
        self.assertEqual({a.status for a in answers}, {200})
        self.assertEqual([a.body["failures"][0]["arn"] for a in answers], [arn(f"cluster/none-{i}") for i in range(200)])


class Shapes(WireCase):
    def bad_input(self, operation, body, member, *kinds):
        """The answer names the member; and it is an error about the input."""
        answer = self.wire.call(operation, body)
        kinds = kinds or ("InvalidParameterException", "ClientException", "SerializationException")
        self.assert_error(answer, operation, *kinds)
        self.assertIn(member.lower(), answer.body["message"].lower().replace(" ", ""), answer.body)

    def test_missing_members(self):
        """Every operation without its required members answers a modelled error, which names one of them."""
        for operation in MODEL.operations:
            shape = MODEL.shapes[MODEL.operations[operation]["input"]]
            required = shape.get("required", [])
            if not required:
                continue
            with self.subTest(operation=operation):
                answer = self.wire.call(operation, {})
                self.assert_error(answer, operation)
                if operation not in UNSUPPORTED:
                    message = answer.body["message"].lower().replace(" ", "")
                    self.assertTrue(any(name.lower() in message for name in required), answer.body)

    def test_wrong_types(self):
        """A member of the wrong type is an error that tells its path, and changes nothing."""
        container = {"name": "c", "image": "i", "memory": 64}
        for operation, body, path in (
                ("DescribeClusters", {"clusters": "default"}, "clusters"),
                ("DescribeClusters", {"clusters": [1]}, "clusters[0]"),
                ("DescribeClusters", {"include": {"TAGS": True}}, "include"),
                ("CreateCluster", {"clusterName": 5}, "clusterName"),
                ("CreateCluster", {"clusterName": ["wrong-type"]}, "clusterName"),
                ("CreateCluster", {"clusterName": "wrong-type", "tags": {"a": "b"}}, "tags"),
                ("CreateCluster", {"clusterName": "wrong-type", "tags": [{"key": {}}]}, "tags[0].key"),
                ("ListClusters", {"maxResults": "ten"}, "maxResults"),
                ("RunTask", {"taskDefinition": "x", "count": "many"}, "count"),
                ("RunTask", {"taskDefinition": "x", "overrides": {"containerOverrides": [{"environment": [{"name": 1}]}]}},
                 "overrides.containerOverrides[0].environment[0].name"),
                ("RunTask", {"taskDefinition": "x", "enableExecuteCommand": "yes"}, "enableExecuteCommand"),
                ("RegisterTaskDefinition", {"family": "wrong-type", "containerDefinitions": container}, "containerDefinitions"),
                ("RegisterTaskDefinition", {"family": "wrong-type", "containerDefinitions": [container | {"memory": "much"}]},
                 "containerDefinitions[0].memory"),
                ("RegisterTaskDefinition", {"family": "wrong-type", "containerDefinitions": [
                    container, container | {"portMappings": [{"containerPort": {}}]}]},
                 "containerDefinitions[1].portMappings[0].containerPort"),
                ("CreateService", {"serviceName": "wrong-type", "taskDefinition": "x", "desiredCount": [1]}, "desiredCount"),
                ("CreateService", {"serviceName": "wrong-type", "taskDefinition": "x", "deploymentConfiguration": {
                    "maximumPercent": "all"}}, "deploymentConfiguration.maximumPercent")):
            with self.subTest(operation=operation, path=path):
                self.bad_input(operation, body, path)
        self.assertEqual(items("namespaces", "--field-selector", "metadata.name=wrong-type"), [])
        self.assertEqual(items("taskdefinitions", "--field-selector", "metadata.name=wrong-type"), [])

    def test_unknown_members(self):
        """A member that ECS does not have is an error that tells its path, and changes nothing."""
        container = {"name": "c", "image": "i", "memory": 64}
        for operation, body, path in (
                ("CreateCluster", {"clusterName": "unknown-member", "clusterNam": "x"}, "clusterNam"),
                ("DescribeTasks", {"tasks": ["x"], "task": "y"}, "task"),
                ("RegisterTaskDefinition", {"family": "unknown-member", "containerDefinitions": [container | {"imagePullPolicy": "Always"}]},
                 "containerDefinitions[0].imagePullPolicy"),
                ("RegisterTaskDefinition", {"family": "unknown-member", "containerDefinitions": [container], "revision": 5}, "revision"),
                ("RunTask", {"taskDefinition": "x", "overrides": {"containerOverride": []}}, "overrides.containerOverride")):
            with self.subTest(operation=operation, path=path):
                self.bad_input(operation, body, path)
        self.assertEqual(items("namespaces", "--field-selector", "metadata.name=unknown-member"), [])
        self.assertEqual(items("taskdefinitions", "--field-selector", "metadata.name=unknown-member"), [])

    def test_wrong_values(self):
        """Values out of range, too many or too long ones are errors that tell which."""
        for operation, body, member in (
                ("DescribeTasks", {"tasks": []}, "tasks"),
                ("DescribeTasks", {"tasks": [f"{i:032x}" for i in range(101)]}, "tasks"),
                ("DescribeServices", {"services": [f"s{i}" for i in range(11)]}, "service"),
                ("DescribeClusters", {"clusters": [f"c{i}" for i in range(101)]}, "clusters"),
                ("DescribeClusters", {"include": ["EVERYTHING"]}, "include"),
                ("ListTasks", {"desiredStatus": "SLEEPING"}, "desiredStatus"),
                ("ListTasks", {"maxResults": 0}, "maxResults"),
                ("ListTasks", {"maxResults": 101}, "maxResults"),
                ("ListServices", {"schedulingStrategy": "RANDOM"}, "schedulingStrategy"),
                ("RunTask", {"taskDefinition": "x", "count": 0}, "count"),
                ("RunTask", {"taskDefinition": "x", "count": 11}, "count"),
                ("RunTask", {"taskDefinition": "x", "launchType": "MOON"}, "launchType"),
                ("RunTask", {"taskDefinition": "x", "startedBy": "s" * 129}, "startedBy"),
                ("CreateCluster", {"clusterName": "not a name!"}, "clusterName"),
                ("CreateCluster", {"clusterName": "c" * 256}, "clusterName"),
                ("CreateService", {"serviceName": "bad value", "taskDefinition": "x", "desiredCount": 1}, "service"),
                ("CreateService", {"serviceName": "bad-value", "taskDefinition": "x", "desiredCount": -1}, "desiredCount")):
            with self.subTest(operation=operation, member=member, body=json.dumps(body)[:80]):
                self.bad_input(operation, body, member, "InvalidParameterException", "ClientException")

    def test_bad_tokens(self):
        """A page token that nobody gave is an InvalidParameterException, whatever it is."""
        for operation in ("ListClusters", "ListTaskDefinitions", "ListTaskDefinitionFamilies", "ListTasks", "ListServices",
                          "ListContainerInstances", "ListAccountSettings"):
            for token in ("x", "", "AAAA" * 500, "\u2603", "-1", "null", "eyJhIjoxfQ=="):
                with self.subTest(operation=operation, token=token[:10]):
                    answer = self.wire.call(operation, {"nextToken": token})
                    if token or answer.status != 200:  # an empty token may be none
                        self.assert_error(answer, operation, "InvalidParameterException")

    def test_arns(self):
        """ARNs of the wrong kind, of another account and half ones are errors or MISSING, never anything else."""
        for text in ("arn:", "arn:aws:ecs:us-east-1:000000000000:service/x", "arn:aws:s3:::bucket", "arn:aws:ecs:::cluster/",
                     "arn:aws:ecs:us-east-1:999999999999:cluster/default", "a/b/c/d", ":", "/", "%00", "..", "-" * 300):
            for operation, member in (("DescribeClusters", "clusters"), ("DescribeTasks", "tasks"), ("DescribeServices", "services"),
                                      ("DescribeContainerInstances", "containerInstances")):
                with self.subTest(operation=operation, text=text[:50]):
                    answer = self.wire.call(operation, {member: [text]})
                    if answer.status == 200:
                        self.assert_good(answer, operation)
                        self.assertEqual([f["reason"] for f in answer.body["failures"]], ["MISSING"])
                    else:
                        self.assert_error(answer, operation)

    def test_every_operation(self):
        """Each of the 77 operations answers something that is in the model, about things that do not exist."""
        self.assertEqual(len(MODEL.operations), 77)
        self.addCleanup(lambda: self.wire.call("DeleteCluster", {"cluster": "every-operation"}))
        self.addCleanup(lambda: self.wire.call("DeleteCapacityProvider", {"capacityProvider": "none"}))
        for operation in sorted(MODEL.operations):
            with self.subTest(operation=operation):
                body = MODEL.minimal(operation, cluster="no-such-cluster", clusterName="every-operation")
                answer = self.wire.call(operation, body)
                if answer.status == 200:
                    self.assert_good(answer, operation)
                else:
                    self.assert_error(answer, operation)

    def test_unsupported(self):
        """The operations that are not there yet say so, in a modelled error, also about a cluster that exists."""
        for operation in sorted(UNSUPPORTED):
            with self.subTest(operation=operation):
                answer = self.wire.call(operation, MODEL.minimal(operation, cluster="default"))
                self.assert_error(answer, operation)
                self.assertGreater(len(answer.body["message"]), 10)

    def test_default_cluster(self):
        """The cluster `default` is always there; Kubernetes' own namespaces and Taskpod's are no clusters."""
        arns = {a for page in bed().ecs().get_paginator("list_clusters").paginate() for a in page["clusterArns"]}
        self.assertIn(arn("cluster/default"), arns)
        self.assertFalse([a for a in arns if id_of(a).startswith("kube-") or id_of(a) == "taskpod-system"], arns)
        seen = bed().ecs().describe_clusters()["clusters"]
        self.assertEqual([(c["clusterName"], c["status"]) for c in seen], [("default", "ACTIVE")])
        for name in ("kube-system", "taskpod-system"):
            self.assertEqual(bed().ecs().describe_clusters(clusters=[name])["failures"],
                             [{"arn": arn(f"cluster/{name}"), "reason": "MISSING"}])


class Clusters(EcsCase):
    def test_namespace(self):
        """A cluster is a namespace, whoever makes it; creating it again answers the same one."""
        self.assertIsNotNone(self.get("namespace", self.cluster))
        again = self.ecs.create_cluster(clusterName=self.cluster)["cluster"]
        self.assertEqual((again["clusterArn"], again["status"]), (arn(f"cluster/{self.cluster}"), "ACTIVE"))
        kubectl("create", "namespace", "made-with-kubectl")
        self.addCleanup(kubectl, "delete", "namespace", "made-with-kubectl", "--wait=false", "--ignore-not-found")
        seen = wait_until("the namespace is a cluster",
                          lambda: self.ecs.describe_clusters(clusters=["made-with-kubectl"])["clusters"], 10)
        self.assertEqual((seen[0]["clusterName"], seen[0]["status"]), ("made-with-kubectl", "ACTIVE"))

    def test_settings_and_tags(self):
        """Settings, configuration and tags of a cluster come back when they are asked for, from the Cluster object."""
        made = self.ecs.create_cluster(
            clusterName="clusters-settings", tags=[{"key": "team", "value": "red"}],
            settings=[{"name": "containerInsights", "value": "enabled"}])["cluster"]
        self.addCleanup(kubectl, "delete", "namespace", "clusters-settings", "--wait=false", "--ignore-not-found")
        self.assertEqual(made["settings"], [{"name": "containerInsights", "value": "enabled"}])
        plain = self.ecs.describe_clusters(clusters=[made["clusterArn"]])["clusters"][0]
        self.assertFalse(plain.get("tags") or plain.get("settings"), plain)
        full = self.ecs.describe_clusters(clusters=["clusters-settings"], include=["TAGS", "SETTINGS", "CONFIGURATIONS", "STATISTICS"])
        self.assertEqual(full["clusters"][0]["tags"], [{"key": "team", "value": "red"}])
        self.assertEqual(full["clusters"][0]["settings"], [{"name": "containerInsights", "value": "enabled"}])
        self.ecs.update_cluster_settings(cluster="clusters-settings", settings=[{"name": "containerInsights", "value": "disabled"}])
        full = self.ecs.describe_clusters(clusters=["clusters-settings"], include=["SETTINGS"])
        self.assertEqual(full["clusters"][0]["settings"], [{"name": "containerInsights", "value": "disabled"}])
        stored = json.loads(kubectl("get", "clusters.ecs.taskpod.io", "clusters-settings", "-o", "json"))
        self.assertEqual(stored["spec"]["settings"], [{"name": "containerInsights", "value": "disabled"}])

    def test_tags(self):
        """Tags of a cluster are set, listed and removed by its ARN."""
        resource = arn(f"cluster/{self.cluster}")
        self.ecs.tag_resource(resourceArn=resource, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": ""}])
        self.ecs.tag_resource(resourceArn=resource, tags=[{"key": "a", "value": "2"}])
        seen = {t["key"]: t.get("value") for t in self.ecs.list_tags_for_resource(resourceArn=resource)["tags"]}
        self.assertEqual(seen, {"a": "2", "b": ""})
        self.ecs.untag_resource(resourceArn=resource, tagKeys=["a", "never"])
        self.assertEqual(self.ecs.list_tags_for_resource(resourceArn=resource)["tags"], [{"key": "b", "value": ""}])

    def test_apply(self):
        """A Cluster object that is applied with kubectl is a cluster, and its namespace is made."""
        self.addCleanup(kubectl, "delete", "namespace", "clusters-applied", "--wait=false", "--ignore-not-found")
        self.addCleanup(kubectl, "delete", "clusters.ecs.taskpod.io", "clusters-applied", "--wait=false", "--ignore-not-found")
        kubectl("apply", "-f", "-", stdin=json.dumps({
            "apiVersion": "ecs.taskpod.io/v1alpha1", "kind": "Cluster", "metadata": {"name": "clusters-applied"},
            "spec": {"clusterName": "clusters-applied", "settings": [{"name": "containerInsights", "value": "enabled"}]}}))
        seen = wait_until("it is a cluster", lambda: self.ecs.describe_clusters(
            clusters=["clusters-applied"], include=["SETTINGS"])["clusters"])[0]
        self.assertEqual((seen["status"], seen["settings"]), ("ACTIVE", [{"name": "containerInsights", "value": "enabled"}]))

    def test_delete(self):
        """A cluster without anything is deleted and INACTIVE then; one that does not exist is not found."""
        self.ecs.create_cluster(clusterName="clusters-deleted")
        self.addCleanup(kubectl, "delete", "namespace", "clusters-deleted", "--wait=false", "--ignore-not-found")
        gone = self.ecs.delete_cluster(cluster="clusters-deleted")["cluster"]
        self.assertEqual(gone["status"], "INACTIVE")
        listed = [a for page in self.ecs.get_paginator("list_clusters").paginate() for a in page["clusterArns"]]
        self.assertNotIn(arn("cluster/clusters-deleted"), listed)
        self.refused("ClusterNotFoundException", "Cluster not found.", self.ecs.delete_cluster, cluster="never-there")
        self.refused("ClusterNotFoundException", "Cluster not found.", self.ecs.list_tasks, cluster="never-there")
        missing = self.ecs.describe_clusters(clusters=["never-there", self.cluster])
        self.assertEqual(missing["failures"], [{"arn": arn("cluster/never-there"), "reason": "MISSING"}])
        self.assertEqual([c["clusterName"] for c in missing["clusters"]], [self.cluster])

    def test_pages(self):
        """Clusters are listed in pages of the size asked for, each once."""
        names = [f"clusters-page-{i}" for i in range(5)]
        for name in names:
            self.ecs.create_cluster(clusterName=name)
            self.addCleanup(kubectl, "delete", "namespace", name, "--wait=false", "--ignore-not-found")
        pages = list(self.ecs.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 2}))
        self.assertEqual({len(page["clusterArns"]) for page in pages[:-1]}, {2})
        listed = [a for page in pages for a in page["clusterArns"]]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual({arn(f"cluster/{name}") for name in names}, set(listed))

    def test_capacity_providers(self):
        """FARGATE and FARGATE_SPOT are always there; a cluster names its providers and its default strategy."""
        seen = self.ecs.describe_capacity_providers()["capacityProviders"]
        self.assertLessEqual({"FARGATE", "FARGATE_SPOT"}, {p["name"] for p in seen if p["status"] == "ACTIVE"})
        strategy = [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
        self.ecs.put_cluster_capacity_providers(cluster=self.cluster, capacityProviders=["FARGATE", "FARGATE_SPOT"],
                                                defaultCapacityProviderStrategy=strategy)
        seen = self.ecs.describe_clusters(clusters=[self.cluster])["clusters"][0]
        self.assertEqual(sorted(seen["capacityProviders"]), ["FARGATE", "FARGATE_SPOT"])
        self.assertEqual(seen["defaultCapacityProviderStrategy"], strategy)
        self.ecs.put_cluster_capacity_providers(cluster=self.cluster, capacityProviders=[], defaultCapacityProviderStrategy=[])
        self.assertFalse(self.ecs.describe_clusters(clusters=[self.cluster])["clusters"][0].get("capacityProviders"))

    def test_account_settings(self):
        """An account setting is stored, listed with its effective value, and reset."""
        self.ecs.put_account_setting(name="containerInsights", value="enabled")
        self.addCleanup(self.ecs.delete_account_setting, name="containerInsights")
        listed = self.ecs.list_account_settings(name="containerInsights", effectiveSettings=True)["settings"]
        self.assertEqual([(s["name"], s["value"]) for s in listed], [("containerInsights", "enabled")])
        every = [s["name"] for page in self.ecs.get_paginator("list_account_settings").paginate(effectiveSettings=True)
                 for s in page["settings"]]
        self.assertIn("taskLongArnFormat", every)


class Permissions(EcsCase):
    """A user who may do everything in one namespace and nothing elsewhere."""

    USER = "ecs-limited"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.apply(
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "everything"},
             "rules": [{"apiGroups": ["", "ecs.taskpod.io"], "resources": ["*"], "verbs": ["*"]}]},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "everything"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "everything"},
             "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": cls.USER}]})
        kubectl("create", "clusterrole", "ecs-readers", "--verb=get,list,watch",
                "--resource=nodes,namespaces,taskdefinitions.ecs.taskpod.io,taskdefinitionrevisions.ecs.taskpod.io")
        cls.addClassCleanup(kubectl, "delete", "clusterrole", "ecs-readers")
        kubectl("create", "clusterrolebinding", "ecs-readers", "--clusterrole=ecs-readers", f"--user={cls.USER}")
        cls.addClassCleanup(kubectl, "delete", "clusterrolebinding", "ecs-readers")
        bed().ecs().create_cluster(clusterName="permissions-other")
        cls.addClassCleanup(kubectl, "delete", "namespace", "permissions-other", "--wait=false")
        cls.definition = cls.register("own", definition(script=FOREVER))
        bed().agent()

    @property
    def limited(self):
        return bed().ecs(self.USER)

    def test_own_namespace(self):
        """In its own cluster the user runs, sees and stops a task."""
        made = self.limited.run_task(cluster=self.cluster, taskDefinition=self.definition, launchType="EC2")
        self.assertEqual(made["failures"], [])
        task = made["tasks"][0]["taskArn"]
        self.assertEqual(self.limited.describe_tasks(cluster=self.cluster, tasks=[task])["tasks"][0]["taskArn"], task)
        self.assertIn(task, self.limited.list_tasks(cluster=self.cluster)["taskArns"])
        self.limited.stop_task(cluster=self.cluster, task=task)
        self.wait_stopped(task)

    def test_other_namespace(self):
        """In another cluster it may nothing, neither read nor write."""
        other = "permissions-other"
        for call, more in (
                (self.limited.list_tasks, {}), (self.limited.list_services, {}),
                (self.limited.describe_tasks, {"tasks": ["0" * 32]}), (self.limited.describe_services, {"services": ["x"]}),
                (self.limited.run_task, {"taskDefinition": self.definition, "launchType": "EC2"}),
                (self.limited.stop_task, {"task": "0" * 32}),
                (self.limited.create_service, {"serviceName": "x", "taskDefinition": self.definition, "desiredCount": 0})):
            with self.subTest(call=call.__name__):
                self.refused("AccessDeniedException", "", call, cluster=other, **more)
        self.assertEqual(items("-n", other, "pods"), [])

    def test_cluster_scoped(self):
        """It reads task definitions, but registers none, and makes no cluster."""
        self.limited.describe_task_definition(taskDefinition=self.definition)
        answer = self.refused("AccessDeniedException", "", self.limited.register_task_definition, family="permissions-denied",
                              containerDefinitions=[definition()])
        self.assertIn(self.USER, answer["Error"]["Message"])
        self.refused("AccessDeniedException", "", self.limited.create_cluster, clusterName="permissions-denied")
        self.assertEqual(items("namespaces", "--field-selector", "metadata.name=permissions-denied"), [])

    def test_granted_later(self):
        """What RBAC grants later is allowed within seconds."""
        kubectl("create", "namespace", "permissions-later")
        self.addCleanup(kubectl, "delete", "namespace", "permissions-later", "--wait=false")
        kubectl("-n", "permissions-later", "create", "rolebinding", "later", "--clusterrole=view", f"--user={self.USER}")

        def allowed():
            from botocore.exceptions import ClientError
            try:
                return self.limited.list_tasks(cluster="permissions-later")["taskArns"] == []
            except ClientError as error:
                raise AssertionError(error) from None
        wait_until("the user may list tasks", allowed, 30)

    def test_key_deleted(self):
        """A key whose Secret is deleted is unknown within seconds."""
        bed().ecs("ecs-short")
        wire = Wire(bed().controller().ecs_address(), bed().keys.pop("ecs-short"))
        kubectl("-n", "taskpod-system", "delete", "secret", "access-key-ecs-short")
        wait_until("the key is unknown", lambda: kind_of(wire.call("ListClusters", {})) == "UnrecognizedClientException", 15)
        bed().clients = {at: c for at, c in bed().clients.items() if at[0] != "ecs-short"}


if __name__ == "__main__":
    unittest.main()
