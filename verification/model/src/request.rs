//! Requests of the clients.

/// Maximum number of clients at a time.
pub(crate) const MAX_CLIENTS: usize = 3;
/// Number of idempotency keys.
pub(crate) const KEYS: usize = 2;

/// Request of a client, which retries it until a response arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Request {
    pub(crate) key: u8,
    /// Identifies the requested order.
    pub(crate) fingerprint: u8,
}

const fn request(key: u8, fingerprint: u8) -> Request {
    Request { key, fingerprint }
}

/// Every assignment of two keys and two fingerprints to one, two or three clients, up to renaming:
/// a fingerprint counts only within its key, and the keys are interchangeable.
const ASSIGNMENTS: [&[Request]; 8] = [
    &[request(0, 0)],
    &[request(0, 0), request(0, 0)],
    &[request(0, 0), request(0, 1)],
    &[request(0, 0), request(1, 0)],
    &[request(0, 0), request(0, 0), request(0, 0)],
    &[request(0, 0), request(0, 0), request(0, 1)],
    &[request(0, 0), request(0, 0), request(1, 0)],
    &[request(0, 0), request(0, 1), request(1, 0)],
];

/// Returns the assignments for at most `clients` clients: the request of each.
pub(crate) fn assignments(clients: usize) -> impl Iterator<Item = &'static [Request]> {
    ASSIGNMENTS.into_iter().filter(move |requests| requests.len() <= clients)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Returns the requests with keys and fingerprints numbered by first appearance: the smallest result
    /// over all orders of the clients.
    fn canonical(requests: [Request; MAX_CLIENTS]) -> Vec<(usize, usize)> {
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let renamed = orders.map(|order| {
            let mut keys = Vec::new();
            let mut fingerprints = [Vec::new(), Vec::new()];
            let mut number = |request: Request| {
                let key = position(&mut keys, request.key);
                (key, position(&mut fingerprints[key], request.fingerprint))
            };
            order.map(|client| number(requests[client])).to_vec()
        });
        renamed.into_iter().min().expect("six orders")
    }

    fn position(names: &mut Vec<u8>, name: u8) -> usize {
        names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        })
    }

    #[test]
    fn the_assignments_are_complete() {
        let all: BTreeSet<_> = (0..64_u8)
            .map(|bits| [0, 2, 4].map(|client| request(bits >> client & 1, bits >> (client + 1) & 1)))
            .map(canonical)
            .collect();
        let listed: BTreeSet<_> = ASSIGNMENTS
            .iter()
            .filter_map(|requests| <[Request; MAX_CLIENTS]>::try_from(*requests).ok())
            .map(canonical)
            .collect();
        assert_eq!(listed, all);
    }
}
