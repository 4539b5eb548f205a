# ternlab: `make` alone prints what it can do. No source lists: the tree is walked; a variant is one file.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDEXPANSION:

CC      ?= cc
CXX     ?= g++
AR      ?= ar
B       ?= build
SAN     ?=
AUTOVEC ?= 1
WERROR  ?= $(if $(CI),1,)
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := g++
endif

# Set-up comes first: it installs what is missing (ci/deps) before anything below is asked of the machine.
ARCH    := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null || uname -m)))
CC_KIND := $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),clang,gcc)

include kernels/isa.mk

WARN     = -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes $(if $(filter gcc,$(CC_KIND)),-Wno-format-truncation) -Wno-missing-field-initializers $(if $(WERROR),-Werror)
# -ffp-contract=off everywhere: products and sums round one by one, so every ISA gives the same bits.
# Debug information of clang in DWARF 4: valgrind before 3.20 does not read its DWARF 5.
BASE     = -std=c11 -D_GNU_SOURCE -O3 -g$(if $(filter clang,$(CC_KIND)),dwarf-4) -pthread -ffp-contract=off -fno-math-errno -Ikernels -I. -I$(B) $(WARN) $(SAN)
ORACLE   = $(subst -O3,-O2,$(BASE)) -fno-tree-vectorize
LDLIBS   = -lm -lpthread
Q        = $(if $(V),,@echo '  $(1)  $@';)

