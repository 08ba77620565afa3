#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GnuTLS's TLS server and client, whose keys and certificates are in the token."""

from program import MODULE, TOKEN, ProgramTest, free_port, main

URL = f"pkcs11:token={TOKEN}"
KINDS = {"rsa": ("--bits", "2048"), "ecdsa": ("--curve", "secp256r1")}


class GnutlsTlsTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.run_program("certtool", "--generate-privkey", "--outfile", "ca.key")
        self.write("ca.cfg", "cn = Test CA\nca\ncert_signing_key\nexpiration_days = 10\nserial = 1\n")
        self.run_program("certtool", "--generate-self-signed", "--load-privkey", "ca.key", "--template", "ca.cfg", "--outfile", "ca.pem")

    def p11tool(self, *args):
        return self.run_program("p11tool", "--batch", "--provider", MODULE, "--login", *args)

    def make_key(self, name, kind, id, use):
        """A key with a certificate of the authority's, both in the token."""
        self.p11tool(f"--generate-privkey={kind}", *KINDS[kind], "--label", name, "--id", id, "--outfile", f"{name}.pub", URL)
        self.write(f"{name}.cfg", f"cn = {name}\ndns_name = localhost\n{use}\nsigning_key\nexpiration_days = 10\nserial = {id}\n")
        self.run_program("certtool", "--generate-certificate", "--load-pubkey", f"{name}.pub", "--load-ca-certificate", "ca.pem",
                         "--load-ca-privkey", "ca.key", "--template", f"{name}.cfg", "--outfile", f"{name}.pem")  # fmt: skip
        self.p11tool("--write", "--load-certificate", f"{name}.pem", "--label", name, "--id", id, URL)

    def start(self, name):
        port = free_port()
        self.serve(port, "gnutls-serv", "--provider", MODULE, "--x509keyfile", f"{URL};object={name};type=private", "--x509certfile",
                   f"{URL};object={name};type=cert", "--x509cafile", "ca.pem", "--require-client-cert", "--verify-client-cert",
                   "--http", "--port", port)  # fmt: skip
        return port

    def connect(self, port, *args, **more):
        return self.run_program("gnutls-cli", "--provider", MODULE, "--x509cafile", "ca.pem", "--port", port, *args, "localhost",
                                input="GET / HTTP/1.0\r\n\r\n", **more)  # fmt: skip

    def test_server_and_client(self):
        for number, kind in enumerate(KINDS):
            self.make_key(f"{kind}-server", kind, f"{number}1", "tls_www_server")
            self.make_key(f"{kind}-client", kind, f"{number}2", "tls_www_client")
            port = self.start(f"{kind}-server")
            mine = ("--x509keyfile", f"{URL};object={kind}-client;type=private", "--x509certfile", f"{URL};object={kind}-client;type=cert")
            for version in ("TLS1.2", "TLS1.3"):
                said = self.connect(port, "--priority", f"NORMAL:-VERS-ALL:+VERS-{version}", *mine)
                self.assertIn("The certificate is trusted", said)
                self.assertIn(f"CN={kind}-client", said)  # the server's page names who came
                self.assertIn(f"- Description: ({version}", said)
            self.connect(port, "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2", fails=True)  # without a certificate


if __name__ == "__main__":
    main("p11tool", "certtool", "gnutls-serv", "gnutls-cli")
