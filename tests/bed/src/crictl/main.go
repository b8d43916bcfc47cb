// A small stand-in for crictl, for machines that cannot get cri-tools: the subcommands that `kind load` and `kind export
// logs` call, and those a person wants when looking into a node. Flags are accepted and ignored; JSON output has the real
// tool's form.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	noop "go.opentelemetry.io/otel/trace/noop"
	"k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	criclient "k8s.io/cri-client/pkg"
)

const timeout = 10 * time.Second

type tool struct {
	ctx     context.Context
	images  cri.ImageManagerService
	runtime cri.RuntimeService
	table   *tabwriter.Writer
}

func connect(endpoint string) (*tool, error) {
	ctx := context.Background()
	images, err := criclient.NewRemoteImageService(ctx, endpoint, timeout, noop.NewTracerProvider(), false)
	if err != nil {
		return nil, err
	}
	runtime, err := criclient.NewRemoteRuntimeService(ctx, endpoint, timeout, noop.NewTracerProvider(), false)
	if err != nil {
		return nil, err
	}
	return &tool{ctx, images, runtime, tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)}, nil
}

func (t *tool) row(cells ...string) { fmt.Fprintln(t.table, strings.Join(cells, "\t")) }

func short(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(13, len(id))]
}

func (t *tool) inspectImage(name string) error {
	answer, err := t.images.ImageStatus(t.ctx, &runtimeapi.ImageSpec{Image: name}, true)
	if err != nil {
		return err
	}
	image := answer.GetImage()
	if image == nil {
		return fmt.Errorf("no such image %q present", name)
	}
	type status struct {
		ID          string   `json:"id"`
		RepoTags    []string `json:"repoTags"`
		RepoDigests []string `json:"repoDigests"`
		Size        string   `json:"size"`
		Username    string   `json:"username"`
		Pinned      bool     `json:"pinned"`
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(map[string]status{"status": {image.Id, image.RepoTags, image.RepoDigests,
		strconv.FormatUint(image.Size, 10), image.Username, image.Pinned}})
}

func (t *tool) listImages() error {
	list, err := t.images.ListImages(t.ctx, nil)
	t.row("IMAGE", "IMAGE ID", "SIZE")
	for _, image := range list {
		for _, tag := range image.RepoTags {
			t.row(tag, short(image.Id), strconv.FormatUint(image.Size, 10))
		}
	}
	return err
}

func (t *tool) listContainers() error {
	list, err := t.runtime.ListContainers(t.ctx, nil)
	t.row("CONTAINER", "STATE", "ATTEMPT", "NAME", "POD")
	for _, c := range list {
		t.row(short(c.Id), c.State.String(), fmt.Sprint(c.Metadata.Attempt), c.Metadata.Name,
			c.Labels["io.kubernetes.pod.namespace"]+"/"+c.Labels["io.kubernetes.pod.name"])
	}
	return err
}

func (t *tool) listPods() error {
	list, err := t.runtime.ListPodSandbox(t.ctx, nil)
	t.row("POD ID", "STATE", "NAMESPACE", "NAME")
	for _, pod := range list {
		t.row(short(pod.Id), pod.State.String(), pod.Metadata.Namespace, pod.Metadata.Name)
	}
	return err
}

func (t *tool) version() error {
	v, err := t.runtime.Version(t.ctx, "")
	if err == nil {
		t.row("RuntimeName:", v.RuntimeName)
		t.row("RuntimeVersion:", v.RuntimeVersion)
		t.row("RuntimeApiVersion:", v.RuntimeApiVersion)
	}
	return err
}

func (t *tool) forEach(names []string, action func(string) error) error {
	var failed error
	for _, name := range names {
		failed = errors.Join(failed, action(name))
	}
	return failed
}

func (t *tool) run(command string, names []string) error {
	switch command {
	case "images":
		return t.listImages()
	case "inspecti":
		return t.forEach(names, t.inspectImage)
	case "rmi":
		return t.forEach(names, func(name string) error {
			return t.images.RemoveImage(t.ctx, &runtimeapi.ImageSpec{Image: name})
		})
	case "ps":
		return t.listContainers()
	case "pods":
		return t.listPods()
	case "version":
		return t.version()
	}
	return fmt.Errorf("this stand-in has no subcommand %q", command)
}

func main() {
	words := slices.DeleteFunc(os.Args[1:], func(word string) bool { return strings.HasPrefix(word, "-") })
	if len(words) == 0 {
		fmt.Fprintln(os.Stderr, "usage: crictl images|inspecti IMAGE...|pods|ps|rmi IMAGE...|version")
		os.Exit(2)
	}
	endpoint := os.Getenv("CONTAINER_RUNTIME_ENDPOINT")
	if endpoint == "" {
		endpoint = "unix:///run/containerd/containerd.sock"
	}
	t, err := connect(endpoint)
	if err == nil {
		err = t.run(words[0], words[1:])
		t.table.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "crictl:", err)
		os.Exit(1)
	}
}
