"""A task definition on the cluster: `taskpod convert webserver.json | kubectl apply -f -`."""
import json
import unittest

from bed import ROOT, SCHEDULER, STOCK_SCHEDULER, Case, bed, condition_of, http, program, run, wait_until

WEBSERVER = ROOT / "tests/testdata/ecs/webserver.json"


def setUpModule():
    if STOCK_SCHEDULER:
        raise unittest.SkipTest("the stock scheduler knows nothing of task definitions")
    bed().controller()
    bed().agent()


class Convert(Case):
    def converted(self, definition, *options):
        return run(program("taskpod"), "convert", *options, "-", stdin=json.dumps(definition))

    def test_webserver(self):
        """The converted webserver definition is applied, placed by our scheduler, runs, and answers HTTP on the pod's address."""
        made = run(program("taskpod"), "convert", str(WEBSERVER))
        self.kubectl("apply", "-f", "-", stdin=made.stdout)
        pods = wait_until("its pod is there", lambda: self.list("pods"))
        name = pods[0]["metadata"]["name"]
        running = self.wait_ready(name)
        self.assertEqual(running["spec"]["schedulerName"], SCHEDULER)
        wait_until("nginx answers", lambda: http(running["status"]["podIP"]) == "Welcome to nginx!\n")
        self.wait_event(name, "Scheduled")
        self.assertIn("GET / HTTP/1.1", wait_until("the request is logged", lambda: self.kubectl("logs", name)))
        self.assertEqual(self.kubectl("exec", name, "--", "cat", "/usr/share/nginx/html/index.html"), "Welcome to nginx!\n")
        self.assertEqual(condition_of(running, "PodScheduled").get("status"), "True")

    def test_there_and_back(self):
        """The object that the cluster stored converts back to the definition that it was made from."""
        definition = json.loads(WEBSERVER.read_text())
        definition["family"] = "back"
        self.kubectl("apply", "-f", "-", stdin=self.converted(definition).stdout)
        stored = wait_until("its pod is there", lambda: next(
            (p for p in self.list("pods") if p["metadata"]["name"].startswith("back")), None))
        back = json.loads(self.converted(stored, "-o", "json").stdout)
        self.assertEqual(back["family"], "back")
        self.assertEqual(back["containerDefinitions"][0]["image"], "nginx")
        self.assertEqual((back["cpu"], back["memory"]), ("256", "512"))
