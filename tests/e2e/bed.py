"""What every end-to-end test stands on: one bed (tests/bed/up), the programs that run in it, kubectl, and the one way to
wait for something."""
import base64
import contextlib
import json
import os
import pathlib
import re
import secrets
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STOCK = os.environ.get("TASKPOD_STOCK", "")  # Kubernetes' own programs in the place of ours: scheduler, agent, or 1 for both
STOCK_SCHEDULER, STOCK_AGENT = STOCK in ("1", "scheduler"), STOCK in ("1", "agent")
SCHEDULER = "default-scheduler" if STOCK_SCHEDULER else "taskpod"
BUSYBOX = "docker.io/library/busybox:latest"
NGINX = "docker.io/library/nginx:latest"
REAL_NODE = "real"
SYSTEM = "taskpod-system"  # the namespace of Taskpod's own objects
REGION, ACCOUNT = "us-east-1", "000000000000"


def program(name):
    """The path of one of our programs."""
    folder = pathlib.Path(os.environ.get("TASKPOD_BIN") or ROOT / "build/dev/bin")
    return str(folder / name)


def wait_until(what, condition, seconds=60.0, every=0.1):
    """Returns the first true value of condition(), which is asked again and again; fails with `what` when the time is over.
    A condition that raises AssertionError is asked again, too; its message becomes part of the failure."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = condition()
            if seen:
                return seen
        except AssertionError as error:
            seen = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"after {seconds:g} s still not so: {what}; last seen: {seen}")
        time.sleep(every)


class CommandFailed(AssertionError):
    def __init__(self, command, what):
        super().__init__(f"{shlex.join(map(str, command))} {what}")


def run(*command, stdin=None, seconds=120, check=True):
    """Runs a command to its end and returns what it was and wrote."""
    try:
        result = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds, env=bed().env)
    except subprocess.TimeoutExpired:
        raise CommandFailed(command, f"has not ended after {seconds:g} s") from None
    if check and result.returncode != 0:
        raise CommandFailed(command, f"ended with {result.returncode}: {result.stderr.strip()}")
    return result


def kubectl(*args, stdin=None, seconds=120):
    """What a kubectl command prints; it must succeed."""
    return run("kubectl", *args, stdin=stdin, seconds=seconds).stdout


def aws(*args, user="ecs-admin", seconds=120, check=True):
    """What `aws ecs ...` answers, as an object; None when it answers nothing. With check=False: the ended process."""
    bed().ecs(user)  # waits until the endpoint is there
    key, url = bed().access_key(user), bed().ecs_url()
    env = {k: v for k, v in bed().env.items() if not k.startswith("AWS_")}
    env |= {"AWS_ENDPOINT_URL_ECS": url, "AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret, "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": "", "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
    beside = pathlib.Path(sys.executable).parent / "aws"  # of the same venv as boto3
    command = [str(beside if beside.exists() else "aws"), "--endpoint-url", url, "--output", "json", "ecs", *map(str, args)]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=seconds, env=env, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise CommandFailed(command, f"has not ended after {seconds:g} s") from None
    if not check:
        return result
    if result.returncode != 0:
        raise CommandFailed(command, f"ended with {result.returncode}: {result.stderr.strip()}")
    return json.loads(result.stdout) if result.stdout.strip() else None


def get(*args):
    """`kubectl get` as an object; None when there is no such object."""
    out = kubectl("get", *args, "-o", "json", "--ignore-not-found")
    return json.loads(out) if out.strip() else None


def items(*args):
    """`kubectl get` of several objects, as a list."""
    return (get(*args) or {}).get("items", [])


class Program:
    """A program that runs in the bed: in its own session, its pid recorded so that tests/bed/down finds it in any case."""

    def __init__(self, name, *command):
        self.name, self.command, self.process = name, list(map(str, command)), None

    def start(self):
        with open(bed().folder / "logs" / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, env=bed().env)
        since = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
        (bed().folder / "pids" / self.name).write_text(f"{self.process.pid} {since}\n")
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=20):
        """SIGTERM, as systemd and Kubernetes send it; returns the exit code."""
        if not self.running():
            return self.process and self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds)


class Controller(Program):
    """The controller, which also serves the ECS API; on a new port each time it is started."""

    def start(self):
        log = bed().folder / "logs" / f"{self.name}.log"
        self.log_start = log.stat().st_size if log.exists() else 0
        return super().start()

    def ecs_address(self, seconds=60):
        """HOST:PORT of the ECS API, as this start's log tells it."""
        def told():
            with open(bed().folder / "logs" / f"{self.name}.log", "rb") as log:
                log.seek(self.log_start)
                found = re.findall(r"\becs=\"?([0-9.]+:[0-9]+)", log.read().decode(errors="replace"))
            if not found and not self.running():
                raise RuntimeError("the controller has ended; its log tells why")
            return found and found[-1]
        return wait_until("the controller's log tells the address of the ECS API", told, seconds)


