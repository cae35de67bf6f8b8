# `make` lists the commands. `run` and `test` need Rust and Python 3.11 or later, nothing else.

PYTHON ?= python3
# An environment of samconfig.toml.
ENV ?= dev
CONFIG ?= samconfig.toml
# The processor that `make build` builds for, when it shall be another than the environment's.
ARCH ?=

# The SAM CLI has an environment of its own; cargo-lambda and zig are found beside it.
# With a target folder of its own, each function would compile all that they share once more.
SAM = PATH="$(CURDIR)/.tools/sam/bin:$$PATH" SAM_CLI_TELEMETRY=0 CARGO_TARGET_DIR="$(CURDIR)/target" sam
LOCALSTACK = .venv/bin/python -m localstack
# One of `TARGETS` in verification/fuzz/src/lib.rs.
FUZZ_TARGET = $(or $(TARGET),gateway_event)
# Runs a command in front of a system of its own.
WITH_SYSTEM = cargo run --quiet --locked -p orders-tests --example with_system --
cargo-deny_VERSION = 0.20.2
cargo-fuzz_VERSION = 0.13.2
cargo-mutants_VERSION = 27.1.0
FIND_TOOLS = PATH="$$PATH:$(CURDIR)/.tools/bin"

.PHONY: help run setup binaries test-binaries reload invoke logs events demo redrive test e2e fuzz fuzz-api test-browser test-client openapi prove-events model simulate chaos histories mutants bench bench-scale bench-relay check fmt clippy python validate deny advisories cargo-deny cargo-fuzz cargo-mutants build test-build deploy remove clean-data clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

run: ## Run the API on http://127.0.0.1:8000 (PORT changes it); Ctrl-C stops everything
	@$(MAKE) --no-print-directory -j3 setup
	@$(LOCALSTACK) run

# At the same time: one waits for the network where the other compiles.
setup: .venv/.run .tools/sam/.done binaries

binaries:
	@cargo build --locked --workspace --bins

test-binaries:
	@cargo test --locked --workspace --all-targets --no-run

reload: .venv/.run ## Build what has changed, and update those functions of the running API
	@$(LOCALSTACK) reload

invoke: .venv/.run ## Invoke a function of the running API (FUNCTION=relay EVENT=events/relay.json)
	@$(LOCALSTACK) invoke $(or $(FUNCTION),$(error FUNCTION is missing, for example FUNCTION=relay)) $(EVENT)

logs: .venv/.run ## Follow the log of the running API; JSON lines in a pipe (FUNCTION=relay for one)
	@$(LOCALSTACK) logs $(FUNCTION)

events: .venv/.run ## Follow the events of the running API; JSON lines in a pipe
	@$(LOCALSTACK) events

demo: .venv/.run ## Show on the running API what it promises, and check it
	@.venv/bin/python -m tests.tour.demo

redrive: .venv/.run ## Publish the dead letters of the running API once more
	@$(LOCALSTACK) invoke relay '{"redrive": true}'

test: ## Run every test; they start the servers by themselves
	@$(MAKE) --no-print-directory -j3 .venv/.test .tools/sam/.done test-binaries
	cargo test --workspace --locked --all-targets
	.venv/bin/python -m pytest -c localstack/pyproject.toml --rootdir . tests/localstack

