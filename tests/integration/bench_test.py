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
        done = rows("--module", MODULE, "--objects", "10,30")
        ops = {"find-label", "find-id", "find-none", "create", "create-8-threads", "fdatasync", "session", "start"}
        self.assertEqual({row["op"] for row in done}, ops)
        self.assertEqual({row["alg"] for row in done}, {"10-objects", "30-objects"})
        for row in done:
            self.assertEqual("bare_multiple" in row, row["op"].startswith("create"))

    def test_objects_in_memory_and_on_disk(self):
        done = json.loads(bench("--json", "--module", MODULE, "--objects", "30", "--filter", "start|fact").stdout)
        self.assertEqual([fact["what"] for fact in done["facts"]], ["memory", "disk"])
        self.assertTrue(all(fact["value"] > 0 for fact in done["facts"]))

    def test_beside_the_bare_work(self):
        done = rows("--module", MODULE, "--filter", "(P-256 sign|AES.*|ML-DSA-44 (sign|keygen)) .*(token|module|2-threads)")
        got = {(row["alg"], row["op"], row["mode"]) for row in done}
        for alg, op, mode in [("P-256", "sign", "token"), ("AES-256-GCM", "encrypt", "token"), ("ML-DSA-44", "sign", "module")]:
            self.assertIn((alg, op, mode), got)
            self.assertIn((alg, op, "2-threads"), got)
        for row in done:
            if row["op"] == "keygen":
                self.assertNotIn("bare_multiple", row)
            else:
                ratio = row["ns_median"] / row["bare_ns_median"]
                self.assertAlmostEqual(row["bare_multiple"], ratio, delta=ratio / 50)

    def test_every_family_beside_its_engine(self):
        done = rows("--module", MODULE, "--filter", "(HQC-1 (encaps|decaps)|Falcon-512 verify) .* module")
        got = {(row["alg"], row["op"]) for row in done if row["bare_multiple"] > 0}
        self.assertEqual(got, {("HQC-1", "encaps"), ("HQC-1", "decaps"), ("Falcon-512", "verify")})

    def test_two_modules_in_one_run(self):
        done = rows("--module", MODULE, "--module", MODULE, "--filter", "P-256 verify .* token")
        self.assertEqual(len(done), 2)
        done = bench("--module", MODULE, "--module", "no-such.so", "--filter", "P-256 verify .* token")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no-such.so", done.stderr)

    def test_patience(self):
        done = bench("--json", "--module", MODULE, "--objects", "1,100000", "--patience", "0.2", "--filter", "fact")
        self.assertEqual(done.returncode, 1)  # no rows
        self.assertIn("not 100000", done.stderr)

    def test_usage(self):
        self.assertEqual(bench("--objects", "3").returncode, 2)
        self.assertEqual(bench("--module", MODULE, "--objects", "0").returncode, 2)
        self.assertEqual(bench("--cpu", "portable", "--module", "x").returncode, 2)
        self.assertEqual(bench("--module", MODULE, "--objects", "3,2").returncode, 2)
        self.assertEqual(bench("--module", MODULE, "--objects", "3,").returncode, 2)
        self.assertEqual(bench("--module", MODULE, "--module", MODULE, "--slot", "0").returncode, 2)
        self.assertEqual(bench("--patience", "x").returncode, 2)
        self.assertEqual(bench("--seconds", "-1").returncode, 2)


if __name__ == "__main__":
    unittest.main()
