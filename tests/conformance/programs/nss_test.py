#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NSS: modutil and certutil."""

import os

from program import MODULE, TOKEN, ProgramTest, main


class NssTest(ProgramTest):
    def certutil(self, *args):
        return self.run_program("certutil", "-d", "sql:db", "-f", self.dir / "pin", *args)

    def test_certificates(self):
        (self.dir / "db").mkdir()
        self.write("empty", b"")
        self.run_program("certutil", "-N", "-d", "sql:db", "--empty-password")
        self.run_program("modutil", "-dbdir", "sql:db", "-force", "-add", "pqhw", "-libfile", MODULE)
        self.assertIn(TOKEN, self.run_program("modutil", "-dbdir", "sql:db", "-list"))
        self.write("noise", os.urandom(64))
        for name, kind in (("rsa", ("rsa", "-g", "2048")), ("ec", ("ec", "-q", "nistp256"))):
            self.certutil("-S", "-h", TOKEN, "-n", name, "-s", f"CN={name}", "-x", "-t", ",,", "-k", *kind, "-z", "noise")
            self.assertIn(f"{TOKEN}:{name}", self.certutil("-L", "-h", TOKEN))
            self.assertIn(name, self.certutil("-K", "-h", TOKEN))
            pem = self.certutil("-L", "-h", TOKEN, "-n", f"{TOKEN}:{name}", "-a")
            self.write(f"{name}.pem", pem[pem.index("-----BEGIN") :])
            self.assertIn("OK", self.openssl("verify", "-CAfile", f"{name}.pem", "-check_ss_sig", f"{name}.pem"))


if __name__ == "__main__":
    main("certutil", "modutil", "openssl")
