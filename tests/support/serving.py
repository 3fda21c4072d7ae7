"""An index over HTTP, as PEP 503, PEP 658 and PEP 691 have it, on this machine only."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Iterator, Mapping, Sequence


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


_JSON = "application/vnd.pypi.simple.v1+json"


@contextmanager
def index_with_times(pages: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[dict[str, str]]:
    """Serve pages with the times of uploads, as JSON to those who ask for it; no file can be fetched.

    Args:
        pages: the files of each project, by its normalised name, as PEP 691 and PEP 700 have them.

    Yields:
        the environment variables by which pip looks there, and nowhere else.
    """

    class Pages(_Quiet):
        def do_GET(self) -> None:
            files = pages.get(self.path.strip("/").rpartition("/")[2])
            if files is None:
                self.send_error(404)
                return
            kind = "text/html"
            links = [
                f'<a href="{file["url"]}"{" data-yanked" if file.get("yanked") else ""}>'
                f"{file['filename']}</a>"
                for file in files
            ]
            text = "<!DOCTYPE html>\n" + "\n".join(links)
            # pip before 22.2 asks for HTML alone.
            if _JSON in self.headers.get("Accept", ""):
                kind = _JSON
                text = json.dumps({"meta": {"api-version": "1.1"}, "name": "x", "files": list(files)})
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/simple"
            yield {"PIP_INDEX_URL": url, "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": ""}
        finally:
            server.shutdown()


@contextmanager
def index_of_files(
    directory: Path,
    times: Mapping[str, str],
    usual: str = "",
    *,
    html: bool = False,
    read: list[str] | None = None,
) -> Iterator[dict[str, str]]:
    """Serve the files of a directory as an index that says when they were uploaded.

    Args:
        directory: the wheels and sdists.
        times: the times by the beginning of the file name, as PEP 700 has them.
        usual: the time of all other files; "" for an index that does not say it of them.
        html: whether the index has no JSON.
        read: gets the name of a project each time that its page is read.

    Yields:
        the environment variables by which pip looks there, and nowhere else.
    """
    projects: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(directory.iterdir()):
        name = re.sub(r"[-_.]+", "-", re.split(r"-\d", file.name)[0]).lower()
        entry: dict[str, Any] = {"filename": file.name, "url": f"/files/{file.name}"}
        entry["hashes"] = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        time = next((time for start, time in times.items() if file.name.startswith(start)), usual)
        projects.setdefault(name, []).append({**entry, **({"upload-time": time} if time else {})})

    class Index(_Quiet):
        def do_GET(self) -> None:
            *_, kind, name = self.path.rstrip("/").split("/")
            if kind == "files":
                self._answer("application/octet-stream", (directory / name).read_bytes())
            elif name not in projects:
                self.send_error(404)
            else:
                if read is not None:
                    read.append(name)
                self._answer_page(name)

        def _answer_page(self, name: str) -> None:
            if _JSON in self.headers.get("Accept", "") and not html:
                page = {"meta": {"api-version": "1.1"}, "name": name, "files": projects[name]}
                self._answer(_JSON, json.dumps(page).encode())
            else:
                files = projects[name]
                links = [f'<a href="{file["url"]}">{file["filename"]}</a>' for file in files]
                self._answer("text/html", ("<!DOCTYPE html>\n" + "\n".join(links)).encode())

        def _answer(self, kind: str, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/simple"
            yield {"PIP_INDEX_URL": url, "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": ""}
        finally:
            server.shutdown()


def file_of_index(filename: str, day: str, **more: Any) -> dict[str, Any]:
    """Return a file for ``index_with_times``.

    Args:
        filename: its name.
        day: the day of its upload; "" if the index does not say that.
        more: more of its keys.
    """
    times = {"upload-time": f"{day}T12:00:00.000000Z"} if day else {}
    return {"filename": filename, "url": f"/files/{filename}", "hashes": {}, **times, **more}
