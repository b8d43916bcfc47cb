"""What a person does with kubectl: a Deployment, a Job, a bare pod with everything in it; logs, exec, delete."""
import json
import subprocess
import unittest

from bed import BUSYBOX, NGINX, REAL_NODE, SCHEDULER, Case, bed, condition_of, container, http, pod, run, wait_until


def setUpModule():
    bed().controller()
    bed().agent()


class Workloads(Case):
    def test_deployment(self):
        """A Deployment of two nginx pods becomes available, and both pods answer HTTP on their own addresses."""
        self.apply({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"schedulerName": SCHEDULER, "terminationGracePeriodSeconds": 1, "dnsPolicy": "Default",
                         "containers": [container("nginx", NGINX)]}}}})
        wait_until("both replicas are available", lambda: (
            self.get("deployment", "web").get("status", {}).get("availableReplicas") == 2))
        pods = self.list("pods", "-l", "app=web")
        addresses = {p["status"]["podIP"] for p in pods}
        self.assertEqual(len(addresses), 2)
        for address in addresses:
            wait_until(f"{address} answers", lambda: http(address) == "Welcome to nginx!\n")
        self.assertEqual({p["spec"]["nodeName"] for p in pods}, {REAL_NODE})
        self.kubectl("delete", "deployment", "web")
        wait_until("its pods are gone", lambda: not self.list("pods", "-l", "app=web"))
        for p in pods:
            self.wait_containers_gone(p["metadata"]["uid"], "container")

    def test_job(self):
        """A Job runs its three pods to success, and their logs are there."""
        self.apply({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sum"},
            "spec": {"completions": 3, "parallelism": 2, "template": {"spec": {
                "schedulerName": SCHEDULER, "restartPolicy": "Never", "dnsPolicy": "Default",
                "containers": [container(script="echo $((20 + 22))")]}}}})
        wait_until("the job is complete", lambda: (
            condition_of(self.get("job", "sum"), "Complete").get("status") == "True"))
        pods = self.list("pods", "-l", "job-name=sum")
        self.assertEqual([p["status"]["phase"] for p in pods], ["Succeeded"] * 3)
        for p in pods:
            ended = p["status"]["containerStatuses"][0]["state"]["terminated"]
            self.assertEqual((ended["exitCode"], ended["reason"]), (0, "Completed"))
            self.wait_logs(p["metadata"]["name"], "42\n")

    def test_failed_job(self):
        """A Job whose container exits with 3 fails, and the pod's status says why."""
        self.apply({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "fails"},
            "spec": {"backoffLimit": 0, "template": {"spec": {
                "schedulerName": SCHEDULER, "restartPolicy": "Never", "dnsPolicy": "Default",
                "containers": [container(script="echo no good >&2; exit 3")]}}}})
        wait_until("the job has failed", lambda: condition_of(self.get("job", "fails"), "Failed").get("status") == "True")
        failed = self.list("pods", "-l", "job-name=fails")[0]
        ended = failed["status"]["containerStatuses"][0]["state"]["terminated"]
        self.assertEqual((failed["status"]["phase"], ended["exitCode"], ended["reason"]), ("Failed", 3, "Error"))


