#![no_main]

orders_fuzz_libfuzzer::fuzz!("provider");
