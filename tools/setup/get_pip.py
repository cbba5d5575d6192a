"""Unpacks pip into the environment of the Python that runs this: Debian's Python makes environments
without it where the package python3-venv is missing."""

import hashlib
import io
import json
import os
import sys
import sysconfig
import urllib.request
import zipfile

WHEEL = "pip-25.0.1-py3-none-any.whl"
SHA256 = "c46efd13b6aa8279f33f2864459c8ce587ea6a1a59ee20de055868d8f7688f7f"


def fetch(url, headers={}):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.read()


index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
listed = fetch(f"{index}/pip/", {"Accept": "application/vnd.pypi.simple.v1+json"})
urls = [file["url"] for file in json.loads(listed)["files"] if file["filename"] == WHEEL]
if not urls:
    sys.exit(f"{index} has no {WHEEL}")
wheel = fetch(urls[0])
if hashlib.sha256(wheel).hexdigest() != SHA256:
    sys.exit(f"{urls[0]} is not the {WHEEL} that is known here")
zipfile.ZipFile(io.BytesIO(wheel)).extractall(sysconfig.get_path("purelib"))