class EverythingInOnePod(Case):
    """One pod with an init container and every kind of volume and variable; each test looks at one part of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"},
             "data": {"colour": "green", "size": "7", "app.conf": "a=1\nb=2\n"}},
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"},
             "stringData": {"password": "s3cret!", "token": "t0ken"}})
        field = lambda path: {"valueFrom": {"fieldRef": {"fieldPath": path}}}
        mounts = {"shared": "/shared", "memory": "/memory", "config": "/config", "secret": "/secret", "labels": "/labels",
                  "all": "/all", "host": "/host"}
        host = bed().folder / "host-path"
        host.mkdir(exist_ok=True)
        (host / "file").write_text("from the host\n")
        manifest = pod(
            "everything",
            container(
                script="trap 'exit 0' TERM; echo started; while :; do sleep 0.1; done",
                volumeMounts=[{"name": n, "mountPath": p} for n, p in mounts.items()],
                resources={"requests": {"cpu": "100m", "memory": "32Mi"}, "limits": {"cpu": "500m", "memory": "64Mi"}},
                envFrom=[{"configMapRef": {"name": "settings"}, "prefix": "CM_"}],
                env=[{"name": "PLAIN", "value": "plain"}, {"name": "EXPANDED", "value": "$(PLAIN)-$(COLOUR)-$$(PLAIN)"},
                     {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour"}}},
                     {"name": "BOTH", "value": "$(PLAIN) $(COLOUR)"},
                     {"name": "ABSENT", "valueFrom": {"configMapKeyRef": {"name": "none", "key": "x", "optional": True}}},
                     {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "password"}}},
                     {"name": "POD_NAME", **field("metadata.name")}, {"name": "POD_UID", **field("metadata.uid")},
                     {"name": "POD_NAMESPACE", **field("metadata.namespace")},
                     {"name": "APP", **field("metadata.labels['app']")}, {"name": "POD_IP", **field("status.podIP")},
                     {"name": "NODE", **field("spec.nodeName")}, {"name": "HOST_IP", **field("status.hostIP")},
                     {"name": "ACCOUNT", **field("spec.serviceAccountName")},
                     {"name": "MEMORY", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory"}}},
                     {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "requests.cpu", "divisor": "1m"}}}]),
            initContainers=[
                container("first", script="echo one > /shared/order", volumeMounts=[{"name": "shared", "mountPath": "/shared"}]),
                container("second", script="cat /shared/order; echo two >> /shared/order",
                          volumeMounts=[{"name": "shared", "mountPath": "/shared"}])],
            volumes=[
                {"name": "shared", "emptyDir": {}}, {"name": "memory", "emptyDir": {"medium": "Memory", "sizeLimit": "8Mi"}},
                {"name": "config", "configMap": {"name": "settings", "defaultMode": 0o440}},
                {"name": "secret", "secret": {"secretName": "keys", "items": [
                    {"key": "password", "path": "deep/er/password", "mode": 0o400}]}},
                {"name": "labels", "downwardAPI": {"items": [
                    {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
                    {"path": "cpu", "resourceFieldRef": {
                        "containerName": "main", "resource": "limits.cpu", "divisor": "1m"}}]}},
                {"name": "all", "projected": {"sources": [
                    {"configMap": {"name": "settings", "items": [{"key": "size", "path": "size"}]}},
                    {"secret": {"name": "keys", "items": [{"key": "token", "path": "token"}]}},
                    {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
                    {"serviceAccountToken": {"path": "account", "audience": "taskpod.test", "expirationSeconds": 3600}}]}},
                {"name": "host", "hostPath": {"path": str(host), "type": "Directory"}}])
        cls.apply(manifest)
        cls.pod = cls.wait_ready("everything")

    def inside(self, script):
        return self.kubectl("exec", "everything", "--", "sh", "-c", script)

    def test_init_containers(self):
        """Init containers run one after the other before the containers, and their logs and states are there."""
        self.assertEqual(self.inside("cat /shared/order"), "one\ntwo\n")
        self.assertEqual(self.kubectl("logs", "everything", "-c", "second"), "one\n")
        ended = [s["state"]["terminated"]["reason"] for s in self.pod["status"]["initContainerStatuses"]]
        self.assertEqual(ended, ["Completed", "Completed"])
        self.assertEqual(condition_of(self.pod, "Initialized").get("status"), "True")

    def test_empty_dirs(self):
        """An emptyDir takes files; one in memory is a tmpfs."""
        self.assertEqual(self.inside("echo x > /memory/f && cat /memory/f"), "x\n")
        self.assertIn("tmpfs", self.inside("grep ' /memory ' /proc/mounts"))

    def test_config_map_volume(self):
        """A configMap volume holds the keys as files, with the mode asked for."""
        self.assertEqual(self.inside("cat /config/app.conf /config/colour"), "a=1\nb=2\ngreen")
        self.assertEqual(self.inside("stat -L -c %a /config/colour"), "440\n")

    def test_secret_volume(self):
        """A secret volume puts a key where its item says, in memory only."""
        self.assertEqual(self.inside("cat /secret/deep/er/password; ls /secret"), "s3cret!deep\n")
        self.assertEqual(self.inside("stat -L -c %a /secret/deep/er/password"), "400\n")
        self.assertIn("tmpfs", self.inside("grep ' /secret ' /proc/mounts"))

    def test_downward_volume(self):
        """A downwardAPI volume shows labels and limits."""
        self.assertEqual(self.inside("cat /labels/labels; echo; cat /labels/cpu"), 'app="everything"\n500')

    def test_projected_volume(self):
        """A projected volume joins its sources; its token is for the audience asked for, and bound to the pod."""
        self.assertEqual(self.inside("cd /all; cat size token name"), "7t0keneverything")
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
                  "spec": {"token": self.inside("cat /all/account"), "audiences": ["taskpod.test"]}}
        answer = json.loads(self.kubectl("create", "-f", "-", "-o", "json", stdin=json.dumps(review)))["status"]
        self.assertTrue(answer.get("authenticated"), answer)
        self.assertEqual(answer["user"]["username"], f"system:serviceaccount:{self.namespace}:default")
        self.assertEqual(answer["user"]["extra"]["authentication.kubernetes.io/pod-uid"], [self.pod["metadata"]["uid"]])

    def test_service_account(self):
        """The pod has its service account's token, authority and namespace where every client looks for them."""
        folder = "/var/run/secrets/kubernetes.io/serviceaccount"
        self.assertEqual(self.inside(f"cat {folder}/namespace"), self.namespace)
        self.assertIn("BEGIN CERTIFICATE", self.inside(f"cat {folder}/ca.crt"))
        self.assertEqual(self.inside(f"cat {folder}/token").count("."), 2)

    def test_host_path(self):
        """A hostPath volume is the node's own folder."""
        self.assertEqual(self.inside("cat /host/file; echo from inside > /host/back"), "from the host\n")
        self.assertEqual((bed().folder / "host-path/back").read_text(), "from inside\n")

    def test_environment(self):
        """Variables have their values from text, configMap, secret, the pod's fields and resources, in the right order."""
        seen = dict(line.split("=", 1) for line in self.inside("env").splitlines() if "=" in line)
        status = self.pod["status"]
        self.assertEqual(
            {k: seen.get(k) for k in ("PLAIN", "EXPANDED", "BOTH", "COLOUR", "ABSENT", "PASSWORD", "POD_NAME", "POD_UID", "POD_NAMESPACE",
                                      "APP", "POD_IP", "NODE", "HOST_IP", "ACCOUNT", "MEMORY", "CPU", "CM_size")},
            {"PLAIN": "plain", "EXPANDED": "plain-$(COLOUR)-$(PLAIN)", "BOTH": "plain green", "COLOUR": "green", "ABSENT": None,
             "PASSWORD": "s3cret!", "POD_NAME": "everything", "POD_UID": self.pod["metadata"]["uid"],
             "POD_NAMESPACE": self.namespace, "APP": "everything", "POD_IP": status["podIP"], "NODE": REAL_NODE,
             "HOST_IP": status["hostIP"], "ACCOUNT": "default", "MEMORY": str(64 << 20), "CPU": "100", "CM_size": "7"})

    def test_hosts_and_name(self):
        """The container's host name is the pod's, and /etc/hosts has its address."""
        self.assertEqual(self.inside("hostname"), "everything\n")
        self.assertIn(f"{self.pod['status']['podIP']}\teverything", self.inside("cat /etc/hosts"))

    def test_resources(self):
        """Requests and limits reach the container's cgroup."""
        script = """
            if [ -e /sys/fs/cgroup/memory.max ]; then cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max
            else cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us \
                     /sys/fs/cgroup/cpu/cpu.cfs_period_us /sys/fs/cgroup/cpu/cpu.shares; fi"""
        words = self.inside(script).split()
        self.assertEqual(words[:3], [str(64 << 20), "50000", "100000"])
        if len(words) > 3:
            self.assertEqual(words[3], "102")

    def test_status(self):
        """The status tells class of service, addresses, start and image of the pod."""
        status = self.pod["status"]
        self.assertEqual((status["phase"], status["qosClass"]), ("Running", "Burstable"))
        self.assertEqual(status["podIPs"], [{"ip": status["podIP"]}])
        main = status["containerStatuses"][0]
        self.assertTrue(main["ready"] and main["started"] and main["restartCount"] == 0, main)
        self.assertTrue(main["containerID"].startswith("containerd://"), main["containerID"])
        self.assertEqual(main["image"], BUSYBOX)
        self.assertIn("running", main["state"])
        for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled"):
            self.assertEqual(condition_of(self.pod, kind).get("status"), "True", kind)

    def test_events(self):
        """The pod's events tell its way: Scheduled, Pulled, Created, Started."""
        for reason in ("Scheduled", "Pulled", "Created", "Started"):
            self.wait_event("everything", reason)


