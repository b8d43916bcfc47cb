#!/usr/bin/env python3
"""ecs.py BED [TASKS]: the ECS API under load, moto's server beside it; a service of TASKS tasks on 100 simulated nodes, and its rolling update.

BED: a folder that tests/bed/up has filled (--no-containerd is enough). Needs wrk, and boto3 and moto[server] in this Python. Programs: TASKPOD_BIN. The servers run on core
0, wrk on the others. Requests are signed once by botocore; a signature holds five minutes. Prints a line for each figure.
"""
import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

bed, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000
programs = pathlib.Path(os.environ["TASKPOD_BIN"])
env = {**os.environ, "KUBECONFIG": str(bed / "admin.conf")}
KEY, SECRET = "AKIABENCH", "bench-secret"
started = []


def kubectl(*args, stdin=None):
    return subprocess.run(["kubectl", *args], input=stdin, env=env, check=True, capture_output=True, text=True).stdout


def start(log, *command, core=None):
    out = open(bed / "logs" / log, "wb")
    process = subprocess.Popen([*(["taskset", "-c", core] if core else []), *map(str, command)], stdout=out, stderr=out, env=env)
    started.append(process)
    return process


def until(what, condition, seconds=300):
    end = time.monotonic() + seconds
    while not (seen := condition()):
        if time.monotonic() > end:
            raise SystemExit(f"after {seconds} s still not so: {what}")
        time.sleep(0.05)
    return seen


