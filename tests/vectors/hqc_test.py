#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All HQC vectors through libpqc. Usage: hqc_test.py LIBPQC"""

import sys

import hqc_cases
import vectors


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tally = vectors.Tally("HQC")
    hqc_cases.run(vectors.Libpqc(sys.argv[1]).hqc, tally)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
