#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All ML-DSA vectors through libpqc. Usage: mldsa_test.py LIBPQC"""

import sys

import mldsa_cases
import vectors


class LibpqcAdapter:
    """The adapter of mldsa_cases over libpqc, which takes expanded private keys only."""

    def __init__(self, path):
        self.lib = vectors.Libpqc(path)
        self.keygen = self.lib.mldsa_keygen

    def check_key(self, name, key):
        self.lib.mldsa_check_sk(name, self._expand(name, key))

    def sign(self, name, key, message, rnd):
        return self.lib.mldsa_sign(name, self._expand(name, key), self._message(message), rnd)

    def verify(self, name, pk, message, sig):
        self.lib.mldsa_verify(name, pk, self._message(message), sig)

    def _expand(self, name, key):
        return self.keygen(name, key.seed)[1] if key.sk is None else key.sk

    @staticmethod
    def _message(message):
        data = message.digest() if message.kind == "prehash" else message.data
        return vectors.MldsaMessage.of(message.kind, data, message.context, message.hash_name)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tally = vectors.Tally("ML-DSA")
    mldsa_cases.run(LibpqcAdapter(sys.argv[1]), tally)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
