"""An index over HTTP, as PEP 503 and PEP 658 have it, on this machine only."""

from __future__ import annotations

import hashlib
import re
import tarfile
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Iterator


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serve a directory, and yield host and port."""
    handler = partial(_Quiet, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def index_with_metadata(files: Path, root: Path) -> Iterator[dict[str, str]]:
    """Serve all files of a local index, the metadata of its sdists apart from them.

    Args:
        files: directory of the wheels and sdists.
        root: directory to put the pages into; made if not there.

    Yields:
        the environment variables by which pip looks there, and nowhere else.
    """
    projects: dict[str, list[str]] = {}
    for file in sorted(files.iterdir()):
        name = re.sub(r"[-_.]+", "-", re.split(r"-\d", file.name)[0]).lower()
        page = root / name
        page.mkdir(parents=True, exist_ok=True)
        (page / file.name).write_bytes(file.read_bytes())
        attribute = ""
        if file.name.endswith(".tar.gz"):
            with tarfile.open(file) as archive:
                member = next(m for m in archive.getmembers() if m.name.endswith("/PKG-INFO"))
                content = archive.extractfile(member)
                assert content is not None
                metadata = content.read()
            (page / f"{file.name}.metadata").write_bytes(metadata)
            attribute = f' data-core-metadata="sha256={hashlib.sha256(metadata).hexdigest()}"'
        projects.setdefault(name, []).append(f'<a href="{file.name}"{attribute}>{file.name}</a>')
    for name, links in projects.items():
        page = root / name / "index.html"
        page.write_text("<!DOCTYPE html>\n" + "\n".join(links), encoding="utf-8")

    with served(root) as place:
        yield {"PIP_INDEX_URL": f"http://{place}/", "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": ""}
