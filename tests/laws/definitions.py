"""Random task definitions of the whole service model: every member of RegisterTaskDefinitionRequest, with its type and enumeration; strings
and numbers by the manual where the model says nothing. Equal seeds give equal definitions."""
import json
import pathlib
import random

MODEL = json.loads((pathlib.Path(__file__).resolve().parent.parent / "testdata/ecs/service-2.json").read_text())["shapes"]
WORDS = ["web", "api", "Worker_1", "db", "cache", "log-router", "migrate", "a", "X", "envoy", "data.store", "shop", "9lives", "__x", "queue"]
TEXTS = ["", "1", "two words", "$(HOME)", "$$", "cost $5", "ünïcode ✓", "a\nb", "--flag=$(A)", "x" * 70, "{\"json\": true}", "null", "~"]
PATHS = ["/data", "/var/lib/app", "/", "/tmp/a b", "/etc/../srv", "/dev/shm", "C:\\data", "/x/y/z"]
ROLE, SECRET = "arn:aws:iam::123456789012:role/", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"


class Definitions:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def one(self):
        """A definition whose references hold: volumes, dependencies, links are those of the task."""
        r = self.r
        self.containers = r.sample(WORDS, r.randint(1, 5))
        self.volumes = r.sample(WORDS, r.randint(0, 4))
        task = self.structure("RegisterTaskDefinitionRequest", ())
        task["family"] = r.choice(WORDS) + str(r.randint(0, 99))
        if self.volumes:
            task["volumes"] = [self.volume(name) for name in self.volumes]
        else:
            task.pop("volumes", None)
        task["containerDefinitions"] = [self.container(i) for i in range(len(self.containers))]
        return task

    def volume(self, name):
        volume = {"name": name}
        kinds = ["host", "dockerVolumeConfiguration", "efsVolumeConfiguration", "s3filesVolumeConfiguration",
                 "fsxWindowsFileServerVolumeConfiguration", "configuredAtLaunch", None]
        kind = self.r.choice(kinds)
        if kind:
            volume[kind] = self.value(MODEL["Volume"]["members"][kind]["shape"], kind, ("volumes",))
        return volume

    def container(self, index):
        container = self.structure("ContainerDefinition", ("containerDefinitions",))
        container["name"] = self.containers[index]
        container["image"] = self.r.choice(["nginx:1.27", "registry.example.com/a/b@sha256:" + "0" * 64, "busybox", "public.ecr.aws/x/y:latest"])
        before = self.containers[:index]
        for member, name in (("dependsOn", "containerName"), ("volumesFrom", "sourceContainer")):
            if not before:
                container.pop(member, None)
            for item in container.get(member, []):
                item[name] = self.r.choice(before)
        if "links" in container:
            container["links"] = [n + self.r.choice(["", ":alias", ":db_x"]) for n in before]
        if not self.volumes:
            container.pop("mountPoints", None)
        for mount in container.get("mountPoints", []):
            mount["sourceVolume"] = self.r.choice(self.volumes)
        if self.r.random() < 0.9 and "memory" not in container:
            container["memory"] = self.r.choice([6, 128, 512, 4096])
        if container.get("memoryReservation", 0) > container.get("memory", 1 << 30):
            del container["memoryReservation"]
        return container

    def structure(self, shape, path):
        members = MODEL[shape]["members"]
        required = MODEL[shape].get("required", [])
        return {name: self.value(member["shape"], name, path + (name,))
                for name, member in members.items() if name in required or self.r.random() < 0.3}

    def value(self, shape, name, path):
        r, s = self.r, MODEL[shape]
        kind = s["type"]
        if kind == "structure":
            return self.structure(shape, path)
        if kind == "list":
            return [self.value(s["member"]["shape"], name, path) for _ in range(r.randint(0 if r.random() < 0.1 else 1, 3))]
        if kind == "map":
            return {r.choice(WORDS + ["a b", "type", "device", "o"]): r.choice(TEXTS) for _ in range(r.randint(0, 3))}
        if kind == "boolean":
            return r.random() < 0.5
        if kind in ("integer", "long"):
            return self.number(name)
        if "enum" in s:
            return r.choice(s["enum"])
        return self.string(name, path)

    def number(self, name):
        r = self.r
        low, high = {"cpu": (0, 4096), "memory": (6, 8192), "memoryReservation": (6, 8192), "containerPort": (1, 65535), "hostPort": (0, 65535),
                     "interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300), "stopTimeout": (0, 120),
                     "startTimeout": (2, 120), "size": (1, 512), "sharedMemorySize": (0, 512), "swappiness": (0, 100), "sizeInGiB": (21, 200),
                     "restartAttemptPeriod": (60, 1800), "ignoredExitCodes": (0, 255), "softLimit": (0, 65535), "hardLimit": (0, 65535)}.get(
                         name, (0, 2000))
        return r.randint(low, high)

    def string(self, name, path):
        r = self.r
        last = {
            "cpu": lambda: r.choice(["256", "1024", ".5 vCPU", "2 vcpu"]), "memory": lambda: r.choice(["512", "2048", "0.5 GB", "4GB"]),
            "taskRoleArn": lambda: ROLE + "task", "executionRoleArn": lambda: ROLE + "exec",
            "valueFrom": lambda: r.choice([SECRET + "db-AbCdEf:password::", SECRET + "db", "parameter", "/app/key", SECRET + "x:a b:AWSCURRENT:"]),
            "credentialsParameter": lambda: SECRET + "registry-1a2b3c", "user": lambda: r.choice(["1000", "0:0", "app", "1000:1000", "app:app", "1:x"]),
            "expression": lambda: r.choice(["attribute:stack == prod", "attribute:ecs.instance-type =~ t3.*", "attribute:a in [b, c] && attribute:d exists",
                                            "task:group == service:web", "not(attribute:x == y)", "attribute:ecs.os-type == linux", "nonsense (("]),
            "ipAddress": lambda: r.choice(["10.0.0.1", "::1", "127.0.0.1", "10.0.0.01"]), "hostname": lambda: r.choice(["h", "db.local", "Under_score", "a-b"]),
            "dnsServers": lambda: r.choice(["10.0.0.2", "8.8.8.8", "fd00::1"]), "dnsSearchDomains": lambda: r.choice(["a.local", "corp.example.com"]),
            "namespace": lambda: r.choice(["net.core.somaxconn", "kernel.msgmax", "net.ipv4.tcp_tw_reuse", "fs.mqueue.msg_max"]),
            "containerPortRange": lambda: r.choice(["8000-8010", "1-65535", "9000-9000"]), "readonly": lambda: "x",
            "dockerSecurityOptions": lambda: r.choice(["no-new-privileges", "apparmor:docker-default", "label:type:svirt_t", "label:disable", "credentialspec:x"]),
            "add": lambda: r.choice(["SYS_PTRACE", "NET_ADMIN", "ALL", "SYS_ADMIN"]), "drop": lambda: r.choice(["ALL", "MKNOD"]),
            "device": lambda: "/dev/fuse", "key": lambda: r.choice(["team", "Cost Center", "a/b"]),
            "name": lambda: r.choice(WORDS + ["HTTP_PORT", "a.b", "x y", "port_1", "http"]), "fileSystemId": lambda: "fs-0123456789abcdef0",
            "rootDirectory": lambda: r.choice(["/", "/data"]), "type": lambda: r.choice(["GPU", "x"]),
        }
        if name in last:
            return last[name]()
        if name.endswith("Path"):
            return r.choice(PATHS)
        if name == "value" and "resourceRequirements" in path:
            return r.choice(["1", "2", "ALL"])
        return r.choice(TEXTS[1:] if name in ("command", "entryPoint") else TEXTS)
