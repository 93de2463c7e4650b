SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

# Arguments of chart-mutants, for example MUTANTS='--sample 50 --seed 7 --file worker/'.
MUTANTS ?=
# Number of sets and seed of chart-thousand, for example THOUSAND='200 7'.
THOUSAND ?=

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: up
up: ## Start TaskRunner on a cluster (KUBECONFIG's, else a local one), run a task on every queue, say what to do next
	@tools/up

.PHONY: down
down: ## Remove what `make up` started
	@tools/down

.PHONY: test
test: ## Run all four test projects, the cluster tests on a cluster
	@tools/test-all chart fault unit cluster

.PHONY: unit-test
unit-test: ## Run the runner's tests against a Redis and a PostgreSQL of their own
	@tools/test-all unit

.PHONY: long-unit-test
long-unit-test: ## The same, with every verb on every hostile value and row, every password, and a migration that is cut off at every statement
	@TASKRUNNER_TEST_LONG=verbs,migrations,passwords tools/test-all unit

.PHONY: fault-test
fault-test: ## Kill, freeze, cut and restart everything, make every script fail, and look for lost tasks
	@tools/test-all fault

.PHONY: soak
soak: ## The same for long: 200 kills, an hour of load and of hostile code, every fault in every script (TASKRUNNER_TEST_SEED repeats a run)
	@TASKRUNNER_TEST_LONG=storm,memory,scripts tools/test-all fault

.PHONY: fuzz
fuzz: ## Ten million mutated inputs for the parser of Redis' protocol and for the reader of messages
	@TASKRUNNER_TEST_LONG=fuzz tools/test-all fault

.PHONY: chart-test
chart-test: ## Render and check the chart
	@tools/test-all chart

.PHONY: long-chart-test
long-chart-test: ## The same, with every value, text, impossible pod and version of Kubernetes instead of the part that a day draws
	@TASKRUNNER_TEST_LONG=chart tools/test-all chart

.PHONY: chart-mutants
chart-mutants: ## Make 300 mistakes in templates, one at a time, and list those that no chart test finds
	@tools/install --quiet helm chart
	dotnet run --project tests/ChartMutants -- $(MUTANTS)

.PHONY: chart-thousand
chart-thousand: ## Render a thousand generated sets of values with three Helms and let an API server judge them (THOUSAND='COUNT SEED'), five minutes
	@tools/install --quiet helm chart
	dotnet build tests/ChartThousand --nologo -v quiet
	tools/with-api-server dotnet run --no-build --project tests/ChartThousand -- $(THOUSAND)

.PHONY: cluster-test
cluster-test: ## Run the cluster tests
	@tools/test-all cluster

.PHONY: upgrade-test
upgrade-test: ## Run the cluster tests; with every case that brings its stores, upgrade from the released chart, roll back and remove it
	@TASKRUNNER_TEST_LONG=upgrades tools/test-all cluster

.PHONY: cron-oracle
cron-oracle: ## Compare 1,000 random cron expressions in all time zones with an oracle (some minutes)
	@tools/install --quiet test
	CRON_ORACLE_EXPRESSIONS=1000 dotnet test tests/TaskRunner.Tests --nologo --filter FullyQualifiedName~ZoneOracleTests --logger "console;verbosity=detailed"

.PHONY: soak-beat
soak-beat: ## A thousand random sequences against a ledger, then ten minutes of three beats while processes, connections and Redis are killed (TASKRUNNER_TEST_SEED repeats a sequence)
	@tools/install --quiet test image
	TASKRUNNER_TEST_SEQUENCES=1000 dotnet test tests/TaskRunner.Tests --nologo --filter FullyQualifiedName~Beat.Model --logger "console;verbosity=detailed"
	tools/publish .cache/bench/app
	SOAK_SECONDS=600 TASKRUNNER_TEST_PROGRAM=$(CURDIR)/.cache/bench/app/TaskRunner.App dotnet test tests/TaskRunner.Tests --nologo --filter FullyQualifiedName~Beat.Soak --logger "console;verbosity=detailed"

.PHONY: check
check: build lint test ## Everything that CI requires

.PHONY: tools
tools: ## Find or install what the rest needs, and say which versions were taken
	@tools/install

.PHONY: build
build: ## Compile everything
	@dotnet build TaskRunner.slnx --nologo

.PHONY: lint
lint: ## Check the chart, the scripts and the format of the code
	@tools/lint

.PHONY: image
image: ## Build the images without Docker, into .cache/images
	@tools/install --quiet image
	image/build

.PHONY: measure
measure: image ## Measure the size of the image and its time to /readyz
	@image/measure

.PHONY: bench
bench: ## Measure beside Celery, Sidekiq and BullMQ, a quarter of an hour, into docs/benchmarks
	@bench/run

.PHONY: bench-quick
bench-quick: ## The same in three minutes
	@bench/run --quick

.PHONY: bench-latency
bench-latency: ## Measure the times from enqueue to start only, six rounds, five minutes, written nowhere
	@bench/run --latency

.PHONY: bench-beat
bench-beat: ## Measure one beat on one PostgreSQL with up to 100,000 schedules, four minutes, into docs/benchmarks/beat.md
	@bench/run --beat

.PHONY: cluster-up
cluster-up: ## Start the local cluster
	@cluster/cluster up

.PHONY: cluster-down
cluster-down: ## Stop the local cluster and remove it
	@cluster/cluster down

.PHONY: cluster-status
cluster-status: ## Show the state of the local cluster
	@cluster/cluster status
