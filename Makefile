# Thin targets: each is one script or one cargo line.
.PHONY: run test chaos bench bench-run schema lint help

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: ## Build everything, fetch and verify the models, serve the demo shop
	@scripts/run $(ARGS)

test: ## Install or start what the tests need, then run all of them
	@scripts/test

chaos: ## Prove by force that nothing is oversold, lost or paid twice
	@scripts/chaos

bench: ## Measure everything the README claims
	@scripts/bench

bench-run: ## Time `make run` in a fresh clone, and a later start
	@scripts/bench-run

schema: ## Regenerate schema.graphql
	@cargo run --quiet -- schema --output schema.graphql

lint: ## Formatting, clippy, docs, licences and dependency direction
	@scripts/lint