# ---- what is in the tree --------------------------------------------------------------------------------
variant_src := $(sort $(wildcard kernels/*/*__*.c))
library_src := $(sort $(wildcard kernels/*.c) $(filter-out $(variant_src),$(wildcard kernels/*/*.c)))
library_src := $(filter-out kernels/test/%,$(library_src))
models_src  := $(sort $(wildcard models/*.c) $(filter-out models/test/%,$(wildcard models/*/*.c)))
op_src      := $(sort $(wildcard harness/ops/*.c))
oracle_src  := $(sort $(wildcard reference/*_oracle.c))
probe_src   := $(sort $(wildcard harness/probes/*__*.c))
selftest_src:= $(sort $(wildcard harness/selftest/*.c))
# The cross-built ARM program has `list` and `parity`: no Google Benchmark, no libcsv, nothing that times.
# And no library but libc: ids in and out, no text.
host_models := models/convert_hf.c models/fetch.c models/json.c models/safetensors.c models/stream.c models/synth.c $(wildcard models/tokenizer/*.c models/train/*.c)
host_only   := harness/csv.c $(addprefix harness/,batch_rows.c cmd_batch.c cmd_bench.c cmd_chat.c cmd_compare.c cmd_e2e.c cmd_eval.c cmd_gate.c cmd_history.c cmd_machine.c cmd_model.c cmd_report.c cmd_tokenize.c cmd_train.c cmd_tune.c count.c e2e.c eval_suites.c gate.c model_convert.c model_fetch.c model_verify.c noise.c shapes.c text_model.c train_files.c) $(wildcard harness/bench_*.c harness/compare_*.c harness/gate_*.c harness/history_*.c harness/machine_*.c harness/report_*.c harness/tune_*.c)
harness_src := $(sort $(wildcard harness/*.c))
ifdef CROSS
harness_src := $(filter-out $(host_only),$(harness_src))
models_src  := $(filter-out $(host_models),$(models_src))
probe_src   :=
BASE        += -DTL_CROSS
LDLIBS      += -static
else
shim        := $(B)/harness/gbench_shim.o
LDLIBS      += -lcsv -lpcre2-8 -ljansson
endif

op_of     = $(notdir $(patsubst %/,%,$(dir $1)))
stem_of   = $(basename $(notdir $1))
split_of  = $(subst __, ,$(call stem_of,$1))
format_of = $(firstword $(call split_of,$1))
tail_of   = $(lastword $(call split_of,$1))
isa_of    = $(firstword $(subst _, ,$(call tail_of,$1)))
trick_of  = $(patsubst _%,%,$(patsubst $(call isa_of,$1)%,%,$(call tail_of,$1)))
name_of   = $(call op_of,$1)_$(call stem_of,$1)
arch_of   = $(firstword $(ISA_$1))
flags_of  = $(wordlist 2,99,$(ISA_$1))

# A misnamed variant stops the build and is named; it is never just left out.
$(foreach f,$(variant_src),\
  $(if $(filter 2,$(words $(call split_of,$f))),,$(error $f: a variant is called <format>__<isa>[_<trick>].c))\
  $(if $(ISA_$(call isa_of,$f)),,$(error $f: "$(call isa_of,$f)" is no row of kernels/isa.mk)))

# Only the rows of this architecture are built. Each ISA with a hand-written file also gets that op's generic
# file compiled by the vectoriser with the same flags: <op>_<format>__autovec_<isa>.
here       := $(foreach f,$(variant_src),$(if $(filter any $(ARCH),$(call arch_of,$(call isa_of,$f))),$f))
generic_src:= $(filter %__generic.c,$(here))
auto_isas   = $(sort $(filter-out generic,$(foreach v,$(filter $(dir $1)$(call format_of,$1)__%,$(here)),$(call isa_of,$v))))
autovecs   := $(if $(AUTOVEC),$(foreach g,$(generic_src),$(foreach i,$(call auto_isas,$g),$g:$i)))
variants   := $(sort $(foreach f,$(here),$(call name_of,$f)) $(foreach a,$(autovecs),$(subst __generic,__autovec_$(lastword $(subst :, ,$a)),$(call name_of,$(firstword $(subst :, ,$a))))))
probes     := $(foreach f,$(probe_src),$(if $(filter any $(ARCH),$(call arch_of,$(call isa_of,$f))),$f))

models_obj  := $(models_src:%.c=$(B)/%.o)
variant_obj := $(variants:%=$(B)/variants/%.o)
library_obj := $(library_src:%.c=$(B)/%.o)
harness_obj := $(patsubst %.c,$(B)/%.o,$(harness_src) $(op_src) $(selftest_src) $(oracle_src) $(probes)) $(shim)

# ---- the program ----------------------------------------------------------------------------------------
.PHONY: help all lib test test-long report mca crossval reference deps clean fmt fmt-check FORCE
help:
	@echo "ternlab: parity, speed and pictures for ternary (1.58-bit) LLM kernels"
	@echo
	@echo "  make report          set up, build, check parity, bench, draw; ends with the report's path"
	@echo "  make test            set up, build, run every test"
	@echo
	@echo "  make all             build/ternlab and build/libternlab.a (CC=clang for clang, WERROR=1)"
	@echo "  make reference SEED=n  write fresh NumPy case files under build/cases"
	@echo "  make mca             model the inner loops with llvm-mca: reports/out/modelled.md"
	@echo "  make crossval        compare files, ids and logits with Python packages of PyPI (installed under build/)"
	@echo "  make deps            install what is missing (DEPS=0 on any target: install nothing, only say)"
	@echo "  make test-long       the longer suites        make fmt    format the C sources"
	@echo "  make clean           remove build/ and reports/out/"

all: $(B)/ternlab $(if $(CROSS),,$(B)/qemu_count.so)
lib: $(B)/libternlab.a

# Rewritten only when it changes: everything that was built with other flags is then rebuilt.
$(B)/flags: FORCE
	@mkdir -p $(@D); echo '$(CC) $(CXX) $(BASE) $(LDLIBS) $(shell $(CC) --version 2>/dev/null | head -n 1)' | cmp -s - $@ || \
	 echo '$(CC) $(CXX) $(BASE) $(LDLIBS) $(shell $(CC) --version 2>/dev/null | head -n 1)' > $@
keep = @mkdir -p $(@D); cmp -s - $@ <<< "$$text" || cat > $@ <<< "$$text"
$(B)/registry.inc: export text = $(foreach v,$(variants),K($v))
$(B)/registry.inc: FORCE ; $(keep)
$(B)/ops.inc: export text = $(foreach f,$(op_src),OP($(call stem_of,$f)))
$(B)/ops.inc: FORCE ; $(keep)
$(B)/probes.inc: export text = $(foreach f,$(probes),P($(call stem_of,$f)))
$(B)/probes.inc: FORCE ; $(keep)
# What archives and program are made of: a source that is gone leaves them, too.
$(B)/sources.list: export text = $(variants) $(library_src) $(models_src) $(harness_src) $(op_src) $(selftest_src) $(oracle_src) $(probes)
$(B)/sources.list: FORCE ; $(keep)
define version_h
#define TL_GIT "$(shell git describe --always --dirty --abbrev=10 2>/dev/null || echo unknown)"
#define TL_FLAGS "-O3 -ffp-contract=off, ISA flags by kernels/isa.mk$(if $(SAN), $(SAN))"
endef
$(B)/version.h: export text = $(version_h)
$(B)/version.h: FORCE ; $(keep)
# The program's own model goes into it where there is one; not into the cross-built one, which has no text.
builtin := $(if $(CROSS),,$(wildcard models/pretrained/world.gguf))
define builtin_inc
$(if $(builtin),#define TM_BUILTIN_FILE "$(builtin)")
endef
$(B)/builtin.inc: export text = $(builtin_inc)
$(B)/builtin.inc: FORCE ; $(keep)
$(B)/models/builtin.o: $(B)/builtin.inc $(builtin)
$(B)/kernels/registry.o: $(B)/registry.inc
$(B)/kernels/choice_table.o: $(B)/version.h

# $1 object name, $2 source, $3 isa, $4 extra flags, $5 trick, $6 descriptor flags
define variant_rule
$(B)/variants/$1.o: $2 $(B)/flags kernels/isa.mk Makefile
	@mkdir -p $$(@D)
	$$(call Q,CC)$$(CC) $$(BASE) $(call flags_of,$3) $4 -DTK_OP=$(call op_of,$2) -DTK_FORMAT=$(call format_of,$2) -DTK_ISA=$3 '-DTK_TRICK="$5"' -DTK_BUILD_FLAGS=$6 -MMD -MP -c $$< -o $$@
endef
$(foreach f,$(here),$(eval $(call variant_rule,$(call name_of,$f),$f,$(call isa_of,$f),$(if $(filter generic,$(call isa_of,$f)),$(SCALAR_FLAGS)),$(call trick_of,$f),0)))
$(foreach a,$(autovecs),$(eval g := $(firstword $(subst :, ,$a)))$(eval i := $(lastword $(subst :, ,$a)))\
  $(eval n := $(subst __generic,__autovec_$i,$(call name_of,$g)))\
  $(eval $(call variant_rule,$n,$g,$i,$(AUTOVEC_FLAGS) -D$(call name_of,$g)=$n,autovec,TK_AUTOVEC)))

define probe_rule
$(B)/$(1:.c=.o): $1 $(B)/flags kernels/isa.mk Makefile
	@mkdir -p $$(@D)
	$$(call Q,CC)$$(CC) $$(BASE) $(call flags_of,$(call isa_of,$1)) -MMD -MP -c $$< -o $$@
endef
$(foreach f,$(probes),$(eval $(call probe_rule,$f)))

$(B)/kernels/%.o: kernels/%.c $(B)/flags
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(BASE) -MMD -MP -c $< -o $@
$(B)/models/%.o: models/%.c $(B)/flags
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(BASE) -MMD -MP -c $< -o $@
# What is written from the tree is there first; who includes it is made again by its .d file.
$(B)/harness/%.o: harness/%.c $(B)/flags | $(B)/ops.inc $(B)/probes.inc $(B)/version.h
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(BASE) -MMD -MP -c $< -o $@
# For QEMU: what `count` counts with. The compiler's own flags alone: it goes into another program.
$(B)/qemu_count.so: harness/qemu/count.c harness/count_calls.h $(B)/flags
	$(call Q,CC)$(CC) -std=c11 -D_GNU_SOURCE -O2 -fPIC -shared -fvisibility=hidden -Ikernels -I. $(WARN) $< -o $@
$(B)/harness/selftest/%.o: harness/selftest/%.c $(B)/flags
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(ORACLE) -MMD -MP -c $< -o $@
$(B)/reference/%.o: reference/%.c $(B)/flags
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(ORACLE) -MMD -MP -c $< -o $@
$(B)/harness/gbench_shim.o: harness/gbench_shim.cc $(B)/flags
	@mkdir -p $(@D)
	$(call Q,CXX)$(CXX) -std=c++17 -O2 -g -Wall -Wextra $(if $(WERROR),-Werror) -I. $(SAN) -MMD -MP -c $< -o $@

$(B)/libternlab.a: $(library_obj) $(variant_obj) $(B)/sources.list
	@rm -f $@
	$(call Q,AR)$(AR) rcs $@ $(filter %.o,$^)
$(B)/libternmodels.a: $(models_obj) $(B)/sources.list
	@rm -f $@
	$(call Q,AR)$(AR) rcs $@ $(filter %.o,$^)
$(B)/ternlab: $(harness_obj) $(B)/libternmodels.a $(B)/libternlab.a $(B)/sources.list
	$(call Q,LD)$(if $(shim),$(CXX),$(CC)) $(SAN) -o $@ $(harness_obj) $(B)/libternmodels.a $(B)/libternlab.a $(if $(shim),-lbenchmark) $(LDLIBS)
	@rm -f $(filter-out $(variant_obj) $(variant_obj:.o=.d),$(wildcard $(B)/variants/*))

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d)

# ---- set-up, tests, report ------------------------------------------------------------------------------
# Set-up first, then make again: what the first one read of the machine (compilers, architecture) may have changed.
deps:
	@ci/deps test
reference:
	@ci/deps test
	@reference/run.sh "$(SEED)" "$(B)/cases"
test:
	@ci/deps test
	@ci/test
test-long:
	@ci/deps test
	@ci/test --long
report:
	@ci/deps report
	@$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) all
	@ci/report
mca: all
	@ci/mca
crossval: all
	@ci/crossval
clean:
	rm -rf build reports/out
c_files = $(shell find kernels harness reference models -name '*.c' -o -name '*.h' -o -name '*.cc' | sort)
fmt:
	@clang-format -i $(c_files)
fmt-check:
	@clang-format --dry-run -Werror $(c_files)
