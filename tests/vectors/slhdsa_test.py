#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SLH-DSA vectors through libpqc. Usage: slhdsa_test.py LIBPQC [STEP]

All of them, or every STEP-th, for implementations that are slow and compared with the others
elsewhere.
"""

import sys

import slhdsa_cases
import vectors


class LibpqcAdapter:
    """The adapter of slhdsa_cases over libpqc."""

    def __init__(self, path):
        self.lib = vectors.Libpqc(path)
        self.keygen = self.lib.slhdsa_keygen
        self.check_key = self.lib.slhdsa_check_sk

    def sign(self, name, sk, message, opt_rand):
        return self.lib.slhdsa_sign(name, sk, self._message(message), opt_rand)

    def verify(self, name, pk, message, sig):
        self.lib.slhdsa_verify(name, pk, self._message(message), sig)

    @staticmethod
    def _message(message):
        return vectors.SlhdsaMessage.of(
            message.kind, message.data, message.context, message.hash_name
        )


class Share(vectors.Tally):
    """Runs every step-th case, and says how many it left out."""

    def __init__(self, title, step):
        super().__init__(title)
        self.step = step
        self.seen = 0

    def case(self, name, run, *args):
        if self.seen % self.step == 0:
            super().case(name, run, *args)
        self.seen += 1

    def finish(self):
        if self.step > 1:
            print(f"{self.title}: one of every {self.step} of {self.seen} cases")
        return super().finish()


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    tally = Share("SLH-DSA", int(sys.argv[2]) if len(sys.argv) == 3 else 1)
    slhdsa_cases.run(LibpqcAdapter(sys.argv[1]), tally)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