def rss(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def client(url):
    return boto3.client("ecs", endpoint_url=url, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET,
                        config=Config(max_pool_connections=32, retries={"max_attempts": 1}))


def load(name, url, operation, body, connections=16, seconds=5):
    """Requests per second and p99 of one signed request, again and again."""
    data = json.dumps(body)
    request = AWSRequest("POST", url + "/", data=data, headers={
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonEC2ContainerServiceV20141113." + operation})
    SigV4Auth(Credentials(KEY, SECRET), "ecs", "us-east-1").add_auth(request)
    headers = {k: v for k, v in request.headers.items()}
    answer = urllib.request.urlopen(urllib.request.Request(url + "/", data.encode(), headers))
    assert answer.status == 200, answer.read()
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write('wrk.method = "POST"\nwrk.body = [==[' + data + "]==]\n")
        for key, value in headers.items():
            script.write(f'wrk.headers["{key}"] = [==[{value}]==]\n')
        script.flush()
        out = subprocess.run(["taskset", "-c", "1-", "wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency", "-s", script.name, url + "/"],
                             capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    p99 = re.search(r"99%\s+(\S+)", out).group(1)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    print(f"{name}: {rate:,.0f} requests/s, p99 {p99}" + (f", {bad.group(1)} refused" if bad else ""), flush=True)
    return rate


def shapes(url, tasks, cluster):
    return [load(f"  {what}", url, operation, body) for what, operation, body in (
        ("DescribeTasks of 1", "DescribeTasks", {"cluster": cluster, "tasks": tasks[:1]}),
        ("DescribeTasks of 100", "DescribeTasks", {"cluster": cluster, "tasks": tasks[:100]}),
        ("ListTasks, a page of 100", "ListTasks", {"cluster": cluster}))]


def moto():
    server = start("moto.log", sys.executable, "-m", "moto.server", "-p", "5999", core="0")
    url = "http://127.0.0.1:5999"

    def answers():
        try:
            return urllib.request.urlopen(url + "/moto-api/", timeout=1).status == 200
        except OSError:
            return False
    until("moto answers", answers)
    ecs = client(url)
    ecs.create_cluster(clusterName="bench")
    ecs.register_task_definition(family="bench", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
                                 containerDefinitions=[{"name": "a", "image": "busybox"}])
    ec2 = boto3.client("ec2", endpoint_url=url, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET)
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    tasks = []
    while len(tasks) < 100:
        tasks += [t["taskArn"] for t in ecs.run_task(cluster="bench", taskDefinition="bench", launchType="FARGATE", count=10, networkConfiguration={
            "awsvpcConfiguration": {"subnets": [subnet]}})["tasks"]]
    print("moto's server, one core", flush=True)
    rates = shapes(url, tasks, "bench")
    server.terminate()
    return rates


def main():
    kubectl("apply", "--server-side", "-f", "manifests/crd")
    kubectl("create", "namespace", "taskpod-system")
    kubectl("create", "clusterrolebinding", "bench", "--clusterrole=cluster-admin", "--user=bench")
    kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {
        "name": "bench", "namespace": "taskpod-system", "labels": {"ecs.taskpod.io/access-key": "true"}}, "data": {
            key: base64.b64encode(value.encode()).decode() for key, value in (("accessKeyId", KEY), ("secretAccessKey", SECRET), ("user", "bench"))}}))
    start("simulated.log", programs / "kubelet-lite", "--kubeconfig", bed / "admin.conf", "--simulate", 100, "--healthz-port", 0)
    controller = start("bench-controller.log", programs / "taskpod-controller", "--kubeconfig", bed / "admin.conf", "--health-address", "127.0.0.1:0",
                       "--leader-elect=false", "--ecs-address", "127.0.0.1:0", "--service-healthy-after", 0)
    url = "http://" + until("the ECS API is there", lambda: (found := re.search(r"ecs=(\S+)", (bed / "logs/bench-controller.log").read_text())) and found).group(1)
    until("100 nodes are there", lambda: kubectl("get", "nodes", "-o", "name").count("\n") == 100)
    ecs = client(url)
    ecs.create_cluster(clusterName="bench")
    for _ in range(2):
        ecs.register_task_definition(family="bench", containerDefinitions=[{"name": "a", "image": "busybox", "memory": 16, "cpu": 10}])

    def service():
        return ecs.describe_services(cluster="bench", services=["bench"])["services"][0]
    began = time.monotonic()
    ecs.create_service(cluster="bench", serviceName="bench", taskDefinition="bench:1", desiredCount=count)
    until("all tasks run", lambda: service()["runningCount"] == count, 600)
    print(f"service 0 -> {count} tasks on 100 simulated nodes: {time.monotonic() - began:.1f} s, {count / (time.monotonic() - began):.0f} tasks/s to RUNNING")
    began = time.monotonic()
    ecs.update_service(cluster="bench", service="bench", taskDefinition="bench:2")
    until("the update is complete", lambda: [d["rolloutState"] for d in service()["deployments"]] == ["COMPLETED"], 900)
    print(f"rolling update of {count} tasks (100/200): {time.monotonic() - began:.1f} s")
    began, made = time.monotonic(), 0
    threads = [threading.Thread(target=lambda: [client(url).run_task(cluster="bench", taskDefinition="bench", count=10) for _ in range(10)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = 800
    print(f"RunTask count=10 from 8 clients: {made / (time.monotonic() - began):.0f} pods/s")
    bare, began = 400, time.monotonic()
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "bare-"}, "spec": {"schedulerName": "nobody", "containers": [{"name": "a", "image": "busybox"}]}}
    kubectl("create", "-f", "-", stdin="\n---\n".join([json.dumps(pod)] * bare))
    print(f"kubectl create of {bare} pods, one after the other: {bare / (time.monotonic() - began):.0f} pods/s")
    tasks = ecs.list_tasks(cluster="bench")["taskArns"]
    subprocess.run(["taskset", "-a", "-p", "-c", "0", str(controller.pid)], check=True, capture_output=True)
    print(f"taskpod-controller, one core, {len(kubectl('get', 'pods', '-A', '-o', 'name').splitlines())} pods, {rss(controller.pid):.0f} MB", flush=True)
    ours = shapes(url, tasks, "bench")
    theirs = moto()
    for what, a, b in zip(("DescribeTasks of 1", "DescribeTasks of 100", "ListTasks"), ours, theirs):
        print(f"{what}: {a / b:.0f} times moto")


try:
    main()
finally:
    for process in started:
        process.terminate()
