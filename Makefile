# Coterie: one command each. Everything that is missing is installed first (tools/setup says what).
#
#   make demo     build, generate a shop, run everything on it, say where the report is
#   make test     build and run the fast tests, the end-to-end tests and the sanitizers on a chosen part
#   make test-all the same with every test under the sanitizers, and the long ones
#   make check    format, clang-tidy, layers
#   make fuzz     every reader of what comes from outside, FUZZ_SECONDS=300 each; FUZZ="csv_fuzz ..." chooses
#   make bench    the duels against peers; SCALE=1|10|100, or several: so many million events through every step
#   make coverage do the 95 % intervals hold? 200 generated shops, SHOPS=200; writes docs/methods/coverage.md
#   make study    what generated shops say of themselves and of the models: STUDY="difficulty learners drift"; docs/methods/
#   make results  every number of docs/results.md and README.md, made anew (ten minutes)
#   make datasets import every real data set and write docs/results.md
#   make shots    pictures of a shop's report in both languages, and what axe finds wrong: SHOP=build/demo.shop
#   make python   the Python package in build/python: build/python/bin/python imports it
#   make build    build/coterie
#   make clean    remove build/ (.deps/ stays)

.DEFAULT_GOAL := build
SHELL := /bin/bash
export COTERIE_DATA ?= $(abspath ../shared/data)
export COTERIE_BINARY ?= $(abspath build/coterie)
export CCACHE_DIR ?= $(abspath .deps/ccache)
# Paths within the tree as they are seen from a build folder: the package finds what the build has compiled.
export CCACHE_BASEDIR ?= $(abspath .)
# Where the data sets are, no test that needs them may skip under .ci/run.
export COTERIE_REQUIRE_DATA ?= $(if $(and $(CI),$(wildcard $(COTERIE_DATA)/README.md)),1,)
python := .deps/python/bin/python
# iris, wine and breast cancer come inside scikit-learn; asked by the shell, since setup may just have put it there.
ctest := COTERIE_SKLEARN_DATA=$$(ls -d $(abspath .deps)/python/lib/python3*/site-packages/sklearn/datasets/data) \
         ctest --output-on-failure
jobs ?= $(shell nproc)
fuzz_targets := csv_fuzz json_lines_fuzz xlsx_fuzz settings_fuzz mapping_fuzz preset_fuzz rule_fuzz
FUZZ ?= $(fuzz_targets)
export FUZZ_SECONDS ?= 300
# What reads bytes from outside or walks memory by hand; test-all takes the rest too. Rules drag all that understands in.
sanitized := base_test kernels_test store_test collect_test collect_import_test $(filter-out rule_fuzz,$(fuzz_targets))

.PHONY: build python python-test setup setup-test setup-check setup-fuzz demo test unit-test e2e-test sanitizer-test test-all tsan-test check coverage \
        fuzz bench datasets study results shots setup-shots clean

setup:
	@tools/setup
setup-test:
	@tools/setup test
setup-check:
	@tools/setup check
setup-fuzz:
	@tools/setup fuzz
setup-shots:
	@tools/setup shots

build: setup
	@mkdir -p build && cmake --preset release > build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@[ -e build/coterie ] || echo "building build/coterie (about ten minutes on two cores the first time)"
	@cmake --build build/release --target coterie -j $(jobs) -- --quiet
	@ln -sfn release/src/serve/cli/coterie build/coterie

demo: build
	@rm -rf build/demo.shop
	@build/coterie generate build/demo.shop --users 20000 --days 365 --seed 1
	@build/coterie run build/demo.shop

test: unit-test python-test e2e-test sanitizer-test
	@echo "all tests passed"

