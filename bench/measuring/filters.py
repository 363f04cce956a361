"""The filters that are measured, each started for one run on free loopback ports and ended with it."""
import atexit
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import corpus


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, process, what):
    """Until somebody listens, half a minute at most."""
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"{what} ended while it started; see its log")
            time.sleep(0.1)
    raise SystemExit(f"{what} does not listen")


class Server:
    """A process with a folder of its own that ends with the block."""

    def __init__(self, where):
        self.where, self.processes = where, []
        self.data = tempfile.mkdtemp(prefix="data.", dir=where)
        atexit.register(self.end)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def run(self, command, log):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.where, log), "w"))
        self.processes.append(process)
        return process

    def end(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.processes = []
        shutil.rmtree(self.data, ignore_errors=True)

    def post(self, port, path, body, headers=None):
        """One request on a kept connection; the status and the text."""
        connections = self.__dict__.setdefault("connections", {})
        for last in (False, True):
            connection = connections.get(port) or http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            connections[port] = connection
            try:
                connection.request("POST", path, body, headers or {})
                answer = connection.getresponse()
                return answer.status, answer.read().decode("utf-8", "replace")
            except (http.client.HTTPException, OSError):
                connection.close()
                connections.pop(port)
                if last:
                    raise


def program():
    """The release build; SEKISHO names another."""
    named = os.environ.get("SEKISHO")
    if named:
        return named
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(corpus.HERE, "target"))
    return os.path.join(target, "release", "sekisho")


class Sekisho(Server):
    """A fresh installation: every control as shipped, no network look-ups, every decision recorded."""

    name = "Sekisho"

    def __init__(self, where, more="", under=()):
        super().__init__(where)
        self.port = self.teaching = free_port()
        config = os.path.join(self.data, "sekisho.toml")
        with open(config, "w") as out:
            out.write(f'''{more}
[listen]
smtp = ""
portal = ""
metrics = ""
rspamd = "127.0.0.1:{self.port}"
[data]
dir = "{self.data}/data"
[dns]
servers = ["off"]
[log]
level = "warn"
[[domain]]
name = "example.jp"
next_hop = "maildir:{self.data}/mail"
''')
        self.process = self.run([*under, program(), "serve", "-c", config], "sekisho.log")
        wait_for(self.port, self.process, "sekisho")
        self.processes_named = f"sekisho={self.process.pid}"

    def learn(self, spam, raw):
        status, text = self.post(self.port, "/learnspam" if spam else "/learnham", raw)
        if status not in (200, 208):
            raise SystemExit(f"learning was answered {status}: {text}")

    def check(self, raw):
        """The whole answer."""
        return json.loads(self.post(self.port, "/checkv2", raw)[1])

    def resident(self):
        """Resident memory in MiB."""
        return resident(self.process.pid)


class Rspamd(Server):
    """rspamd from Debian with Redis, content modules only: nothing that asks DNS or another machine is on."""

    name = "rspamd"

    @staticmethod
    def missing():
        return next((p for p in ("rspamd", "redis-server") if not shutil.which(p)), None)

    def __init__(self, where, full=True):
        super().__init__(where)
        peers = os.path.join(corpus.HERE, "bench", "peers", "rspamd")
        self.port, self.teaching, redis = free_port(), free_port(), free_port()
        self.redis = self.run(["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--appendonly",
                               "no", "--dir", self.data], "redis.log")
        wait_for(redis, self.redis, "redis-server")
        local = os.path.join(self.data, "etc")
        shutil.copytree(peers, local)
        for folder, _, names in os.walk(local):
            for name in names:
                path = os.path.join(folder, name)
                text = open(path).read()
                for word, value in (("@DATA@", self.data), ("@PORT@", self.port), ("@TEACHING@", self.teaching),
                                    ("@REDIS@", redis)):
                    text = text.replace(word, str(value))
                with open(path, "w") as out:
                    out.write(text)
        self.process = self.run(["rspamd", "-f", "-i", "-c", os.path.join(local, "rspamd.conf"), "--var",
                                 f"LOCAL_CONFDIR={local}", "--var", f"DBDIR={self.data}", "--var",
                                 f"RUNDIR={self.data}", "--var", f"LOGDIR={self.data}"], "rspamd.log")
        wait_for(self.port, self.process, "rspamd")
        wait_for(self.teaching, self.process, "rspamd's controller")
        self.processes_named = f"rspamd={self.process.pid},redis={self.redis.pid}"

    def learn(self, spam, raw):
        return self.post(self.teaching, "/learnspam" if spam else "/learnham", raw)[0]


def resident(pid):
    """Resident memory of one process in MiB; pages that it shares with others count in part (Pss)."""
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def teach(server, messages):
    """The messages in their order with their true labels."""
    for message in messages:
        with open(message.file, "rb") as raw:
            server.learn(message.spam, raw.read())


def load(where, server, clients, path="/checkv2", split="all", repeat=1):
    """The load driver over the corpus; its figures."""
    out = subprocess.run([os.path.join(where, "scandrv"), "-P", "http", "-a", f"127.0.0.1:{server.port}", "-u", path, "-k",
                          "-n", str(clients), "-i", corpus.INDEX, "-s", split, "-r", os.path.join(where, "msgs"),
                          "-R", str(repeat), "-p", server.processes_named], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(out.stdout)
