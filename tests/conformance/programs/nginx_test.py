#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nginx, whose workers fork after it has opened the key, and curl, which talks to them."""

import getpass
import os
import socket
import subprocess
import time

from openssl_engine_test import ENGINE, URL, EngineTest as Engine
from program import main


class NginxTest(Engine):
    test_certificates_and_signatures = test_a_tls_server = None

    def start(self, name, port):
        (self.dir / "logs").mkdir(exist_ok=True)
        user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""  # who may read the device
        self.write("nginx.conf", f"""daemon off;
{user}
worker_processes 2;
pid {self.dir}/nginx.pid;
error_log {self.dir}/nginx.log;
env PQHW_HOME;
env OPENSSL_CONF;
ssl_engine pkcs11;
events {{}}
http {{
    access_log off;
    client_body_temp_path {self.dir}/logs; proxy_temp_path {self.dir}/logs; fastcgi_temp_path {self.dir}/logs;
    uwsgi_temp_path {self.dir}/logs; scgi_temp_path {self.dir}/logs;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {self.dir}/{name}.pem;
        ssl_certificate_key "engine:pkcs11:{URL}{name};type=private";
        location / {{ return 200 "served by $pid"; }}
    }}
}}
""")
        with open(self.dir / "nginx.log", "w") as log:
            server = subprocess.Popen(["nginx", "-p", self.dir, "-c", self.dir / "nginx.conf"], env=self.env, cwd=self.dir,
                                      stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # fmt: skip
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return server
            except OSError:
                time.sleep(0.1)
        server.kill()
        return self.fail("nginx does not listen: " + (self.dir / "nginx.log").read_text())

    def test_pages_are_served(self):
        for name in ("rsa", "ec"):
            self.certificate(name)
            with socket.socket() as listening:
                listening.bind(("127.0.0.1", 0))
                port = listening.getsockname()[1]
            server = self.start(name, port)
            try:
                for _ in range(10):
                    page = self.run_program("curl", "--silent", "--show-error", "--cacert", f"{name}.pem",
                                            "--resolve", f"localhost:{port}:127.0.0.1", f"https://localhost:{port}/",
                                            env={"OPENSSL_CONF": "/dev/null"})  # fmt: skip
                    self.assertIn("served by", page)
            finally:
                server.terminate()
                server.wait(30)


del Engine

if __name__ == "__main__":
    main("nginx", ENGINE, "pkcs11-tool", "curl")
