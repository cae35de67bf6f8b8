# `make` lists the commands. `run` and `test` need only Rust and Python 3.11 or later.

PYTHON ?= python3
# Environment of samconfig.toml.
ENV ?= dev
CONFIG ?= samconfig.toml
# More parameters of the stack, such as "Auth=none AlarmEmail=ops@example.com".
export PARAMETERS ?=
# `no` deploys without asking, where the environment asks.
CONFIRM ?=
# CPU architecture for `make build`, if it differs from the environment's.
ARCH ?=

# The SAM CLI's virtual environment also contains cargo-lambda and zig.
# One target folder for all functions, so that cargo compiles shared crates once.
SAM_ENVIRONMENT = PATH="$(CURDIR)/.tools/sam/bin:$$PATH" SAM_CLI_TELEMETRY=0 CARGO_TARGET_DIR="$(CURDIR)/target"
SAM = $(SAM_ENVIRONMENT) sam
INFRA = $(SAM_ENVIRONMENT) python infra
LOCALSTACK = .venv/bin/python -m localstack
# Not the shell's variable of that name.
GIVEN_USER = $(if $(filter command,$(firstword $(origin USER))),$(USER))
IS_DEPLOYED = $(filter command,$(firstword $(origin ENV)))
IDENTITIES = $(if $(IS_DEPLOYED),$(INFRA)/identities.py --config "$(CONFIG)" --environment $(ENV),$(LOCALSTACK) identities)
PAYMENT_ENDPOINTS = $(if $(IS_DEPLOYED),$(INFRA)/payment_endpoints.py --config "$(CONFIG)" --environment $(ENV),$(LOCALSTACK) payment-endpoints)
PAYMENT_ACCOUNTS = $(if $(IS_DEPLOYED),$(INFRA)/payment_accounts.py --config "$(CONFIG)" --environment $(ENV),$(LOCALSTACK) payment-accounts)
OPERATOR_ENVIRONMENT = $(if $(IS_DEPLOYED),.tools/sam/.done,.venv/.run)
# One of `TARGETS` in verification/fuzz/src/lib.rs.
FUZZ_TARGET = $(or $(TARGET),gateway_event)
# Starts the functions and their stores, and runs a command against them.
WITH_SYSTEM = cargo run --quiet --locked -p orders-tests --example with_system --
cargo-deny_VERSION = 0.20.2
cargo-fuzz_VERSION = 0.13.2
cargo-mutants_VERSION = 27.1.0
cargo-cyclonedx_VERSION = 0.5.9
FIND_TOOLS = PATH="$$PATH:$(CURDIR)/.tools/bin"

.PHONY: help run setup binaries test-binaries reload invoke logs events seed pay demo token client remove-client user payment-endpoint payment-account reconcile redrive test e2e fuzz fuzz-api test-browser test-client openapi prove-async prove-events prove-numbers prove-stock prove-payments compat model simulate chaos histories mutants bench bench-scale bench-relay bench-callers bench-stock check fmt clippy python validate workflows deny advisories sbom cargo-cyclonedx cargo-deny cargo-fuzz cargo-mutants build test-build deploy diff remove clean-data clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

run: ## Run the API on http://127.0.0.1:8000 (or PORT); Ctrl-C stops everything
	@$(MAKE) --no-print-directory -j3 setup
	@$(LOCALSTACK) run

# Prerequisites run in parallel: downloads overlap with compilation.
setup: .venv/.run .tools/sam/.done binaries

binaries:
	@cargo build --locked --workspace --bins

test-binaries:
	@cargo test --locked --workspace --all-targets --no-run

reload: .venv/.run ## Rebuild, and update the changed functions of the running API
	@$(LOCALSTACK) reload

invoke: .venv/.run ## Invoke a function of the running API (FUNCTION=relay EVENT=events/relay.json)
	@$(LOCALSTACK) invoke $(or $(FUNCTION),$(error FUNCTION is missing, for example FUNCTION=relay)) $(EVENT)

logs: .venv/.run ## Follow the logs of the running API; JSON lines in a pipe (FUNCTION=relay for one)
	@$(LOCALSTACK) logs $(FUNCTION)

events: .venv/.run ## Follow the events of the running API; JSON lines in a pipe
	@$(LOCALSTACK) events