class AccessKey:
    """A key of the ECS API: a Secret that names a Kubernetes user."""

    def __init__(self, user):
        self.user = user
        self.id = "AKIA" + base64.b32encode(secrets.token_bytes(10)).decode()
        self.secret = secrets.token_urlsafe(30)[:40]

    def store(self):
        kubectl("apply", "-f", "-", stdin=json.dumps({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": f"access-key-{self.user}", "namespace": SYSTEM, "labels": {"ecs.taskpod.io/access-key": "true"}},
            "stringData": {"accessKeyId": self.id, "secretAccessKey": self.secret, "user": self.user}}))
        return self


class Recorded:
    """A program that a script of the bed starts, and whose pid it writes down."""

    def __init__(self, name, *start):
        self.name, self.command = name, list(map(str, start))

    @property
    def pid(self):
        return int((bed().folder / "pids" / self.name).read_text().split()[0])

    def start(self):
        run(*self.command)
        return self

    def running(self):
        try:
            return pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except FileNotFoundError:
            return False

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        wait_until(f"{self.name} is gone", lambda: not self.running())

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        wait_until(f"{self.name} is gone", lambda: not self.running())


class Bed:
    """The one bed of a run. It is started at the first use; `down` ends it with all that runs in it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="taskpod-e2e-"))
        self.env, self.programs = dict(os.environ), {}
        self.keys, self.clients = {}, {}
        self.controller_flags = []

    def up(self):
        options = ["--containerd", "v2"] if os.environ.get("TASKPOD_CONTAINERD") == "v2" else []
        subprocess.run([ROOT / "tests/bed/up", self.folder, *options], check=True)
        shown = subprocess.run(["bash", "-c", 'source "$1"; env -0', "env", self.folder / "env"],
                               capture_output=True, text=True, check=True).stdout
        self.env = dict(line.split("=", 1) for line in shown.split("\0") if "=" in line)

    def down(self, keep_logs=False):
        keep = ["--keep-logs"] if keep_logs else []
        subprocess.run([ROOT / "tests/bed/down", self.folder, *keep], check=True)

    def controller(self):
        """The scheduler, started at the first use."""
        if "controller" not in self.programs:
            if not STOCK_SCHEDULER:
                self.install()
            self.programs["controller"] = self.new_controller().start()
        return self.programs["controller"]

    def new_controller(self):
        if STOCK_SCHEDULER:
            return Recorded("kube-scheduler", ROOT / "tests/bed/scheduler", self.folder)
        return Controller("taskpod-controller", program("taskpod-controller"), "--kubeconfig", self.folder / "admin.conf",
                          "--health-address", "127.0.0.1:0", "--leader-elect=false",
                          "--ecs-address", "127.0.0.1:0", "--ecs-auth", "sigv4",
                          "--service-healthy-after", 2, *self.controller_flags)

    @contextlib.contextmanager
    def controller_with(self, *flags):
        """The controller, started again with more flags; without them at the end."""
        def again(*wanted):
            self.controller().stop()
            self.controller_flags = wanted
            self.programs["controller"] = self.new_controller().start()
        again(*flags)
        try:
            yield
        finally:
            again()

    def install(self):
        """The custom resources, and the namespace of the access keys."""
        if get("namespace", SYSTEM) is None:
            kubectl("create", "namespace", SYSTEM)
        kubectl("apply", "--server-side", "-f", ROOT / "manifests/crd")
        kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", ROOT / "manifests/crd")

    def access_key(self, user="ecs-admin"):
        """The user's access key, made at the first use. The first user may do everything."""
        if user not in self.keys:
            if user == "ecs-admin":
                kubectl("create", "clusterrolebinding", user, "--clusterrole=cluster-admin", f"--user={user}")
            self.keys[user] = AccessKey(user).store()
        return self.keys[user]

    def ecs_url(self):
        return f"http://{self.controller().ecs_address()}"

    def ecs(self, user="ecs-admin"):
        """A client of the ECS API, whose every answer is checked against the service model (ecs.py)."""
        import ecs
        key = self.access_key(user)
        at = (user, self.ecs_url())
        if at not in self.clients:
            client = ecs.client(at[1], key)
            wait_until(f"the ECS API knows the key of {user}", lambda: ecs.knows_key(client))
            self.clients[at] = client
        return self.clients[at]

    def agent(self):
        """The agent of the one real node, started at the first use; the node is Ready then."""
        if "agent" not in self.programs:
            self.programs["agent"] = self.new_agent(REAL_NODE).start()
            wait_until("the real node is Ready", lambda: node_ready(REAL_NODE))
            wait_until("the real node takes pods", lambda: not get("node", REAL_NODE)["spec"].get("taints"))
        return self.programs["agent"]

    def new_agent(self, node):
        if STOCK_AGENT:
            return Recorded(f"kubelet-{node}", ROOT / "tests/bed/kubelet", self.folder, node)
        conf = run(ROOT / "tests/bed/node-conf", self.folder, node).stdout.strip()
        return Program(
            f"kubelet-{node}", program("kubelet-lite"), "--kubeconfig", conf, "--hostname-override", node,
            "--container-runtime-endpoint", "unix://" + self.env["BED_CONTAINERD_SOCK"],
            "--root-dir", self.folder / "nodes" / node, "--address", self.env["BED_NODE_IP"],
            "--node-ip", self.env["BED_NODE_IP"], "--port", free_port(), "--healthz-port", 0,
            "--client-ca-file", self.env["BED_CA"], "--cgroup-root", "/" + self.env["BED_ID"],
            "--pod-logs-dir", self.folder / "nodes" / node / "pod-logs",
            "--container-logs-dir", self.folder / "nodes" / node / "container-logs",
            *shlex.split(os.environ.get("TASKPOD_AGENT_FLAGS", "")))

    @contextlib.contextmanager
    def simulated_nodes(self, count):
        """Nodes whose pods run without a runtime. With the stock programs: Node objects that somebody keeps alive, and
        whose pods are never run."""
        before = set(node_names())
        if STOCK_AGENT:
            simulator = FakeNodes(count)
        else:
            simulator = Program("simulated-nodes", program("kubelet-lite"), "--kubeconfig", self.folder / "admin.conf",
                                "--simulate", count, "--healthz-port", 0)
        simulator.start()
        try:
            names = wait_until(f"{count} simulated nodes are there", lambda: (
                len(new := sorted(set(node_names()) - before)) == count and new))
            for name in names:
                wait_until(f"the simulated node {name} is Ready", lambda: node_ready(name))
                wait_until(f"the simulated node {name} takes pods", lambda: not get("node", name)["spec"].get("taints"))
            yield names
        finally:
            names = sorted(set(node_names()) - before)
            for name in names:  # its pods first: nobody would finish their deletion afterwards
                kubectl("delete", "pods", "-A", "--field-selector", f"spec.nodeName={name}", "--grace-period=0",
                        "--force", "--wait=false")
            simulator.stop()
            for name in names:
                kubectl("delete", "node", name, "--wait=false")

    def containerd(self):
        return Recorded("containerd", self.folder / "containerd.start")

    def ctr(self, *args):
        return run("ctr", "-a", self.env["BED_CONTAINERD_SOCK"], "-n", "k8s.io", *args).stdout

    def containers(self, uid, kind=None):
        """The ids of a pod's containers in containerd; of one kind, `container` or `sandbox`, or of both."""
        label = f'labels."io.kubernetes.pod.uid"=={uid}'
        return self.ctr("containers", "ls", "-q", label + (f',labels."io.cri-containerd.kind"=={kind}' if kind else "")).split()

    def mounts(self, uid):
        return [line.split()[4] for line in open("/proc/self/mountinfo") if uid in line.split()[4]]


