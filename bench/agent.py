#!/usr/bin/env python3
"""agent.py BED PODS: memory, CPU and start-up of kubelet-lite and of the stock kubelet with the same PODS pause pods, one after the other on one bed.

BED: a folder that tests/bed/up has filled. Prints for each: RSS idle and with the pods, CPU while they rest, the time until all run, the time until all are gone.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

bed, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
root = pathlib.Path(__file__).resolve().parent.parent
env = dict(line.removeprefix("export ").split("=", 1) for line in (bed / "env").read_text().splitlines() if line.startswith("export "))


def kubectl(*args, stdin=None):
    return subprocess.run(["kubectl", "--kubeconfig", bed / "admin.conf", *args], input=stdin, capture_output=True, text=True, check=False)


def rss(pid):
    return next(int(line.split()[1]) for line in open(f"/proc/{pid}/status", encoding="utf-8") if line.startswith("VmRSS")) / 1024


def cpu(pid):
    fields = open(f"/proc/{pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until(what, condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"gave up waiting until {what}")
        time.sleep(0.1)


def ready(node):
    return "True" in kubectl("get", "node", node, "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}").stdout


def phases(node):
    return kubectl("get", "pods", "-l", f"bench={node}", "-o", "jsonpath={.items[*].status.phase}").stdout.split()


def measure(title, node, pid):
    until("the node is Ready", lambda: ready(node))
    time.sleep(5)   # a measurement at rest
    idle = rss(pid)
    items = [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"{node}-{i}", "labels": {"bench": node}},
              "spec": {"nodeName": node, "terminationGracePeriodSeconds": 1, "dnsPolicy": "Default", "automountServiceAccountToken": False, "tolerations": [{"operator": "Exists"}],
                       "containers": [{"name": "c", "image": "registry.k8s.io/pause:3.10.2", "imagePullPolicy": "IfNotPresent"}]}} for i in range(count)]
    began = time.monotonic()
    made = kubectl("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    if made.returncode:
        sys.exit(made.stderr)
    until("all pods run", lambda: phases(node).count("Running") == count)
    started = time.monotonic() - began
    time.sleep(10)
    before = cpu(pid)
    time.sleep(20)
    used = (cpu(pid) - before) / 20 * 100
    loaded = rss(pid)
    began = time.monotonic()
    kubectl("delete", "pods", "-l", f"bench={node}", "--wait=true", "--timeout=200s")
    print(f"{title}: RSS idle {idle:.1f} MB, with {count} pods {loaded:.1f} MB, CPU at rest {used:.2f} % of a core; all Running after {started:.1f} s, gone after {time.monotonic() - began:.1f} s", flush=True)


def lite():
    conf = subprocess.run([root / "tests/bed/node-conf", bed, "lite"], capture_output=True, text=True, check=True).stdout.strip()
    program = os.path.join(os.environ["TASKPOD_BIN"], "kubelet-lite")
    with open(bed / "bench-lite.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen([program, "--kubeconfig", conf, "--hostname-override", "lite", "--container-runtime-endpoint", "unix://" + env["BED_CONTAINERD_SOCK"], "--root-dir", bed / "lite",
                                    "--pod-logs-dir", bed / "lite/pod-logs", "--container-logs-dir", bed / "lite/container-logs", "--cgroup-root", env["BED_CGROUP_ROOT"], "--client-ca-file", env["BED_CA"],
                                    "--address", env["BED_NODE_IP"], "--node-ip", env["BED_NODE_IP"], "--port", "0", "--healthz-port", "0"], stdout=log, stderr=log)
    measure("kubelet-lite", "lite", process.pid)
    process.terminate()
    process.wait()
    kubectl("delete", "node", "lite")


def stock():
    before = set(subprocess.run(["pgrep", "-x", "kubelet"], capture_output=True, text=True, check=False).stdout.split())
    subprocess.run([root / "tests/bed/kubelet", bed, "stock"], check=True, stdout=subprocess.DEVNULL)
    pid = (set(subprocess.run(["pgrep", "-x", "kubelet"], capture_output=True, text=True, check=True).stdout.split()) - before).pop()
    measure("kubelet", "stock", int(pid))


lite()
stock()
