// gbench_shim.cc: Google Benchmark behind two C functions; the one C++ file.
