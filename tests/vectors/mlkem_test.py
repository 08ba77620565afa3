#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All ML-KEM vectors through libpqc. Usage: mlkem_test.py LIBPQC"""

import sys

import mlkem_cases
import vectors


class LibpqcAdapter:
    """The adapter of mlkem_cases over libpqc, which keeps no key between calls."""

    def __init__(self, path):
        lib = vectors.Libpqc(path)
        self.keygen = lib.mlkem_keygen
        self.encaps = lib.mlkem_encaps
        self.decaps = lib.mlkem_decaps
        self.check_ek = lib.mlkem_check_ek
        self.check_dk = lib.mlkem_check_dk

    def decaps_seed(self, name, seed, ct):
        _, dk = self.keygen(name, seed)
        return self.decaps(name, dk, ct)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tally = vectors.Tally("ML-KEM")
    mlkem_cases.run(LibpqcAdapter(sys.argv[1]), tally)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
