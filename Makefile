.DEFAULT_GOAL := help
.PHONY: help run new site test ci proof faults bench gallery check fix

PORT ?= 8000
# uv is found or installed by tools/get_uv.py. It trusts the certificates that the machine trusts.
export PATH := $(CURDIR)/.tools/bin:$(PATH)
export UV_SYSTEM_CERTS ?= 1
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
# The tests start Python some hundred times: it may keep what it has compiled.
unexport PYTHONDONTWRITEBYTECODE

help: ## List the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .tools/bin/uv ## Render the default service into build/ and serve it; PORT=8001 for another port
	@python3 tools/serve.py --port $(PORT)

new: .tools/bin/uv ## Answer the questions, and get a service of your own in build/; preset=api answers them
	@python3 tools/render.py

site: .tools/bin/uv ## Build the page that renders in the browser: static files in build/site/
	@uv run --quiet --only-group render python tools/build_site.py $(if $(TEMPLATE),--template "$(TEMPLATE)")

test: .tools/bin/uv ## Prove every choice, in minutes
	@python3 tools/get_servers.py
	uv run pytest --junitxml=build/test.xml

ci: .tools/bin/uv ## Prove what `make test` leaves to CI: triples of parts, services on real servers, updates
	@python3 tools/get_servers.py
	@# One more than there are cores, on two: the tests of services wait for half of their time.
	uv run pytest -m "long and not weekly" --numprocesses=3 --junitxml=build/ci.xml

proof: .tools/bin/uv ## Everything: also other releases, other Pythons, planted faults; writes docs/proof.md
	@python3 tools/get_servers.py
	uv run pytest -m "" -k "not page_of_the_proof" --hypothesis-seed=$$(date +%s) --junitxml=build/proof.xml
	uv run python tools/write_proof.py build/proof.xml

faults: .tools/bin/uv ## Plant faults, and see that each is caught
	@python3 tools/get_servers.py
	uv run pytest -m planted

bench: .tools/bin/uv ## Measure services next to bare FastAPI, in a quarter of an hour
	@python3 tools/get_servers.py
	uv run python -m benchmarks --json build/bench.json

gallery: .tools/bin/uv ## Write docs/gallery.md: what each preset makes, with pictures
	uv run python tools/gallery.py

check: .tools/bin/uv ## Lint and types, in seconds
	uv run ruff check .
	uv run ruff format --check .
	uv run ty check

fix: .tools/bin/uv ## Fix and format what can be fixed automatically
	uv run ruff check --fix .
	uv run ruff format .

.tools/bin/uv:
	@python3 tools/get_uv.py
