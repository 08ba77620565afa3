#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that attacks_test.py notices: takes out one rule after another in a copy of the sources, builds the
copy, and wants the named test to fail there. Run by hand: attacks_mutations.py"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES, TABLE, WRAP, DERIVE, GUARD = (
    f"src/hsm/{name}.c" for name in ("rules", "rules_table", "wrap", "derive", "derive_guard")
)

# What is taken out: file, text, what stands there instead, the test that must fail.
MUTATIONS = [
    (WRAP, "!attrs_bool(attrs, CKA_TRUSTED, false);", "false && !attrs_bool(attrs, CKA_TRUSTED, false);",
     "test_no_public_key_wraps_for_a_private_key_that_decrypts"),
    (RULES, "object_class == CKO_SECRET_KEY && (usage & (CKF_WRAP | CKF_UNWRAP)) != 0 &&", "false &&",
     "test_no_key_both_wraps_and_decrypts"),
    (RULES, "return CKF_VERIFY;", "return 0;", "test_no_key_both_wraps_and_decrypts"),
    (RULES, "mixed_before ? mixed_now : !mixed_now || policy->open_wrapping", "mixed_before || !mixed_before || policy",
     "test_no_key_wraps_first_and_decrypts_later"),
    (TABLE, "{CKA_WRAP, ATTR_BOOL, ON_SECRET, 0,", "{CKA_WRAP, ATTR_BOOL, ON_SECRET, RULE_MODIFIABLE,",
     "test_no_key_decrypts_first_and_wraps_later"),
    (TABLE, "{CKA_UNWRAP, ATTR_BOOL, ON_HIDDEN_KEYS, 0,", "{CKA_UNWRAP, ATTR_BOOL, ON_HIDDEN_KEYS, RULE_MODIFIABLE,",
     "test_no_key_decrypts_first_and_wraps_later"),
    (RULES, "!attrs_bool(attrs, CKA_SENSITIVE, true) && attrs_bool(attrs, CKA_EXTRACTABLE, false)", "true",
     "test_values_that_are_guarded_are_not_read"),
    (RULES, "REQUIRE(attr_bool(attr->value) || !attrs_bool(attrs, attr->type, false),", "REQUIRE(true,",
     "test_guards_are_not_taken_off"),
    (RULES, "REQUIRE(!attr_bool(attr->value) || attrs_bool(attrs, attr->type, true),", "REQUIRE(true,",
     "test_guards_are_not_taken_off"),
    (RULES, "#define SHOWING (CKF_DECRYPT | CKF_DECAPSULATE | CKF_DERIVE)", "#define SHOWING (CKF_DECRYPT | CKF_DERIVE)",
     "test_no_private_key_both_unwraps_and_decapsulates"),
    (RULES, "#define SHOWING (CKF_DECRYPT | CKF_DECAPSULATE | CKF_DERIVE)", "#define SHOWING (CKF_DECRYPT | CKF_DECAPSULATE)",
     "test_no_private_key_both_unwraps_and_agrees"),
    (RULES, "usage &= ~CKF_DECRYPT;", "usage &= ~0ul;", "test_keys_of_a_kem_do_nothing_else"),
    ("src/backends/soft/curve_kem.c", "#define MIN_SECRET_LEN 16", "#define MIN_SECRET_LEN 1",
     "test_no_secret_is_found_piece_by_piece"),
    (WRAP, "REQUIRE(attrs_bool(attrs, CKA_EXTRACTABLE, false), PQHW_KEY_UNEXTRACTABLE);", "",
     "test_keys_that_are_not_extractable_are_not_wrapped"),
    (WRAP, "!attrs_bool(attrs, CKA_WRAP_WITH_TRUSTED, false) ||", "true ||", "test_wrap_with_trusted"),
    (RULES, "attr_bool(value) && role != ROLE_SO", "attr_bool(value) && role == ROLE_PUBLIC",
     "test_wrap_with_trusted"),
    (RULES, "if (change->copying && change->role != ROLE_SO && attrs_has(before, CKA_TRUSTED))", "if (false)",
     "test_trust_is_not_copied"),
    (RULES, "attrs_bool(attrs, CKA_COPYABLE, false) && !only_wraps(attrs)", "attrs_bool(attrs, CKA_COPYABLE, false)",
     "test_trust_is_not_copied"),
    (RULES, "attrs_number(attrs, CKA_CLASS, UNSET) != CKO_PUBLIC_KEY &&",
     "attrs_number(attrs, CKA_CLASS, UNSET) == CKO_SECRET_KEY &&", "test_trust_is_not_copied"),
    (WRAP, ".sensitive = true,", "", "test_unwrapping_opens_nothing"),
    (WRAP, ".trusted_only = is_private || attrs_bool(attrs, CKA_TRUSTED, false),", ".trusted_only = is_private,",
     "test_what_is_for_trusted_keys_is_so_after_a_journey"),
    (WRAP, ".trusted_only = is_private || attrs_bool(attrs, CKA_TRUSTED, false),",
     ".trusted_only = attrs_bool(attrs, CKA_TRUSTED, false) || (is_private && false),",
     "test_what_is_for_trusted_keys_is_so_after_a_journey"),
    (WRAP, "REQUIRE(usual_iv(op, out->iv), PQHW_MECHANISM_PARAM_INVALID);", "(void)usual_iv;",
     "test_nobody_chooses_the_initial_value"),
    (WRAP, "REQUIRE(!has_tag(op) || unwrap->mechanism->mac_len == CLASSIC_TAG_LEN,",
     "REQUIRE(true || unwrap->mechanism->mac_len == CLASSIC_TAG_LEN,", "test_no_short_tag_lets_a_key_in"),
    ("src/hsm/mechanism.c", "(key_rule_kin(rule) == KIN_SECRET) == (info->key_type == MECHANISM_ANY_KEY);", "true;",
     "test_no_private_key_is_joined_to_data"),
    (WRAP, "REQUIRE(op_fits_template(wrapping, CKA_WRAP_TEMPLATE, attrs), PQHW_KEY_HANDLE_INVALID);", "",
     "test_types_that_a_key_pins_are_not_changed"),
    (WRAP, "out->iv = span(wrap->iv, HSM_WRAP_IV_LEN);", "out->iv = wrap->mechanism->iv;", "test_nobody_chooses_the_nonce"),
    ("src/pkcs11/wrap.c", "(generator == CKG_GENERATE || generator == CKG_GENERATE_RANDOM) && fixed_bits == 0",
     "generator <= CKG_GENERATE_COUNTER_XOR && fixed_bits == 0", "test_nobody_chooses_the_nonce"),
    ("src/hsm/mechanism_aes.c", "AES(CKM_AES_CBC_PAD, CIPHERING,", "AES(CKM_AES_CBC_PAD, CIPHERING | WRAPPING,",
     "test_there_is_no_padding_to_ask"),
    (DERIVE, "lineage->sensitive |= value", "lineage->sensitive |= false && value", "test_deriving_opens_nothing"),
    (DERIVE, "lineage->unextractable |= value", "lineage->unextractable |= false && value",
     "test_deriving_opens_nothing"),
    (DERIVE, "lineage->trusted_only |= value", "lineage->trusted_only |= false && value",
     "test_deriving_opens_nothing"),
    (DERIVE, "(len == 0 || len == whole.len || !guarded)", "(guarded || !guarded)",
     "test_no_small_piece_of_a_key_is_cut_out"),
    (DERIVE, "REQUIRE(!tells_too_much(op, derivation, whole.len), PQHW_KEY_SIZE_RANGE);",
     "REQUIRE(!tells_too_much(op, derivation, whole.len) || true, PQHW_KEY_SIZE_RANGE);",
     "test_no_small_piece_of_a_key_is_cut_out"),
    (DERIVE, "bool small = is_small(derivation, len) ||", "bool small = (len == 0 && is_small(derivation, len)) ||",
     "test_no_longer_key_is_found_by_its_beginning"),
    (DERIVE, "|| is_piece(derivation, wanted, len);", "|| (len == 0 && is_piece(derivation, wanted, len));",
     "test_no_agreement_is_found_piece_by_piece"),
    (GUARD, "if (info->type == CKM_EXTRACT_KEY_FROM_KEY && derivation_guarded(derivation))",
     "if (info->type == CKM_EXTRACT_KEY_FROM_KEY && false)", "test_no_small_piece_of_a_key_is_cut_out"),
    (GUARD, "is_guarded(attrs) &&", "false && is_guarded(attrs) &&", "test_no_key_derives_what_it_would_sign_or_encrypt"),
    (RULES, "&& use_allowed(attrs, attr),", "&& (use_allowed(attrs, attr) || true),",
     "test_no_key_derives_what_it_would_sign_or_encrypt"),
    (RULES, "return !gained ||", "return true || !gained ||", "test_a_key_that_hides_its_secrets_gains_no_use_that_shows_them"),
    (RULES, "REQUIRE(!is_clone(making) || (usage_of(attrs) & ~CKF_DERIVE) == 0, PQHW_TEMPLATE_INCONSISTENT);", "",
     "test_what_is_joined_of_a_hidden_key_only_derives"),
]