seed: .venv/.run ## Put a small catalog of products into the running API (TENANT=acme with AUTH=cognito)
	@$(LOCALSTACK) seed "$(or $(TENANT),acme)"

pay: .venv/.run ## Pay an order of the running API at its payment provider (ORDER=, BEHAVIOUR=decline, TENANT=acme with AUTH=cognito)
	@$(LOCALSTACK) pay "$(or $(ORDER),$(error ORDER is missing))" "$(BEHAVIOUR)"

demo: .venv/.run ## Demonstrate the guarantees of the running API, and verify them
	@.venv/bin/python -m tests.tour.demo

# With ENV, of a deployed stack; otherwise of the running API.
token: $(OPERATOR_ENVIRONMENT) ## Print an access token (TENANT=acme SCOPES="orders:read orders:write", or USER=alice; ENV= of a deployed stack)
	@$(IDENTITIES) token --tenant "$(TENANT)" --scopes "$(SCOPES)" --user "$(GIVEN_USER)"

client: $(OPERATOR_ENVIRONMENT) ## Create a machine client, or change one (TENANT= SCOPES= ID=, and ENV= of a deployed stack)
	@$(IDENTITIES) client --tenant "$(TENANT)" --scopes "$(SCOPES)" --id "$(ID)"

remove-client: $(OPERATOR_ENVIRONMENT) ## Remove a machine client (ID=, and ENV= of a deployed stack)
	@$(IDENTITIES) remove-client --id "$(or $(ID),$(error ID is missing))"

user: $(OPERATOR_ENVIRONMENT) ## Create a person, or change one (NAME= TENANT= SCOPES=, and ENV= of a deployed stack)
	@$(IDENTITIES) user --tenant "$(TENANT)" --scopes "$(SCOPES)" --name "$(NAME)"

# Every user of the machine can read the arguments of make, but not its environment.
REFUSE_SECRET_ARGUMENT = $(if $(filter command,$(firstword $(origin SECRET))),$(error SECRET is visible to other users as an argument of make: set it before, SECRET=… make payment-endpoint …))
payment-endpoint: $(OPERATOR_ENVIRONMENT) ## Create an endpoint for payment webhooks, or rotate its secret (TENANT= PROVIDER=stripe ID= FINISH=1, ENV= of a deployed stack; SECRET=… before make)
	@$(REFUSE_SECRET_ARGUMENT)$(PAYMENT_ENDPOINTS) payment-endpoint --tenant="$(TENANT)" --provider="$(PROVIDER)" --id="$(ID)" --finish="$(FINISH)"

REFUSE_KEY_ARGUMENT = $(if $(filter command,$(firstword $(origin KEY))),$(error KEY is visible to other users as an argument of make: set it before, KEY=… make payment-account …))
payment-account: $(OPERATOR_ENVIRONMENT) ## Create the account of a tenant at a payment provider, or replace its key (TENANT= PROVIDER=stripe URL=, ENV= of a deployed stack; KEY=… before make)
	@$(REFUSE_KEY_ARGUMENT)$(PAYMENT_ACCOUNTS) payment-account --tenant="$(TENANT)" --provider="$(PROVIDER)" --url="$(URL)"

reconcile: .venv/.run ## Compare every stock of the running API with its movements and with what orders hold
	@$(LOCALSTACK) invoke reconcile-stock '{}'

redrive: .venv/.run ## Publish the events in the dead-letter queue of the running API again
	@$(LOCALSTACK) invoke relay '{"redrive": true}'

test: ## Run every test; the tests start their own servers
	@$(MAKE) --no-print-directory -j3 .venv/.test .tools/sam/.done test-binaries
	cargo test --workspace --locked --all-targets
	.venv/bin/python -m pytest -c localstack/pyproject.toml --rootdir . tests/infra tests/localstack tests/standards tests/templates

