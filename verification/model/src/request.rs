//! Who asks for what.

use crate::caller::{Caller, Phase};

/// How many callers there are at a time.
pub(crate) const CALLERS: usize = 3;
/// How many idempotency keys there are.
pub(crate) const KEYS: usize = 2;

/// What a caller asks for, again and again until there is an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Request {
    pub(crate) key: u8,
    /// The order that is asked for.
    pub(crate) fingerprint: u8,
}

const fn request(key: u8, fingerprint: u8) -> Request {
    Request { key, fingerprint }
}

/// Every way to give two keys and two fingerprints to one, two or three callers, but for the names:
/// a fingerprint only counts within its key, and one key is like the other.
const WAYS: [&[Request]; 8] = [
    &[request(0, 0)],
    &[request(0, 0), request(0, 0)],
    &[request(0, 0), request(0, 1)],
    &[request(0, 0), request(1, 0)],
    &[request(0, 0), request(0, 0), request(0, 0)],
    &[request(0, 0), request(0, 0), request(0, 1)],
    &[request(0, 0), request(0, 0), request(1, 0)],
    &[request(0, 0), request(0, 1), request(1, 0)],
];

/// The callers before anybody did anything, in each of these ways, for so many callers at most.
pub(crate) fn all_callers(at_most: usize) -> impl Iterator<Item = [Caller; CALLERS]> {
    WAYS.into_iter().filter(move |way| way.len() <= at_most).map(|way| {
        let absent = Caller { request: request(0, 0), phase: Phase::Gone };
        let mut callers = [absent; CALLERS];
        for (caller, request) in callers.iter_mut().zip(way) {
            *caller = Caller { request: *request, phase: Phase::Waiting };
        }
        callers
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The requests with keys and fingerprints named in the order of their appearance, for the
    /// order of callers, and the names of keys, that comes first.
    fn without_names(requests: [Request; CALLERS]) -> Vec<(usize, usize)> {
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let renamed = orders.map(|order| {
            let mut keys = Vec::new();
            let mut fingerprints = [Vec::new(), Vec::new()];
            let mut name = |request: Request| {
                let key = position(&mut keys, request.key);
                (key, position(&mut fingerprints[key], request.fingerprint))
            };
            order.map(|caller| name(requests[caller])).to_vec()
        });
        renamed.into_iter().min().expect("there are six")
    }

    fn position(names: &mut Vec<u8>, name: u8) -> usize {
        names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        })
    }

    #[test]
    fn the_ways_are_all_there_are() {
        let all: BTreeSet<_> = (0..64_u8)
            .map(|bits| [0, 2, 4].map(|caller| request(bits >> caller & 1, bits >> (caller + 1) & 1)))
            .map(without_names)
            .collect();
        let ours: BTreeSet<_> = WAYS
            .iter()
            .filter_map(|way| <[Request; CALLERS]>::try_from(*way).ok())
            .map(without_names)
            .collect();
        assert_eq!(ours, all);
    }
}