def build(folder):
    command = ["ninja", "-C", "build", "src/pkcs11/pqhw-pkcs11.so", "src/cli/pqhw"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stdout[-3000:])


def test(folder, name):
    env = os.environ | {
        "PQHW_MODULE": str(folder / "build/src/pkcs11/pqhw-pkcs11.so"),
        "PQHW_COMMAND": str(folder / "build/src/cli/pqhw"),
    }
    program = folder / "tests/integration/attacks_test.py"
    done = subprocess.run([sys.executable, program, name], env=env, capture_output=True, check=False)
    return done.returncode == 0


def main():
    missed = 0
    with tempfile.TemporaryDirectory(prefix="pqhw-mutations-") as where:
        folder = pathlib.Path(where) / "pqhw"
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("build*", ".git"))
        setup = ["meson", "setup", "-Dwerror=false", "-Doptimization=0", "build"]
        subprocess.run(setup, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        build(folder)
        for file, old, new, name in MUTATIONS:
            path = folder / file
            source = path.read_text(encoding="utf-8")
            if source.count(old) != 1 or not test(folder, name):
                sys.exit(f"{file}: {name} does not pass before {old!r} is taken out, or that is not there once")
            path.write_text(source.replace(old, new), encoding="utf-8")
            build(folder)
            noticed = not test(folder, name)
            missed += not noticed
            print(f"{'ok  ' if noticed else 'MISS'} {name} without: {old[:70]}", flush=True)
            path.write_text(source, encoding="utf-8")
            build(folder)
    print(f"note: {len(MUTATIONS) - missed} of {len(MUTATIONS)} mutations noticed")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
