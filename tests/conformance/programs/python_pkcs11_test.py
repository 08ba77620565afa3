#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""python-pkcs11, which Debian has from 13 on: RSA, ECDSA and AES keys."""

import os
import sys

from program import MODULE, SKIPPED, TOKEN, USER_PIN, ProgramTest, main

try:
    import pkcs11
    from pkcs11.util.ec import encode_ec_public_key, encode_ecdsa_signature, encode_named_curve_parameters
    from pkcs11.util.rsa import encode_rsa_public_key
except ImportError:
    print("note: there is no python-pkcs11 here; tools/setup programs installs it if this release has it")
    sys.exit(SKIPPED)


# By default it asks for keys that decrypt and unwrap at once, which the module does not make.
USES = pkcs11.MechanismFlag.SIGN | pkcs11.MechanismFlag.VERIFY | pkcs11.MechanismFlag.ENCRYPT | pkcs11.MechanismFlag.DECRYPT


class PythonPkcs11Test(ProgramTest):
    def test_keys(self):
        os.environ["PQHW_HOME"] = str(self.home)  # the module is in this process
        token = pkcs11.lib(MODULE).get_token(token_label=TOKEN)
        with token.open(rw=True, user_pin=USER_PIN) as session:
            self.rsa(session)
            self.ecdsa(session)
            self.aes(session)
            self.assertEqual(len(list(session.get_objects({pkcs11.Attribute.LABEL: "aes"}))), 1)

    def verify(self, der, signature, *reader):
        self.write("pub.der", der)
        self.openssl(*reader, "-inform", "DER", "-in", "pub.der", "-pubout", "-out", "pub.pem")
        self.write("text", b"text")
        self.write("sig", signature)
        self.assertIn("Verified OK", self.openssl("dgst", "-sha256", "-verify", "pub.pem", "-signature", "sig", "text"))

    def rsa(self, session):
        public, private = session.generate_keypair(pkcs11.KeyType.RSA, 2048, label="rsa", store=True, capabilities=USES)
        signature = private.sign(b"text", mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
        self.verify(encode_rsa_public_key(public), signature, "rsa", "-RSAPublicKey_in")
        self.assertTrue(public.verify(b"text", signature, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))
        self.assertFalse(public.verify(b"other", signature, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))
        self.assertEqual(private.decrypt(public.encrypt(b"secret")), b"secret")  # OAEP with SHA-1, its default

    def ecdsa(self, session):
        domain = session.create_domain_parameters(
            pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True
        )
        public, private = domain.generate_keypair(label="ec", store=True)
        signature = private.sign(b"text", mechanism=pkcs11.Mechanism.ECDSA_SHA256)
        self.verify(encode_ec_public_key(public), encode_ecdsa_signature(signature), "pkey", "-pubin")

    def aes(self, session):
        key = session.generate_key(pkcs11.KeyType.AES, 256, label="aes", store=True, capabilities=USES)
        iv = session.generate_random(128)
        self.assertEqual(key.decrypt(key.encrypt(b"secret", mechanism_param=iv), mechanism_param=iv), b"secret")


if __name__ == "__main__":
    main("openssl")
