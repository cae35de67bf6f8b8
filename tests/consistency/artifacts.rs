//! Size of the functions. Lambda downloads and unpacks the zip of a function before it starts.

use crate::template::{all_functions, pre_traffic};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use object::read::elf::{ElfFile64, ProgramHeader as _};
use orders_tests::binary;
use std::io::Write as _;

/// Maximum zip size of each function, in bytes.
const MAX_ZIP_SIZE: usize = 5_000_000;

/// Maximum number of bytes that an unoptimised build loads into memory, on `x86_64`.
///
/// Each bound is a sixth above the size with Rust 1.95 at the time of writing. A zip of `make build` had
/// a sixth of that size. Before a bound is raised, measure the zips: `make build ARCH=x86_64 test-build`.
const MAX_LOADED_SIZE: [(&str, u64); 27] = [
    ("announce-catalog", 20_000_000),
    ("audit", 17_100_000),
    ("call-provider", 20_000_000),
    ("create-order", 32_900_000),
    ("docs", 22_600_000),
    ("fallback", 9_000_000),
    ("get-order", 29_300_000),
    ("health", 29_400_000),
    ("list-orders", 29_500_000),
    ("login", 20_500_000),
    ("migrate", 27_300_000),
    ("order-payments", 34_300_000),
    ("order-status", 21_000_000),
    ("patch-order", 32_700_000),
    ("pre-traffic", 14_000_000),
    ("process-orders", 38_000_000),
    ("read-products", 20_000_000),
    ("receive-payment", 32_700_000),
    ("reconcile-stock", 20_000_000),
    ("record-payment-facts", 32_700_000),
    ("relay", 32_700_000),
    ("start-workflow", 17_500_000),
    ("sweep-orders", 34_300_000),
    ("token-claims", 17_100_000),
    ("track-orders", 20_000_000),
    ("workflow-step", 33_400_000),
    ("write-products", 20_000_000),
];

#[test]
fn no_function_exceeds_its_size_limit() {
    let mut names: Vec<_> =
        all_functions().into_iter().chain([pre_traffic()]).map(|function| function.binary).collect();
    names.sort();
    assert_eq!(names, MAX_LOADED_SIZE.map(|(name, _)| name), "each function has a bound");
    for (name, bound) in MAX_LOADED_SIZE {
        let artifact = std::fs::read(binary(name)).expect("a binary");
        if std::env::var_os("ARTIFACTS").is_some() {
            let zipped = zip_size(&artifact);
            println!("{name}: {zipped} bytes as a zip");
            assert!(zipped < MAX_ZIP_SIZE, "{name}: {zipped} bytes as a zip");
        } else if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            let loaded = loaded_size(&artifact);
            assert!(loaded < bound, "{name}: {loaded} bytes, more than {bound}");
        }
    }
}

/// Returns the size of a zip of this one file, in bytes, without the file names.
fn zip_size(artifact: &[u8]) -> usize {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(artifact).expect("writing to memory succeeds");
    encoder.finish().expect("writing to memory succeeds").len()
}

/// Returns the number of loaded bytes of an executable: no debug information, no symbols.
fn loaded_size(artifact: &[u8]) -> u64 {
    let file: ElfFile64 = ElfFile64::parse(artifact).expect("an executable of 64 bits");
    let endian = file.endian();
    let segments = file.elf_program_headers().iter();
    segments.filter(|it| it.p_type(endian) == object::elf::PT_LOAD).map(|it| it.p_filesz(endian)).sum()
}
