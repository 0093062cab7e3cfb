# SPDX-License-Identifier: Apache-2.0
import email.parser
import email.policy
import hashlib
import io
import os
import pathlib
import tarfile
import tempfile

import gobox_client
from tests.scripted import OK_RESULT, Script, answer, refuse


def parts_of(request):
    """Of a multipart body: name, type and content of each part."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + request.body)
    return [(part.get_param("name", header="content-disposition"), part.get_content_type(),
             part.get_payload(decode=True)) for part in message.iter_parts()]


class Files(Script):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name) / "root"
        self.root.mkdir()

    def write(self, name, text="", mode=0o644):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        path.chmod(mode)

    def sample(self):
        self.write("go.mod", "module m\n")
        self.write("cmd/api/main.go", "package main\n", 0o600)
        self.write("run.sh", "#!/bin/sh\n", 0o755)
        for left_out in (".git/config", "sub/.git/config", "node_modules/x.js", "out/log.txt"):
            self.write(left_out)
        (self.root / "empty").mkdir()
        (self.root / "cmd/mod").symlink_to("../go.mod")
        (self.root / "etc").symlink_to("/etc")
        (self.root / "cmd/out").symlink_to("../../x")
        os.mkfifo(self.root / "pipe")

    def test_a_tree_travels_as_the_contract_says_it(self):
        self.sample()
        left = {}
        client = self.against(refuse(429, "1"), answer(OK_RESULT))
        tree = gobox_client.Tree(str(self.root), exclude=["node_modules", "out/*.txt"], left_out=left.__setitem__)
        self.assertEqual(client.run(package="./cmd/api", tree=tree)["outcome"], "ok")
        self.assertEqual(self.requests[0].body, self.requests[1].body)
        request, archive = parts_of(self.requests[1])
        self.assertEqual(request, ("request", "application/json", b'{"package": "./cmd/api"}'))
        self.assertEqual(archive[:2], ("tree", "application/gzip"))
        with tarfile.open(fileobj=io.BytesIO(archive[2]), mode="r:gz") as found:
            entries = [(each.name, each.linkname or bool(each.mode & 0o100),
                        found.extractfile(each).read() if each.isfile() else None) for each in found]
        self.assertEqual(entries, [
            ("cmd", True, None), ("cmd/api", True, None), ("cmd/api/main.go", False, b"package main\n"),
            ("cmd/mod", "../go.mod", None), ("empty", True, None), ("go.mod", False, b"module m\n"),
            ("out", True, None), ("run.sh", True, b"#!/bin/sh\n"), ("sub", True, None)])
        self.assertEqual(sorted(left), sorted(
            [".git", "sub/.git", "node_modules", "out/log.txt", "etc", "cmd/out", "pipe"]))

    def test_trees_that_are_not_sent(self):
        self.sample()
        client = self.against(answer(OK_RESULT))
        for request, tree in (({"source": "x"}, gobox_client.Tree(str(self.root))),
                              ({}, gobox_client.Tree(str(self.root / "missing"))),
                              ({}, gobox_client.Tree(str(self.root / "go.mod"))),
                              ({}, gobox_client.Tree(str(self.root), max_bytes=10))):
            with self.assertRaises((ValueError, OSError)):
                client.start(tree=tree, **request)
        self.assertEqual(self.requests, [])

    def against_artifacts(self, texts):
        result = dict(OK_RESULT, artifacts=[
            {"name": name, "bytes": len(text), "sha256": hashlib.sha256(text).hexdigest(), "href": None}
            for name, text in texts.items()])
        places = {"/v1/runs/r/artifacts/" + name.replace("%", "%25").replace(" ", "%20"): text
                  for name, text in texts.items()}
        return self.against(lambda request: (200, {}, places[request.target])), result

    def test_artifacts_are_written_below_the_directory(self):
        texts = {"cover.out": b"mode: set\n", "out/a b/%2e.png": b"\0\xff", "..odd": b""}
        client, result = self.against_artifacts(texts)
        saved = client.save_artifacts(result, self.root / "new")
        self.assertEqual({os.path.relpath(path, self.root / "new"): pathlib.Path(path).read_bytes() for path in saved},
                         texts)
        with self.assertRaises(FileExistsError):
            client.save_artifacts(result, self.root / "new")

    def test_artifacts_that_are_not_what_the_result_says_are_not_kept(self):
        for key, value in (("bytes", 3), ("bytes", 5), ("sha256", "0" * 64), ("name", "../a"), ("name", "/tmp/a"),
                           ("name", "b/../../a"), ("name", ".")):
            client, result = self.against_artifacts({"a": b"text"})
            result["artifacts"][0][key] = value
            with self.assertRaises(ValueError, msg=(key, value)):
                client.save_artifacts(result, self.root / "d")
            self.assertEqual([path for path in self.root.rglob("*") if path.is_file()], [])
