//! How large the functions are. A function's zip is fetched and unpacked before it starts.

use crate::template::all_functions;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use object::read::elf::{ElfFile64, ProgramHeader as _};
use orders_tests::binary;
use std::io::Write as _;

/// Of each function, in bytes.
const LARGEST_ZIP: usize = 5_000_000;

/// What a build without optimisation may load into memory, in bytes, on `x86_64`: a sixth more than
/// with Rust 1.95 when this was written, when a zip of `make build` had a sixth of it. Whoever raises
/// a bound has measured the zips: `make build ARCH=x86_64 test-build`.
const LARGEST_LOADED: [(&str, u64); 10] = [
    ("audit", 17_100_000),
    ("create-order", 32_200_000),
    ("docs", 22_600_000),
    ("fallback", 8_200_000),
    ("get-order", 29_300_000),
    ("health", 29_400_000),
    ("list-orders", 29_500_000),
    ("migrate", 27_300_000),
    ("patch-order", 32_700_000),
    ("relay", 32_700_000),
];

#[test]
fn no_function_is_larger_than_it_has_to_be() {
    let mut names: Vec<_> = all_functions().into_iter().map(|function| function.binary).collect();
    names.sort();
    assert_eq!(names, LARGEST_LOADED.map(|(name, _)| name), "each function has a bound");
    for (name, bound) in LARGEST_LOADED {
        let artifact = std::fs::read(binary(name)).expect("a binary");
        if std::env::var_os("ARTIFACTS").is_some() {
            let zipped = deflated(&artifact);
            println!("{name}: {zipped} bytes as a zip");
            assert!(zipped < LARGEST_ZIP, "{name}: {zipped} bytes as a zip");
        } else if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            let loaded = loaded(&artifact);
            assert!(loaded < bound, "{name}: {loaded} bytes, more than {bound}");
        }
    }
}

/// The bytes of a zip of this one file, but for the names in it.
fn deflated(artifact: &[u8]) -> usize {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(artifact).expect("memory takes everything");
    encoder.finish().expect("memory takes everything").len()
}

/// The bytes of an executable that are loaded: no debug information, no symbols.
fn loaded(artifact: &[u8]) -> u64 {
    let file: ElfFile64 = ElfFile64::parse(artifact).expect("an executable of 64 bits");
    let endian = file.endian();
    let segments = file.elf_program_headers().iter();
    segments.filter(|it| it.p_type(endian) == object::elf::PT_LOAD).map(|it| it.p_filesz(endian)).sum()
}
