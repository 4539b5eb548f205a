"""fetch.py TERNLAB FOLDER: `model fetch` against a server on this machine that breaks in every known way."""

import hashlib
import http.server
import os
import pathlib
import subprocess
import sys
import threading

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
DATA = bytes((i * 31 + i // 977) % 256 for i in range(700_000))
SUM = hashlib.sha256(DATA).hexdigest()
seen = []


class Server(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        start = 0
        where = self.headers.get("Range")
        seen.append((self.path, where, self.headers.get("Authorization")))
        if self.path.startswith("/gone"):
            self.send_error(404)
            return
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "/whole.gguf")
            self.end_headers()
            return
        if where and not self.path.startswith("/stubborn"):
            start = int(where.removeprefix("bytes=").split("-")[0])
            if start >= len(DATA):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(DATA) - 1}/{len(DATA)}")
        else:
            self.send_response(200)
        body = DATA[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path.startswith("/cut") and start < 400_000:
            body = body[:150_000]  # the connection ends before its time, twice
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"


def fetch(*words, status=0, env=None):
    p = subprocess.run([program, "model", "fetch", "--quiet", *map(str, words)], capture_output=True, text=True, env={**os.environ, "no_proxy": "*", "NO_PROXY": "*", **(env or {})})
    assert p.returncode == status, (words, p.returncode, p.stderr)
    assert status == 0 or p.stderr.count("\n") == 1, p.stderr
    return p


def whole(path):
    assert path.read_bytes() == DATA and not path.with_name(path.name + ".part").exists(), path


to = folder / "a.gguf"
fetch(f"{base}/whole.gguf", "-o", to, "--sha256", SUM)
whole(to)
count = len(seen)
fetch(f"{base}/whole.gguf", "-o", to, "--sha256", SUM)  # it is there: nobody is asked
assert len(seen) == count
to = folder / "cut.gguf"
fetch(f"{base}/cut.gguf", "-o", to, "--sha256", SUM)
whole(to)
assert [r for p, r, _ in seen if p == "/cut.gguf"][1:] == ["bytes=150000-", "bytes=300000-", "bytes=450000-"], seen
to = folder / "resumed.gguf"
to.with_name("resumed.gguf.part").write_bytes(DATA[:1000])
fetch(f"{base}/whole.gguf", "-o", to, "--sha256", SUM)
whole(to)
assert seen[-1][1] == "bytes=1000-"
to = folder / "finished.gguf"
to.with_name("finished.gguf.part").write_bytes(DATA)  # only the renaming was missing
fetch(f"{base}/whole.gguf", "-o", to, "--sha256", SUM)
whole(to)
to = folder / "stubborn.gguf"
to.with_name("stubborn.gguf.part").write_bytes(DATA[:1000])
fetch(f"{base}/stubborn.gguf", "-o", to, "--sha256", SUM)
whole(to)
to = folder / "moved.gguf"
fetch(f"{base}/moved.gguf", "-o", to)
whole(to)
# The hub's addresses, the cache folder, the token.
p = fetch("owner/name/file.gguf", "--revision", "v1", env={"HF_ENDPOINT": base, "HF_TOKEN": "secret", "TERNLAB_CACHE": str(folder / "cache")})
whole(pathlib.Path(p.stdout.strip()))
assert seen[-1][0] == "/owner/name/resolve/v1/file.gguf" and seen[-1][2] == "Bearer secret"
assert all(token is None for path, _, token in seen if not path.startswith("/owner"))
# Refused: nothing is left that could be taken for the file.
for words, mark in (((f"{base}/gone.gguf",), "404"), ((f"{base}/whole.gguf", "--sha256", "0" * 64), "SHA-256"), (("http://127.0.0.1:9/x.gguf",), "found"),
                    ((f"{base}/whole.gguf", "--sha256", "12"), "64"), (("nothing",), "OWNER")):
    p = fetch(*words, "-o", folder / "bad.gguf", "--retries", 0, status=2)
    assert mark in p.stderr, p.stderr
assert not (folder / "bad.gguf").exists() and not (folder / "bad.gguf.part").exists()
p = fetch(f"{base}/whole.gguf", "-o", folder / "no" / "such.gguf", "--retries", 0, status=2)
if os.path.exists("/dev/full"):
    (folder / "full.gguf.part").symlink_to("/dev/full")
    p = fetch(f"{base}/whole.gguf", "-o", folder / "full.gguf", "--retries", 0, status=2)
    assert "space" in p.stderr, p.stderr
print(f"{len(seen)} requests")
