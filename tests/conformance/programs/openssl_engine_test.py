#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OpenSSL through libp11's engine: certificates, signatures, and a TLS server that forks."""

import socket
import subprocess
import time

from program import MODULE, TOKEN, USER_PIN, ProgramTest, library, main

ENGINE = library("engines-3/pkcs11.so")
URL = f"pkcs11:token={TOKEN};object="


class EngineTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("openssl.cnf", f"""openssl_conf = start
[start]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
dynamic_path = {ENGINE}
MODULE_PATH = {MODULE}
PIN = {USER_PIN}
init = 1
[req]
distinguished_name = name
[name]
""")
        self.env["OPENSSL_CONF"] = str(self.dir / "openssl.cnf")
        for number, kind in (("01", "rsa:2048"), ("02", "EC:prime256v1")):
            self.run_program("pkcs11-tool", "--module", MODULE, "--login", "--pin", USER_PIN,
                             "--keypairgen", "--key-type", kind, "--id", number, "--label", kind.split(":")[0].lower())  # fmt: skip

    def certificate(self, name):
        self.openssl("req", "-new", "-x509", "-engine", "pkcs11", "-keyform", "engine", "-key", f"{URL}{name};type=private",
                     "-subj", "/CN=localhost", "-days", "10", "-out", f"{name}.pem")  # fmt: skip
        self.assertIn("OK", self.openssl("verify", "-CAfile", f"{name}.pem", "-check_ss_sig", f"{name}.pem"))
        self.write(f"{name}.pub", self.openssl("x509", "-in", f"{name}.pem", "-pubkey", "-noout"))

    def test_certificates_and_signatures(self):
        self.write("text", b"text")
        for name in ("rsa", "ec"):
            self.certificate(name)
            self.openssl("dgst", "-engine", "pkcs11", "-keyform", "engine", "-sha256", "-sign", f"{URL}{name};type=private", "-out", "sig", "text")
            self.assertIn("Verified OK", self.openssl("dgst", "-sha256", "-verify", f"{name}.pub", "-signature", "sig", "text"))

    def test_a_tls_server(self):
        for name in ("rsa", "ec"):
            self.certificate(name)
            with socket.socket() as listening:
                listening.bind(("127.0.0.1", 0))
                port = listening.getsockname()[1]
            server = subprocess.Popen(
                ["openssl", "s_server", "-engine", "pkcs11", "-keyform", "engine", "-key", f"{URL}{name};type=private",
                 "-cert", f"{name}.pem", "-port", str(port), "-www", "-quiet"],
                env=self.env, cwd=self.dir, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                for _ in range(100):
                    try:
                        socket.create_connection(("127.0.0.1", port), 1).close()
                        break
                    except OSError:
                        time.sleep(0.1)
                for _ in range(3):
                    page = self.run_program("curl", "--silent", "--show-error", "--cacert", f"{name}.pem",
                                            "--resolve", f"localhost:{port}:127.0.0.1", f"https://localhost:{port}/",
                                            env={"OPENSSL_CONF": "/dev/null"})  # fmt: skip
                    self.assertIn("s_server", page)
            finally:
                server.kill()
                server.wait()


if __name__ == "__main__":
    main("openssl", ENGINE, "pkcs11-tool", "curl")