# build/python sees the peers' environment: the package itself is all that is installed there. The compiler by the name
# that CMake finds, and build/python-module as deep as build/release: so the cache knows the library's objects.
python: setup-test
	@echo "building the Python package"
	@[ -e build/python/bin/python ] || python3 -m venv --without-pip build/python
	@ls -d $(abspath .deps)/python/lib/python3*/site-packages > $$(ls -d build/python/lib/python3*/site-packages)/peers.pth
	@CXX=c++ PATH=$(abspath .deps)/python/bin:$$PATH $(python) -m pip --python build/python/bin/python install -q \
	    --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall .

python-test: python
	@OPENBLAS_NUM_THREADS=2 build/python/bin/python -m unittest discover -s tests/python -p '*_test.py'

unit-test: setup-test build
	@echo "building the tests"
	@cmake --build build/release -j $(jobs) -- --quiet
	@$(ctest) --test-dir build/release -j $(jobs)
	@$(python) tools/check_layers.py
	@$(python) -m unittest discover -s tests/tools -p '*_test.py'

e2e-test: setup-test build
	@OPENBLAS_NUM_THREADS=1 LOKY_MAX_CPU_COUNT=2 $(python) tools/run_tests.py tests/e2e --jobs $(jobs)

sanitizer-test: setup-test
	@echo "building a part of it under the address and undefined-behaviour sanitizers"
	@cmake --preset asan > /dev/null
	@cmake --build build/asan --target $(sanitized) -j $(jobs) -- --quiet
	@$(ctest) --test-dir build/asan -j $(jobs) -R '^($(subst $(eval ) ,|,$(strip $(sanitized))))$$'

tsan-test: setup-test
	@cmake --preset tsan > /dev/null
	@cmake --build build/tsan -j $(jobs) -- --quiet
	@export TSAN_OPTIONS="suppressions=$(abspath tools/tsan.supp)"; $(ctest) --test-dir build/tsan -j $(jobs)

# A case costs five to twenty times as much under a sanitizer: a tenth of them or fewer.
shorter := RULE_CASES=5000 CLUSTER_CASES=1000 TREE_CASES=2000 LIVE_CASES=5
test-all: export COTERIE_KILL_ROUNDS ?= 200
test-all: export COTERIE_DEDUP_EVENTS ?= 10000000
test-all: export RULE_CASES ?= 100000
test-all: export CLUSTER_CASES ?= 10000
test-all: export TREE_CASES ?= 20000
test-all: export LIVE_CASES ?= 20
test-all: test
	@$(shorter) $(MAKE) tsan-test
	@cmake --preset asan > /dev/null
	@cmake --build build/asan -j $(jobs) -- --quiet
	@$(shorter) $(ctest) --test-dir build/asan -j $(jobs)

check: setup-check
	@tools/check

fuzz: setup-fuzz
	@echo "building the fuzz targets with clang"
	@mkdir -p build && cmake --preset fuzz > build/fuzz.log 2>&1 || { cat build/fuzz.log; exit 1; }
	@cmake --build build/fuzz --target $(FUZZ) -j $(jobs) -- --quiet
	@tools/fuzz $(FUZZ)

datasets: setup-test build
	@$(python) bench/datasets.py $(SETS)

SHOPS ?= 200
coverage: setup-test build
	@$(python) bench/studies/coverage.py --shops $(SHOPS)

STUDY ?= difficulty learners drift
study: setup-test build
	@set -e; for study in $(STUDY); do $(python) bench/studies/$$study.py; done

results: setup-test build
	@$(python) bench/datasets.py
	@OPENBLAS_NUM_THREADS=2 $(python) bench/run.py spine
	@OPENBLAS_NUM_THREADS=2 $(python) bench/readme.py

bench: setup-test build
	@$(if $(SCALE),$(python) bench/scale.py $(SCALE),OPENBLAS_NUM_THREADS=2 $(python) bench/run.py $(DUELS))

SHOP ?= build/demo.shop
shots: setup-shots build
	@[ -e $(SHOP) ] || { build/coterie generate $(SHOP) --users 20000 --days 365 --seed 1 && build/coterie run $(SHOP); }
	@tools/report_shots $(SHOP)

clean:
	@rm -rf build
