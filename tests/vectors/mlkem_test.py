#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All ML-KEM vectors through libpqc. Usage: mlkem_test.py LIBPQC"""

import sys

import mlkem_cases
import vectors


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tally = vectors.Tally("ML-KEM")
    mlkem_cases.run(vectors.Libpqc(sys.argv[1]).mlkem, tally)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
