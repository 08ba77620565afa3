#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What pqhw-bench reports."""
import json
import subprocess
import sys
import unittest

PROGRAM = sys.argv.pop(1)
MODULE = sys.argv.pop(1)


def bench(*args):
    return subprocess.run(
        [PROGRAM, "--seconds", "0.01", *args], capture_output=True, text=True, check=False
    )


def rows(*args):
    done = bench("--json", *args)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)["results"]


class BenchTest(unittest.TestCase):
    def test_multiples_follow_from_the_medians(self):
        for row in rows("--filter", "ML-KEM-512 (keygen|decaps)"):
            ratio = row["ns_median"] / row["reference_ns"]
            self.assertAlmostEqual(row["reference_multiple"], ratio, delta=ratio / 50)
            self.assertGreater(row["reference_multiple_mean"], 0)
            self.assertGreaterEqual(row["samples"], 10)

    def test_signs_a_thousand_messages(self):
        (row,) = rows("--filter", "ML-DSA-44 sign .* resident")
        self.assertGreaterEqual(row["samples"], 1000)

    def test_levels_in_one_table(self):
        one_row = ("--filter", "ML-KEM-512 keygen .* stateless")
        (row,) = rows(*one_row, "--cpu", "portable")
        self.assertEqual(row["impl"], "portable")
        self.assertEqual(len(rows(*one_row, "--cpu", "portable,portable")), 2)
        done = bench(*one_row, "--cpu", "no-such")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no-such", done.stderr)

    def test_objects(self):
        done = rows("--module", MODULE, "--objects", "30")
        ops = {row["op"] for row in done}
        self.assertEqual(
            ops, {"find-label", "find-id", "find-none", "create", "fdatasync", "session", "start"}
        )
        self.assertEqual({row["alg"] for row in done}, {"30-objects"})

    def test_usage(self):
        self.assertEqual(bench("--objects", "3").returncode, 2)
        self.assertEqual(bench("--module", MODULE, "--objects", "0").returncode, 2)
        self.assertEqual(bench("--cpu", "portable", "--module", "x").returncode, 2)
        self.assertEqual(bench("--seconds", "-1").returncode, 2)


if __name__ == "__main__":
    unittest.main()
