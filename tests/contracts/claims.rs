//! Contract of `Claims`.

use crate::{at, aws, order_of, request, tenant};
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use kernel::{IdempotencyKey, Timestamp};
use orders_domain::ports::{Claim, ClaimedKey, Claims, NewClaim};
use orders_domain::{CustomerId, Fingerprint, Order};
use orders_dynamodb::DynamoDbClaims;
use orders_in_memory::InMemoryClaims;
use orders_tests::{IdempotencyTable, TestServers, fresh_key};

fn dynamodb() -> DynamoDbClaims {
    DynamoDbClaims::new(&aws(), TestServers::shared().idempotency_table.clone())
}

struct Attempt {
    key: IdempotencyKey,
    customer: Option<CustomerId>,
    fingerprint: Fingerprint,
    order: Order,
    expires_at: Timestamp,
}

impl Attempt {
    fn new(key: &str, tenant_name: &str, seconds: i64) -> Self {
        Self {
            key: key.parse().expect("a key"),
            customer: None,
            fingerprint: Fingerprint::of_priced(&request(2)),
            order: order_of(&tenant(tenant_name), at(seconds)),
            expires_at: at(seconds + 60),
        }
    }

    async fn make(&self, claims: &impl Claims) -> Claim {
        let key = ClaimedKey {
            tenant: self.order.tenant(),
            key: &self.key,
            customer: self.customer.as_ref(),
            fingerprint: self.fingerprint,
            at: self.order.created_at(),
        };
        let claim = NewClaim { key, order: &self.order, expires_at: self.expires_at };
        claims.claim(&claim).await.expect("a response")
    }
}

async fn suite(claims: &impl Claims) {
    let key = fresh_key();
    let first = Attempt::new(&key, "default", 0);
    assert_eq!(first.make(claims).await, Claim::Won, "a free key");
    assert_eq!(first.make(claims).await, Claim::Won, "the same claim again");

    let second = Attempt::new(&key, "default", 1);
    assert_eq!(second.make(claims).await, Claim::Replay(first.order.clone()), "an equal request");

    let mut other = Attempt::new(&key, "default", 1);
    other.fingerprint = Fingerprint::of_priced(&request(3));
    assert_eq!(other.make(claims).await, Claim::KeyReused, "another request");

    assert_eq!(Attempt::new(&key, "another", 1).make(claims).await, Claim::Won, "another tenant's key");

    // The keys of a customer are its own, also when tenant, customer and key together have the same characters.
    for (customer, key) in
        [("b-1", key.clone()), ("b-2", key.clone()), ("b#1", "x".into()), ("b", "1#x".into())]
    {
        let of_customer = |seconds| Attempt {
            customer: Some(format!("{customer}{}", first.key).parse().expect("a customer")),
            ..Attempt::new(&format!("{key}{}", first.key), "default", seconds)
        };
        let own = of_customer(0);
        assert_eq!(own.make(claims).await, Claim::Won, "{customer} {key}");
        assert_eq!(of_customer(1).make(claims).await, Claim::Replay(own.order), "{customer} {key}");
    }

    let in_last_second = Attempt::new(&key, "default", 60);
    assert_eq!(in_last_second.make(claims).await, Claim::Replay(first.order.clone()));
    let after_expiry = Attempt::new(&key, "default", 61);
    assert_eq!(after_expiry.make(claims).await, Claim::Won, "an expired claim");
    assert_eq!(second.make(claims).await, Claim::Replay(after_expiry.order.clone()), "the new holder");
}

async fn one_wins(claims: &impl Claims) {
    for _ in 0..10 {
        let key = fresh_key();
        let attempts: Vec<_> = (0..16).map(|_| Attempt::new(&key, "default", 0)).collect();
        let outcomes = join_all(attempts.iter().map(|attempt| attempt.make(claims))).await;
        let winners: Vec<_> = (0..16).filter(|i| outcomes[*i] == Claim::Won).collect();
        let [winner] = winners[..] else {
            panic!("{} winners", winners.len());
        };
        let replay = Claim::Replay(attempts[winner].order.clone());
        assert!((0..16).all(|i| i == winner || outcomes[i] == replay));
    }
}

#[tokio::test]
async fn dynamodb_keeps_the_contract() {
    suite(&dynamodb()).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    suite(&InMemoryClaims::default()).await;
}

#[tokio::test]
async fn one_of_many_concurrent_claims_wins_in_dynamodb() {
    one_wins(&dynamodb()).await;
}

#[tokio::test]
async fn one_of_many_concurrent_claims_wins_in_memory() {
    one_wins(&InMemoryClaims::default()).await;
}

/// The margin is for requests that arrived before the expiry and are still running.
#[tokio::test]
async fn the_table_keeps_a_claim_for_an_hour_after_its_expiry() {
    let attempt = Attempt::new(&fresh_key(), "default", 0);
    assert_eq!(attempt.make(&dynamodb()).await, Claim::Won);
    let claim = IdempotencyTable::connect().claim_of(&attempt.key.to_string()).await.expect("the claim");
    let expected = attempt.expires_at.unix_seconds() + 3600;
    assert_eq!(claim.get("expires_at"), Some(&AttributeValue::N(expected.to_string())));
}
