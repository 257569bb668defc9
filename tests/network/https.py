# SPDX-License-Identifier: Apache-2.0
# For tests of the relay as it is deployed: the real daemon behind nginx as shipped, on an address that is not loopback, and
# clients at other addresses that speak to it by TLS. In a network namespace of its own.
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = "relay.test"
SERVER = "198.51.100.1"
DAEMON = "127.0.0.1:8080"
# A shared machine may be slow; what must be soon is asserted by itself.
PATIENCE_S = 30


def client_address(number):
    return f"198.51.100.{number}"


def until(what, holds, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come within {seconds} s")
        time.sleep(0.02)


class Answer:
    def __init__(self, reply):
        self.status = reply.status
        self.headers = reply.headers
        self.body = reply.read()

    def json(self):
        return json.loads(self.body)


class Front:
    """The daemon and nginx, and what both wrote."""

    def __init__(self, settings=""):
        self.folder = tempfile.mkdtemp()
        self.ca = self.folder + "/nginx/ca.pem"
        self.build = os.environ["BUILD"]
        self.daemon = self.nginx = None
        run = lambda *words: subprocess.run(words, check=True)
        run("ip", "link", "add", "wan", "type", "veth", "peer", "name", "lan")
        for number in range(1, 30):
            run("ip", "address", "add", client_address(number) + "/24", "dev", "wan")
        run("ip", "link", "set", "wan", "up")
        run("ip", "link", "set", "lan", "up")
        with open(self.folder + "/relay.conf", "w", encoding="utf-8") as file:
            # The second address is what a relay has that is reached without nginx.
            file.write(f"[server]\nlisten = {DAEMON}, {SERVER}:8080\nstate = {self.folder}/state\ndemo = true\n{settings}")
        self.start_daemon()
        self.start_nginx()

    def start_daemon(self):
        self.daemon_log = open(self.folder + "/relay.log", "a")
        self.daemon = subprocess.Popen([self.build + "/server/classrelayd", "--config", self.folder + "/relay.conf"],
                                       stdout=self.daemon_log, stderr=self.daemon_log)
        until("the daemon", lambda: self.answers(DAEMON))

    def start_nginx(self):
        self.nginx_log = open(self.folder + "/nginx.log", "a")
        self.nginx = subprocess.Popen([ROOT + "/tests/support/nginx-front", self.folder + "/nginx", NAME, DAEMON],
                                      stdout=self.nginx_log, stderr=self.nginx_log)
        until("nginx", lambda: self.nginx.poll() is not None or self.is_served())
        assert self.nginx.poll() is None, "nginx did not start:\n" + self.text("nginx.log")

    @staticmethod
    def answers(address):
        host, port = address.rsplit(":", 1)
        try:
            socket.create_connection((host, int(port)), 1).close()
            return True
        except OSError:
            return False

    @staticmethod
    def is_served():
        """`nginx -t` opens the ports as well, but answers nobody."""
        try:
            return ask_plain(SERVER, 80, "/").status == 308
        except (OSError, http.client.HTTPException):
            return False

    def kill_daemon(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    def text(self, name):
        with open(f"{self.folder}/{name}", encoding="utf-8", errors="replace") as file:
            return file.read()

    def logs(self):
        names = ["relay.log", "nginx.log"] + ["nginx/log/" + name for name in os.listdir(self.folder + "/nginx/log")]
        return "\n".join(self.text(name) for name in names)

    def memory_kib(self, field="VmRSS"):
        with open(f"/proc/{self.daemon.pid}/status", encoding="utf-8") as file:
            return int(re.search(field + r":\s+(\d+)", file.read()).group(1))

    def close(self):
        for process in (self.nginx, self.daemon):
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(self.folder)


class Client(http.client.HTTPSConnection):
    """Speaks HTTP/1.1 over TLS from an address of its own, and trusts the test's authority alone."""

    def __init__(self, front, number):
        super().__init__(NAME, timeout=PATIENCE_S, context=ssl.create_default_context(cafile=front.ca))
        self.number = number

    def connect(self):
        plain = socket.create_connection((SERVER, 443), self.timeout, (client_address(self.number), 0))
        self.sock = self._context.wrap_socket(plain, server_hostname=NAME)

    def ask(self, method, path, body=None, token=None, **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = "Bearer " + token
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        self.request(method, path, body, sent)
        return Answer(self.getresponse())

    def raw(self, text, seconds=PATIENCE_S):
        """Sends the bytes as they are on a connection of their own; all that comes back until it is closed."""
        self.connect()
        self.sock.settimeout(seconds)
        received = b""
        try:
            self.sock.sendall(text)
            while chunk := self.sock.recv(65536):
                received += chunk
        except (ConnectionError, ssl.SSLEOFError):
            pass
        finally:
            self.close()
        return received


def ask_plain(host, port, path, number=None, method="GET", body=None, **headers):
    """Over HTTP without TLS, past nginx or to its port 80."""
    source = (client_address(number), 0) if number is not None else None
    connection = http.client.HTTPConnection(host, port, PATIENCE_S, source)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, None if body is None else json.dumps(body), sent)
    answer = Answer(connection.getresponse())
    connection.close()
    return answer
