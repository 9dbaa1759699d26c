# Thin targets: each is one script or one cargo line.
.PHONY: run test bench schema lint help

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: ## Build everything, fetch and verify the models, serve the demo shop
	@scripts/run

test: ## Install or start what the tests need, then run all of them
	@scripts/test

bench: ## Measure everything the README claims
	@scripts/bench

schema: ## Regenerate schema.graphql
	@cargo run --quiet -- schema --output schema.graphql

lint: ## Formatting, clippy, docs, licences and dependency direction
	@scripts/lint