class Logs(Case):
    def test_tail(self):
        """kubectl logs prints all lines, --tail the last ones, both streams in order."""
        self.apply(pod("lines", container(script="for i in 1 2 3 4 5; do echo line $i; done; echo error >&2"), restartPolicy="Never"))
        self.wait_phase("lines", "Succeeded")
        everything = "".join(f"line {i}\n" for i in range(1, 6))
        out = self.kubectl("logs", "lines")
        self.assertEqual(sorted(out.splitlines()), sorted([*everything.splitlines(), "error"]))
        self.assertEqual([line for line in out.splitlines() if line != "error"], everything.splitlines())
        self.assertEqual(len(self.kubectl("logs", "lines", "--tail=2").splitlines()), 2)
        self.assertEqual(self.kubectl("logs", "lines", "--tail=0"), "")

    def test_long_lines(self):
        """A line longer than the runtime's log entries arrives in one piece."""
        self.apply(pod("long", container(script="head -c 100000 /dev/zero | tr '\\0' x; echo; echo end"), restartPolicy="Never"))
        self.wait_phase("long", "Succeeded")
        self.wait_logs("long", "x" * 100000 + "\nend\n")

    def test_timestamps_and_limit(self):
        """--timestamps puts the time before each line, --limit-bytes ends the output."""
        self.apply(pod("stamped", container(script="echo hello"), restartPolicy="Never"))
        self.wait_phase("stamped", "Succeeded")
        self.assertRegex(self.kubectl("logs", "stamped", "--timestamps"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z hello\n$")
        self.assertEqual(self.kubectl("logs", "stamped", "--limit-bytes=3"), "hel")

    def test_follow(self):
        """kubectl logs -f prints lines as they come, and ends when the container does."""
        self.apply(pod("counts", container(script="while ! [ -e /go/on ]; do sleep 0.1; done; echo last",
                                           volumeMounts=[{"name": "go", "mountPath": "/go"}]),
                       restartPolicy="Never", volumes=[{"name": "go", "emptyDir": {}}]))
        self.wait_phase("counts", "Running")
        with subprocess.Popen(["kubectl", "-n", self.namespace, "logs", "-f", "counts"], stdout=subprocess.PIPE, text=True,
                              env=bed().env) as follower:
            self.assertIsNone(follower.poll())
            self.kubectl("exec", "counts", "--", "sh", "-c", "echo early > /proc/1/fd/1")
            self.assertEqual(follower.stdout.readline(), "early\n")
            self.kubectl("exec", "counts", "--", "touch", "/go/on")
            self.assertEqual(follower.stdout.read(), "last\n")
            self.assertEqual(follower.wait(timeout=20), 0)

    def test_previous(self):
        """After a crash, --previous prints the log of the container before; restart count and last state tell of it."""
        self.apply(pod("crashes", container(
            script="if [ -e /keep/f ]; then echo second; exec sleep 1000; fi; touch /keep/f; echo first; exit 5",
            volumeMounts=[{"name": "keep", "mountPath": "/keep"}]), volumes=[{"name": "keep", "emptyDir": {}}]))
        wait_until("the second container runs", lambda: any(
            s["restartCount"] == 1 and "running" in s["state"] for s in self.get("pod", "crashes")["status"].get("containerStatuses", [])))
        self.wait_logs("crashes", "second\n")
        self.assertEqual(self.kubectl("logs", "crashes", "--previous"), "first\n")
        before = self.get("pod", "crashes")["status"]["containerStatuses"][0]["lastState"]["terminated"]
        self.assertEqual((before["exitCode"], before["reason"]), (5, "Error"))

    def test_no_previous(self):
        """--previous of a container that never crashed is an error that says so."""
        self.apply(pod("calm", container(script="exec sleep 1000")))
        self.wait_ready("calm")
        asked = run("kubectl", "-n", self.namespace, "logs", "calm", "--previous", check=False)
        self.assertNotEqual(asked.returncode, 0)
        self.assertIn('previous terminated container "main" in pod "calm" not found', asked.stderr)


class Exec(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.apply(pod("box", container(script="exec sleep 1000"), container("other", script="exec sleep 1000")))
        cls.wait_ready("box")

    def call(self, *args, **more):
        return run("kubectl", "-n", self.namespace, "exec", "box", *args, **more)

    def test_streams(self):
        """exec keeps standard output and standard error apart."""
        result = self.call("-c", "main", "--", "sh", "-c", "echo out; echo err >&2")
        self.assertEqual((result.stdout, result.stderr), ("out\n", "err\n"))

    def test_exit_code(self):
        """exec ends with the exit code of the command."""
        self.assertEqual(self.call("-c", "main", "--", "sh", "-c", "exit 7", check=False).returncode, 7)

    def test_stdin(self):
        """exec -i hands standard input on, to its end."""
        text = "".join(f"{i}\n" for i in range(20000))
        self.assertEqual(self.call("-i", "-c", "main", "--", "cat", stdin=text).stdout, text)
        self.assertEqual(self.call("-i", "-c", "main", "--", "wc", "-l", stdin=text).stdout, "20000\n")

    def test_container(self):
        """exec -c chooses the container; the containers of a pod share their network."""
        self.assertEqual(self.call("-c", "other", "--", "hostname").stdout, "box\n")
        addresses = {self.call("-c", c, "--", "ip", "-4", "-o", "addr", "show", "eth0").stdout for c in ("main", "other")}
        self.assertEqual(len(addresses), 1)

    def test_terminal(self):
        """exec -it gives the command a terminal."""
        script = f"kubectl -n {self.namespace} exec -it box -c main -- sh -c 'test -t 0 && echo terminal'"
        self.assertIn("terminal", run("script", "-qec", script, "/dev/null").stdout)

    def test_missing_command(self):
        """exec of a command that does not exist is an error that names it."""
        result = self.call("-c", "main", "--", "no-such-command", check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("no-such-command", result.stderr)


class Delete(Case):
    def test_grace(self):
        """A deleted pod gets SIGTERM, ends by itself, and leaves neither object, container, folder nor mount behind."""
        self.apply(pod("polite", container(
            script="trap 'echo bye > /out/bye; exit 0' TERM; while :; do sleep 0.1; done",
            volumeMounts=[{"name": "out", "mountPath": "/out"}, {"name": "secret", "mountPath": "/secret"}]),
            terminationGracePeriodSeconds=60,
            volumes=[{"name": "out", "hostPath": {"path": str(bed().folder / "out"), "type": "DirectoryOrCreate"}},
                     {"name": "secret", "emptyDir": {"medium": "Memory"}}]))
        uid = self.wait_ready("polite")["metadata"]["uid"]
        self.assertEqual(len(bed().containers(uid)), 2)
        self.assertNotEqual(bed().mounts(uid), [])
        self.kubectl("delete", "pod", "polite", "--timeout=50s")  # sooner than its grace period
        self.assertIsNone(self.get("pod", "polite"))
        self.assertEqual((bed().folder / "out/bye").read_text(), "bye\n")
        self.wait_containers_gone(uid)
        wait_until("its mounts are gone", lambda: bed().mounts(uid) == [])
        wait_until("its folder is gone", lambda: not list((bed().folder / "nodes").glob(f"**/pods/{uid}")))

    def test_stubborn(self):
        """A pod that ignores SIGTERM is killed when its grace period is over."""
        self.apply(pod("stubborn", container(script="trap '' TERM; while :; do sleep 0.1; done"), terminationGracePeriodSeconds=2))
        uid = self.wait_ready("stubborn")["metadata"]["uid"]
        self.kubectl("delete", "pod", "stubborn", "--timeout=40s")
        self.wait_containers_gone(uid, "container")

    def test_pre_stop(self):
        """A preStop command runs before SIGTERM."""
        out = bed().folder / "out"
        self.apply(pod("prepared", container(
            script="trap 'echo term >> /out/order; exit 0' TERM; while :; do sleep 0.1; done",
            lifecycle={"preStop": {"exec": {"command": ["sh", "-c", "echo prestop >> /out/order"]}}},
            volumeMounts=[{"name": "out", "mountPath": "/out"}]), terminationGracePeriodSeconds=30,
            volumes=[{"name": "out", "hostPath": {"path": str(out), "type": "DirectoryOrCreate"}}]))
        self.wait_ready("prepared")
        self.kubectl("delete", "pod", "prepared", "--timeout=28s")
        self.assertEqual((out / "order").read_text(), "prestop\nterm\n")

    def test_force(self):
        """A pod deleted by force is gone at once, and its containers soon after."""
        self.apply(pod("forced", container(script="trap '' TERM; while :; do sleep 0.1; done"), terminationGracePeriodSeconds=600))
        uid = self.wait_ready("forced")["metadata"]["uid"]
        self.kubectl("delete", "pod", "forced", "--grace-period=0", "--force", "--timeout=10s")
        self.wait_containers_gone(uid, "container")


if __name__ == "__main__":
    unittest.main()
