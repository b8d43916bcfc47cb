#!/usr/bin/env python3
"""A read-only container registry on 127.0.0.1 that serves docker archives.

    registry.py PORT FOLDER

It answers for every registry: a client that uses it as a mirror names the one it means in the query (?ns=docker.io).
"""
import hashlib
import http.server
import json
import pathlib
import re
import sys
import tarfile
import urllib.parse

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar"


class Store:
    """What the archives hold: manifests by image name and by digest, and where in which file each blob is."""

    def __init__(self, folder):
        self.names, self.manifests, self.blobs = {}, {}, {}
        for path in sorted(pathlib.Path(folder).glob("*.tar")):
            self._read(path)

    def _read(self, path):
        with tarfile.open(path) as archive:
            members = {m.name: m for m in archive}
            for image in json.load(archive.extractfile("manifest.json")):
                config = members[image["Config"]]
                text = archive.extractfile(config).read()
                digest = "sha256:" + hashlib.sha256(text).hexdigest()
                self.blobs[digest] = (path, config.offset_data, config.size)
                layers = []
                for name, diff in zip(image["Layers"], json.loads(text)["rootfs"]["diff_ids"]):
                    self.blobs[diff] = (path, members[name].offset_data, members[name].size)
                    layers.append({"mediaType": LAYER, "digest": diff, "size": members[name].size})
                manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": layers, "config": {
                    "mediaType": CONFIG, "digest": digest, "size": len(text)}}).encode()
                manifest_digest = "sha256:" + hashlib.sha256(manifest).hexdigest()
                self.manifests[manifest_digest] = manifest
                for name in image["RepoTags"]:
                    self.names[name] = manifest_digest


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store = None

    def answer(self, status, content_type, headers=(), content=b"", length=None):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def missing(self, code):
        self.answer(404, "application/json", content=json.dumps({"errors": [{"code": code, "message": "not here"}]}).encode())

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        host = urllib.parse.parse_qs(url.query).get("ns", [self.headers.get("Host", "")])[0]
        if url.path == "/v2/":
            return self.answer(200, "application/json", content=b"{}")
        found = re.fullmatch(r"/v2/(.+)/(manifests|blobs)/([^/]+)", url.path)
        if not found:
            return self.missing("UNSUPPORTED")
        name, kind, reference = found.groups()
        if kind == "manifests":
            return self.manifest(f"{host}/{name}:{reference}", reference)
        return self.blob(reference)

    do_HEAD = do_GET

    def manifest(self, image, reference):
        digest = self.store.names.get(image, reference)
        if digest not in self.store.manifests:
            return self.missing("MANIFEST_UNKNOWN")
        self.answer(200, MANIFEST, [("Docker-Content-Digest", digest)], self.store.manifests[digest])

    def blob(self, digest):
        if digest not in self.store.blobs:
            return self.missing("BLOB_UNKNOWN")
        path, offset, size = self.store.blobs[digest]
        self.answer(200, "application/octet-stream", [("Docker-Content-Digest", digest)], length=size)
        if self.command == "HEAD":
            return
        with open(path, "rb") as archive:
            archive.seek(offset)
            while size > 0:
                piece = archive.read(min(size, 1 << 20))
                self.wfile.write(piece)
                size -= len(piece)


def main(port, folder):
    Handler.store = Store(folder)
    http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
