#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OpenSSL through libp11's engine: certificates, signatures, a TLS server, and curl with its key in the token."""

from program import MODULE, TOKEN, USER_PIN, ProgramTest, free_port, library, main

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

    def curl(self, port, ca, *args, **more):
        return self.run_program("curl", "--silent", "--show-error", "--cacert", ca, *args,
                                "--resolve", f"localhost:{port}:127.0.0.1", f"https://localhost:{port}/", **more)  # fmt: skip

    def test_a_tls_server(self):
        for name in ("rsa", "ec"):
            self.certificate(name)
            port = free_port()
            self.serve(port, "openssl", "s_server", "-engine", "pkcs11", "-keyform", "engine", "-key", f"{URL}{name};type=private",
                       "-cert", f"{name}.pem", "-port", port, "-www", "-quiet")  # fmt: skip
            for _ in range(3):
                self.assertIn("s_server", self.curl(port, f"{name}.pem", env={"OPENSSL_CONF": "/dev/null"}))

    def test_curl_shows_its_certificate(self):
        self.openssl("req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.pem",
                     "-subj", "/CN=localhost", env={"OPENSSL_CONF": "/etc/ssl/openssl.cnf"})  # fmt: skip
        for name in ("rsa", "ec"):
            self.certificate(name)
            port = free_port()
            self.serve(port, "env", "OPENSSL_CONF=/dev/null", "openssl", "s_server", "-key", "server.key", "-cert", "server.pem", "-CAfile", f"{name}.pem",
                       "-Verify", "1", "-verify_return_error", "-port", port, "-www", "-quiet")  # fmt: skip
            mine = ("--cert", f"{name}.pem", "--engine", "pkcs11", "--key-type", "ENG", "--key", f"{URL}{name};type=private")
            self.assertIn("Client certificate", self.curl(port, "server.pem", *mine))
            self.curl(port, "server.pem", fails=True)


if __name__ == "__main__":
    main("openssl", ENGINE, "pkcs11-tool", "curl")
