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
TAG = '"one"'
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
        if self.path.startswith("/tagged") and self.headers.get("If-Range", TAG) != TAG:
            where = None
        if where and not self.path.startswith("/stubborn"):
            start = int(where.removeprefix("bytes=").split("-")[0])
            if start >= len(DATA):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(DATA)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(DATA) - 1}/{len(DATA)}")
        else:
            self.send_response(200)
        if self.path.startswith("/tagged"):
            self.send_header("ETag", TAG)
        body = DATA[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if "cut" in self.path and start < 400_000:
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
    assert path.read_bytes() == DATA and not path.with_name(path.name + ".part").exists() and not path.with_name(path.name + ".part.from").exists(), path


def part(path, data, *origin):
    path.with_name(path.name + ".part").write_bytes(data)
    if origin:
        path.with_name(path.name + ".part.from").write_text("".join(f"{line}\n" for line in origin))


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
part(to, DATA[:1000], f"{base}/whole.gguf", len(DATA), "")
fetch(f"{base}/whole.gguf", "-o", to, "--sha256", SUM)
whole(to)
assert seen[-1][1] == "bytes=1000-"
to = folder / "finished.gguf"
part(to, DATA, f"{base}/whole.gguf", len(DATA), "")  # only the renaming was missing
fetch(f"{base}/whole.gguf", "-o", to, "--sha256", SUM)
whole(to)
to = folder / "stubborn.gguf"
part(to, DATA[:1000], f"{base}/stubborn.gguf", len(DATA), "")
fetch(f"{base}/stubborn.gguf", "-o", to, "--sha256", SUM, "--retries", 0)
whole(to)
# What is no part of this file is not gone on with: of another address, of nobody knows what, of another version or size, too long.
for name, data, origin in (("whole", b"other", (f"{base}/gone.gguf", len(DATA), "")), ("whole", b"other", ()), ("tagged", b"other", (f"{base}/tagged.gguf", len(DATA), '"zero"')),
                           ("whole", b"other", (f"{base}/whole.gguf", len(DATA) + 1, "")), ("whole", DATA + b"more", (f"{base}/whole.gguf", len(DATA) + 9, ""))):
    to = folder / "anew.gguf"
    part(to, data, *origin)
    fetch(f"{base}/{name}.gguf", "-o", to, "--retries", 0)
    whole(to)
    to.unlink()
to = folder / "tagged.gguf"
fetch(f"{base}/tagged-cut.gguf", "-o", to, "--retries", 0, status=2)
assert to.with_name("tagged.gguf.part.from").read_text() == f"{base}/tagged-cut.gguf\n{len(DATA)}\n{TAG}\n"
fetch(f"{base}/tagged-cut.gguf", "-o", to)
whole(to)
assert seen[-1][1] == "bytes=450000-"
to = folder / "moved.gguf"
fetch(f"{base}/moved.gguf", "-o", to)
whole(to)
count = len(seen)
p = fetch(f"{base}/other.gguf", "-o", to)
assert len(seen) == count and "was there already, not checked" in p.stderr, p.stderr
# Folders: one that is there, one that is not.
os.mkdir(folder / "there")
for output, path in (("there", "there/whole.gguf"), ("new/er/", "new/er/whole.gguf"), ("newest/a.gguf", "newest/a.gguf")):
    p = fetch(f"{base}/whole.gguf?download=1", "-o", f"{folder}/{output}")
    assert p.stdout == f"{folder / path}\n", p.stdout
    whole(folder / path)
# The hub's addresses, the cache folder, the token. Nothing has the place of another.
env = {"HF_ENDPOINT": base, "HF_TOKEN": "secret", "TERNLAB_CACHE": str(folder / "cache")}
paths = {fetch(*words, env=env).stdout.strip() for words in ((f"{base}/a/m.gguf",), (f"{base}/b/m.gguf",), (f"{base}/b/m.gguf?c",), ("o/n/m.gguf",), ("o/m/m.gguf",), ("o/n/x/m.gguf",),
                                                             ("o/n/m.gguf", "--revision", "v1"))}
assert len(paths) == 7 and str(folder / "cache" / "o" / "n@main" / "m.gguf") in paths, paths
seen = [(path, where, None if path.startswith("/o/") else token) for path, where, token in seen]
p = fetch("owner/name/file.gguf", "--revision", "v1", env=env)
assert p.stdout.strip() == str(folder / "cache" / "owner" / "name@v1" / "file.gguf")
whole(pathlib.Path(p.stdout.strip()))
assert seen[-1][0] == "/owner/name/resolve/v1/file.gguf" and seen[-1][2] == "Bearer secret"
assert all(token is None for path, _, token in seen if not path.startswith("/owner"))
# Refused: nothing is left that could be taken for the file.
for words, mark in (((f"{base}/gone.gguf",), "404"), ((f"{base}/whole.gguf", "--sha256", "0" * 64), "SHA-256"), (("http://127.0.0.1:9/x.gguf",), "found"),
                    ((f"{base}/whole.gguf", "--sha256", "12"), "64"), (("nothing",), "OWNER")):
    p = fetch(*words, "-o", folder / "bad.gguf", "--retries", 0, status=2)
    assert mark in p.stderr, p.stderr
assert not (folder / "bad.gguf").exists() and not (folder / "bad.gguf.part").exists()
fetch("owner/name/file.gguf", "--revision", "../../x", env=env, status=2)
fetch(f"{base}/whole.gguf", "-o", folder / "a.gguf" / "such.gguf", "--retries", 0, status=2)
if os.path.exists("/dev/full"):
    (folder / "full.gguf.part").symlink_to("/dev/full")
    p = fetch(f"{base}/whole.gguf", "-o", folder / "full.gguf", "--retries", 0, status=2)
    assert "space" in p.stderr, p.stderr
print(f"{len(seen)} requests")
