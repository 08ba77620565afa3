#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Vectors of HSS/LMS, XMSS and XMSS^MT through libpqc. Usage: hbs_test.py LIBPQC"""

import sys

import hbs_cases
import vectors


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tally = vectors.Tally("HSS, XMSS, XMSS^MT")
    hbs_cases.run(Adapter(sys.argv[1]), tally)
    return tally.finish()


class Adapter:
    """The adapter of hbs_cases over libpqc."""

    def __init__(self, path):
        self.verify = vectors.Libpqc(path).stateful_verify


if __name__ == "__main__":
    sys.exit(main())
