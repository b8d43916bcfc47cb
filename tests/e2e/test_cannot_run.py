"""Pods that cannot run show Kubernetes' own waiting reasons and events, and run once the cause is gone."""
import unittest

from bed import Case, bed, condition_of, container, pod, wait_until


def setUpModule():
    bed().controller()
    bed().agent()


class CannotRun(Case):
    def secret(self, name):
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"key": "value"}}

    def test_unknown_image(self):
        """An image that no registry has: ErrImagePull, then ImagePullBackOff, with events."""
        self.apply(pod("no-image", container(image="registry.k8s.io/no-such-image:1")))
        self.wait_waiting("no-image", "ErrImagePull")
        message = self.wait_waiting("no-image", "ImagePullBackOff")
        self.assertIn('Back-off pulling image "registry.k8s.io/no-such-image:1"', message)
        self.wait_event("no-image", "Pulling", 'Pulling image "registry.k8s.io/no-such-image:1"')
        self.wait_event("no-image", "Failed", 'Failed to pull image "registry.k8s.io/no-such-image:1"')
        self.wait_event("no-image", "BackOff", 'Back-off pulling image "registry.k8s.io/no-such-image:1"')
        status = self.get("pod", "no-image")["status"]
        self.assertEqual(status["phase"], "Pending")
        self.assertEqual(condition_of({"status": status}, "ContainersReady")["reason"], "ContainersNotReady")

    def test_bad_image_name(self):
        """An image name that is none: InvalidImageName."""
        self.apply(pod("bad-name", container(image="Not//An:Image:Name")))
        self.wait_waiting("bad-name", "InvalidImageName")
        self.wait_event("bad-name", "InspectFailed")

    def test_image_never(self):
        """An absent image with the policy Never: ErrImageNeverPull."""
        self.apply(pod("never", container(image="docker.io/library/absent:1", imagePullPolicy="Never")))
        message = self.wait_waiting("never", "ErrImageNeverPull")
        self.assertIn('Container image "docker.io/library/absent:1" is not present with pull policy of Never', message)

    def test_image_always(self):
        """The policy Always pulls an image that is there, and the pod runs."""
        self.apply(pod("always", container(script="exec sleep 1000", imagePullPolicy="Always")))
        self.wait_ready("always")
        self.wait_event("always", "Pulled", "Successfully pulled image")

    def test_secret_for_variable(self):
        """A variable from a missing secret: CreateContainerConfigError; the pod runs when the secret comes."""
        self.apply(pod("variable", container(script="echo $KEY; exec sleep 1000", env=[
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "late-1", "key": "key"}}}])))
        self.assertEqual(self.wait_waiting("variable", "CreateContainerConfigError"), 'secret "late-1" not found')
        self.wait_event("variable", "Failed", 'Error: secret "late-1" not found')
        self.apply(self.secret("late-1"))
        self.wait_ready("variable", seconds=120)
        self.wait_logs("variable", "value\n")

    def test_key_for_variable(self):
        """A variable from a key that its configMap lacks: CreateContainerConfigError, which names both."""
        self.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "partly"}, "data": {"a": "1"}},
                   pod("lacks-key", container(env=[
                       {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "partly", "key": "b"}}}])))
        message = self.wait_waiting("lacks-key", "CreateContainerConfigError")
        self.assertEqual(message, f"couldn't find key b in ConfigMap {self.namespace}/partly")

    def test_secret_for_volume(self):
        """A volume from a missing secret: ContainerCreating and a FailedMount event; the pod runs when the secret comes."""
        self.apply(pod("volume", container(script="cat /secret/key; echo; exec sleep 1000", volumeMounts=[
            {"name": "secret", "mountPath": "/secret"}]), volumes=[{"name": "secret", "secret": {"secretName": "late-2"}}]))
        self.wait_event("volume", "FailedMount", 'MountVolume.SetUp failed for volume "secret" : secret "late-2" not found')
        self.assertEqual(self.waiting("volume")[0], "ContainerCreating")
        self.apply(self.secret("late-2"))
        self.wait_ready("volume", seconds=180)
        self.wait_logs("volume", "value\n")

    def test_crash_loop(self):
        """A container that keeps ending: CrashLoopBackOff, with the last exit code."""
        self.apply(pod("crash-loop", container(script="exit 9")))
        message = self.wait_waiting("crash-loop", "CrashLoopBackOff", seconds=150)
        self.assertRegex(message, r"^back-off [12]0s restarting failed container=main pod=crash-loop_")
        status = self.get("pod", "crash-loop")["status"]
        self.assertEqual(status["phase"], "Running")
        self.assertEqual(status["containerStatuses"][0]["lastState"]["terminated"]["exitCode"], 9)
        self.wait_event("crash-loop", "BackOff", "Back-off restarting failed container main")

    def test_command_not_found(self):
        """A command that the image lacks: the start fails, and the reason names the command."""
        self.apply(pod("no-command", {**container(), "command": ["/no/such/program"]}))
        def told():
            statuses = self.get("pod", "no-command")["status"].get("containerStatuses", [])
            state = statuses[0] if statuses else {}
            last = state.get("lastState", {}).get("terminated", {})
            if last.get("reason") != "StartError":
                raise AssertionError(state)
            return last
        ended = wait_until("the container could not be started", told)
        self.assertEqual(ended["exitCode"], 128)
        self.assertIn("/no/such/program", ended["message"])
        self.wait_event("no-command", "Failed", "/no/such/program")

    def test_init_fails(self):
        """An init container that fails for good fails a pod that never restarts; its containers were not started."""
        self.apply(pod("init-fails", container(script="exec sleep 1000"), restartPolicy="Never",
                       initContainers=[container("init", script="exit 4")]))
        status = self.wait_phase("init-fails", "Failed")["status"]
        self.assertEqual(status["initContainerStatuses"][0]["state"]["terminated"]["exitCode"], 4)
        self.assertEqual(status["containerStatuses"][0]["state"]["waiting"]["reason"], "PodInitializing")

    def test_run_as_root_refused(self):
        """runAsNonRoot with an image that runs as root: CreateContainerConfigError."""
        self.apply(pod("root", container(script="exec sleep 1000", securityContext={"runAsNonRoot": True})))
        self.assertIn("container has runAsNonRoot and image will run as root",
                      self.wait_waiting("root", "CreateContainerConfigError"))

    def test_memory(self):
        """A container that needs more memory than its limit is ended as OOMKilled."""
        self.apply(pod("greedy", container(script="a=x; while :; do a=$a$a; done", resources={"limits": {"memory": "16Mi"}}),
                       restartPolicy="Never"))
        ended = self.wait_phase("greedy", "Failed")["status"]["containerStatuses"][0]["state"]["terminated"]
        self.assertEqual((ended["reason"], ended["exitCode"]), ("OOMKilled", 137))


if __name__ == "__main__":
    unittest.main()