e2e: ## Test a deployed stack by its URL (API=https://… TOKEN=…); its test orders remain there
	@API=$(or $(API),$(error API is missing, for example API=http://127.0.0.1:8000)) TOKEN="$(TOKEN)" \
		cargo test --locked -p orders-tests --test stack black_box

fuzz: cargo-fuzz ## Fuzz a parser with libFuzzer (TARGET=body, SECONDS=60 or RUNS=1000000)
	mkdir -p target/fuzz/found/$(FUZZ_TARGET)
	CARGO_TARGET_DIR="$(CURDIR)/target/fuzz" $(FIND_TOOLS) cargo fuzz run --fuzz-dir verification/fuzz/libfuzzer \
		--sanitizer none $(FUZZ_TARGET) target/fuzz/found/$(FUZZ_TARGET) verification/fuzz/corpus/$(FUZZ_TARGET) \
		-- -max_len=16384 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix=target/fuzz/ \
		$(if $(RUNS),-runs=$(RUNS),-max_total_time=$(or $(SECONDS),60))

fuzz-api: .venv/.test ## Fuzz the API with schemathesis (EXAMPLES=300 for each operation)
	FUZZ_EXAMPLES=$(or $(EXAMPLES),300) cargo test --locked -p orders-tests --test api schemathesis -- --nocapture

test-browser: .venv/.browser ## Test the documentation page in a browser (needs chromium)
	$(WITH_SYSTEM) .venv/bin/python tests/browser/try_it_out.py {api} {token} $(or $(PICTURE),target/docs.png)

test-client: .tools/client/.done ## Generate a client from the OpenAPI document and test it (needs Java)
	.tools/client/bin/openapi-generator-cli generate -i docs/openapi.json -g python -o target/client \
		--package-name orders_client >target/client.log
	$(WITH_SYSTEM) .tools/client/bin/python tests/client/use_it.py {api} {token} target/client

openapi: ## Generate docs/openapi.json
	cargo run --quiet --locked -p api --example openapi >docs/openapi.json

prove-async: .venv/.run ## Process many accepted orders later, without and with kills (ORDERS=5000 KILLS=100)
	cargo run --quiet --locked -p orders-tests --example prove_async -- $(or $(ORDERS),5000) $(or $(KILLS),100)

prove-events: .venv/.run ## Verify on many orders that no event is lost (ORDERS=500)
	cargo run --quiet --locked -p orders-tests --example prove_events -- $(or $(ORDERS),500)

prove-numbers: .venv/.run ## Give numbers to many orders by 16 instances (ORDERS=10000)
	cargo run --quiet --locked -p orders-tests --example prove_numbers -- $(or $(ORDERS),10000)

prove-stock: .venv/.run ## Let many buyers buy few units, without and with kills (BUYERS=500 KILLS=200)
	cargo run --quiet --locked -p orders-tests --example prove_stock -- $(or $(BUYERS),500) $(or $(KILLS),200)

prove-payments: .venv/.run ## Pay and refund many orders, without and with kills (ORDERS=300 KILLS=100)
	cargo run --quiet --locked -p orders-tests --example prove_payments -- $(or $(ORDERS),300) $(or $(KILLS),100)

compat: .venv/.run ## Show how the functions of another release read what this one writes (PREVIOUS=a revision)
	@test -n "$(PREVIOUS)" || { echo 'compat: set PREVIOUS to the revision of the previous release' >&2; exit 2; }
	rm -rf target/compat/source && git worktree prune
	mkdir -p target/compat/target/debug && find target/compat/target/debug -maxdepth 1 -type f -delete
	git worktree add --quiet --detach target/compat/source $(PREVIOUS)
	cargo build --quiet --locked --workspace --bins --manifest-path target/compat/source/Cargo.toml \
		--target-dir target/compat/target
	BINARIES=target/compat/target/debug cargo run --quiet --locked -p orders-tests --example compat

model: ## Check the model of the protocol with more faults than the tests (FAULTS=3)
	cargo run --quiet --locked -p orders-model --example explore -- $(or $(FAULTS),3)

simulate: ## Simulate crashes and lost responses (DAYS=1000000); SEED= prints the trace of one day
	cargo run --quiet --release --locked -p orders-simulation --example simulate -- $(or $(DAYS),1000000) $(SEED)

chaos: .venv/.run ## Kill processes under load, and verify the resulting data (KILLS=1000 SEED=1)
	cargo run --quiet --locked -p orders-tests --example chaos -- $(or $(KILLS),1000) $(or $(SEED),1)

histories: .venv/.run ## Check that the histories of 64 concurrent writers are linearizable (HISTORIES=200)
	cargo run --quiet --locked -p orders-tests --example histories -- $(or $(HISTORIES),200)

# Mutates a clone, so it tests committed changes only.
MUTANTS = target/mutants/tree
mutants: cargo-mutants .venv/.run ## Run mutation tests of domain and adapters (takes an hour)
	rm -rf $(MUTANTS) && git clone --quiet . $(MUTANTS) && ln -s "$(CURDIR)/.venv" $(MUTANTS)/.venv
	cd $(MUTANTS) && $(FIND_TOOLS) cargo mutants --in-place --timeout 60 --output ../domain -p orders-domain -p platform-outbox \
		--test-package orders-domain --test-package platform-outbox --test-package orders-in-memory --test-package orders-simulation \
		-- -- --skip a_broken_port --skip the_same_seed
	cargo test --quiet --locked -p orders-tests --test contracts
	cd $(MUTANTS) && $(FIND_TOOLS) cargo mutants --in-place --baseline skip --timeout 120 --output ../adapters \
		-p orders-dynamodb -p orders-documentdb --file '**/claims.rs' --file '**/orders.rs' --file '**/relay_queue.rs' --file '**/outbox.rs' \
		--test-package orders-tests -- --test contracts

# Compiles the functions as `sam build` does, with the features that the whole workspace enables.
# DELAYS may contain `real`, for the servers of the local stack (make .venv/.run).
bench: .tools/fastapi/.done ## Compare the functions with a FastAPI implementation (COLD=50 WARM=10000 DELAYS="0 5 20")
	cargo build --release --locked --bin create-order --bin get-order --bin patch-order
	cargo run --release --locked -p orders-bench -- compare --cold $(or $(COLD),50) --warm $(or $(WARM),10000) \
		--delays "$(or $(DELAYS),0 5 20)"

bench-scale: .tools/fastapi/.done .venv/.run ## Measure how both scale with orders, events and invocations (ORDERS="100 10000 1000000" BACKLOG=10000 INVOCATIONS=100000 SECONDS=10)
	cargo build --release --locked --bin create-order --bin get-order --bin list-orders --bin migrate --bin relay
	cargo run --release --locked -p orders-bench -- scale --orders "$(or $(ORDERS),100 10000 1000000)" \
		--backlog $(or $(BACKLOG),10000) --invocations $(or $(INVOCATIONS),100000) --seconds $(or $(SECONDS),10)

bench-relay: ## Measure the events per second that one relay publishes (BACKLOG=10000 DELAY=5)
	cargo build --release --locked --bin relay
	cargo run --release --locked -p orders-bench -- relay --backlog $(or $(BACKLOG),10000) --delay $(or $(DELAY),5)

bench-callers: ## Measure the cost of access tokens and of rate limits (WARM=20000 DELAY=0)
	cargo build --release --locked --bin create-order --bin get-order --bin patch-order
	cargo build --release --locked -p orders-bench
	taskset -c 0 target/release/orders-bench callers --warm $(or $(WARM),20000) --delay $(or $(DELAY),0)

bench-stock: ## Measure orders of one product that all buyers want, and of many, processed at once and later (SECONDS=5 DELAY=5)
	cargo build --release --locked --bin create-order --bin process-orders
	cargo run --release --locked -p orders-bench -- stock --seconds $(or $(SECONDS),5) --delay $(or $(DELAY),5)

check: fmt clippy python workflows deny validate ## Run every check that needs no server

fmt: ## Check the formatting
	cargo fmt --all -- --check
	cargo fmt --manifest-path verification/fuzz/libfuzzer/Cargo.toml -- --check

clippy: ## Lint the Rust code; warnings are errors
	cargo clippy --workspace --all-targets --locked -- -D warnings

python: .venv/.check ## Lint the Python code, and type-check the local stack
	.venv/bin/ruff check --config localstack/pyproject.toml localstack infra tests bench
	.venv/bin/ruff format --config localstack/pyproject.toml --check localstack infra tests bench
	.venv/bin/mypy --config-file localstack/pyproject.toml -p localstack

validate: .tools/sam/.done .tools/checkov/.done ## Validate the templates
	AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --lint
	.tools/sam/bin/python infra/transform.py
	.tools/sam/bin/cfn-lint template.yaml infra/*.yaml
	.tools/sam/bin/python infra/state_machine.py
	PATH="$(CURDIR)/.tools/checkov/bin:$$PATH" $(PYTHON) infra/scan.py
	cargo test --quiet --locked -p orders-tests --test consistency -- stack permissions alarms routes

workflows: .venv/.check ## Lint the workflows of GitHub
	.venv/bin/zizmor --offline --quiet --strict-collection .github

deny: cargo-deny ## Check licences, sources and bans of the dependencies
	$(FIND_TOOLS) cargo deny --locked check bans licenses sources

advisories: cargo-deny ## Check the dependencies for known vulnerabilities (fetches the RustSec database)
	$(FIND_TOOLS) cargo deny --locked check advisories

build: .tools/sam/.done ## Build the stack for AWS (ENV=dev, staging or prod; ARCH=arm64 or x86_64)
	$(SAM) build --config-env $(ENV) $(if $(ARCH),--parameter-overrides Architecture=$(ARCH))

test-build: .venv/.test ## Test the artifacts of `make build ARCH=x86_64`, and their sizes
	ARTIFACTS=.aws-sam/build cargo test --locked -p orders-tests --test api --test faults
	ARTIFACTS=.aws-sam/build cargo test --locked -p orders-tests --test consistency -- artifacts --nocapture

# cargo-cyclonedx writes beside each manifest.
sbom: cargo-cyclonedx ## Write the bill of materials of each function to target/sbom (CycloneDX)
	$(FIND_TOOLS) cargo cyclonedx --quiet --format json --spec-version 1.5 --describe binaries \
		--target aarch64-unknown-linux-gnu
	rm -rf target/sbom && mkdir -p target/sbom
	mv functions/*/*/*_bin.cdx.json target/sbom/
	rm -f bench/harness/*_bin.cdx.json

deploy: .tools/sam/.done ## Deploy the result of `make build` (ENV=prod PARAMETERS="Auth=none …" CONFIRM=no; or TEMPLATE=)
	@$(INFRA)/deploy.py "$(CONFIG)" $(ENV) --confirm "$(CONFIRM)" $(if $(TEMPLATE),--template-file $(TEMPLATE))

diff: .tools/sam/.done ## Print what `make deploy` would change, nested stacks included (ENV=, PARAMETERS=, TEMPLATE=)
	@$(INFRA)/diff.py "$(CONFIG)" $(ENV) $(if $(TEMPLATE),--template-file $(TEMPLATE))

remove: .tools/sam/.done ## Delete a deployed stack after confirmation (ENV=dev, staging or prod)
	@$(INFRA)/remove.py "$(CONFIG)" $(ENV)

clean-data: ## Delete the orders, keys and deployment of the local stack
	rm -rf "$(or $(DATA_DIR),.local/data)"

clean: clean-data ## Delete everything that was built or installed
	rm -rf target .aws-sam .venv .tools

# Installs the tool unless the PATH contains it.
cargo-cyclonedx cargo-deny cargo-fuzz cargo-mutants:
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

# A separate environment: MiniStack needs other versions of some packages.
.tools/sam/.done: infra/requirements.txt
	$(PYTHON) -m venv .tools/sam
	.tools/sam/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r infra/requirements.txt
	@touch $@

# A separate environment: the SAM CLI needs other versions of some packages.
.tools/checkov/.done: infra/requirements-checkov.txt
	$(PYTHON) -m venv .tools/checkov
	.tools/checkov/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r infra/requirements-checkov.txt
	@touch $@

# A separate environment: the local stack needs other versions of some packages.
.tools/client/.done: tests/client/requirements.txt .venv/.run
	$(PYTHON) -m venv .tools/client
	.tools/client/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r tests/client/requirements.txt
	@touch $@

# A separate environment: the benchmark measures its size.
.tools/fastapi/.done: bench/fastapi/requirements.txt
	$(PYTHON) -m venv .tools/fastapi
	.tools/fastapi/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r bench/fastapi/requirements.txt
	@touch $@

.venv/.check: localstack/requirements-check.txt .venv/.run
	.venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r localstack/requirements-check.txt
	@touch $@
