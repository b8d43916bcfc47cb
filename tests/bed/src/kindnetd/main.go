// A small stand-in for kindnetd, the network daemon of kind's clusters, whose source is not in kind's module. IPv4 only, no
// NetworkPolicy. On every node it
//   - writes the CNI configuration for the node's own pod range,
//   - keeps a route to every other node's pod range, through that node's address,
//   - masquerades what leaves the pod network.
//
// It reads HOST_IP and POD_SUBNET, as kind's manifest sets them.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"
	"time"

	"k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	conflistPath = "/etc/cni/net.d/10-kindnet.conflist"
	chain        = "KIND-MASQ-AGENT"
	period       = 10 * time.Second
)

type object = map[string]any

func command(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

func nat(args ...string) error {
	return command("iptables", append([]string{"-w", "-t", "nat"}, args...)...)
}

// appendOnce adds a rule to the end of a chain of the nat table unless the chain has it.
func appendOnce(chain string, rule ...string) error {
	if nat(append([]string{"-C", chain}, rule...)...) == nil {
		return nil
	}
	return nat(append([]string{"-A", chain}, rule...)...)
}

func masquerade(podSubnets []string) error {
	_ = nat("-N", chain) // fails when it is there
	var failed error
	for _, subnet := range podSubnets {
		failed = errors.Join(failed, appendOnce(chain, "-d", subnet, "-j", "RETURN"))
	}
	return errors.Join(failed, appendOnce(chain, "-j", "MASQUERADE"),
		appendOnce("POSTROUTING", "-m", "addrtype", "!", "--dst-type", "LOCAL", "-j", chain))
}

// writeConflist replaces the file in one step, and only when it changes: the runtime watches the folder.
func writeConflist(podRange string) error {
	text, err := json.MarshalIndent(object{
		"cniVersion": "0.3.1", "name": "kindnet",
		"plugins": []object{
			{"type": "ptp", "ipMasq": false, "mtu": 1500, "ipam": object{
				"type": "host-local", "dataDir": "/run/cni-ipam-state",
				"routes": []object{{"dst": "0.0.0.0/0"}}, "ranges": [][]object{{{"subnet": podRange}}}}},
			{"type": "portmap", "capabilities": object{"portMappings": true}},
		}}, "", "  ")
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(conflistPath); err == nil && bytes.Equal(old, text) {
		return nil
	}
	log.Printf("pod range %s", podRange)
	if err := os.WriteFile(conflistPath+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(conflistPath+".new", conflistPath)
}

func address(node *v1.Node) string {
	for _, a := range node.Status.Addresses {
		if a.Type == v1.NodeInternalIP {
			return a.Address
		}
	}
	return ""
}

func reconcile(nodes []v1.Node, own string) error {
	var failed error
	for i := range nodes {
		node := &nodes[i]
		switch at := address(node); {
		case at == "" || node.Spec.PodCIDR == "": // not ready for it yet
		case at == own:
			failed = errors.Join(failed, writeConflist(node.Spec.PodCIDR))
		default:
			failed = errors.Join(failed, command("ip", "route", "replace", node.Spec.PodCIDR, "via", at))
		}
	}
	return failed
}

// follow brings the node in line with the list of nodes, then again at each change of a node and once a period.
func follow(client kubernetes.Interface, own string, podSubnets []string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seconds := int64(period / time.Second)
	list, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	if err := errors.Join(masquerade(podSubnets), reconcile(list.Items, own)); err != nil {
		return err
	}
	watch, err := client.CoreV1().Nodes().Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion, TimeoutSeconds: &seconds})
	if err != nil {
		return err
	}
	defer watch.Stop()
	for event := range watch.ResultChan() {
		node, ok := event.Object.(*v1.Node)
		if !ok {
			return nil // an error of the watch: list again
		}
		if err := reconcile([]v1.Node{*node}, own); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	own := os.Getenv("HOST_IP")
	podSubnets := strings.FieldsFunc(os.Getenv("POD_SUBNET"), func(r rune) bool { return r == ',' })
	config, err := rest.InClusterConfig()
	if err != nil {
		log.Fatal(err)
	}
	client := kubernetes.NewForConfigOrDie(config)
	log.Printf("node address %s, pod subnets %v", own, podSubnets)
	for {
		// The API server's service address answers only once kube-proxy has made its rules.
		if err := follow(client, own, podSubnets); err != nil {
			log.Print(err)
			time.Sleep(time.Second)
		}
	}
}
