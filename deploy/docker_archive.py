#!/usr/bin/env python3
"""Writes a folder as a container image of one layer, in the format of `docker save`: what `docker load`,
`kind load image-archive` and `ctr images import` read. Needs no Docker and no registry.

The same folder gives the same archive, byte for byte: entries are sorted, owned by root and dated SOURCE_DATE_EPOCH (or 0).
Prints the image's id."""

import argparse
import hashlib
import io
import json
import os
import platform
import tarfile
import tempfile
import time

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
DATE = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", help="the archive to write")
    parser.add_argument("root", help="the folder that becomes the image's file system")
    parser.add_argument("--name", action="append", required=True, help="REPOSITORY:TAG; may be repeated")
    parser.add_argument("--entrypoint", action="append", metavar="WORD", help="may be repeated")
    parser.add_argument("--cmd", action="append", metavar="WORD", help="may be repeated")
    parser.add_argument("--env", action="append", metavar="NAME=VALUE", help="may be repeated")
    parser.add_argument("--label", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    parser.add_argument("--user", help="USER[:GROUP] of the processes; default: root")
    return parser.parse_args()


def image_config(options):
    """The part of the image's description that a container is started from, without absent members."""
    members = {
        "Entrypoint": options.entrypoint,
        "Cmd": options.cmd,
        "Env": options.env or ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        "Labels": dict(label.split("=", 1) for label in options.label) or None,
        "User": options.user,
        "WorkingDir": "/",
    }
    return {name: value for name, value in members.items() if value is not None}


def owned_by_root(entry):
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = DATE
    return entry


def write_layer(root, file):
    """Packs `root` into `file`; returns the layer's digest."""
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as layer:
        for name in sorted(os.listdir(root)):
            layer.add(os.path.join(root, name), arcname=name, filter=owned_by_root)
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def add(archive, name, file):
    entry = owned_by_root(tarfile.TarInfo(name))
    entry.size = file.seek(0, io.SEEK_END)
    file.seek(0)
    archive.addfile(entry, file)


def main():
    options = arguments()
    with tempfile.TemporaryFile(dir=os.path.dirname(os.path.abspath(options.output))) as layer:
        layer_id = write_layer(options.root, layer)
        config = json.dumps({
            "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
            "os": "linux",
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(DATE)),
            "config": image_config(options),
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + layer_id]},
            "history": [{"created_by": "deploy/docker_archive.py"}],
        }).encode()
        image_id = hashlib.sha256(config).hexdigest()
        manifest = [{"Config": image_id + ".json", "RepoTags": options.name, "Layers": [layer_id + "/layer.tar"]}]
        unfinished = options.output + ".unfinished"
        with tarfile.open(unfinished, "w", format=tarfile.GNU_FORMAT) as archive:
            add(archive, image_id + ".json", io.BytesIO(config))
            add(archive, layer_id + "/layer.tar", layer)
            add(archive, "manifest.json", io.BytesIO(json.dumps(manifest).encode()))
        os.replace(unfinished, options.output)
    print("sha256:" + image_id)


if __name__ == "__main__":
    main()
