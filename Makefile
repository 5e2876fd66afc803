.DEFAULT_GOAL := help
.PHONY: help run new test check fix

PORT ?= 8000
# uv is found or installed by tools/get_uv.py. It trusts the certificates that the machine trusts.
export PATH := $(CURDIR)/.tools/bin:$(PATH)
export UV_SYSTEM_CERTS ?= 1
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
# The tests start Python some hundred times: it may keep what it has compiled.
unexport PYTHONDONTWRITEBYTECODE

help: ## Say what can be done here
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .tools/bin/uv ## Render the default service into build/ and serve it; PORT=8001 for another port
	@python3 tools/serve.py --port $(PORT)

new: .tools/bin/uv ## Answer the questions, and get a service of your own in build/
	@python3 tools/render.py

test: .tools/bin/uv ## Prove every answer: everything that CI runs
	@python3 tools/get_postgresql.py
	uv run pytest

check: .tools/bin/uv ## Lint and types, in seconds
	uv run ruff check .
	uv run ruff format --check .
	uv run ty check

fix: .tools/bin/uv ## Mend what can be mended by itself
	uv run ruff check --fix .
	uv run ruff format .

.tools/bin/uv:
	@python3 tools/get_uv.py