class FakeNodes:
    """Node objects with a heartbeat, for the stock programs."""

    made = 0

    def __init__(self, count):
        self.names = [f"fake-{FakeNodes.made + i}" for i in range(count)]  # new ones: the old ones' health is remembered
        FakeNodes.made += count
        self.over = threading.Event()
        self.heart = threading.Thread(target=self._beat, daemon=True)

    def start(self):
        size = {"cpu": "4", "memory": "8Gi", "pods": "110"}
        for name in self.names:
            kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "Node", "metadata": {
                "name": name, "labels": {"kubernetes.io/hostname": name}}}))
            kubectl("patch", "node", name, "--subresource=status", "-p", json.dumps({"status": {
                "capacity": size, "allocatable": size,
                "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]}}))
        self.heart.start()

    def _beat(self):
        while not self.over.is_set():
            now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
            for name in self.names:
                run("kubectl", "apply", "-f", "-", stdin=json.dumps({
                    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                    "metadata": {"name": name, "namespace": "kube-node-lease"},
                    "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": now}}), check=False)
            self.over.wait(10)

    def stop(self):
        self.over.set()
        self.heart.join()
        kubectl("-n", "kube-node-lease", "delete", "lease", *self.names)


_bed = None


def bed():
    global _bed
    if _bed is None:
        _bed = Bed()
        _bed.up()
    return _bed


def end_bed(keep_logs):
    """Ends the bed, if there is one; returns the folder with the logs."""
    if _bed is None:
        return None
    _bed.down(keep_logs)
    return _bed.folder


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def node_names():
    return kubectl("get", "nodes", "-o", "name").replace("node/", "").split()


def condition_of(thing, kind):
    """A condition of an object's status, or an empty one."""
    return next((c for c in (thing or {}).get("status", {}).get("conditions", []) if c["type"] == kind), {})


def node_ready(name):
    return condition_of(get("node", name), "Ready").get("status") == "True"


def container(name="main", image=BUSYBOX, script=None, **more):
    """A container of a pod; `script` is run by its shell."""
    command = {"command": ["sh", "-c", script]} if script else {}
    return {"name": name, "image": image, "imagePullPolicy": "IfNotPresent", **command, **more}


def pod(name, *containers, **spec):
    """A pod for our scheduler; with a `nodeName` nobody schedules it."""
    spec = {"schedulerName": SCHEDULER, "terminationGracePeriodSeconds": 1, "dnsPolicy": "Default",
            "containers": list(containers), **spec}
    labels = spec.pop("labels", {"app": name})
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


class Watch:
    """Everything that a watch of a namespace's pods told, from its start on; taken up again where it was cut."""

    def __init__(self, namespace):
        self.path = f"/api/v1/namespaces/{namespace}/pods"
        self.pods, self.history, self.lock, self.over = {}, [], threading.Lock(), False
        first = json.loads(kubectl("get", "--raw", self.path))
        self.version = first["metadata"]["resourceVersion"]
        for item in first["items"]:
            self._take("ADDED", item)
        self._open()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _open(self):
        self.process = subprocess.Popen(["kubectl", "get", "--raw", f"{self.path}?watch=1&resourceVersion={self.version}"],
                                        stdout=subprocess.PIPE, text=True, env=bed().env)

    def _take(self, kind, item):
        with self.lock:
            self.history.append((kind, item))
            self.pods[item["metadata"]["name"]] = item

    def _read(self):
        while not self.over:
            with self.process.stdout as lines:
                for line in lines:  # one event a line
                    event = json.loads(line)
                    self.version = event["object"]["metadata"]["resourceVersion"]
                    self._take(event["type"], event["object"])
            self.process.wait()
            if not self.over:
                self._open()

    def bound(self):
        with self.lock:
            return {name: p["spec"]["nodeName"] for name, p in self.pods.items() if p["spec"].get("nodeName")}

    def events(self):
        with self.lock:
            return list(self.history)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over = True
        self.process.terminate()
        self.thread.join()


class Case(unittest.TestCase):
    """A test in a namespace of its own, which is deleted at the end of the class. Each test's first doc line is the sentence
    that is printed for it."""

    @classmethod
    def setUpClass(cls):
        cls.namespace = cls.__name__.lower()
        if get("namespace", cls.namespace) is None:
            kubectl("create", "namespace", cls.namespace)
        cls.addClassCleanup(kubectl, "delete", "namespace", cls.namespace, "--wait=false")
        wait_until("the namespace has its ServiceAccount", lambda: (
            get("-n", cls.namespace, "serviceaccount", "default") and
            get("-n", cls.namespace, "configmap", "kube-root-ca.crt")))

    @classmethod
    def kubectl(cls, *args, **more):
        return kubectl("-n", cls.namespace, *args, **more)

    @classmethod
    def get(cls, *args):
        return get("-n", cls.namespace, *args)

    @classmethod
    def list(cls, *args):
        return items("-n", cls.namespace, *args)

    @classmethod
    def apply(cls, *objects):
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        return cls.kubectl("apply", "-f", "-", stdin=text)

    @classmethod
    def wait_phase(cls, name, phase, seconds=60):
        """The pod, once it has that phase; a pod that has ended in another one is not waited for."""
        def reached():
            seen = cls.get("pod", name)
            now = (seen or {}).get("status", {}).get("phase")
            if now != phase and now in ("Succeeded", "Failed"):
                raise RuntimeError(f"pod {name} is {now}, not {phase}: {json.dumps(seen['status'])}")
            if now != phase:
                raise AssertionError(json.dumps((seen or {}).get("status", "no such pod")))
            return seen
        return wait_until(f"pod {name} is {phase}", reached, seconds)

    @classmethod
    def wait_ready(cls, name, seconds=60):
        def ready():
            seen = cls.get("pod", name)
            if condition_of(seen, "Ready").get("status") != "True":
                raise AssertionError(json.dumps((seen or {}).get("status", "no such pod")))
            return seen
        return wait_until(f"pod {name} is Ready", ready, seconds)

    @classmethod
    def wait_gone(cls, name, seconds=60):
        wait_until(f"pod {name} is gone", lambda: cls.get("pod", name) is None, seconds)

    @classmethod
    def wait_event(cls, name, reason, text="", seconds=60):
        """The event about that object with that reason whose message holds the text."""
        def seen():
            events = cls.list("events", "--field-selector", f"involvedObject.name={name}")
            found = [e for e in events if e.get("reason") == reason and text in e.get("message", "")]
            if not found:
                raise AssertionError([f"{e.get('reason')}: {e.get('message')}" for e in events])
            return found[0]
        return wait_until(f"{name} has an event {reason} with '{text}'", seen, seconds)

    @classmethod
    def wait_logs(cls, name, text):
        """Waits until that is all that the pod's container has printed."""
        def said():
            out = cls.kubectl("logs", name)
            if out != text:
                raise AssertionError(repr(out[-500:]))
            return True
        wait_until(f"the log of {name} is complete", said, seconds=20)

    @classmethod
    def wait_containers_gone(cls, uid, kind=None):
        """The agent may remove the sandbox later than the object, the stock one after a minute."""
        wait_until("containerd has nothing of the pod", lambda: bed().containers(uid, kind) == [], seconds=120)

    @classmethod
    def waiting(cls, name, kind="containerStatuses"):
        """Why the first container of a pod waits: its reason and message."""
        statuses = (cls.get("pod", name) or {}).get("status", {}).get(kind, [])
        state = statuses[0].get("state", {}).get("waiting", {}) if statuses else {}
        return state.get("reason", ""), state.get("message", "")

    @classmethod
    def wait_waiting(cls, name, *reasons, seconds=60):
        """The message, once the first container waits for one of the reasons."""
        def so():
            reason, message = cls.waiting(name)
            if reason not in reasons:
                raise AssertionError(f"waiting: {reason!r} {message!r}")
            return message or " "
        return wait_until(f"pod {name} waits for {' or '.join(reasons)}", so, seconds).strip()


def http(address, port=80, path="/", seconds=5):
    """The body of an HTTP answer, '' when there is none. Addresses are those of pods in the bed's own network."""
    import http.client
    connection = http.client.HTTPConnection(address, port, timeout=seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except OSError:
        return ""
    finally:
        connection.close()
