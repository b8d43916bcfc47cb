#!/usr/bin/env python3
"""kind_manifests.py KIND_SOURCE OUTPUT: writes what `kind build node-image` would put into a node image's /kind/manifests,
out of the constants in kind's own source, and prints the images that those manifests name as NAME=IMAGE lines."""

import pathlib
import re
import sys

DECLARATION = re.compile(r"^const (\w+) = (.*?)(?=^(?:const|var|func|/\*|//)|\Z)", re.MULTILINE | re.DOTALL)
OPERAND = re.compile(r'"([^"\n]*)"|`([^`]*)`|(\w+)')
MANIFESTS = {"defaultCNIManifest": "default-cni.yaml", "defaultStorageManifest": "default-storage.yaml"}


def constants(source):
    """Name -> text of every string constant: literals and other constants, joined by +."""
    known = {}
    for name, expression in DECLARATION.findall(source):
        parts = OPERAND.findall(expression)
        known[name] = "".join(quoted or raw or known.get(word, "") for quoted, raw, word in parts)
    return known


def main():
    folder = pathlib.Path(sys.argv[1], "pkg/build/nodeimage")
    known = constants("\n".join(path.read_text() for path in sorted(folder.glob("const_*.go"))))
    for name, file in MANIFESTS.items():
        pathlib.Path(sys.argv[2], file).write_text(known[name])
    for name, text in known.items():
        if name.endswith("Image"):
            print(f"{name}={text}")


if __name__ == "__main__":
    main()