e2e: ## Test a deployed stack by its URL alone (API=https://…); leaves its test orders there
	API=$(or $(API),$(error API is missing, for example API=http://127.0.0.1:8000)) \
		cargo test --locked -p orders-tests --test stack black_box

fuzz: cargo-fuzz ## Have libFuzzer look for hostile input (TARGET=body, SECONDS=60 or RUNS=1000000)
	mkdir -p target/fuzz/found/$(FUZZ_TARGET)
	CARGO_TARGET_DIR="$(CURDIR)/target/fuzz" $(FIND_TOOLS) cargo fuzz run --fuzz-dir verification/fuzz/libfuzzer \
		--sanitizer none $(FUZZ_TARGET) target/fuzz/found/$(FUZZ_TARGET) verification/fuzz/corpus/$(FUZZ_TARGET) \
		-- -max_len=16384 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix=target/fuzz/ \
		$(if $(RUNS),-runs=$(RUNS),-max_total_time=$(or $(SECONDS),60))

fuzz-api: .venv/.test ## Have schemathesis try the API at length (EXAMPLES=300 an operation)
	FUZZ_EXAMPLES=$(or $(EXAMPLES),300) cargo test --locked -p orders-tests --test api schemathesis -- --nocapture

test-browser: .venv/.browser ## Try the API out on its page, in a real browser (needs chromium)
	$(WITH_SYSTEM) .venv/bin/python tests/browser/try_it_out.py {api} $(or $(PICTURE),target/docs.png)

test-client: .tools/client/.done ## Generate a client from the OpenAPI document and use it (needs Java)
	.tools/client/bin/openapi-generator-cli generate -i docs/openapi.json -g python -o target/client \
		--package-name orders_client >target/client.log
	$(WITH_SYSTEM) .tools/client/bin/python tests/client/use_it.py {api} target/client

openapi: ## Write docs/openapi.json
	cargo run --quiet --locked -p orders-openapi --example openapi >docs/openapi.json

prove-events: .venv/.run ## Show on many orders that no event gets lost (ORDERS=500)
	cargo run --quiet --locked -p orders-tests --example prove_events -- $(or $(ORDERS),500)

model: ## Explore the model of the protocol further than the tests do (FAULTS=3)
	cargo run --quiet --locked -p orders-model --example explore -- $(or $(FAULTS),3)

simulate: ## Play a million days of crashes and lost answers (DAYS=); SEED= tells the story of one
	cargo run --quiet --release --locked -p orders-simulation --example simulate -- $(or $(DAYS),1000000) $(SEED)

chaos: .venv/.run ## Kill a thousand processes under load, and audit what came of it (KILLS=1000 SEED=1)
	cargo run --quiet --locked -p orders-tests --example chaos -- $(or $(KILLS),1000) $(or $(SEED),1)

histories: .venv/.run ## Check that what 64 concurrent writers see is linearizable (HISTORIES=200)
	cargo run --quiet --locked -p orders-tests --example histories -- $(or $(HISTORIES),200)

# Of what is committed: the code is changed in a copy.
MUTANTS = target/mutants/tree
mutants: cargo-mutants .venv/.run ## Change the code in small ways, and see that a test notices each (an hour)
	rm -rf $(MUTANTS) && git clone --quiet . $(MUTANTS) && ln -s "$(CURDIR)/.venv" $(MUTANTS)/.venv
	cd $(MUTANTS) && $(FIND_TOOLS) cargo mutants --in-place --timeout 60 --output ../domain -p orders-domain \
		--test-package orders-domain --test-package orders-in-memory --test-package orders-simulation \
		-- -- --skip a_broken_port --skip the_same_seed
	cargo test --quiet --locked -p orders-tests --test contracts
	cd $(MUTANTS) && $(FIND_TOOLS) cargo mutants --in-place --baseline skip --timeout 120 --output ../adapters \
		-p orders-dynamodb -p orders-documentdb --file '**/claims.rs' --file '**/orders_store.rs' --file '**/backlog.rs' \
		--test-package orders-tests -- --test contracts

# The functions are compiled as `sam build` compiles them: with the features that the whole workspace asks for.
# DELAYS may name `real` too: the servers of the local stack (make .venv/.run).
bench: .tools/fastapi/.done ## Measure the functions beside the same API in FastAPI (COLD=50 WARM=10000 DELAYS="0 5 20")
	cargo build --release --locked --bin create-order --bin get-order --bin patch-order
	cargo run --release --locked -p orders-bench -- compare --cold $(or $(COLD),50) --warm $(or $(WARM),10000) \
		--delays "$(or $(DELAYS),0 5 20)"

bench-scale: .tools/fastapi/.done .venv/.run ## Measure them under growing numbers (ORDERS="100 10000 1000000" BACKLOG=10000 INVOCATIONS=100000 SECONDS=10)
	cargo build --release --locked --bin create-order --bin get-order --bin list-orders --bin migrate --bin relay
	cargo run --release --locked -p orders-bench -- scale --orders "$(or $(ORDERS),100 10000 1000000)" \
		--backlog $(or $(BACKLOG),10000) --invocations $(or $(INVOCATIONS),100000) --seconds $(or $(SECONDS),10)

bench-relay: ## Measure the events per second that one relay publishes (BACKLOG=10000 DELAY=5)
	cargo build --release --locked --bin relay
	cargo run --release --locked -p orders-bench -- relay --backlog $(or $(BACKLOG),10000) --delay $(or $(DELAY),5)

check: fmt clippy python deny validate ## Run every check that needs no server

fmt: ## Check the formatting
	cargo fmt --all -- --check
	cargo fmt --manifest-path verification/fuzz/libfuzzer/Cargo.toml -- --check

clippy: ## Lint; warnings are errors
	cargo clippy --workspace --all-targets --locked -- -D warnings

python: .venv/.check ## Lint and type-check the local stack
	.venv/bin/ruff check --config localstack/pyproject.toml localstack infra tests bench
	.venv/bin/ruff format --config localstack/pyproject.toml --check localstack infra tests bench
	.venv/bin/mypy --config-file localstack/pyproject.toml -p localstack

validate: .tools/sam/.done ## Check the templates
	AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --lint
	.tools/sam/bin/python infra/transform.py
	.tools/sam/bin/cfn-lint template.yaml infra/*.yaml
	cargo test --quiet --locked -p orders-tests --test consistency -- stack permissions alarms routes

deny: cargo-deny ## Check licences, sources and duplicates of the dependencies
	$(FIND_TOOLS) cargo deny --locked check bans licenses sources

advisories: cargo-deny ## Check the dependencies for known vulnerabilities (fetches the RustSec database)
	$(FIND_TOOLS) cargo deny --locked check advisories

build: .tools/sam/.done ## Build the stack for AWS (ENV=dev, staging or prod; ARCH=arm64 or x86_64)
	$(SAM) build --config-env $(ENV) $(if $(ARCH),--parameter-overrides Architecture=$(ARCH))

test-build: .venv/.test ## Test the artifacts of `make build ARCH=x86_64`, and their size
	ARTIFACTS=.aws-sam/build cargo test --locked -p orders-tests --test api --test faults
	ARTIFACTS=.aws-sam/build cargo test --locked -p orders-tests --test consistency -- artifacts --nocapture

deploy: .tools/sam/.done ## Deploy what `make build` built (ENV=dev, staging or prod; TEMPLATE= for another)
	$(SAM) deploy --config-file "$(abspath $(CONFIG))" --config-env $(ENV) $(if $(TEMPLATE),--template-file $(TEMPLATE))

remove: .tools/sam/.done ## Remove a deployed stack (ENV=dev, staging or prod); asks first
	@.tools/sam/bin/python infra/remove.py "$(CONFIG)" $(ENV)

clean-data: ## Forget the orders, keys and deployment of the local stack
	rm -rf "$(or $(DATA_DIR),.local/data)"

clean: clean-data ## Remove everything that was built or installed
	rm -rf target .aws-sam .venv .tools

# One that is on the PATH will do.
cargo-deny cargo-fuzz cargo-mutants:
	@$(FIND_TOOLS) command -v $@ >/dev/null || \
		cargo install $@ --version $($@_VERSION) --locked --root .tools

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.run: localstack/requirements.txt | .venv/bin/python
	.venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r localstack/requirements.txt
	@touch $@

.venv/.test: tests/requirements.txt .venv/.run
	.venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r tests/requirements.txt
	@touch $@

.venv/.browser: tests/browser/requirements.txt .venv/.run
	.venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r tests/browser/requirements.txt
	@touch $@

# By itself: it needs other versions than MiniStack.
.tools/sam/.done: infra/requirements.txt
	$(PYTHON) -m venv .tools/sam
	.tools/sam/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r infra/requirements.txt
	@touch $@

# By itself: it needs other versions than the local stack.
.tools/client/.done: tests/client/requirements.txt .venv/.run
	$(PYTHON) -m venv .tools/client
	.tools/client/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r tests/client/requirements.txt
	@touch $@

# By itself: its size is measured.
.tools/fastapi/.done: bench/fastapi/requirements.txt
	$(PYTHON) -m venv .tools/fastapi
	.tools/fastapi/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r bench/fastapi/requirements.txt
	@touch $@

.venv/.check: localstack/requirements-check.txt .venv/.run
	.venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r localstack/requirements-check.txt
	@touch $@
