"""Terraform with the AWS provider: a cluster, a task definition and a service; applied, without drift, changed, destroyed."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from bed import BUSYBOX, NGINX, REGION, CommandFailed, bed, kubectl, wait_until
from ecs import EcsCase, arn, need

PROVIDER = "registry.terraform.io/hashicorp/aws"
VERSION = "5.100.0"
CONFIGURATION = """
terraform {
  required_providers { aws = { source = "hashicorp/aws", version = "%(version)s" } }
}

variable "image" { type = string }
variable "command" { type = list(string) }
variable "cluster" { type = string }

provider "aws" {
  region                      = "%(region)s"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  endpoints { ecs = "%(endpoint)s" }
}

resource "aws_ecs_cluster" "main" {
  name = var.cluster
}

resource "aws_ecs_task_definition" "app" {
  family       = "${var.cluster}-app"
  network_mode = "bridge"
  container_definitions = jsonencode([{
    name = "app", image = var.image, memory = 64, cpu = 10, command = var.command,
    portMappings = [{ containerPort = 80 }]
  }])
  tags = { team = "red" }
}

resource "aws_ecs_service" "app" {
  name                  = "app"
  cluster               = aws_ecs_cluster.main.id
  task_definition       = aws_ecs_task_definition.app.arn
  desired_count         = 2
  launch_type           = "EC2"
  wait_for_steady_state = true
}

output "service" { value = aws_ecs_service.app.id }
output "revision" { value = aws_ecs_task_definition.app.revision }
"""


def mirror():
    """The folder of a filesystem mirror that has the provider; None when there is none."""
    home = pathlib.Path.home()
    cache = pathlib.Path(os.environ.get("TASKPOD_CACHE") or home / ".cache/taskpod")
    candidates = [cache / "terraform", home / ".terraform.d/plugins", home / ".local/share/terraform/plugins",
                  pathlib.Path("/usr/local/share/terraform/plugins"),  # those that Terraform itself looks at, and ours
                  *pathlib.Path("/opt").glob("*")]  # where images of machines put what was added to them
    if os.environ.get("TASKPOD_TF_PLUGINS"):
        candidates.insert(0, pathlib.Path(os.environ["TASKPOD_TF_PLUGINS"]))
    return next((c for c in candidates if (c / PROVIDER / VERSION).exists() or
                 list((c / PROVIDER).glob(f"terraform-provider-aws_{VERSION}_*.zip"))), None)


def setUpModule():
    need()
    absent = [what for what, there in (("terraform", shutil.which("terraform")), (f"a mirror with {PROVIDER} {VERSION}", mirror())) if not there]
    if absent:
        message = f"no {' and no '.join(absent)} on this machine"
        if os.environ.get("TASKPOD_REQUIRE_TERRAFORM"):
            raise AssertionError(message)
        raise unittest.SkipTest(message)
    bed().agent()


class Terraform(EcsCase):
    CLUSTER = "ecs-by-terraform"

    @classmethod
    def setUpClass(cls):
        bed().ecs()
        cls.cluster = cls.namespace = cls.CLUSTER
        cls.addClassCleanup(kubectl, "delete", "namespace", cls.CLUSTER, "--wait=false", "--ignore-not-found")
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="taskpod-terraform-")))
        (cls.folder / "main.tf").write_text(CONFIGURATION % {"version": VERSION, "region": REGION, "endpoint": bed().ecs_url()})
        (cls.folder / "terraform.rc").write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path    = {json.dumps(str(mirror()))}\n    include = ["{PROVIDER}"]\n  }}\n}}\n'
            "disable_checkpoint = true\n")
        cls.image(BUSYBOX, ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"])
        cls.terraform("init", "-input=false")

    @classmethod
    def image(cls, image, command):
        (cls.folder / "terraform.tfvars.json").write_text(json.dumps({"image": image, "command": command, "cluster": cls.CLUSTER}))

    @classmethod
    def terraform(cls, *args, codes=(0,), seconds=600):
        key = bed().access_key()
        env = {k: v for k, v in bed().env.items() if not k.startswith(("AWS_", "TF_"))}
        env |= {"TF_CLI_CONFIG_FILE": str(cls.folder / "terraform.rc"), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1",
                "AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret, "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        command = ["terraform", *args, "-no-color"]
        try:
            result = subprocess.run(command, cwd=cls.folder, env=env, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise CommandFailed(command, f"has not ended after {seconds} s") from None
        if result.returncode not in codes:
            raise CommandFailed(command, f"ended with {result.returncode}: {result.stdout[-3000:]}{result.stderr[-3000:]}")
        return result.stdout

    def running_images(self):
        return sorted(p["spec"]["containers"][0]["image"] for p in self.list("pods", "-l", "ecs.taskpod.io/service=app")
                      if p["status"].get("phase") == "Running")

    def test_life(self):
        """apply makes cluster, definition and service; plan shows no change; another image rolls; destroy leaves nothing."""
        self.terraform("apply", "-auto-approve", "-input=false")
        service = json.loads(self.terraform("output", "-json"))
        self.assertEqual(service["service"]["value"], arn(f"service/{self.CLUSTER}/app"))
        self.assertEqual(service["revision"]["value"], 1)
        wait_until("two tasks run", lambda: self.running_images() == [BUSYBOX] * 2)
        self.terraform("plan", "-detailed-exitcode", "-input=false")

        self.image(NGINX, ["/usr/sbin/nginx", "-c", "/etc/nginx/nginx.conf"])
        self.terraform("plan", "-detailed-exitcode", "-input=false", codes=(2,))
        self.terraform("apply", "-auto-approve", "-input=false")
        wait_until("the new image runs alone", lambda: self.running_images() == [NGINX] * 2, 120)
        self.terraform("plan", "-detailed-exitcode", "-input=false")

        self.terraform("destroy", "-auto-approve", "-input=false")
        wait_until("no task is left", lambda: self.running_images() == [], 60)
        seen = self.ecs.describe_clusters(clusters=[self.CLUSTER])
        self.assertFalse([c for c in seen["clusters"] if c["status"] == "ACTIVE"], seen)
        self.assertEqual(self.ecs.list_task_definitions(familyPrefix=f"{self.CLUSTER}-app")["taskDefinitionArns"], [])


if __name__ == "__main__":
    unittest.main()
