//! Mutations of inputs, deterministic for a seed.

mod tokens;

use fastrand::Rng;
use std::ops::Range;
use tokens::TOKENS;

/// Maximum size of a mutated input.
const MAX_BYTES: usize = 16 * 1024;
/// Maximum number of mutations of one input.
const MAX_MUTATIONS: usize = 4;
/// Maximum size of a piece that is removed, duplicated or replaced.
const MAX_PIECE: usize = 23;
/// Maximum size of a piece that is copied from another input.
const MAX_COPY: usize = 63;

/// Generator of inputs that are similar to given ones: with bits flipped, pieces removed, duplicated
/// or copied from another input, and tokens of a dictionary.
#[derive(Clone, Debug)]
pub struct Mutator {
    rng: Rng,
}

impl Mutator {
    /// Creates a generator; the same seed gives the same mutations.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed) }
    }

    /// Returns a mutation of one of `inputs`; empty if there are none.
    pub fn like_one_of(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let Some(mut bytes) = self.rng.choice(inputs).cloned() else {
            return Vec::new();
        };
        for _ in 0..self.rng.usize(1..=MAX_MUTATIONS) {
            self.mutate(&mut bytes, inputs);
        }
        bytes.truncate(MAX_BYTES);
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>, inputs: &[Vec<u8>]) {
        let mutation = self.rng.choice(MUTATIONS).expect("a list with mutations");
        mutation(&mut self.rng, bytes, inputs);
    }
}

/// Changes an input, and may copy a piece from another one of the inputs.
type Mutation = fn(&mut Rng, &mut Vec<u8>, &[Vec<u8>]);

const MUTATIONS: [Mutation; 7] =
    [flip_bit, set_byte, remove, duplicate, copy_from_other, replace_by_token, insert_token];

fn flip_bit(rng: &mut Rng, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    if let Some(byte) = rng.choice(bytes) {
        *byte ^= 1 << rng.u32(..u8::BITS);
    }
}

fn set_byte(rng: &mut Rng, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    if let Some(byte) = rng.choice(bytes) {
        *byte = rng.u8(..);
    }
}

fn remove(rng: &mut Rng, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    bytes.drain(piece(rng, bytes, MAX_PIECE));
}

fn duplicate(rng: &mut Rng, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let copy = bytes[piece(rng, bytes, MAX_PIECE)].to_vec();
    insert(rng, bytes, &copy);
}

fn copy_from_other(rng: &mut Rng, bytes: &mut Vec<u8>, inputs: &[Vec<u8>]) {
    if let Some(other) = rng.choice(inputs) {
        let copy = piece(rng, other, MAX_COPY);
        insert(rng, bytes, &other[copy]);
    }
}

fn replace_by_token(rng: &mut Rng, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    bytes.splice(piece(rng, bytes, MAX_PIECE), token(rng).bytes());
}

fn insert_token(rng: &mut Rng, bytes: &mut Vec<u8>, _: &[Vec<u8>]) {
    let token = token(rng);
    insert(rng, bytes, token.as_bytes());
}

/// Inserts a piece at a random place.
fn insert(rng: &mut Rng, bytes: &mut Vec<u8>, piece: &[u8]) {
    let at = rng.usize(..=bytes.len());
    bytes.splice(at..at, piece.iter().copied());
}

/// Returns a random range of up to `max` bytes.
fn piece(rng: &mut Rng, bytes: &[u8], max: usize) -> Range<usize> {
    let start = rng.usize(..=bytes.len());
    start..(start + rng.usize(..=max)).min(bytes.len())
}

fn token(rng: &mut Rng) -> &'static str {
    rng.choice(TOKENS).expect("a dictionary with tokens")
}
