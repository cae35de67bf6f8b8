//! Input that is almost right, the same for the same seed.

/// Pieces that parsers stumble over.
const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\\",
    "\\u0000",
    "\\ud800",
    "\\udc00",
    "null",
    "true",
    "-0",
    "1e999",
    "0.1",
    "1E-9",
    "18446744073709551616",
    "9223372036854775808",
    "79228162514264337593543950336",
    "NaN",
    "\u{0}",
    "\u{7f}",
    "\u{feff}",
    "\u{202e}",
    "\u{10ffff}",
    "ü",
    "\r\n",
    "\t",
    " ",
    "$gt",
    "$where",
    "a.b",
    "__proto__",
    "%00",
    "%ff",
    "/../",
    "//",
    "?",
    "#",
    "@",
    "~1",
    "W/\"1\"",
    "\"1\", \"2\"",
    "*",
    "=",
    "&",
    "+",
    "application/json",
    "customer_id",
    "items",
    "price",
    "qty",
    "status",
    "PAID",
    "cursor",
    "limit",
    "version",
    "isBase64Encoded",
    "body",
    "headers",
    "multiValueHeaders",
    "requestContext",
    "httpMethod",
    "rawPath",
    "host",
    "9999-12-31T23:59:59-23:59",
    "0000-01-01T00:00:00+23:59",
    "if-match",
    "idempotency-key",
];

/// The most bytes of an input.
const MAX_BYTES: usize = 16 * 1024;

/// Makes inputs from others: bits flipped, bytes lost, doubled and exchanged, pieces put in.
#[derive(Clone, Debug)]
pub struct Mutator {
    state: u64,
}

impl Mutator {
    /// A source of mutations; the same seed gives the same ones.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// A number below `end`, 0 when that is 0 (xorshift64).
    pub fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 11).unwrap_or(0).checked_rem(end).unwrap_or(0)
    }

    /// An input like one of `inputs`.
    pub fn like_one_of(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let Some(input) = inputs.get(self.below(inputs.len())) else {
            return Vec::new();
        };
        let mut bytes = input.clone();
        for _ in 0..=self.below(4) {
            let other = &inputs[self.below(inputs.len())];
            self.mutate(&mut bytes, other);
        }
        bytes.truncate(MAX_BYTES);
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let (from, at) = (self.below(bytes.len()), self.below(bytes.len() + 1));
        let piece = from..(from + self.below(24)).min(bytes.len());
        match self.below(7) {
            0 => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << self.below(8);
                }
            }
            1 => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte = u8::try_from(self.below(256)).unwrap_or(0);
                }
            }
            2 => drop(bytes.drain(piece)),
            3 => {
                let doubled = bytes[piece].to_vec();
                bytes.splice(at..at, doubled);
            }
            4 => {
                let start = self.below(other.len());
                let end = (start + self.below(64)).min(other.len());
                bytes.splice(at..at, other[start..end].iter().copied());
            }
            5 => {
                let token = TOKENS[self.below(TOKENS.len())];
                bytes.splice(piece, token.bytes());
            }
            _ => {
                let token = TOKENS[self.below(TOKENS.len())];
                bytes.splice(at..at, token.bytes());
            }
        }
    }
}
