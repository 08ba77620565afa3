#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyKCS11, as Debian's Python has it."""

import subprocess

from program import MODULE, TOKEN, USER_PIN, ProgramTest, main

PYTHON = "/usr/bin/python3"

PROGRAM = """
import sys
import PyKCS11 as p

lib = p.PyKCS11Lib()
lib.load(sys.argv[1])
slot = next(s for s in lib.getSlotList(tokenPresent=True) if lib.getTokenInfo(s).label.strip() == sys.argv[2])
session = lib.openSession(slot, p.CKF_SERIAL_SESSION | p.CKF_RW_SESSION)
session.login(sys.argv[3])
public, private = session.generateKeyPair(
    [(p.CKA_TOKEN, p.CK_TRUE), (p.CKA_MODULUS_BITS, 2048), (p.CKA_PUBLIC_EXPONENT, (1, 0, 1)), (p.CKA_LABEL, "rsa"), (p.CKA_ID, (7,))],
    [(p.CKA_TOKEN, p.CK_TRUE), (p.CKA_LABEL, "rsa"), (p.CKA_ID, (7,))])
text = b"text" * 100
signature = session.sign(private, text, p.Mechanism(p.CKM_SHA256_RSA_PKCS, None))
assert session.verify(public, text, signature, p.Mechanism(p.CKM_SHA256_RSA_PKCS, None))
assert not session.verify(public, text + b"x", signature, p.Mechanism(p.CKM_SHA256_RSA_PKCS, None))
pss = p.RSA_PSS_Mechanism(p.CKM_SHA256_RSA_PKCS_PSS, p.CKM_SHA256, p.CKG_MGF1_SHA256, 32)
assert session.verify(public, text, session.sign(private, text, pss), pss)
oaep = p.RSAOAEPMechanism(p.CKM_SHA256, p.CKG_MGF1_SHA256)
assert bytes(session.decrypt(private, session.encrypt(public, b"secret", oaep), oaep)) == b"secret"
(found,) = session.findObjects([(p.CKA_CLASS, p.CKO_PRIVATE_KEY), (p.CKA_LABEL, "rsa")])
modulus, value = session.getAttributeValue(found, [p.CKA_MODULUS, p.CKA_PRIVATE_EXPONENT])
assert len(modulus) == 256 and value is None
session.destroyObject(public)
session.destroyObject(private)
session.logout()
session.closeSession()
print("done")
"""


class Pykcs11Test(ProgramTest):
    def test_a_key_from_birth_to_death(self):
        if subprocess.run([PYTHON, "-c", "import PyKCS11"], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("Debian's Python has no PyKCS11 here (tools/setup programs installs it)")
        self.assertIn("done", self.run_program(PYTHON, "-c", PROGRAM, MODULE, TOKEN, USER_PIN))


if __name__ == "__main__":
    main(PYTHON)
