# SPDX-License-Identifier: Apache-2.0
import importlib.util
import json
import pathlib
import re
import unittest

import gobox_client

HERE = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = HERE.parent.parent / "api/server/openapi.json"


class Types(unittest.TestCase):
    def generate(self, document):
        spec = importlib.util.spec_from_file_location("generate", HERE / "generate.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.generate(document)

    @unittest.skipUnless(DOCUMENT.exists(), "the server's sources are not here")
    def test_what_is_committed_is_what_the_servers_document_makes(self):
        self.assertEqual((HERE / "gobox_client/types.py").read_text(), self.generate(json.loads(DOCUMENT.read_text())),
                         "in client/python: python3 generate.py ../../api/server/openapi.json > gobox_client/types.py")

    def test_null_and_absence_are_told_apart(self):
        text = self.generate({"components": {"schemas": {"A": {
            "required": ["n", "o"],
            "properties": {"n": {"type": ["integer", "null"]}, "s": {"type": "string"}, "e": {"enum": ["x", None]},
                           "o": {"oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]},
                           "p": {"type": "object", "properties": {"x": {"type": "boolean"}}}}}}}})
        for line in ("n: Optional[int]", "s: str", 'e: Optional[Literal["x"]]', "o: Optional[A]", "p: AP",
                     "class AP(TypedDict, total=False):", "class A(_A, total=False):"):
            self.assertIn(line, text)

    def test_the_package_has_one_version(self):
        project = (HERE / "pyproject.toml").read_text()
        self.assertEqual(re.search(r'^version = "(.*)"$', project, re.MULTILINE).group(1), gobox_client.__version__)
