# SPDX-License-Identifier: Apache-2.0
#
# The front door. Meson does the building; this file only says how it is called.

BUILD  ?= build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 30
ROUNDS ?= 10
# Sanitizers make gcc warn of conversions that are not in the source.
SANITIZED = -Dwerror=false -Dbuildtype=debugoptimized -Doptimization=1 -Db_lundef=false

.DEFAULT_GOAL := help
.PHONY: help setup build demo test lint fmt asan tsan ct random fuzz bench programs conformance vectors crosscheck install clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## install every package that any target here needs (each target installs its own as well)
	@tools/setup --all

$(BUILD)/build.ninja:
	@tools/setup build test
	meson setup --prefix=$(PREFIX) $(BUILD)

build: $(BUILD)/build.ninja ## build the library, the module, the command and the tests
	@tools/setup build test
	ninja -C $(BUILD)

demo: build ## create and use post-quantum keys through pqhw and through other people's programs
	@tools/setup demo
	tools/demo $(BUILD)

test: build ## build and run all tests
	@tools/run-tests $(BUILD)

lint: build ## check format, style, static analysis, include rules and exported symbols
	@tools/setup lint
	@tools/lint $(BUILD)

fmt: ## format the sources in place
	@tools/setup lint
	@tools/format

build-asan/build.ninja:
	@tools/setup build test
	meson setup $(SANITIZED) -Db_sanitize=address,undefined build-asan

asan: build-asan/build.ninja ## run the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/setup build test
	ninja -C build-asan
	@tools/run-sanitized asan build-asan

build-tsan/build.ninja:
	@tools/setup build test
	meson setup $(SANITIZED) -Db_sanitize=thread build-tsan

tsan: build-tsan/build.ninja ## run the tests under ThreadSanitizer
	@tools/setup build test
	ninja -C build-tsan
	@tools/run-sanitized tsan build-tsan

random: build ## compare the implementations of Keccak, ML-KEM, HQC and ML-DSA, and libcrypto's, on millions of random cases
	PQHW_TEST_FACTOR=100 meson test -C $(BUILD) --timeout-multiplier 60 --verbose crypto_lanes crypto_mlkem_impls crypto_hqc_parts crypto_mldsa_simd crypto_pqkey

ct: ## run what handles secrets under valgrind, with the secrets undefined
	@tools/setup build ct
	tests/ct/run

build-fuzz/build.ninja:
	@tools/setup build test fuzz
	CC=clang meson setup $(SANITIZED) -Db_sanitize=address,undefined -Dtests=false -Dfuzz=true build-fuzz

fuzz: build-fuzz/build.ninja ## run every fuzzer for FUZZ_SECONDS (default 30)
	@tools/setup build fuzz
	ninja -C build-fuzz
	@tools/run-fuzzers build-fuzz $(FUZZ_SECONDS)

bench: build ## measure every algorithm
	$(BUILD)/bench/pqhw-bench $(BENCH_ARGS)

programs: build ## install other people's programs, all of them, and run them against the module
	@tools/setup programs
	@tools/run-tests $(BUILD) --suite programs

conformance: build ## run pkcs11-check against the module and compare with the explained exceptions
	@tools/setup conformance
	@tools/conformance $(BUILD)

vectors: ## reproduce the known answers of Falcon and HQC by gcc and clang, -O2 and -O3, every implementation
	@tools/setup build test ct
	tests/vectors/matrix

crosscheck: build ## compare random keys with other implementations, ROUNDS times 447 keys (default 10), or those of ALGORITHM
	tests/crosscheck/crosscheck.py $(BUILD)/src/crypto/libpqc.so $(BUILD)/crosscheck $(ROUNDS) $(ALGORITHM)

install: build ## install under PREFIX (default /usr/local)
ifneq ($(origin PREFIX),file)
	meson configure -Dprefix=$(PREFIX) $(BUILD) # which otherwise keeps the one that it was made with
endif
	meson install -C $(BUILD)

clean: ## remove everything that was built
	rm -rf $(BUILD) build-asan build-tsan build-fuzz build-ct-* build-vectors-*
