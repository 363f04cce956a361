# What a person types; .ci/run calls `check` and `test`.
.PHONY: check test packages bench fuzz-check yara-worker

# Style, warnings as errors, and the house rules: licences, bans, arrows between rooms, names, paths.
check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo test --locked --quiet -p sekisho-testkit --test all

# Everything, with the peers that tests use (Postfix, swaks, Chromium …) installed where that may be done.
test: packages
	.ci/test

# Debian packages from tests-need.txt: installed as root, else named.
packages:
	.ci/packages

# Figures on the labelled corpus, beside other filters on this machine.
bench:
	bench/run

# Every fuzz target still compiles.
fuzz-check:
	cargo check --locked --manifest-path fuzz/Cargo.toml --all-targets

# The worker that runs YARA rules, with its tests: minutes, and outside the daily build. It lies in target/worker.
yara-worker:
	cargo test --locked --profile worker --manifest-path crates/yara-worker/Cargo.toml
	cargo build --locked --profile worker --manifest-path crates/yara-worker/Cargo.toml --target-dir target
