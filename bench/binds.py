#!/usr/bin/env python3
"""binds.py BED NODES PODS: bindings per second of kube-scheduler and of taskpod-controller on one API server, one after the other, on equal clusters.

BED: a folder that tests/bed/up has filled (--no-containerd is enough). NODES fake nodes of 4 cores and 32 GiB; PODS pending pods of 100m and 500 MiB are there before
the scheduler starts. kube-scheduler scores every node and has no client-side limit. Programs: TASKPOD_BIN, and kube-scheduler on PATH. Prints one line each and the ratio.
"""
import http.client
import json
import os
import subprocess
import ssl
import sys
import tempfile
import threading
import time
import urllib.parse

bed, node_count, pod_count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
conf = os.path.join(bed, "admin.conf")
view = json.loads(subprocess.run(["kubectl", "--kubeconfig", conf, "config", "view", "--raw", "-o", "json"], check=True, capture_output=True, text=True).stdout)
server = urllib.parse.urlparse(view["clusters"][0]["cluster"]["server"])
user = view["users"][0]["user"]
context = ssl._create_unverified_context()
headers = {"Content-Type": "application/json"}
if "token" in user:
    headers["Authorization"] = "Bearer " + user["token"]
else:
    import base64
    for name in ("client-certificate-data", "client-key-data"):
        with open(os.path.join(bed, "bench-" + name), "wb") as out:
            out.write(base64.b64decode(user[name]))
    context.load_cert_chain(os.path.join(bed, "bench-client-certificate-data"), os.path.join(bed, "bench-client-key-data"))


def connection():
    return http.client.HTTPSConnection(server.hostname, server.port, context=context, timeout=60)


def call(conn, method, path, body=None):
    conn.request(method, path, json.dumps(body) if body is not None else None, headers)
    response = conn.getresponse()
    return response.status, response.read()


def for_all(items, work, threads=8):
    source, lock = iter(items), threading.Lock()

    def run():
        conn = connection()
        while True:
            with lock:
                item = next(source, None)
            if item is None:
                return
            work(conn, item)

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def make_node(conn, i):
    size = {"cpu": "4", "memory": "32Gi", "pods": "110"}
    labels = {"kubernetes.io/hostname": f"fake-{i}", "topology.kubernetes.io/zone": f"z{i % 3}"}
    code, text = call(conn, "POST", "/api/v1/nodes", {"metadata": {"name": f"fake-{i}", "labels": labels},
                      "status": {"capacity": size, "allocatable": size, "conditions": [{"type": "Ready", "status": "True"}]}})
    assert code in (201, 409), text


def make_pod(scheduler):
    def make(conn, i):
        container = {"name": "c", "image": "x", "resources": {"requests": {"cpu": "100m", "memory": "500Mi"}}}
        code, text = call(conn, "POST", "/api/v1/namespaces/default/pods", {"metadata": {"name": f"p-{i}", "labels": {"app": "p"}},
                          "spec": {"schedulerName": scheduler, "containers": [container]}})
        assert code in (201, 409), text
    return make


def measure(scheduler, command):
    for_all(range(pod_count), make_pod(scheduler))
    conn = connection()
    version = json.loads(call(conn, "GET", "/api/v1/namespaces/default/pods?limit=1")[1])["metadata"]["resourceVersion"]
    watch = connection()
    watch.request("GET", f"/api/v1/namespaces/default/pods?watch=1&resourceVersion={version}&fieldSelector=spec.nodeName!%3D", headers=headers)
    lines = watch.getresponse()
    with open(os.path.join(bed, f"bench-{scheduler}.log"), "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        began, seen, first, last = time.time(), set(), None, None
        while len(seen) < pod_count and time.time() - began < 300:
            line = lines.readline()
            if not line:
                break
            pod = json.loads(line)["object"]
            if pod["spec"].get("nodeName") and pod["metadata"]["name"] not in seen:
                seen.add(pod["metadata"]["name"])
                last = time.time()
                first = first or last
        with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
            peak = next(int(row.split()[1]) for row in status if row.startswith("VmHWM")) / 1024
        with open(f"/proc/{process.pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        process.terminate()
        process.wait()
    rate = len(seen) / max(last - first, 0.001)
    print(f"{scheduler}: {len(seen)} of {pod_count} bound, {rate:.0f} binds/s, CPU {cpu:.1f} s, peak RSS {peak:.0f} MB", flush=True)
    for_all(range(pod_count), lambda c, i: call(c, "DELETE", f"/api/v1/namespaces/default/pods/p-{i}?gracePeriodSeconds=0"))
    return rate


with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
    json.dump({"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration", "percentageOfNodesToScore": 100, "leaderElection": {"leaderElect": False},
               "clientConnection": {"kubeconfig": conf, "qps": 100000, "burst": 100000}}, config)
    config.flush()
    for_all(range(node_count), make_node)
    stock = measure("default-scheduler", ["kube-scheduler", "--config", config.name, "--secure-port=0"])
    ours = measure("taskpod", [os.path.join(os.environ["TASKPOD_BIN"], "taskpod-controller"), "--kubeconfig", conf, "--leader-elect=false", "--health-address", "127.0.0.1:0"])
    for_all(range(node_count), lambda c, i: call(c, "DELETE", f"/api/v1/nodes/fake-{i}"))
print(f"ratio: {ours / stock:.2f}")
