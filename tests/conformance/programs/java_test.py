#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Java: keytool and jarsigner through SunPKCS11."""

import zipfile

from program import MODULE, USER_PIN, ProgramTest, main


class JavaTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("pkcs11.cfg", f"name = pqhw\nlibrary = {MODULE}\nslotListIndex = 0\n")
        self.store = ("-keystore", "NONE", "-storetype", "PKCS11", "-storepass", USER_PIN,
                      "-addprovider", "SunPKCS11", "-providerArg", "pkcs11.cfg")  # fmt: skip

    def test_keys_and_signed_jars(self):
        for alias, kind in (("rsa", ("RSA", "-keysize", "2048")), ("ec", ("EC", "-groupname", "secp256r1"))):
            self.run_program("keytool", "-genkeypair", "-alias", alias, "-keyalg", *kind, "-dname", f"CN={alias}", *self.store)
            listed = self.run_program("keytool", "-list", *self.store)
            self.assertIn(f"{alias}, PrivateKeyEntry", listed)
            with zipfile.ZipFile(self.dir / "some.jar", "w") as jar:
                jar.writestr("content", "content")
            self.run_program("jarsigner", *self.store, "some.jar", alias)
            self.assertIn("jar verified", self.run_program("jarsigner", "-verify", "some.jar"))
            with zipfile.ZipFile(self.dir / "some.jar", "a") as jar:
                jar.writestr("more", "content")
            self.assertIn("unsigned entries", self.run_program("jarsigner", "-verify", "some.jar"))
            request = self.run_program("keytool", "-certreq", "-alias", alias, *self.store)
            self.write("request", request[request.index("-----BEGIN") :])
            self.assertIn("verify OK", self.openssl("req", "-in", "request", "-verify", "-noout"))
            self.run_program("keytool", "-delete", "-alias", alias, *self.store)
            self.assertNotIn("PrivateKeyEntry", self.run_program("keytool", "-list", *self.store))


if __name__ == "__main__":
    main("keytool", "jarsigner", "openssl")
