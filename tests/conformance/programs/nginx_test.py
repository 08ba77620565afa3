#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nginx, whose workers fork after it has opened the key, and curl, which talks to them."""

import getpass
import os

from openssl_engine_test import ENGINE, URL, EngineTest as Engine
from program import free_port, main


class NginxTest(Engine):
    test_certificates_and_signatures = test_a_tls_server = test_curl_shows_its_certificate = None

    def start(self, name, port):
        (self.dir / "logs").mkdir(exist_ok=True)
        user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""  # who may read the device
        self.write(f"{name}.conf", f"""daemon off;
{user}
worker_processes 2;
pid {self.dir}/{name}.pid;
error_log {self.dir}/{name}.log;
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
        self.serve(port, "nginx", "-p", self.dir, "-c", self.dir / f"{name}.conf")

    def test_pages_are_served(self):
        for name in ("rsa", "ec"):
            self.certificate(name)
            port = free_port()
            self.start(name, port)
            for _ in range(10):
                self.assertIn("served by", self.curl(port, f"{name}.pem", env={"OPENSSL_CONF": "/dev/null"}))


del Engine

if __name__ == "__main__":
    main("nginx", ENGINE, "pkcs11-tool", "curl")
