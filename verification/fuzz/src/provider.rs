//! Messages of the queues of payments, and responses of payment providers.

use http::StatusCode;
use kernel::{Money, Timestamp};
use payments_domain::{Account, Answer, ObjectId, Operation, Provider, ProviderRequest};
use payments_json::{FactMessage, fact_text, read_request, request_text};
use payments_providers::api::{Response, Step, first_step, next_step};

const STATUSES: [StatusCode; 5] = [
    StatusCode::OK,
    StatusCode::BAD_REQUEST,
    StatusCode::PAYMENT_REQUIRED,
    StatusCode::CONFLICT,
    StatusCode::INTERNAL_SERVER_ERROR,
];

/// Uses the input as a message of each queue, and as the response to every operation of every provider.
pub(crate) fn provider(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        messages(text);
    }
    for provider in Provider::ALL {
        for operation in operations() {
            responses(&request(provider, operation), input);
        }
    }
}

fn messages(text: &str) {
    if let Ok(request) = read_request(text) {
        assert_eq!(read_request(&request_text(&request)), Ok(request.clone()), "a request reads back");
        // No call of it has an invalid header or URL.
        let _ = first_step(&account(request.provider), &request, now());
    }
    if let Ok(message) = FactMessage::read(text) {
        let written = fact_text(&message.tenant, message.provider, &message.notification);
        assert_eq!(FactMessage::read(&written), Ok(message), "an answer reads back");
    }
}

fn responses(request: &ProviderRequest, body: &[u8]) {
    let account = account(request.provider);
    let later = now().after(std::time::Duration::from_hours(21));
    for now in [now(), later] {
        let Step::Call(call) = first_step(&account, request, now) else { continue };
        for status in STATUSES {
            let Ok(step) = next_step(&account, request, &call, &Response { status, body }, now) else {
                continue;
            };
            assert!(!status.is_server_error(), "status 500 says nothing");
            let Step::Answer(Answer::Told(notification)) = step else { continue };
            let (fact, named) = (&notification.fact, request.operation.payment());
            assert_eq!(fact.request.as_ref(), Some(&request.id), "the answer names its request");
            assert!(named.is_none_or(|named| *named == fact.payment), "and its payment");
            let written = fact_text(&request.tenant, request.provider, &notification);
            let read = FactMessage::read(&written).expect("an answer reads back");
            assert_eq!(read.notification, notification);
        }
    }
}

fn operations() -> [Operation; 4] {
    let payment: ObjectId = "pay_1".parse().expect("a payment");
    let money = Money::of_minor_units(1998, "USD".parse().expect("a currency"));
    [
        Operation::Charge { token: "tok_visa".parse().expect("a token"), capture: true, money },
        Operation::Capture { payment: payment.clone(), money },
        Operation::Refund { payment: payment.clone(), money },
        Operation::Void { payment },
    ]
}

fn request(provider: Provider, operation: Operation) -> ProviderRequest {
    ProviderRequest {
        tenant: "acme".parse().expect("a tenant"),
        order: "o-1".parse().expect("an order"),
        id: "rf_1".parse().expect("an id"),
        provider,
        operation,
        requested_at: now(),
        sent_at: None,
    }
}

fn account(provider: Provider) -> Account {
    let url = provider.published_url().or_else(|| "https://psp.example.com".parse().ok());
    Account { key: "sk_test_1".parse().expect("a key"), url: url.expect("a URL") }
}

fn now() -> Timestamp {
    Timestamp::from_unix_millis(1_769_851_800_000).expect("a time")
}
