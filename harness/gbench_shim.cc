// gbench_shim.cc: Google Benchmark behind one C function; the one C++ file.
#include "harness/gbench_shim.h"

#include <benchmark/benchmark.h>

namespace {

// The library's own reporters print; the rows are written by C, block by block.
class Silent : public benchmark::BenchmarkReporter {
  public:
    bool ReportContext(const Context &) override {
        return true;
    }
    void ReportRuns(const std::vector<Run> &runs) override {
        for (const Run &run : runs)
            failed = failed || run.error_occurred;
    }
    bool failed = false;
};

void drive(benchmark::State &state, const tl_gbench_case *c) {
    c->begin(c->ctx);
    bool going = true;
    for (auto _ : state) {
        double seconds = going ? c->block(c->ctx) : 0;
        going = going && seconds >= 0;
        state.SetIterationTime(seconds > 0 ? seconds : 1e-9);
    }
    c->end(c->ctx);
}

} // namespace

extern "C" int tl_gbench_run(const tl_gbench_case *cases, unsigned count) {
    int argc = 1;
    char name[] = "ternlab";
    char *argv[] = {name, nullptr};
    benchmark::Initialize(&argc, argv);
    for (unsigned i = 0; i < count; i++) {
        const tl_gbench_case *c = &cases[i];
        benchmark::RegisterBenchmark(c->name, [c](benchmark::State &state) { drive(state, c); })
            ->UseManualTime()
            ->Iterations(c->repetitions);
    }
    Silent silent;
    size_t ran = benchmark::RunSpecifiedBenchmarks(&silent);
    benchmark::ClearRegisteredBenchmarks();
    return silent.failed || ran != count;
}
